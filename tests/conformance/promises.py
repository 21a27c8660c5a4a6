"""The promises about HTTP: caches, deltas, archives, lists, pages and hubs."""

import json
import re
import shutil
from collections.abc import Callable
from email.utils import formatdate, parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import lxml.html
from werkzeug.test import TestResponse

from feeds.formats import DEFAULT, FOR_READERS, FORMATS
from feeds.query import Query
from feeds.query.selection import changes
from tests import agents
from tests.codings import decoded
from tests.conformance.checklist import violations
from tests.conformance.live import Live, modified
from tests.conformance.rules import Made
from tests.entrypoints import FLASK
from tests.formats.reading import READ, find, links, parse

MANY = 40 + 230 + 30
TYPES = {
    "/feed.rss": "application/rss+xml; charset=utf-8",
    "/feed.atom": "application/atom+xml; charset=utf-8",
    "/feed.json": "application/feed+json; charset=utf-8",
    "/feed.ndjson": "application/x-ndjson; charset=utf-8",
    "/opml": "text/x-opml; charset=utf-8",
    "/": "text/html; charset=utf-8",
}
HUBS = ["https://feeds.example/hub", "https://hub.example/"]  # its own comes first
ADDRESSES = [f"/feed.{extension}" for extension in FORMATS]


class Promise(NamedTuple):
    """A promise: its *id* in the checklist, the section that requires it, and its *check*.

    The parameter of *check* names the fixture to pass.
    """

    id: str
    reference: str
    check: Callable[[Live], None]


PROMISES: list[Promise] = []


def promise(id_: str, reference: str) -> Callable[[Callable[[Live], None]], Callable[[Live], None]]:
    """Register a function as a promise. Its name states the requirement, its parameter the fixture."""

    def add(check: Callable[[Live], None]) -> Callable[[Live], None]:
        PROMISES.append(Promise(id_, reference, check))
        return check

    return add


def ids(response: TestResponse, path: str) -> list[str]:
    """The articles in a feed."""
    return [item.id.rpartition("/")[2] for item in READ[path.rpartition(".")[2]](response.data).items]


# Formats


@promise("R28", "RSS 2.0, RFC 822")
def a_scheduled_article_is_in_no_feed_before_its_time(live: Live) -> None:
    live.write("later", publishedDateTime="2027-02-01T00:00:00Z")
    live.refresh()
    assert all("later" not in ids(live.get(path), path) for path in ADDRESSES)
    live.now = 1_801_440_001  # a second later than that
    assert all("later" in ids(live.get(path), path) for path in ADDRESSES)


@promise("A26", "RFC 4287, 7")
def atom_has_its_media_type_and_the_charset_it_declares(live: Live) -> None:
    response = live.get("/feed.atom")
    assert response.headers["Content-Type"] == TYPES["/feed.atom"]
    assert b"encoding='UTF-8'" in response.data[:60]


@promise("J12", "JSON Feed 1.1, top-level")
def the_chain_of_next_urls_ends(library: Live) -> None:
    assert len(_walk(library, "json", lambda body: json.loads(body).get("next_url"))) == MANY


@promise("J17", "JSON Feed 1.1, RFC 8259")
def json_feeds_have_their_media_type(live: Live) -> None:
    assert live.get("/feed.json").headers["Content-Type"] == TYPES["/feed.json"]


@promise("J20", "JSON Feed 1.1, discovery")
def pages_link_to_their_json_feed(live: Live) -> None:
    for page, path in (("/", "/feed"), ("/topics/go", "/topics/go")):
        (found,) = _discovered(live, page)["application/feed+json"]
        assert found.get("href") == f"https://feeds.example{path}.json"
        assert found.get("title")


# Archives: RFC 5005


def _walk(live: Live, extension: str, older: Callable[[bytes], str | None]) -> set[str]:
    """The ids of all articles found by following the links to older archives."""
    path: str | None = f"/feed.{extension}"
    seen: list[str] = []
    found: set[str] = set()
    while path:
        assert path not in seen
        seen.append(path)
        response = live.get(path)
        assert response.status_code == 200, path
        found.update(ids(response, f".{extension}"))
        path = older(response.data)
    return found


