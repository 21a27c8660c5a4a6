"""Addresses that people and readers guess, copy or shorten lead to the right feed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.article import Provider, Taxonomy, Topic
from feeds.settings.sections import SiteSettings
from feeds.web.guessed import meant
from tests.builders import article
from tests.harness import SITE, Harness
from tests.table import check_each, for_each

BELL = Provider("p.example", "Bell", "https://p.example/")
TAXONOMY = Taxonomy(
    topics=(
        Topic("oceans", "Oceans", aliases=("seas",)),
        Topic("old", "Old", gone=True),
        Topic("rss", "RSS"),
    )
)


def filled(folder: Path, entrypoint: str, site: SiteSettings = SITE) -> Iterator[Harness]:
    made = Harness(folder, entrypoint, site=site, taxonomy=TAXONOMY)
    made.put(
        article(1, topics=("Oceans",), provider=BELL),
        article(2, topics=("C++",)),
        article(3, topics=("C",), authors=("Zoë",)),
        article(4, topics=("Disney+", "R+D", "RSS")),
        article(5, topics=("R&D", "Food & Drink"), authors=("Simon & Garfunkel",)),
        article(6, topics=("R", "Food"), authors=("Simon",)),
    )
    (made.assets / "one.png").write_bytes(b"picture")
    yield made
    made.close()


@pytest.fixture(scope="module")
def guessed(tmp_path_factory: pytest.TempPathFactory, entrypoint: str) -> Iterator[Harness]:
    yield from filled(tmp_path_factory.mktemp("guessed"), entrypoint)


# The address that each other address leads to.
REDIRECTS = {
    # a slash at the end, or several
    "/topics/": "/topics",
    "/topics/oceans/": "/topics/oceans",
    "/feed.rss/": "/feed.rss",
    "/feed/": "/feed",
    "/feed//": "/feed",
    "/topics/oceans/providers/p.example/": "/topics/oceans/providers/p.example",
    "/opml/": "/opml",
    "/opml/topics/": "/opml/topics",
    "/catalog.json/": "/catalog.json",
    "/embed/": "/embed",
    "/embed/topics/oceans/": "/embed/topics/oceans",
    "/robots.txt/": "/robots.txt",
    "/authors/zoe/": "/authors/zoe",
    "/health/": "/health",
    # guessed by readers and by people
    "/rss": "/feed.rss",
    "/rss/": "/feed.rss",
    "/rss.xml": "/feed.rss",
    "/rss2.xml": "/feed.rss",
    "/feed.xml": "/feed.rss",
    "/feeds": "/feed.rss",
    "/feeds.xml": "/feed.rss",
    "/index.xml": "/feed.rss",
    "/index.rss": "/feed.rss",
    "/xml": "/feed.rss",
    "/feed/rss": "/feed.rss",
    "/feed/rss/": "/feed.rss",
    "/feed/rss2/": "/feed.rss",
    "/feed/feed.xml": "/feed.rss",
    "/rss/feed.xml": "/feed.rss",
    "/rss/index.xml": "/feed.rss",
    "/feeds/rss.xml": "/feed.rss",
    "/atom": "/feed.atom",
    "/atom.xml": "/feed.atom",
    "/index.atom": "/feed.atom",
    "/feed/atom": "/feed.atom",
    "/feed/atom/": "/feed.atom",
    "/feed.atom.xml": "/feed.atom",
    "/feeds/atom.xml": "/feed.atom",
    "/json": "/feed.json",
    "/index.json": "/feed.json",
    "/feed/json": "/feed.json",
    "/feed.jsonfeed": "/feed.json",
    "/rss.json": "/feed.json",
    "/feed/ndjson": "/feed.ndjson",
    "/index.html": "/",
    "/index.htm": "/",
    "/index": "/",
    "/opml.xml": "/opml",
    "/feeds.opml": "/opml",
    "/topics.opml": "/opml/topics",
    # guessed by programs and browsers
    "/api": "/about/api",
    "/api/": "/about/api",
    "/about/": "/about/api",
    "/openapi": "/openapi.json",
    "/openapi.json/": "/openapi.json",
    "/swagger.json": "/openapi.json",
    "/manifest.json": "/manifest.webmanifest",
    "/site.webmanifest": "/manifest.webmanifest",
    "/favicon.png": "/static/icon-64.png",
    "/apple-touch-icon.png/": "/apple-touch-icon.png",
    "/humans.txt/": "/humans.txt",
    # of one feed
    "/topics/oceans/feed": "/topics/oceans.rss",
    "/topics/oceans/feed/": "/topics/oceans.rss",
    "/topics/oceans/rss": "/topics/oceans.rss",
    "/topics/oceans/rss.xml": "/topics/oceans.rss",
    "/topics/oceans/feed/atom/": "/topics/oceans.atom",
    "/topics/oceans/atom.xml": "/topics/oceans.atom",
    "/topics/oceans/feed.json": "/topics/oceans.json",
    "/topics/oceans/index.html": "/topics/oceans",
    "/topics/oceans.xml": "/topics/oceans.rss",
    "/topics/oceans.atom.xml": "/topics/oceans.atom",
    "/providers/p.example/feed": "/providers/p.example.rss",
    "/providers/p.example.xml": "/providers/p.example.rss",
    "/topics/rss/feed": "/topics/rss.rss",
}
NOTHING = (
    "/topics.rss", "/topics/feed", "/topics/nothing/", "/topics/nothing/feed",
    "/topics/nothing.xml", "/providers/www.nothing.example.rss", "/nothing/", "/nothing.xml",
    "/nothing/rss.xml", "/wp-login.php", "/feed.rdf", "/topics/oceans.rdf", "/sitemap.xml",
    "/feed/1999-01/",
    "/assets/", "/assets/none.png/", "/static/", "/embed/nothing/", "/f/none/", "/opml/people/",
    "//evil.example/", "/%5Cevil.example/", "//evil.example//", "//evil.example/rss.xml",
    "/topics/oceans/nothing/",
    "/feed/rss/oceans", "/.rss", "/topics//oceans.rss", "/assets/one.png.html",
    "/static/embed.css.xml", "/FEED.RSS", "/topics/oceans.html", "/feed.", "/embed/feed.xml",
    "/rss.rss.rss/x",
)  # fmt: skip


def test_a_guessed_address_redirects_to_the_right_one(guessed: Harness) -> None:
    def check(path: str) -> None:
        answer = guessed.get(f"{path}?limit=2&utm_source=a%20b")
        target = REDIRECTS[path]
        assert (answer.status_code, answer.headers.get("Location")) == (
            301,
            f"{target}?limit=2&utm_source=a%20b",
        )
        assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert guessed.get(path, "HEAD").headers["Location"] == target

    check_each(REDIRECTS, check)
    check_each({*REDIRECTS.values()}, lambda target: exists(guessed, target))


def exists(guessed: Harness, target: str) -> None:
    assert guessed.get(target).status_code == 200


def test_a_redirect_leads_to_no_address_that_does_not_exist(guessed: Harness) -> None:
    def check(path: str) -> None:
        answer = guessed.get(path)
        assert answer.status_code == 404
        assert "Location" not in answer.headers

    check_each(NOTHING, check)


def test_the_page_of_everything_is_no_redirect(guessed: Harness) -> None:
    answer = guessed.get("/feed")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "https://feeds.example/feed.rss" in answer.text
    assert "Title 1" in answer.text


def test_a_redirect_begins_with_the_path_of_the_site(tmp_path: Path, entrypoint: str) -> None:
    site = SiteSettings(url="https://feeds.example/below/news", title="Example", authority="example.org")
    for served in filled(tmp_path, entrypoint, site):
        assert served.get("/rss.xml?limit=1").headers["Location"] == "/below/news/feed.rss?limit=1"
        assert served.get("/topics/oceans/").headers["Location"] == "/below/news/topics/oceans"


def test_an_error_of_the_address_that_was_meant_is_answered_at_once(guessed: Harness) -> None:
    for path, status, text in (
        ("/feed.rss/?limit=x", 400, "limit: not a whole number from 1 to 200: 'x'; use limit=20\n"),
        ("/topics/old/", 410, "topic 'old': ended for good; unsubscribe from its feed\n"),
        ("/topics/ocean/", 404, "topic 'ocean': not found; did you mean oceans or c?\n"),
        ("/topics/ocean.xml", 404, "topic 'ocean-xml': not found; did you mean oceans or c?\n"),
        ("/nothing/", 404, "/nothing/: not found; see the feeds at /\n"),
    ):
        answer = guessed.get(path)
        assert (answer.status_code, answer.text) == (status, text), path


def test_few_guesses_are_made_for_a_long_path() -> None:
    assert len([*meant("/rss" * 10_000)]) < 10
    assert len([*meant("/" + "rss." * 10_000)]) < 10


@for_each("path", ["/", "//", "//evil.example/rss.xml", "//evil.example/"])
def test_nothing_is_guessed_for_an_empty_path_or_one_that_names_another_host(path: str) -> None:
    assert [*meant(path)] == []


def test_a_former_name_with_a_slash_takes_one_redirect(guessed: Harness) -> None:
    answer = guessed.get("/topics/seas/?limit=3")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/topics/oceans")


def test_only_requests_for_a_document_are_redirected(guessed: Harness) -> None:
    assert guessed.get("/rss.xml", "POST").status_code == 404
    assert guessed.get("/rss.xml", "OPTIONS").status_code == 204


def test_a_client_with_the_current_version_is_redirected_too(guessed: Harness) -> None:
    tag = guessed.get("/feed.rss").headers["ETag"]
    assert guessed.get("/rss.xml", If_None_Match=tag).status_code == 301


def test_nothing_is_redirected_before_the_first_load(tmp_path: Path, entrypoint: str) -> None:
    served = Harness(tmp_path, entrypoint)
    assert served.get("/rss.xml").status_code == 503
    served.close()


@for_each("domain", ["www.p.example", "WWW.P.Example", "www.p.example."])
def test_the_domain_of_a_provider_may_be_written_as_in_files(guessed: Harness, domain: str) -> None:
    for path in ("/providers/{}.rss", "/providers/{}", "/topics/oceans/providers/{}.json"):
        answer = guessed.get(path.format(domain))
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"https://feeds.example{path.format('p.example')}"
    answer = guessed.get(f"/feed.json?provider={domain}")
    assert answer.headers["Location"] == "https://feeds.example/providers/p.example.json"


@for_each(
    ("argument", "title"),
    [
        ("topic=C++", "Title 2"), ("topic=C%2B%2B", "Title 2"), ("topic=c%2b+", "Title 2"),
        ("topic=C", "Title 3"), ("topic=Disney+", "Title 4"), ("topic=R%2BD", "Title 4"),
        ("topic=C++,nothing,-oceans", "topic 'nothing': not found"),
        ("topic=oceans+", "topic 'oceans-plus': not found; did you mean oceans"),
        ("topic=+oceans", "topic 'plusoceans': not found; did you mean oceans"),
        ("topic=oceans,+C++", "Title 2"), ("topic=oceans+,C", "topic 'oceans-plus': not found"),
        ("topic=-C++&topic=C", "Title 3"), ("author=Zoë", "Title 3"),
    ],
)  # fmt: skip
def test_a_plus_at_the_end_of_a_name_is_a_plus(guessed: Harness, argument: str, title: str) -> None:
    """In address bars, people type it as it is; forms write a blank as a plus."""
    answer = guessed.get(f"/feed.json?{argument}")
    assert title in answer.text
    assert "Title 3" not in answer.text or "Title 3" in title


@for_each(
    ("address", "status"),
    [
        ("/opml?topic=C++", 200), ("/opml?feed=topics/C++", 200), ("/qr/topics/C++", 200),
        ("/explain?topic=C++&article=tag:example.org,2020:2", 200),
        ("/oembed?url=https://feeds.example/topics/C%2B%2B", 200), ("/embed?src=topics/C++", 200),
        ("/embed/feed?topic=C++", 200), ("/build?topic=C++", 302), ("/?topic=C++", 200),
        ("/topics/C++.rss", 200), ("/topics/c++", 200),
    ],
)  # fmt: skip
def test_a_name_with_pluses_is_read_alike_everywhere(guessed: Harness, address: str, status: int) -> None:
    answer = guessed.get(address)
    assert answer.status_code == status
    assert "c-plus-plus" in answer.text or "C++" in answer.text or answer.mimetype == "image/svg+xml"
    assert "topics/c.rss" not in answer.text


@for_each(
    ("arguments", "title"),
    [
        ("topic=R&D", "Title 5"), ("topic=R%26D", "Title 5"), ("topic=Food%20&%20Drink", "Title 5"),
        ("topic=Food+&+Drink", "Title 5"), ("limit=5&topic=R&D&content=title", "Title 5"),
        ("author=Simon%20&%20Garfunkel", "Title 5"), ("topic=R,Food&Drink&sort=newest", "Title 5"),
        ("topic=R&E", "topic 'r-and-e': not found; did you mean"), ("topic=R", "Title 6"),
        ("topic=R&D=", "Title 6"), ("topic=R&1764374400", "Title 6"), ("topic=R&noredirect", "Title 6"),
        ("topic=R&", "Title 6"), ("topic=R&&", "Title 6"), ("topic=R&topic", "Title 6"),
        ("topic=R&utm_source=D", "Title 6"), ("topic=R&x=1&D", "Title 6"),
    ],
)  # fmt: skip
def test_an_ampersand_in_a_name_is_part_of_it(guessed: Harness, arguments: str, title: str) -> None:
    """An argument without a = after a name is the rest of it, unless it is a number."""
    answer = guessed.get(f"/feed.json?noredirect=&{arguments}")
    assert title in answer.text
    assert "Title 6" not in answer.text or title == "Title 6" or "R,Food" in arguments


def test_a_blank_between_words_is_a_blank(guessed: Harness) -> None:
    for argument in ("q=title+1", "q=title+1+", "q=+title", "topic=R+D", "title=Title++1"):
        assert guessed.get(f"/feed.rss?{argument}").status_code in (200, 404)
    assert "Title 1" in guessed.get("/feed.json?q=title+1+").text
    assert "topic 'r-d': not found" in guessed.get("/feed.json?topic=R+D").text
