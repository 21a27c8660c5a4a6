"""Proxies and file servers in front of the server send the same answers as the server."""

import json
import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.client import HTTPConnection
from itertools import product
from urllib.parse import quote

import pytest

from feeds.corpus.content_types import EXTENSIONS
from feeds.corpus.media_types import IMAGE_TYPES
from feeds.export.manifest import SUFFIXES
from feeds.export.names import FileNames
from feeds.formats import FORMATS
from feeds.web.files import static_files
from tests.builders import LONG_DOMAIN, LONG_TOPIC, write_article
from tests.open_stream import OpenStream
from tests.paths import ROOT
from tests.proxies.conftest import CACHES, FRONTS, Front
from tests.server import Response, get
from tests.table import for_each
from tests.waiting import eventually

pytestmark = pytest.mark.slow

FEEDS = [
    "/feed.rss",
    "/topics/oceans.atom",
    "/topics/cafes/daily.json",
    "/providers/example.org.json",
    "/feed/2025-11-02.atom",
    *(f"/topics/oceans/2025-11-02.{extension}" for extension in FORMATS),
]
OTHERS = [
    "/",
    "/topics/oceans",
    "/feed/2025-11-02",
    "/static/style.css",
    f"/static/page.js?v={static_files()['page.js'].version}",
    "/static/icon.svg",
    "/static/icon-512.png",
    "/qr/topics/oceans",
    "/articles/2026-01-02-one",
    "/articles/2026-01-02-one.md",
    "/opml",
    "/opml/topics",
    "/catalog.json",
    "/robots.txt",
]
# Answers of an export in which links that need the server are replaced, by the name of the file.
REPLACED = {
    "/": "index.html",
    "/topics/oceans": "topics/oceans/index.html",
    "/feed/2025-11-02": "feed/2025-11-02/index.html",
    "/articles/2026-01-02-one": "articles/2026-01-02-one/index.html",
    "/topics/cafes/daily.json": "topics/cafes/daily.json",
    "/catalog.json": "catalog.json",
}
CODINGS = ["", "gzip", "br", "zstd", "gzip, deflate, br", "br;q=0, gzip;q=0.5"]
# One address of each kind in every coding, each other in two.
IN_EVERY_CODING = {"/feed.rss", "/", "/static/style.css", "/qr/topics/oceans", "/opml"}
EACH_IN_SOME_CODINGS = [
    (path, CODINGS if path in IN_EVERY_CODING else [CODINGS[number % 6], CODINGS[(number + 1) % 6]])
    for number, path in enumerate([*FEEDS, *OTHERS])
]
# The headers that caches and clients depend on.
COMPARED = {
    "Content-Type", "Content-Length", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control",
    "Vary", "Link", "X-Robots-Tag", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
    "X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy",
}  # fmt: skip


def compared(response: Response) -> dict[str, str]:
    return {name: response.headers[name] for name in COMPARED if name in response.headers}


def test_events_pass_each_cache_at_once(caches: list[Front]) -> None:
    with ExitStack() as stack:
        streams = [
            stack.enter_context(OpenStream(f"{front.url}{path}")).opened()
            for front in caches
            for path in ("/stream/feed", "/stream?feed=feed", "/stream?feed=feed")
        ]
        write_article(caches[0].origin.corpus, "_news/new.md", title="New")
        for stream in streams:
            assert [event.data["title"] for event in stream.received()] == ["New"]


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each(("path", "codings"), EACH_IN_SOME_CODINGS)
def test_a_response_is_the_servers_byte_for_byte(front: Front, path: str, codings: list[str]) -> None:
    for coding in codings:
        headers = {"Accept_Encoding": coding} if coding else {}
        sent = front.origin.get(path, **headers)
        for _ in range(1 if front.public else 2):  # from the server, then from the cache
            received = front.get(path, **headers)
            expected = as_exported(front, path, sent, received)
            assert (received.status, received.body) == (200, expected.body)
            assert compared(received) == compared(expected)