def _previous(body: bytes) -> str | None:
    return next(iter(find(parse(body), "//atom:link[@rel='prev-archive']/@href")), None)


@promise("H4", "RFC 5005, 4.1")
def a_feed_and_its_link_header_name_the_same_previous_archive(library: Live) -> None:
    for path in ("/feed.rss", "/feed.atom", "/topics/go.rss", "/providers/p1.example.atom?limit=9"):
        response = library.get(path)
        assert _previous(response.data) == dict(links(response))["prev-archive"]


@promise("H5", "RFC 5005, 4.1")
def a_closed_archive_does_not_change(live: Live) -> None:
    paths = [f"/feed/2026-06.{extension}" for extension in FORMATS]
    before = [live.get(path) for path in paths]
    live.write("new", publishedDateTime="2026-12-31T00:00:00Z")
    live.refresh()
    for path, was in zip(paths, before, strict=True):
        now = live.get(path)
        assert (now.data, now.headers["ETag"]) == (was.data, was.headers["ETag"])
        assert "immutable" in now.headers["Cache-Control"]


@promise("H6", "RFC 5005, 4.2")
def going_back_finds_every_article(library: Live) -> None:
    for extension in ("rss", "atom"):
        assert len(_walk(library, extension, _previous)) == MANY


# Deltas: RFC 3229


def _delta(live: Live, path: str, tag: str, **headers: str) -> TestResponse:
    return live.get(path, A_IM="feed", If_None_Match=tag, **headers)


@promise("I1", "RFC 3229, 10.5.3")
def only_a_request_with_a_im_and_an_etag_gets_a_delta(live: Live) -> None:
    for path in ADDRESSES:
        tag = live.get(path, A_IM="feed").headers["ETag"]
        assert live.get(path, A_IM="feed").status_code == 200
        name = f"new-{path.rpartition('.')[2]}"
        live.write(name)
        live.refresh()
        assert live.get(path, If_None_Match=tag).status_code == 200
        assert live.get(path, If_None_Match=tag, A_IM="gzip, feed;q=0").status_code == 200
        assert _delta(live, path, tag).status_code == 226
        assert ids(_delta(live, path, tag), path) == [name]


@promise("I2", "RFC 3229, 10.4.1")
def a_delta_has_im_and_the_etag_of_the_current_feed(live: Live) -> None:
    for path in ADDRESSES:
        tag = live.get(path).headers["ETag"]
        live.write(f"new{path.rpartition('.')[2]}")
        live.refresh()
        delta = _delta(live, path, tag)
        assert delta.headers["IM"] == "feed"
        assert delta.headers["ETag"] == live.get(path).headers["ETag"]


@promise("I3", "RFC 3229, 10.4.1")
def an_unknown_etag_gets_the_whole_feed_and_the_current_one_a_304(live: Live) -> None:
    for path in ADDRESSES:
        current = live.get(path)
        other = live.get("/topics/go.rss").headers["ETag"]
        for tag in ('"unknown"', '""', other):
            assert _delta(live, path, tag).status_code == 200
            assert _delta(live, path, tag).data == current.data
        assert _delta(live, path, current.headers["ETag"]).status_code == 304


@promise("I4", "RFC 3229, 10.5.1")
def delta_base_is_the_newest_known_etag(live: Live) -> None:
    first = live.get("/feed.atom").headers["ETag"]
    live.write("four")
    live.refresh()
    second = live.get("/feed.atom").headers["ETag"]
    live.write("five")
    live.refresh()
    delta = _delta(live, "/feed.atom", f'"unknown", {second}, {first}')
    assert delta.headers["Delta-Base"] == second
    assert ids(delta, ".atom") == ["five"]


@promise("I5", "RFC 3229, 10.6")
def a_cache_without_support_for_deltas_stores_none(live: Live) -> None:
    first = live.get("/feed.rss")
    live.write("four")
    live.refresh()
    delta, whole = _delta(live, "/feed.rss", first.headers["ETag"]), live.get("/feed.rss")
    same = live.get("/feed.rss", If_None_Match=whole.headers["ETag"])
    assert (delta.status_code, whole.status_code, same.status_code) == (226, 200, 304)
    assert delta.headers["Cache-Control"] == "no-store, im"
    assert all("A-IM" in each.headers["Vary"] for each in (delta, whole, same))


