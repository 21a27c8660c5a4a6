"""The response at every address of the server."""

import json
import re
from email.utils import parsedate_to_datetime
from itertools import product
from pathlib import Path
from urllib.parse import quote, urljoin

import pytest
from lxml import etree, html
from werkzeug.test import TestResponse

from feeds.article import Provider, Taxonomy, Topic
from feeds.cache.memory import DOCUMENT_OVERHEAD
from feeds.corpus.local_files import media_path
from feeds.corpus.media_types import IMAGE_TYPES
from feeds.feed.site import CANARY_PATH
from feeds.formats import FOR_READERS, FORMATS
from feeds.formats.document import CODINGS
from feeds.http.freshness import SURROGATE
from feeds.settings.sections import CorpusSettings
from feeds.store import File, Tombstone
from feeds.web import EXPOSED, ROUTES
from feeds.web.reader_check import ReaderCheckPages
from feeds.web.streams import StreamViews
from feeds.web.texts import texts
from tests.builders import LATER, NOON, article, image
from tests.entrypoints import ALL
from tests.error_form import said
from tests.formats import reading
from tests.harness import Harness
from tests.table import check_each, for_each, pairs
from tests.web.conftest import ADDRESSES, FEEDS, PAGES, PICTURE, SITE, TIDAL

PNG = b"\x89PNG\r\n\x1a\n"
MEDIA_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
}
WORDS = {"<topic>": "oceans", "<provider>": "tidal.example", "<author>": "zoe", "<path:path>": "one.png",
         "<archive>": "2026-01", "<kind>": "topics",
         "<any(topics, providers, authors):kind>": "topics",
         "<slug>": "1", "/static/<name>": "/static/page.js",
         "<path:place>": "topics/oceans", "/media/<digest>/<name>": media_path(PICTURE),
         "<name>": "best", "<number>": "1"}  # fmt: skip

NEEDED = {"/explain": "?article=tag:example.org,2020:1", "/oembed": f"?url={SITE.url}/feed"}


def addresses() -> list[str]:
    """One address for each route, or for each format if the route ends in ``*``.

    Streams are left out: only some servers answer them, and without an end. So is the canary, which
    answers this server alone, and what a check of a reader makes.
    """
    made = []
    every = ROUTES.keys() - {StreamViews, ReaderCheckPages}
    patterns = ["/reader-check", *(path for kind in ROUTES if kind in every for path in ROUTES[kind])]
    for pattern in (each for each in patterns if each != CANARY_PATH):
        route = re.sub("/(?:static|media/<digest>)/<name>|<.*?>", lambda word: WORDS[word[0]], pattern)
        route += NEEDED.get(pattern, "")
        made += [route[:-1] + extension for extension in FORMATS] if route.endswith("*") else [route]
    return made


@pytest.fixture(scope="module")
def entrypoint() -> str:
    return ALL


@pytest.fixture
def served(served: Harness) -> Harness:
    (served.assets / "one.png").write_bytes(PNG)
    return served


@pytest.fixture(scope="module")
def shared(shared: Harness) -> Harness:
    (shared.assets / "one.png").write_bytes(PNG)
    shared.put(article(-40, url="", topics=()))  # the only one in the sitemap
    return shared


@for_each(("address", "coding"), pairs(addresses(), CODINGS))
def test_every_route_answers_and_head_has_the_headers_of_get(
    shared: Harness, address: str, coding: str
) -> None:
    whole = shared.get(address, Accept_Encoding=coding)
    assert whole.status_code == 200
    assert whole.data
    head = shared.get(address, "HEAD", Accept_Encoding=coding)
    later = shared.get(address, Accept_Encoding=coding)  # the times on /status have passed
    assert int(whole.headers["Content-Length"]) == len(whole.data)
    assert undated(head) in (undated(whole), undated(later))
    assert (head.status_code, head.data) == (200, b"")


def undated(answer: TestResponse) -> list[tuple[str, str]]:
    return [item for item in answer.headers if item[0] != "Date"]