def as_exported(front: Front, path: str, expected: Response, received: Response) -> Response:
    """The response *expected* from the server, with the body and ETag that an export has instead."""
    if not front.public or path not in REPLACED or received.status != 200:
        return expected
    suffix = SUFFIXES.get(received.headers.get("Content-Encoding", ""), "")
    body = (front.public / f"{REPLACED[path]}{suffix}").read_bytes()
    headers = Message()
    for name, value in expected.headers.items():
        headers[name] = value
    own = {"ETag": received.headers["ETag"], "Content-Length": str(len(body))}
    if "text/html" in expected.headers["Content-Type"]:
        own["Vary"] = "Accept-Encoding"  # files have one language
    for name, value in own.items():
        if name in headers:
            headers.replace_header(name, value)
    return expected._replace(headers=headers, body=body)


@for_each(
    "place",
    ["topics/{topic}", "topics/{topic}/weekly.atom", "providers/{domain}.rss",
     "topics/{topic}/providers/{domain}.json", "topics/{topic}/providers/{domain}"],
)  # fmt: skip
def test_a_feed_with_a_long_name_is_found_by_its_name_and_by_its_file(
    long_names: str, place: str
) -> None:
    address = "/" + place.format(topic=quote(LONG_TOPIC), domain=LONG_DOMAIN)
    files = FileNames([address])
    by_name, by_file = get(long_names + address), get(long_names + files.address(address))
    assert by_name.status == 200
    assert (by_file.body, compared(by_file)) == (by_name.body, compared(by_name))
    assert files.address(address).encode() in by_name.body
    if "." in place:
        assert address in by_name.headers["Link"]


@pytest.mark.parametrize("front", ["files"], indirect=True)
@for_each(
    ("address", "of_server"),
    [
        ("/topics/oceans/", "/topics/oceans"),
        ("/topics/oceans/index.html", "/topics/oceans"),
        ("/index.html", "/"),
        ("/opml.opml", "/opml"),
        ("/opml/topics.opml", "/opml/topics"),
        ("/qr/topics/oceans.svg", "/qr/topics/oceans"),
    ],
)
def test_the_address_of_a_file_has_the_answer_of_the_servers_address(
    front: Front, address: str, of_server: str
) -> None:
    received, expected = front.get(address), front.get(of_server)
    assert (received.status, received.body) == (200, expected.body)
    assert compared(received) == compared(expected)


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each("path", FEEDS)
def test_a_browser_that_opens_a_feed_receives_the_servers_response(front: Front, path: str) -> None:
    had = {"If_None_Match": front.get(path).headers["ETag"]}
    for use in ("document", "empty", "document"):
        for headers in ({}, {"Accept_Encoding": "gzip"}, had):
            received, expected = front.both(path, Sec_Fetch_Dest=use, **headers)
            expected = as_exported(front, path, expected, received)
            body = expected.body
            if front.public and use == "document" and path.endswith((".rss", ".atom")):
                # Exported files have no links.
                body = front.get(path, Accept_Encoding=headers.get("Accept_Encoding", "")).body
                del expected.headers["Content-Length"]
                expected.headers["Content-Length"] = str(len(body))
            assert (received.status, received.body) == (expected.status, body)
            if received.status == 200:
                assert compared(received) == compared(expected)


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each(("path", "coding"), product([FEEDS[0], "/", "/opml"], ["", "gzip", "br"]))
def test_a_client_with_the_same_etag_receives_304(front: Front, path: str, coding: str) -> None:
    headers = {"Accept_Encoding": coding} if coding else {}
    whole = front.get(path, **headers)
    tag = whole.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}"):
        answer = front.get(path, If_None_Match=known, **headers)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers["ETag"].removeprefix("W/") == tag
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "max-age" in answer.headers["Cache-Control"]
        for name in ("Content-Length", "Content-Encoding"):  # a cache would apply it to the body
            assert answer.headers.get(name) in (None, whole.headers.get(name))
    assert front.get(path, If_None_Match='"other"', **headers).status == 200


@pytest.mark.parametrize("front", ["files"], indirect=True)
def test_an_etag_of_any_coding_matches_a_file(front: Front) -> None:
    tag = front.get("/feed.rss", Accept_Encoding="br").headers["ETag"]
    for known in (tag, tag.replace("-br", ""), tag.replace("-br", "-gzip"), "*"):
        assert front.get("/feed.rss", If_None_Match=known, Accept_Encoding="zstd").status == 304
    assert front.get("/feed.rss", If_None_Match=tag[:-5] + '"').status == 200


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each("path", FEEDS)
def test_a_client_with_the_same_date_receives_304(front: Front, path: str) -> None:
    date = front.get(path).headers["Last-Modified"]
    assert front.get(path, If_Modified_Since=date).status == 304
    assert front.get(path, If_Modified_Since="Fri, 01 Jan 2021 00:00:00 GMT").status == 200