@promise("I6", "in practice")
def a_shared_cache_stores_one_whole_feed_for_all_clients(live: Live) -> None:
    assert "If-None-Match" not in live.get("/feed.rss").headers["Vary"]


@promise("I7", "in practice")
def a_delta_keeps_every_rule_of_its_format(live: Live) -> None:
    for path, extension in zip(ADDRESSES, FORMATS, strict=True):
        before = live.prepare(Query(), extension)
        tag = live.get(path).headers["ETag"]
        live.write(f"new-{extension}")
        live.refresh()
        selection = changes(live.main.index(), live.select(Query()), before.modified)
        assert selection
        delta = Made(extension, _delta(live, path, tag).data, live.compose(selection))
        assert violations(delta) == []
        assert b"next_url" not in delta.body


@promise("I8", "in practice")
def a_client_that_fails_on_deltas_gets_the_whole_feed(live: Live) -> None:
    tag = live.get("/feed.rss").headers["ETag"]
    live.write("four")
    live.refresh()
    assert _delta(live, "/feed.rss", tag, User_Agent=agents.RSS2EMAIL_OF_DEBIAN).status_code == 200
    assert _delta(live, "/feed.rss", tag, User_Agent=agents.NEWSBOAT).status_code == 226


@promise("I9", "RFC 6721")
def a_delta_has_the_tombstones_of_removed_articles(live: Live) -> None:
    tags = {path: live.get(path).headers["ETag"] for path in ADDRESSES}
    live.erase("two")
    live.refresh()
    atom = _delta(live, "/feed.atom", tags["/feed.atom"])
    (deleted,) = find(parse(atom.data), "//at:deleted-entry/@ref")
    feed = json.loads(_delta(live, "/feed.json", tags["/feed.json"]).data)
    assert deleted.endswith("/two")
    assert [each["id"] for each in feed["_deleted"]["items"]] == [deleted]
    assert all("two" not in ids(_delta(live, path, tag), path) for path, tag in tags.items())


# Hubs: WebSub


@promise("W1", "WebSub, 4")
def a_feed_names_its_hubs_and_itself_in_the_header_and_the_body(hub: Live) -> None:
    for path in ADDRESSES:
        for method in ("GET", "HEAD"):
            named = links(hub.get(path, method))
            assert [url for rel, url in named if rel == "hub"] == HUBS
            assert [url for rel, url in named if rel == "self"] == [f"https://feeds.example{path}"]
    for path in ("/feed.rss", "/feed.atom"):
        assert find(parse(hub.get(path).data), "//atom:link[@rel='hub']/@href") == HUBS
    named_in_json = json.loads(hub.get("/feed.json").data)["hubs"]
    assert [(each["type"], each["url"]) for each in named_in_json] == [("WebSub", hub) for hub in HUBS]


@promise("W2", "WebSub, 4.1")
def header_and_body_name_one_topic_for_each_format(hub: Live) -> None:
    topics = set()
    described = [f"/feed.{made.extension}" for made in FORMATS.values() if made.has_head]
    for path in (*described, "/topics/go.rss?limit=2", "/topics/go.json?content=title"):
        response = hub.get(path, Accept="application/atom+xml")
        named = READ[urlsplit(path).path.rpartition(".")[2]] if "title" not in path else None
        body = named(response.data).address if named else json.loads(response.data)["feed_url"]
        assert body == dict(links(response))["self"] == f"https://feeds.example{path}"
        topics.add(body)
    assert len(topics) == len(described) + 2


@promise("W5", "WebSub, 4")
def a_304_names_the_hubs_too(hub: Live) -> None:
    whole = hub.get("/feed.atom")
    same = hub.get("/feed.atom", If_None_Match=whole.headers["ETag"])
    assert same.status_code == 304
    assert [url for rel, url in links(same) if rel == "hub"] == HUBS
    assert links(same) == links(whole)


# Lists: OPML