@for_each(
    "address",
    [*(each for each in addresses() if not each.startswith(("/status", "/metrics"))), "/nothing"],
)
def test_a_script_of_any_site_may_send_requests(shared: Harness, address: str) -> None:
    asked = {"Origin": "https://a.example", "Access_Control_Request_Headers": "if-none-match"}
    answer = shared.get(address, "OPTIONS", **asked, Access_Control_Request_Method="GET")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    methods = "GET, HEAD, POST" if address == "/hub" else "GET, HEAD"
    assert answer.headers["Access-Control-Allow-Methods"] == methods
    assert answer.headers["Access-Control-Allow-Headers"] == "if-none-match"
    assert answer.headers["Allow"] == f"{methods}, OPTIONS"
    assert not {"Content-Type", "Content-Length"} & set(answer.headers.keys())


@for_each(
    ("status", "method", "address", "headers"),
    [
        (200, "GET", "/feed.rss", {}),
        (200, "GET", "/", {}),
        (200, "GET", "/assets/one.png", {}),
        (304, "GET", "/feed.rss", {"If_None_Match": "*"}),
        (304, "GET", "/", {"If_None_Match": "*"}),
        (400, "GET", "/feed.rss?limit=x", {}),
        (404, "GET", "/topics/nothing.rss", {}),
        (404, "GET", "/nothing", {}),
        (404, "GET", "/assets/nothing.png", {}),
        (405, "POST", "/feed.rss", {}),
        (406, "GET", "/feed.rss", {"Accept_Encoding": "*;q=0"}),
    ],
)
def test_a_script_of_any_site_may_read_every_response(
    shared: Harness, status: int, method: str, address: str, headers: dict[str, str]
) -> None:
    answer = shared.get(address, method, **headers)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED
    assert answer.headers.get("X-Content-Type-Options") == (None if status == 304 else "nosniff")
    assert "Set-Cookie" not in answer.headers


@for_each(("path", "extension"), pairs(FEEDS, FORMATS))
def test_a_feed_has_its_media_type_for_every_accept_header(
    shared: Harness, path: str, extension: str
) -> None:
    """Feed readers send meaningless Accept headers."""
    bodies = set()
    for accept in ("text/html", "application/json", "*/*;q=0.1", "nonsense"):
        answer = shared.get(f"{path}.{extension}", Accept=accept)
        assert answer.headers["Content-Type"] == FORMATS[extension].media_type
        assert "Accept-Encoding" in answer.headers["Vary"]
        bodies.add(answer.data)
    assert len(bodies) == 1


def test_the_media_types_are_those_of_the_formats(shared: Harness) -> None:
    for extension, media_type in MEDIA_TYPES.items():
        assert shared.get(f"/feed.{extension}").headers["Content-Type"].startswith(media_type)
    assert shared.get("/").headers["Content-Type"] == "text/html; charset=utf-8"


FRESH = "max-age=300, stale-while-revalidate=600, stale-if-error=604800"