@pytest.mark.parametrize("front", FRONTS, indirect=True)
def test_an_etag_takes_precedence_over_a_date(front: Front) -> None:
    date = front.get("/feed.rss").headers["Last-Modified"]
    answer = front.get("/feed.rss", If_Modified_Since=date, If_None_Match='"other"')
    assert answer.status == 200


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each("path", [FEEDS[0], "/topics/oceans", "/opml"])
def test_head_has_the_headers_of_get(front: Front, path: str) -> None:
    head = front.get(path, "HEAD", Accept_Encoding="gzip")
    assert head.body == b""
    assert compared(head) == compared(front.get(path, Accept_Encoding="gzip"))


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each(
    "path",
    ["/topics/none.rss", "/none", "/feed.rss.gz", "/topics/oceans.html", "/.export/manifest", "/assets/"],
)
def test_an_unknown_address_is_404(front: Front, path: str) -> None:
    answer = front.get(path)
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each("path", ["/topics/old", "/topics/old.rss", "/topics/old/2025-11.atom"])
def test_an_ended_topic_is_410(front: Front, path: str) -> None:
    received, expected = front.both(path)
    assert (received.status, received.body) == (
        410,
        b"topic 'old': ended for good; unsubscribe from its feed\n",
    )
    assert (received.status, received.body, compared(received)["Cache-Control"]) == (
        expected.status, expected.body, compared(expected)["Cache-Control"],
    )  # fmt: skip


@pytest.mark.parametrize("front", CACHES, indirect=True)
def test_problem_details_are_the_servers(front: Front) -> None:
    for path, status in {"/topics/old/2025-11.json": 410, "/topics/ocean.json": 404}.items():
        received, expected = front.both(path)
        assert (received.status, received.body) == (status, expected.body)
        assert received.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("front", CACHES, indirect=True)
@for_each("path", ["/", "/topics/oceans", "/articles/2026-01-02-one", "/feed.rss"])
def test_a_cache_keeps_a_page_in_each_language(front: Front, path: str) -> None:
    accepted = ("de", "en-GB, de;q=0.1", "DE-AT,en;q=0.5", "sv;q=0.9, de", "den", "*", "")
    for header in [*accepted, *accepted]:  # from the server, then from the cache
        received, expected = front.both(path, Accept_Language=header)
        assert (received.body, compared(received)) == (expected.body, compared(expected)), header


@pytest.mark.parametrize("front", CACHES, indirect=True)
@for_each("path", ["/topics/oceans", "/feed.rss", "/articles/2026-01-02-one"])
def test_a_browser_asks_each_time_for_a_document_that_a_cache_keeps(front: Front, path: str) -> None:
    def opened(**headers: str) -> Response:
        return front.get(path, Sec_Fetch_Dest="document", **headers)

    before = opened()
    again = opened(If_None_Match=before.headers["ETag"])
    assert (before.status, again.status) == (200, 304)
    for answer in (before, again):
        assert answer.headers["Cache-Control"] == "public, max-age=0, stale-if-error=604800"
        assert not {"Surrogate-Control", "X-Accel-Expires"} & {*answer.headers}

    def is_kept() -> bool:
        sent = opened().headers
        return sent.get("X-Cache") == "HIT" or " " in sent.get("X-Varnish", "")

    assert eventually(is_kept)


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each(
    "path",
    ["/topics/seas", "/topics/seas.rss", "/topics/seas/daily.atom", "/topics/seas/2025-11-02.json"],
)
def test_the_former_name_of_a_topic_redirects_to_its_name(front: Front, path: str) -> None:
    bare = _Unfollowed(front)
    received, expected = bare.both(path)
    assert received[0] == expected[0] == 301
    assert received[1:] == expected[1:]


@pytest.mark.parametrize("front", FRONTS, indirect=True)
@for_each("path", ["/feed/2025-11.rss", "/topics/oceans/2025-11.json", "/feed/2025-11"])
def test_an_archive_in_parts_redirects_to_the_newest_part(front: Front, path: str) -> None:
    received, expected = _Unfollowed(front).both(path)
    assert received == expected
    assert received[0] == 302