@promise("O8", "OPML 2.0, in practice")
def lists_have_their_media_type(live: Live) -> None:
    assert live.get("/opml").headers["Content-Type"] == TYPES["/opml"]


@promise("O9", "in practice")
def a_list_has_feeds_of_any_format(live: Live) -> None:
    for made in FOR_READERS:
        addresses = find(parse(live.get(f"/opml?format={made.extension}").data), "//@xmlUrl")
        assert addresses
        for address in addresses:
            assert live.get(address).headers["Content-Type"] == TYPES[f"/feed.{made.extension}"]


# HTTP: RFC 9110


@promise("C1", "RFC 9110, 8.8.3.3")
def every_coding_has_a_tag_of_its_own(live: Live) -> None:
    for path in TYPES:
        codings = ("identity", "gzip", "br", "zstd")
        answers = [live.get(path, Accept_Encoding=coding) for coding in codings]
        assert len({each.headers["ETag"] for each in answers}) == len(codings)
        assert len({decoded(each) for each in answers}) == 1


@promise("C2", "RFC 9110, 13.1.2")
def an_etag_counts_in_a_list_and_as_a_weak_one(live: Live) -> None:
    for path in TYPES:
        tag = live.get(path).headers["ETag"]
        for written in (tag, f"W/{tag}", f'"a", W/"b", {tag}', "*"):
            for method in ("GET", "HEAD"):
                assert live.get(path, method, If_None_Match=written).status_code == 304, (path, written)
        assert live.get(path, If_None_Match='"other"').status_code == 200


@promise("C3", "RFC 9110, 13.1.3")
def a_date_beside_an_etag_is_ignored(live: Live) -> None:
    for path in ADDRESSES:
        for tag in ('"other"', '""'):
            since = formatdate(live.now, usegmt=True)
            assert live.get(path, If_None_Match=tag, If_Modified_Since=since).status_code == 200


@promise("C4", "RFC 9110, 13.1.3")
def every_form_of_date_counts_and_an_invalid_date_is_ignored(live: Live) -> None:
    written = live.get("/feed.rss").headers["Last-Modified"]
    date = parsedate_to_datetime(written)
    forms = (written, date.strftime("%A, %d-%b-%y %H:%M:%S GMT"), date.strftime("%a %b %e %H:%M:%S %Y"))
    for form in forms:
        assert live.get("/feed.rss", If_Modified_Since=form).status_code == 304, form
        assert live.get("/feed.rss", "HEAD", If_Modified_Since=form).status_code == 304, form
    before = formatdate(date.timestamp() - 1, usegmt=True)
    for form in (before, "yesterday", f"{written}, {written}", ""):
        assert live.get("/feed.rss", If_Modified_Since=form).status_code == 200, form


@promise("C5", "RFC 9110, 8.8")
def a_feed_and_its_304_have_the_same_etag_and_date(live: Live) -> None:
    for path in ADDRESSES:
        whole = live.get(path)
        same = live.get(path, If_None_Match=whole.headers["ETag"])
        for name in ("ETag", "Last-Modified"):
            assert whole.headers[name] == same.headers[name]


@promise("C6", "in practice")
def a_late_article_with_an_old_date_advances_last_modified(live: Live) -> None:
    for path in ADDRESSES:
        before = live.get(path)
        live.write(f"late{path.rpartition('.')[2]}", publishedDateTime="2020-01-01T00:00:00Z")
        live.refresh()
        answer = live.get(path, If_Modified_Since=before.headers["Last-Modified"])
        assert answer.status_code == 200
        assert modified(answer) > modified(before)


@promise("C7", "RFC 9110, 8.8.2.1")
def no_last_modified_is_in_the_future(live: Live) -> None:
    live.write("later", publishedDateTime="2027-02-01T00:00:00Z", modifiedDateTime="2028-01-01T00:00:00Z")
    live.write("edited", modifiedDateTime="2028-01-01T00:00:00Z")
    live.refresh(after=0)
    for path in ADDRESSES:
        assert modified(live.get(path)) <= live.now


