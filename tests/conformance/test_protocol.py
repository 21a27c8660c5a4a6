"""The server keeps every promise about HTTP."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.formats import FORMATS
from feeds.query import Query
from tests.conformance.checklist import violations
from tests.conformance.live import Live
from tests.conformance.promises import MANY, PROMISES, Promise
from tests.conformance.rules import Made


def _describe(root: Path) -> None:
    """Write the descriptions of the site and of two topics."""
    (root / "_data" / "topics").mkdir(parents=True)
    (root / "_config.yml").write_text(
        "title: Example & Sons\nurl: https://corpus.example\nlocale: en-us\n"
    )
    (root / "_data/topics/go.yaml").write_text("name: Go\naliases: [Golang]\n")
    (root / "_data/topics/old.yaml").write_text("name: Old\nremoved: true\n")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, entrypoint: str) -> Iterator[Live]:
    """Articles of three months, with more in December than an archive holds; read-only."""
    folder = tmp_path_factory.mktemp("library")
    live = Live(folder, entrypoint)
    _describe(live.root)
    for number in range(MANY):
        month = "2026-01" if number < 40 else "2025-12" if number < 270 else "2025-11"
        live.write(
            str(number), f"Some *text* of {number}.\n" if number % 2 else "",
            publishedDateTime=f"{month}-{number % 28 + 1:02}T{number % 24:02}:00:{number % 60:02}Z",
            topics=["Go"] if number % 3 else ["Tests", "R&D"],
            provider={"name": f"P{number % 4} & Co", "domain": f"p{number % 4}.example"},
            images=[{"url": f"https://p.example/{number}.png"}] if number % 5 else None,
        )  # fmt: skip
    live.refresh()
    yield live
    live.close()


def _small(folder: Path, entrypoint: str, **site: object) -> Iterator[Live]:
    live = Live(folder, entrypoint, **site)
    _describe(live.root)
    for number, name in enumerate(("one", "two", "three"), 1):
        live.write(name, publishedDateTime=f"2026-06-0{number}T00:00:00Z", topics=["Go"])
    live.refresh()
    yield live
    live.close()


@pytest.fixture
def live(tmp_path: Path, entrypoint: str) -> Iterator[Live]:
    """Three articles with a history, for tests that change them."""
    yield from _small(tmp_path, entrypoint)


@pytest.fixture
def hub(tmp_path: Path, entrypoint: str) -> Iterator[Live]:
    """The same with a second WebSub hub."""
    yield from _small(tmp_path, entrypoint, hubs=("https://hub.example/",))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.id)
def test_the_server_keeps_its_promise(promise: Promise, request: pytest.FixtureRequest) -> None:
    (fixture,) = inspect.signature(promise.check).parameters
    try:
        promise.check(request.getfixturevalue(fixture))
    except AssertionError as error:
        error.add_note(f"{promise.id} ({promise.reference}): {promise.check.__name__.replace('_', ' ')}")
        raise


@pytest.fixture(scope="module")
def served(library: Live) -> list[Made]:
    """Documents from the server: full feeds, short ones, archives and lists."""
    queries = [Query(), Query(limit=200, content="summary"), Query("go"), Query("", "p1.example", 3)]
    queries += [Query("r-and-d", "p0.example", content="title"), Query(archive="2025-11")]
    queries += [library.select(Query(archive="2025-12")).query]
    made = [
        Made(each, library.get(query.address(each)).data, library.compose(library.select(query)))
        for query in queries for each in FORMATS
    ]  # fmt: skip
    lists = ("/opml", "/opml/topics", "/opml/providers", "/opml?topic=go&provider=p1.example&format=atom")
    return made + [Made("opml", library.get(path).data, None) for path in lists]


def test_documents_from_the_server_keep_every_rule(served: list[Made]) -> None:
    assert [broken for made in served for broken in violations(made)] == []


EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"

# A promise, and a header that breaks it in every response; None removes the header.
SPOILT = [
    ("A26", "Content-Type", "application/xml"), ("J17", "Content-Type", "application/json"),
    ("H4", "Link", None), ("H5", "Cache-Control", "public, max-age=300"),
    ("I2", "IM", None), ("I2", "ETag", '"delta"'), ("I4", "Delta-Base", None),
    ("I5", "Cache-Control", "public"), ("I5", "Vary", "Accept-Encoding"), ("I6", "Vary", "If-None-Match"),
    ("W1", "Link", None), ("W2", "Link", '<https://e.example/>; rel="self"'), ("W5", "Link", None),
    ("O8", "Content-Type", "text/html"), ("O9", "Content-Type", "text/html"),
    ("C1", "ETag", '"same"'), ("C2", "ETag", '"another"'), ("C4", "Last-Modified", EPOCH),
    ("C5", "Last-Modified", None), ("C6", "Last-Modified", EPOCH),
    ("C7", "Last-Modified", "Fri, 01 Jan 2100 00:00:00 GMT"), ("C8", "ETag", '"same"'),
    ("C9", "Content-Type", "text/plain"), ("C11", "Vary", "A-IM"), ("C12", "Content-Encoding", "deflate"),
    ("C14", "Cache-Control", "no-cache"), ("C15", "Cache-Control", "max-age=1"), ("C15", "Expires", "0"),
    ("C18", "Location", "https://feeds.example/"), ("C19", "Vary", "Accept, Accept-Encoding"),
    ("C20", "Content-Type", "text/html"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id_", "name", "value"), SPOILT, ids=[f"{id_}-{name}" for id_, name, _ in SPOILT]
)
def test_a_promise_notices_its_violation(
    id_: str, name: str, value: str | None, request: pytest.FixtureRequest
) -> None:
    (check,) = (each.check for each in PROMISES if each.id == id_)
    (where,) = inspect.signature(check).parameters
    server = request.getfixturevalue(where)
    server.spoilt = {name: value}
    try:
        with pytest.raises((AssertionError, LookupError)):
            check(server)
    finally:
        server.spoilt = {}