class _Unfollowed:
    """A client that does not follow redirects."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def both(self, path: str) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
        return self._ask(self._front.url, path), self._ask(self._front.origin.url, path)

    def _ask(self, url: str, path: str) -> tuple[int, str, str]:
        connection = HTTPConnection(url.removeprefix("http://"), timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers["Location"], answer.headers["Cache-Control"]
        finally:
            connection.close()


@pytest.mark.parametrize("front", FRONTS, indirect=True)
def test_a_preflight_request_of_another_site_is_answered(front: Front) -> None:
    received, expected = front.both(
        "/feed.json", "OPTIONS", Access_Control_Request_Headers="if-none-match"
    )
    names = ["Allow", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"]
    assert received.status == 204
    assert [received.headers[name] for name in names] == [expected.headers[name] for name in names]


@pytest.mark.parametrize("front", FRONTS, indirect=True)
def test_an_image_is_sent_unchanged(front: Front) -> None:
    path = "/assets/a%20wave.svg"
    received, expected = front.both(path)
    assert received.body == expected.body
    for name in ("Content-Type", "Cache-Control", "Content-Security-Policy", "Last-Modified"):
        assert received.headers[name] == expected.headers[name]
    tag = received.headers["ETag"]
    assert front.get(path, If_None_Match=tag).status == 304


@pytest.mark.parametrize("front", ["files", "cache"], indirect=True)
def test_an_svg_is_compressed_with_a_weak_etag_that_matches_again(front: Front) -> None:
    path = "/assets/a%20wave.svg"
    small = front.get(path, Accept_Encoding="gzip")
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.body) < len(front.get(path).body)
    assert small.headers["ETag"].startswith("W/")
    assert front.get(path, If_None_Match=small.headers["ETag"], Accept_Encoding="gzip").status == 304


@pytest.mark.parametrize("front", ["files"], indirect=True)
@for_each(
    "path",
    ["/feed.rss?q=tide", "/feed.rss?author=ada", "/feed.rss?utm_source=x&sort=heat", "/?topic=oceans",
     "/opml?provider=example.org", "/opml?feed=topics/oceans", "/opml/topics?format=atom"],
)  # fmt: skip
def test_files_refuse_queries(front: Front, path: str) -> None:
    answer = front.get(path)
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")
    assert answer.body.startswith(b"exported files answer no queries")


@pytest.mark.parametrize("front", ["files"], indirect=True)
@for_each("path", ["/feed.rss?utm_source=x&q=", "/opml?feed=&x=1", "/feed.rss?format=x"])
def test_files_ignore_arguments_that_the_server_ignores(front: Front, path: str) -> None:
    received, expected = front.both(path)
    assert (
        (received.status, received.body)
        == (expected.status, expected.body)
        == (200, front.get(path.partition("?")[0]).body)
    )


@pytest.mark.parametrize("front", CACHES, indirect=True)
def test_queries_are_forwarded(front: Front) -> None:
    received, expected = front.both("/feed.json?limit=3")
    assert received.body == expected.body
    assert len(json.loads(received.body)["items"]) == 3


@pytest.mark.parametrize("front", FRONTS, indirect=True)
def test_the_status_page_is_refused_through_a_front(front: Front) -> None:
    """To the server, a front on the same machine looks like a local client."""
    assert front.origin.get("/status").status == 200
    for path in "/status", "/status.json":
        for headers in {}, {"Host": "localhost"}, {"Host": "127.0.0.1"}:
            assert front.get(path, **headers).status in (403, 404)


def test_a_change_shows_once_the_cached_response_is_stale(caches: list[Front]) -> None:
    before = {cache: cache.get("/topics/oceans") for cache in caches}
    origin = caches[0].origin
    write_article(origin.corpus, "_news/2026-02-01-new.md", title="A change", topics=["Oceans"])
    eventually(lambda: b"A change" in origin.get("/topics/oceans").body)
    for cache, former in before.items():
        body = eventually(
            lambda cache=cache: b"A change" in (now := cache.get("/topics/oceans").body) and now
        )
        assert body == origin.get("/topics/oceans").body
        assert cache.get("/topics/oceans", If_None_Match=former.headers["ETag"]).status == 200


def test_an_article_that_was_scheduled_shows_at_its_instant(caches: list[Front]) -> None:
    """No feed is fresh for less than a minute, but never beyond that instant."""
    origin = caches[0].origin
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
    write_article(origin.corpus, "_news/next.md", title="Scheduled", publishedDateTime=due.isoformat())
    soon = re.compile("max-age=[0-4],")
    eventually(lambda: soon.search(origin.get("/feed.rss").headers["Cache-Control"]))
    for cache in caches:
        assert b"Scheduled" not in cache.get("/feed.rss").body
    for cache in caches:
        shown = eventually(
            lambda cache=cache: b"Scheduled" in (now := cache.get("/feed.rss").body) and now
        )
        assert datetime.now(UTC) > due
        assert shown == origin.get("/feed.rss").body


def test_only_a_client_with_the_rest_receives_the_changes_alone(caches: list[Front]) -> None:
    origin = caches[0].origin
    former = origin.get("/feed.rss").headers["ETag"]
    eventually(lambda: {cache.get("/feed.rss").headers["ETag"] for cache in caches} == {former})
    write_article(origin.corpus, "_news/2026-02-02-more.md", title="One more")
    eventually(lambda: b"One more" in origin.get("/feed.rss").body)
    for cache, path in product(caches, ("/feed.rss", "/feed.rss?limit=50")):  # cached already, and not
        changes = cache.get(path, A_IM="feed", If_None_Match=former)
        assert (changes.status, changes.headers["IM"]) == (226, "feed")
        assert changes.body.count(b"<item>") == 1
        for headers in ({}, {"A_IM": "feed"}, {"Accept_Encoding": "identity"}):
            other = cache.get(path, **headers)
            assert (other.status, other.body.count(b"<item>")) == (200, 50)
    now = origin.get("/feed.rss").headers["ETag"]
    for cache in caches:
        assert cache.get("/feed.rss", A_IM="feed", If_None_Match=now).status == 304


def current(cache: Front, path: str, **headers: str) -> Response:
    """The response of *cache* once it has that of the server."""

    def same() -> Response | None:
        received, expected = cache.both(path, **headers)
        return received if received.body == expected.body else None

    found: Response = eventually(same)
    return found


def test_a_cached_response_is_sent_while_the_server_is_down(caches: list[Front]) -> None:
    kept = {cache: current(cache, "/topics/oceans", Accept_Encoding="br") for cache in caches}
    feeds = {cache: current(cache, "/feed.rss") for cache in caches}

    def is_stale(cache: Front) -> bool:
        answer = cache.get("/topics/oceans", Accept_Encoding="br")
        assert (answer.status, answer.body) == (200, kept[cache].body)
        return answer.headers.get("X-Cache") == "STALE" or int(answer.headers.get("Age", "0")) > 2

    caches[0].origin.stop()
    try:
        for cache in caches:
            eventually(lambda cache=cache: is_stale(cache))
            assert is_stale(cache)
            tag = kept[cache].headers["ETag"]
            assert cache.get("/topics/oceans", Accept_Encoding="br", If_None_Match=tag).status == 304
            feed = cache.get("/feed.rss", A_IM="feed", If_None_Match='"former"')
            assert (feed.status, feed.body) == (200, feeds[cache].body)
    finally:
        caches[0].origin.start()


def test_nginx_has_the_type_of_every_kind_of_image() -> None:
    assert _nginx_types(0) == IMAGE_TYPES


def test_nginx_has_a_type_for_every_file_that_articles_name() -> None:
    types = _nginx_types(1)
    assert set(types) == {each for extensions in EXTENSIONS.values() for each in extensions}
    assert all(extension in EXTENSIONS[kind] for extension, kind in types.items())


def _nginx_types(number: int) -> dict[str, str]:
    """The media types by extension in block *number* of the configuration of nginx."""
    block = re.findall(r"types \{\n(.*?)\}", (ROOT / "config/nginx.conf").read_text(), re.DOTALL)[number]
    lines = [line.strip(" ;").split() for line in block.splitlines() if line.strip()]
    return {extension: kind for kind, *extensions in lines for extension in extensions}