@promise("C8", "RFC 9110, 8.8.2.2")
def the_second_of_two_changes_within_a_second_is_noticed(live: Live) -> None:
    live.write("four")
    live.refresh()
    first = live.get("/feed.rss")
    live.write("five")
    live.refresh(after=0.1)
    second = live.get("/feed.rss", If_Modified_Since=first.headers["Last-Modified"])
    assert second.status_code == 200
    assert second.headers["ETag"] != first.headers["ETag"]


@promise("C9", "RFC 9110, 15.4.5")
def a_304_has_the_headers_for_caches_and_none_of_the_body(live: Live) -> None:
    for path in TYPES:
        whole = live.get(path, Accept_Encoding="gzip")
        same = live.get(path, Accept_Encoding="gzip", If_None_Match=whole.headers["ETag"])
        assert (same.status_code, same.data) == (304, b"")
        for name in ("ETag", "Vary", "Cache-Control"):
            assert same.headers[name] == whole.headers[name]
        assert not {"Content-Type", "Content-Length", "Content-Encoding"} & {*same.headers.keys()}


@promise("C10", "RFC 9110, 9.3.2")
def head_is_get_without_a_body(live: Live) -> None:
    for path in TYPES:
        for coding in ("identity", "gzip"):
            whole = live.get(path, Accept_Encoding=coding)
            head = live.get(path, "HEAD", Accept_Encoding=coding)
            assert (head.status_code, head.data) == (200, b"")
            assert dict(head.headers) == dict(whole.headers)


@promise("C11", "RFC 9110, 12.5.5")
def every_answer_varies_by_coding(live: Live) -> None:
    for path in (*TYPES, "/nothing"):
        whole = live.get(path)
        answers = [whole, live.get(path, Accept_Encoding="br")]
        answers.append(live.get(path, If_None_Match=whole.headers.get("ETag", "*")))
        assert all("Accept-Encoding" in each.headers["Vary"] for each in answers)


@promise("C12", "RFC 9110, 12.5.3")
def the_coding_follows_the_weights_of_accept_encoding(live: Live) -> None:
    for accepted, coding in (
        ("gzip;q=0.5, br;q=0.8", "br"), ("identity;q=0, gzip", "gzip"), ("gzip;q=0", None),
        ("", None), ("deflate", None), ("GZIP", "gzip"), ("gzip;q=0.3, identity;q=0.9", None),
    ):  # fmt: skip
        assert live.get("/feed.rss", Accept_Encoding=accepted).headers.get("Content-Encoding") == coding
    assert "Content-Encoding" not in live.get("/feed.rss").headers
    assert live.get("/feed.rss", Accept_Encoding="*;q=0").status_code == 406
    assert live.get("/feed.rss", Accept_Encoding="*").status_code == 200


@promise("C13", "in practice")
def another_server_with_the_same_articles_sends_the_same_bytes(library: Live) -> None:
    folder = library.folder / "other"
    shutil.copytree(library.root, folder / "corpus")
    other = Live(folder, FLASK)
    other.refresh(after=100_000)
    for path in (*TYPES, "/topics/go.rss?limit=7", "/feed/2025-11.json"):
        here, there = (each.get(path, Accept_Encoding="gzip") for each in (library, other))
        assert (here.data, here.headers["ETag"]) == (there.data, there.headers["ETag"]), path
    other.close()


@promise("C14", "RFC 9111, 5.2.2 and RFC 5861")
def caches_may_store_answers_and_serve_them_stale(live: Live) -> None:
    for path in TYPES:
        headers = live.get(path).headers
        said = headers["Cache-Control"]
        if path == "/":  # browsers ask each time, and only caches of the operator do not
            assert re.fullmatch(r"public, max-age=0, stale-if-error=\d+", said)
            said = f"public, {headers['Surrogate-Control']}"
        assert re.fullmatch(r"public, max-age=\d+, stale-while-revalidate=\d+, stale-if-error=\d+", said)