@for_each("address", ADDRESSES)
def test_feeds_are_fresh_for_the_minimum_interval(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert answer.headers["Cache-Control"] == f"public, {FRESH}"
    assert not {"X-Accel-Expires", SURROGATE} & set(answer.headers.keys())


@for_each("address", [*PAGES, "/feed", "/build", "/about/api", "/about/polling"])
def test_browsers_ask_for_a_page_each_time_and_our_caches_do_not(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=0, stale-if-error=604800"
    assert answer.headers[SURROGATE] == FRESH
    assert answer.headers["X-Accel-Expires"] == "300"
    again = shared.get(address, If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304
    for name in ("Cache-Control", SURROGATE, "X-Accel-Expires"):
        assert again.headers[name] == answer.headers[name]


def test_responses_are_fresh_until_the_next_scheduled_article_at_most(served: Harness) -> None:
    due = int(LATER) + 1_000_000
    coming = NOON.fromtimestamp(due, NOON.tzinfo)
    served.put(article(4, published=coming, updated=coming, topics=("Oceans",), provider=TIDAL))

    def check(case: tuple[tuple[float, int], str]) -> None:
        (before, age), address = case
        served.now = due - before
        headers = served.get(address).headers
        assert f"max-age={age}," in headers.get(SURROGATE, headers["Cache-Control"])
        assert headers.get("X-Accel-Expires", str(age)) == str(age)

    ages = ((86_400, 300), (301, 300), (120, 120), (1.5, 1), (0.5, 0), (0, 300), (-1, 300))
    check_each(product(ages, ("/feed.rss", "/topics/oceans.json", "/")), check)


def test_unknown_arguments_change_nothing_and_take_no_memory(served: Harness) -> None:
    def check(address: str) -> None:
        size = served.server.cache.size
        plain = served.get(address)
        for number in range(100 if address == "/feed.rss" else 3):
            answer = served.get(f"{address}?utm_source={number}&_={number}&fbclid=")
            assert answer.data == plain.data
            assert answer.headers["ETag"] == plain.headers["ETag"]
        assert served.server.cache.size == size + len(plain.data) + DOCUMENT_OVERHEAD

    check_each(ADDRESSES, check)


def test_a_limit_is_part_of_the_feeds_address(shared: Harness) -> None:
    answer = shared.get("/feed.json?limit=1&x=2")
    feed = json.loads(answer.data)
    assert feed["feed_url"] == "https://feeds.example/feed.json?limit=1"
    assert [item["title"] for item in feed["items"]] == ["Title 3"]


def test_the_host_that_a_client_names_is_in_no_response(shared: Harness) -> None:
    strange = ["", "//", "//feed.rss", "/feed.rss/", "/topics//oceans.rss", "/topics/oceans/", "/nothing"]
    hosts = ("evil.example", "evil.example:99", "[::1]", "evil.example/../", "<evil>", "")

    def check(case: tuple[str, str]) -> None:
        address, host = case
        answer = shared.get(address, Host=host, X_Forwarded_Host="evil.example")
        assert answer.status_code in {200, 301, 400, 403, 404}
        assert b"evil" not in answer.data
        assert "evil" not in str(answer.headers)

    check_each(pairs([*addresses(), *strange], hosts), check)
    check_each(product(strange, hosts), check)


@for_each(
    ("limit", "path"),
    pairs(
        ["0", "201", "ten", "-1", "1.5", "<script>", "%00", "5%0a"],
        ["/feed.rss", "/topics/oceans.atom", "/providers/tidal.example"],
    ),
)
def test_a_bad_limit_is_refused_with_the_valid_range(shared: Harness, path: str, limit: str) -> None:
    answer = shared.get(f"{path}?limit={limit}")
    value = {"%00": "\\x00", "5%0a": "5\\n"}.get(limit, limit)
    assert answer.status_code == 400
    assert answer.text == f"limit: not a whole number from 1 to 200: '{value}'; use limit=20\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@for_each("address", ["/topics/ocean", "/topics/ocean.rss", "/topics/ocean/providers/x.json"])
def test_an_unknown_topic_gets_the_nearest_one(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert (answer.status_code, said(answer)) == (404, "topic 'ocean': not found; did you mean oceans?\n")


def test_an_unknown_provider_gets_the_nearest_ones(shared: Harness) -> None:
    answer = shared.get("/providers/tidal.exampel.atom")
    assert answer.status_code == 404
    assert (
        answer.text == "provider 'tidal.exampel': not found; did you mean tidal.example or example.org?\n"
    )


def test_a_topic_and_a_provider_without_common_articles_make_an_empty_feed(shared: Harness) -> None:
    answer = shared.get("/topics/cities/providers/tidal.example.json")
    assert (answer.status_code, json.loads(answer.data)["items"]) == (200, [])


WEIRD = [
    "/topics/a%2Fb.rss",
    "/topics/%2F.rss",
    "/topics/..%2F..%2Fetc%2Fpasswd.rss",
    "/topics/%00.rss",
    "/topics/.rss",
    "/topics/-.rss",
    "/topics/%F0%9F%8C%8A.rss",
    "/topics/größer.rss",
    "/topics/%FF%FE.rss",
    "/topics/%ED%A0%80",
    "/topics/a%0Ab%0D%0AX-Evil:%201",
    "/topics/" + "x" * 60_000 + ".rss",
    "/providers/" + "%C3%A4" * 20_000,
    "/providers/a%0Ab%E2%80%A8c",
    "/providers/%00",
    "/topics/nothing/providers/",
    "/topics//oceans.rss",
    "//evil.example/feed.rss",
    "/feed.rss/more",
    "/feed.",
    "/FEED.RSS",
    "/a%0Ab",
    "/%00",
    "/" + "y" * 60_000,
    "/assets/",
    "/assets/%00.png",
    "/assets/" + "z" * 60_000 + ".png",
    "/static/one.png",
]


@for_each("address", WEIRD)
def test_a_strange_address_is_refused_in_one_short_line(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.text.splitlines()) == 1
    assert len(answer.text) < 300
    assert answer.text.removesuffix("\n").isprintable()


WRITING = ("POST", "PUT", "DELETE", "PATCH", "PROPFIND", "X" * 999)


@for_each(("address", "method"), pairs([each for each in addresses() if each != "/hub"], WRITING))
def test_no_address_but_the_hub_accepts_a_writing_method(
    shared: Harness, address: str, method: str
) -> None:
    answer = shared.get(address, method)
    assert answer.status_code == 405
    assert {each.strip() for each in answer.headers["Allow"].split(",")} == {"GET", "HEAD", "OPTIONS"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert said(answer) == f"{method[:20]}: not allowed here; use GET or HEAD\n"


def test_until_the_first_load_is_done_every_address_answers_503(empty: Harness) -> None:
    places = [*ADDRESSES, *PAGES, "/ready"]
    for (done, total), progress in {(0, 0): "0 of ?", (500, 2000): "500 of 2000"}.items():
        empty.loading(done, total)

        def check(address: str) -> None:
            answer = empty.get(address)
            assert answer.status_code == 503
            text = f"corpus: first load not complete, {progress} files read; try again in a few seconds\n"  # noqa: B023
            assert said(answer) == text
            assert answer.headers["Retry-After"] == "5"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Access-Control-Expose-Headers"] == EXPOSED

        check_each(places, check)
    empty.put(article(1, topics=("Oceans",), provider=TIDAL, authors=("Zoe",)))
    assert {address: empty.get(address).status_code for address in places} == dict.fromkeys(places, 200)


def test_health_is_ok_before_the_first_load(empty: Harness) -> None:
    answer = empty.get("/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_shows_the_number_of_articles_and_the_revision(shared: Harness) -> None:
    answer = shared.get("/ready")
    assert answer.status_code == 200
    assert re.fullmatch(r"ready: 4 articles at revision \d+\n", answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


def test_pictures_have_the_media_type_of_their_extension(served: Harness) -> None:
    (served.assets / "in").mkdir()

    def check(extension: str) -> None:
        name = f"a picture.{extension.upper()}"
        (served.assets / "in" / name).write_bytes(PNG)
        answer = served.get(f"/assets/in/{quote(name)}")
        assert (answer.status_code, answer.data) == (200, PNG)
        assert answer.mimetype == IMAGE_TYPES[extension]
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=86400" in answer.headers["Cache-Control"]
        assert "Expires" not in answer.headers  # otherwise, two answers could differ in the second

    check_each(IMAGE_TYPES, check)


def test_a_picture_is_not_sent_again(shared: Harness) -> None:
    first = shared.get("/assets/one.png")
    for validator in (
        {"If_None_Match": first.headers["ETag"]},
        {"If_Modified_Since": first.headers["Last-Modified"]},
    ):
        answer = shared.get("/assets/one.png", **validator)
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_other_file_than_a_picture_is_served(served: Harness) -> None:
    (served.assets / "folder.png").mkdir()
    (served.assets / "folder.png" / "page.html").write_bytes(b"secret")

    def check(name: str) -> None:
        if not name.startswith("folder.png"):
            (served.assets / name).write_bytes(b"secret")
        answer = served.get(f"/assets/{name}")
        assert answer.status_code == 404
        assert b"secret" not in answer.data.replace(b"secret.env", b"")

    names = (
        "page.html", "article.md", "secret.env", "key.pem", "png", "one.png.html", "one.png~", ".png",
        "one.svgz", "script.js", "folder.png/page.html", "folder.png/", "folder.png",
    )  # fmt: skip
    check_each(names, check)


def test_no_picture_outside_the_folder_is_served(served: Harness) -> None:
    """A symbolic link must not show other files of the server to the authors of pictures."""
    outside = served.assets.parent
    (outside / "secret.png").write_bytes(b"secret")
    (served.assets / "in").mkdir()
    (served.assets / "linked.png").symlink_to(outside / "secret.png")
    (served.assets / "linked").symlink_to(outside)

    def check(path: str) -> None:
        for address in (f"/assets/{path}", f"/assets//{path}", f"/assets/{outside}/{path}"):
            answer = served.get(address)
            assert (answer.status_code, answer.data[:7]) == (404, b"/assets")

    paths = (
        "../secret.png", "..%2Fsecret.png", "%2e%2e/secret.png", "%2E%2E%2Fsecret.png", "./../secret.png",
        "in/../../secret.png", "..%5Csecret.png", "%2Fsecret.png", "linked.png", "linked/secret.png",
    )  # fmt: skip
    check_each(paths, check)


def test_pictures_are_found_from_where_the_server_was_started(
    served: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(served.folder)
    served.restart(corpus=CorpusSettings(path="corpus"))
    assert served.get("/assets/one.png").data == PNG


@for_each("page", [*PAGES, "/topics/oceans?limit=2"])
def test_a_page_links_to_its_own_feeds(shared: Harness, page: str) -> None:
    head = html.fromstring(shared.get(page).data).xpath(
        "/html/head/link[@rel='alternate'][not(contains(@type, '+oembed'))]"
    )
    assert [link.get("type") for link in head] == [each.type for each in FOR_READERS]
    for link, format_ in zip(head, FOR_READERS, strict=True):
        answer = shared.get(link.get("href").removeprefix(SITE.url))
        assert answer.headers["Content-Type"] == format_.media_type
        assert link.get("title").endswith(f"({format_.name})")


@for_each("page", FEEDS[1:])
def test_a_page_shows_the_articles_of_its_feed(shared: Harness, page: str) -> None:
    shown = html.fromstring(shared.get(page).data)
    items = json.loads(shared.get(f"{page}.json").data)["items"]
    links = shown.xpath("//article//h2/a/@href")
    assert [urljoin(SITE.url, link) for link in links] == [item["url"] for item in items]
    titles = [item["title"] for item in items]
    if page.endswith("/daily"):
        titles = [texts("en").period(item["id"].rpartition("/")[2]) for item in items]
    assert shown.xpath("//article//h2/a/text()") == titles


HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 1234*4321 }}&amp;"


def test_hostile_text_is_escaped(served: Harness) -> None:
    provider = Provider("evil.example", HOSTILE)
    taxonomy = Taxonomy(title=HOSTILE, description=HOSTILE, topics=(Topic("evil", HOSTILE),))
    served.put(
        article(
            4, title=HOSTILE, summary=HOSTILE, provider=provider, topics=("Evil", HOSTILE),
            authors=(HOSTILE,), images=(image("a.png?'\"<b>", alt=HOSTILE),),
        )
    )  # fmt: skip
    served.change(at=int(LATER), taxonomy=taxonomy)
    for page in ("/", "/topics/evil", "/providers/evil.example", "/topics/evil/providers/evil.example"):
        answer = served.get(page)
        shown = html.fromstring(answer.data)
        assert HOSTILE in " ".join(shown.itertext())
        assert not shown.xpath("//script[not(starts-with(@src, '/static/'))]")
        assert not shown.xpath("//@onerror | //img[@src='x']")
        assert b"<script>" not in answer.data
        assert "5332114" not in answer.text


SECRET = "Embargoed"


def test_a_scheduled_article_is_in_no_response_before_its_time(served: Harness) -> None:
    due = int(LATER) + 3600
    coming = NOON.fromtimestamp(due, NOON.tzinfo)
    provider = Provider("embargoed.example", SECRET)
    served.put(
        article(
            4, title=SECRET, published=coming, updated=coming, provider=provider,
            topics=("Oceans", SECRET), url="https://embargoed.example/1",
        )
    )  # fmt: skip
    hidden = [f"/topics/embargoed.{extension}" for extension in FORMATS]
    hidden += ["/topics/embargoed", "/providers/embargoed.example", "/providers/embargoed.example.rss"]
    for address in [*addresses(), "/topics/embargo.rss", "/providers/embarg.example", "/nothing"]:
        answer = served.get(address)
        assert SECRET.casefold() not in f"{answer.headers} {answer.get_data()!r}".casefold()
    for address in hidden:
        answer = served.get(address)
        assert answer.status_code == 404
        assert "embargoed" not in answer.text.partition("did you mean")[2]
    assert served.get("/ready").text.startswith("ready: 3 articles")
    served.now = due
    assert [served.get(address).status_code for address in hidden] == [200] * len(hidden)
    for path, extension in product(("/feed", "/topics/oceans"), FORMATS):
        answer = served.get(f"{path}.{extension}")
        assert SECRET in answer.text
        assert parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp() == due
    assert SECRET in served.get("/").text


@for_each(("path", "extension"), pairs(FEEDS, FORMATS))
def test_every_feed_names_itself_and_has_articles(shared: Harness, path: str, extension: str) -> None:
    answer = shared.get(f"{path}.{extension}")
    assert reading.linked(answer, extension, "self") == f"{SITE.url}{path}.{extension}"
    assert reading.READ[extension](answer.data).items


ONE = "tag:example.org,2020:1"


@for_each("named", [ONE, "https://example.org/1", f"%20{ONE}%20"])
@for_each(
    "asked",
    [
        "feed=topics/oceans%3Fmin_heat%3D0%26limit%3D1",
        "feed=topics/oceans?min_heat=0&limit=1",
        "feed=topics/oceans&min_heat=0&limit=1",
        "topic=oceans&min_heat=0&limit=1",
        "feed=topic%3Doceans&min_heat=0&limit=1",
        "feed=&topic=Oceans&min_heat=0&limit=1&utm_source=x",
    ],
)
def test_every_spelling_of_a_feed_gives_the_same_explanation_in_plain_text(
    shared: Harness, asked: str, named: str
) -> None:
    answer = shared.get(f"/explain?{asked}&article={named}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        f"cut: Title 1 ({ONE})",
        "yes: on Oceans; it is on Oceans",
        "yes: with a heat of 0 or more; its heat is 0",
        "the feed shows 1 of 3; it is in /topics/oceans/2026-01.rss?min_heat=0",
    ]
    assert shared.get("/topics/oceans/2026-01.rss?min_heat=0").status_code == 200


@for_each(
    ("feed", "verdict"),
    [
        ("feed", "in"),
        ("f/best", "in"),
        ("f/best/daily", "in"),
        ("topics/oceans/2026-01", "in"),
        ("topics/oceans/providers/tidal.example", "in"),
        ("providers/example.org", "out"),
        ("/topics/reefs/", "out"),
        ("/topics/oceans/2026-01.atom", "in"),
        (f"{SITE.url}/topics/oceans.rss%23top", "in"),
    ],
)
def test_every_kind_of_feed_can_be_explained(shared: Harness, feed: str, verdict: str) -> None:
    answer = shared.get(f"/explain?feed={feed}&article={ONE}")
    assert answer.status_code == 200
    assert answer.text.startswith(f"{verdict}: ")


def test_a_feed_of_another_site_is_not_explained(shared: Harness) -> None:
    answer = shared.get(f"/explain?feed=https://other.example/feed.rss&article={ONE}")
    assert answer.status_code == 400
    assert answer.text.startswith("feed: not an address of this site: ")


def test_an_explanation_is_not_sent_again_until_something_changed(served: Harness) -> None:
    address = f"/explain?feed=f/best&article={ONE}"
    first = served.get(address)
    again = served.get(address, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert "max-age=300" in first.headers["Cache-Control"]
    assert "Last-Modified" not in first.headers
    served.put(article(9), at=int(LATER))
    changed = served.get(address, If_None_Match=first.headers["ETag"])
    assert changed.status_code == 200


def test_an_explanation_is_not_good_beyond_the_next_article(served: Harness) -> None:
    later = NOON.fromtimestamp(int(LATER) + 60, NOON.tzinfo)
    served.put(article(9, published=later, updated=later))
    answer = served.get(f"/explain?article={ONE}")
    assert "max-age=60," in answer.headers["Cache-Control"]


def test_a_withheld_article_is_explained_like_an_unknown_one(served: Harness) -> None:
    """The answer is that for an unknown article, so that it does not reveal the existence of one."""
    later = NOON.fromtimestamp(int(LATER) + 3600, NOON.tzinfo)
    scheduled = article(4, title="Embargoed", published=later, updated=later)
    removed = article(5, title="Retracted", topics=("Oceans",))
    served.put(scheduled, removed)
    served.retire(removed, tombstone=Tombstone(int(LATER), None))
    files = [
        File("bad.md", (1, 1, 1), "urn:bad", 3, "title: missing"),
        File("draft.md", (1, 1, 2), "urn:draft", 0, "published: false", withheld=True),
    ]
    served.change(at=int(LATER) + 1, files=files)
    hidden = [scheduled.id, scheduled.url, removed.id, removed.url, "urn:bad", "urn:draft"]
    for named in [*hidden, "bad.md", "draft.md", f"{removed.id}.md", "urn:never"]:
        for asked in "", "&feed=topics/oceans", "&feed=f/best/daily":
            answer = served.get(f"/explain?article={named}{asked}")
            never = served.get(f"/explain?article=urn:never{asked}")
            assert answer.status_code == never.status_code == 404
            assert (
                answer.text
                == f"article '{named}': not found; use the id or the address of a published article\n"
            )
            assert dict(answer.headers) | {"Content-Length": ""} == dict(never.headers) | {
                "Content-Length": ""
            }


@for_each(
    ("asked", "status", "said"),
    [
        ("", 400, "article: missing; add article= with the id or the address of an article"),
        ("article=", 400, "article: missing; add article= with the id or the address of an article"),
        (
            "article=%20&topic=oceans",
            400,
            "article: missing; add article= with the id or the address of an article",
        ),
        (f"article={ONE}&limit=0", 400, "limit: not a whole number from 1 to 200: '0'; use limit=20"),
        (f"article={ONE}&feed=nonsense", 400, "feed: not a feed: 'nonsense'; use feed, topics/NAME"),
        (f"article={ONE}&feed=topics/ocean", 404, "topic 'ocean': not found; did you mean oceans?"),
        (f"article={ONE}&feed=f/bets", 404, "feed 'bets': not found; did you mean best?"),
        (
            f"article={ONE}&feed=feed/1999-01",
            404,
            "archive '1999-01': not found; use a month",
        ),
        (f"article={ONE}&min_haet=5", 400, "min_haet: unknown parameter"),
        (
            "article=a%0Ab%0D%0AX-Evil:%201%00%1b",
            404,
            "article 'a\\nb\\r\\nX-Evil: 1\\x00\\x1b': not found",
        ),
        ("article=" + "x" * 30_000, 404, f"article '{'x' * 80}': not found; "),
        (f"article={ONE}&feed=" + "y" * 30_000, 400, "feed: not a feed: 'yyyy"),
        (f"article={ONE}&feed=%0A%FF%3Cscript%3E", 400, "feed: "),
        ("article=<script>", 404, "article '<script>': not found"),
    ],
)
def test_a_bad_request_for_an_explanation_is_refused_in_one_line(
    shared: Harness, asked: str, status: int, said: str
) -> None:
    answer = shared.get(f"/explain?{asked}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.text.startswith(said)
    assert len(answer.text.splitlines()) == 1
    assert len(answer.text) < 300
    assert answer.text.removesuffix("\n").isprintable()


def test_hostile_text_of_an_article_stays_on_its_line(served: Harness) -> None:
    hostile = article(4, title="a\nin: b\u2028<script>\x07", topics=("Oceans", "X\r\nY"))
    served.put(hostile)
    answer = served.get(f"/explain?topic=oceans&article={hostile.id}")
    assert len(answer.text.splitlines()) == 3
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


BEST = [f"/f/best{rest}" for rest in ("", "/daily", "/2026-01")]


@for_each("path", BEST)
def test_a_named_feed_has_a_page_every_format_digests_and_archives(shared: Harness, path: str) -> None:
    assert shared.get(path).status_code == 200
    for extension in FORMATS:
        answer = shared.get(f"{path}.{extension}")
        channel = reading.READ[extension](answer.data)
        title = "The Best" + (" · daily digest" if "daily" in path else "") + " · Example"
        head = (title, "What is good") if FORMATS[extension].has_head else ("", "")
        assert (channel.title, channel.description) == head
        assert reading.linked(answer, extension, "self") == f"{SITE.url}{path}.{extension}"
        assert channel.items


@for_each("extension", FORMATS)
def test_a_named_feed_with_other_arguments_has_the_address_of_its_query(
    shared: Harness, extension: str
) -> None:
    answer = shared.get(f"/f/best.{extension}?content=summary")
    without = f"/feed.{extension}?min_quality=0&limit=20&content=summary"
    assert f'<{SITE.url}{without}>; rel="self"' in answer.headers["Link"]
    assert ("Quality 0 or more · Example".encode() in answer.data) == FORMATS[extension].has_head
    assert answer.data == shared.get(without).data


@for_each("asked", ["?limit=20", "?utm_source=x", "?lang=", "?min_quality=0"])
def test_a_named_feed_with_its_own_arguments_keeps_its_name(shared: Harness, asked: str) -> None:
    assert shared.get(f"/f/best.rss{asked}").data == shared.get("/f/best.rss").data


def test_a_named_feed_has_the_same_bytes_on_any_day_in_any_process(
    served: Harness, tmp_path: Path
) -> None:
    addresses = [f"{path}.{extension}" for path in BEST for extension in FORMATS]
    first = [served.get(address).data for address in addresses]
    etags = [served.get(address).headers["ETag"] for address in addresses]
    served.now += 86_400 * 30
    other = served.process()
    assert [other.get(address).data for address in addresses] == first
    assert [other.get(address).headers["ETag"] for address in addresses] == etags


def test_the_home_page_the_lists_and_the_catalogue_offer_named_feeds(shared: Harness) -> None:
    page = html.fromstring(shared.get("/").data)
    (entry,) = page.xpath("//h2[text()='Featured feeds']/following-sibling::ul[1]/li")
    assert entry.xpath(".//a/text()") == ["The Best"]
    assert entry.xpath(".//a/@href") == ["/f/best"]
    assert "What is good" in " ".join(entry.itertext())
    for made in FOR_READERS:
        for address in "/opml", "/opml/named":
            listed = etree.fromstring(shared.get(f"{address}?format={made.extension}").data)
            (outline,) = listed.xpath("//outline[@title='The Best']")
            assert outline.get("xmlUrl") == f"{SITE.url}/f/best.{made.extension}"
            assert outline.get("htmlUrl") == f"{SITE.url}/f/best"
            assert outline.get("description") == "What is good"
    assert len(etree.fromstring(shared.get("/opml/named").data).xpath("//outline")) == 1
    catalogue = json.loads(shared.get("/catalog.json").data)["feeds"]
    (offer,) = [each for each in catalogue if each["name"] == "The Best"]
    assert offer["addresses"]["rss"] == f"{SITE.url}/f/best.rss"
    assert (offer["title"], offer["articles"]) == ("The Best · Example", 4)


@for_each("address", ["/f/bets", "/f/bets.rss", "/f/bets/daily.rss"])
def test_an_unknown_named_feed_gets_the_nearest_one(shared: Harness, address: str) -> None:
    answer = shared.get(address)
    assert (answer.status_code, answer.text) == (404, "feed 'bets': not found; did you mean best?\n")


def test_the_icons_that_a_json_feed_names_are_served(shared: Harness) -> None:
    feed = json.loads(shared.get("/feed.json").data)
    for name, size in (("icon", 512), ("favicon", 64)):
        icon = shared.get(feed[name].removeprefix(SITE.url))
        assert icon.mimetype == "image/png"
        assert icon.data[16:24] == size.to_bytes(4) * 2  # width and height
    assert shared.get("/favicon.ico").data == icon.data