@promise("C15", "in practice")
def max_age_ttl_and_the_update_period_agree(library: Live) -> None:
    for path in ("/feed.rss", "/topics/go.rss", "/providers/p1.example.rss"):
        response = library.get(path)
        seconds = int(response.headers["Cache-Control"].partition("max-age=")[2].partition(",")[0])
        root = parse(response.data)
        assert find(root, "//ttl/text()") == [str(seconds // 60)]
        hours = {"hourly": 1, "daily": 24}[find(root, "//sy:updatePeriod/text()")[0]]
        often = int(find(root, "//sy:updateFrequency/text()")[0])
        assert often == max(1, round(hours * 3600 / seconds))
        assert "Expires" not in response.headers


@promise("C18", "RFC 9110, 15.4 and 15.5.11")
def a_renamed_topic_redirects_and_an_ended_one_is_gone(live: Live) -> None:
    assert live.get("/topics/go.rss").status_code == 200
    moved = live.get("/topics/golang.rss")
    assert (moved.status_code, moved.location) == (301, "https://feeds.example/topics/go.rss")
    assert live.get("/topics/old.rss").status_code == 410


@promise("C19", "RFC 9110, 12")
def an_address_has_one_format_for_every_accept_header(live: Live) -> None:
    for path in ("/feed.rdf", "/topics/go.rdf", "/opml/nothing"):
        assert live.get(path).status_code == 404
    moved = live.get("/feed.xml")
    assert (moved.status_code, moved.location) == (301, "/feed.rss")
    for accepted in ("application/feed+json", "*/*;q=0.1, text/html", "image/png"):
        for path in ADDRESSES:
            response = live.get(path, Accept=accepted)
            assert (response.status_code, response.headers["Content-Type"]) == (200, TYPES[path])
            assert "Accept," not in f"{response.headers['Vary']},"


@promise("C20", "RFC 7303 and JSON Feed 1.1")
def everything_has_its_media_type(live: Live) -> None:
    for path, media_type in TYPES.items():
        assert live.get(path).headers["Content-Type"] == media_type


def _discovered(live: Live, page: str) -> dict[str, list[lxml.html.HtmlElement]]:
    """The feeds announced by a page, by media type."""
    found: dict[str, list[lxml.html.HtmlElement]] = {}
    links = lxml.html.fromstring(live.get(page).data).findall("head/link[@rel='alternate']")
    for each in (link for link in links if "oembed" not in link.get("type")):
        found.setdefault(each.get("type"), []).append(each)
    return found


@promise("C21", "HTML, link type alternate")
def every_page_names_its_own_feeds_rss_first(live: Live) -> None:
    assert DEFAULT == FORMATS["rss"] == FOR_READERS[0]
    for page in ("/topics/go", "/providers/example.org", "/topics/go/providers/example.org"):
        found = _discovered(live, page)
        assert list(found) == [made.type for made in FOR_READERS]
        for made, (link,) in zip(FOR_READERS, found.values(), strict=True):
            assert link.get("href") == f"https://feeds.example{page}.{made.extension}"
            assert link.get("title")


# Text


@promise("X7", "in practice")
def references_in_a_title_are_decoded_once(live: Live) -> None:
    live.write("title", title="Tom &amp; Jerry &eacute;t&#233;")
    live.refresh()
    for path in ADDRESSES:
        titles = [item.title for item in READ[path.rpartition(".")[2]](live.get(path).data).items]
        assert "Tom & Jerry été" in titles


@promise("X10", "in practice")
def active_content_is_removed_from_an_article(live: Live) -> None:
    live.write(
        "bad",
        '<p onclick="go()" style="position:fixed">Text</p>\n\n<script>go()</script>\n\n'
        '<iframe src="https://example.org/frame"></iframe>\n\n<a href="javascript:go()">link</a>\n',
    )
    live.refresh()
    for path in ADDRESSES:
        body = live.get(path).data
        for bad in (b"onclick", b"<script", b"javascript", b"<iframe", b"position", b"go()"):
            assert bad not in body


@promise("X11", "RFC 4287, 4.2.6")
def an_article_has_one_id_in_every_feed(library: Live) -> None:
    known: dict[str, set[str]] = {}
    for path in ("/feed", "/topics/go", "/providers/p1.example", "/topics/go/providers/p1.example"):
        for extension in FORMATS:
            for item in READ[extension](library.get(f"{path}.{extension}").data).items:
                known.setdefault(item.url, set()).add(item.id)
    assert {len(each) for each in known.values()} == {1}
