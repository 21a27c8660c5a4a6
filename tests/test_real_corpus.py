"""The real corpus through the whole of the server."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import feedparser
import lxml.etree
import pytest
from flask.testing import FlaskClient

from feeds.bootstrap import ServerProcess
from feeds.corpus import Corpus, Withheld
from feeds.errors import ArticleError
from feeds.formats import FORMATS
from feeds.query import Query
from feeds.sample import write_sample
from feeds.settings import load
from feeds.web import create_app
from tests.commands import invoke
from tests.paths import ROOT
from tests.table import for_each


@pytest.fixture(scope="module")
def served(
    real_corpus: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServerProcess, FlaskClient]]:
    """The server of the real corpus, loaded, and a client of it."""
    store = tmp_path_factory.mktemp("real") / "store.db"
    server = ServerProcess(load({"FEEDS_CORPUS_PATH": str(real_corpus), "FEEDS_STORE_PATH": str(store)}))
    server.refresh(lambda _done, _total: None)
    server.current_index.follow()
    app = create_app(
        server.pipeline, server.site, server.settings.http, real_corpus / "assets", server.clock
    )
    yield server, app.test_client()
    server.stop()


def test_check_names_what_is_held_back(real_corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(real_corpus))
    result = invoke("check", "--format", "json")
    report = json.loads(result.stdout)
    readings = list(Corpus(real_corpus).articles())
    withheld = {(w.path, w.reason) for w in readings if isinstance(w, Withheld)}
    bad = [reading for reading in readings if isinstance(reading, ArticleError)]
    problems = {(each.path, each.line) for error in bad for each in error.each()}
    assert {(w["path"], w["reason"]) for w in report["withheld"]} == withheld
    assert {(p["path"], p["line"]) for p in report["problems"]} == problems
    assert result.exit_code == (1 if problems else 0)
    assert report["articles"] + len(withheld) + len(bad) == len(readings)
    assert report["articles"] > 20
    assert withheld
    for path, _ in withheld | problems:
        assert (real_corpus / path).is_file()


def test_nothing_that_is_held_back_is_in_any_feed(
    real_corpus: Path, served: tuple[ServerProcess, FlaskClient]
) -> None:
    corpus = Corpus(real_corpus)
    held = {corpus.id_of(w.path) for w in corpus.articles() if isinstance(w, Withheld)}
    items = json.loads(served[1].get("/feed.json?limit=200").data)["items"]
    assert not held & {item["id"] for item in items}
    assert b"secured" not in served[1].get("/feed.json?limit=200").data


def test_every_feed_of_every_topic_and_provider_has_the_same_entries_in_every_format(
    served: tuple[ServerProcess, FlaskClient],
) -> None:
    server, client = served
    index = server.current_index.index()
    queries = [
        Query(),
        *(Query(topic=listing.slug) for listing in index.listings.topics()),
        *(Query(provider=listing.slug) for listing in index.listings.providers()),
    ]
    assert len(queries) > 10
    for query in queries:
        found = {tuple(subscribed(client, query.address(extension))) for extension in FORMATS}
        assert len(found) == 1, query


def subscribed(client: FlaskClient, address: str) -> list[str]:
    """The ids of the entries at *address*, as a reader has them."""
    answer = client.get(quote(address, safe="/?=&,"))
    assert answer.status_code == 200, address
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    if answer.content_type.startswith("application/feed+json"):
        feed = json.loads(answer.data)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        return [item["id"] for item in feed["items"]]
    if not FORMATS[address.partition("?")[0].rpartition(".")[2]].is_for_readers:
        return [json.loads(line)["id"] for line in answer.data.splitlines()]
    lxml.etree.fromstring(answer.data)
    parsed = feedparser.parse(answer.data, response_headers={"content-type": answer.content_type})
    assert not parsed.bozo, (address, parsed.get("bozo_exception"))
    assert all(entry.id and entry.title and entry.link for entry in parsed.entries)
    return [entry.id for entry in parsed.entries]


def test_pages_for_people_are_served_of_every_topic_and_provider(
    served: tuple[ServerProcess, FlaskClient],
) -> None:
    server, client = served
    index = server.current_index.index()
    for query in (
        *(Query(topic=listing.slug) for listing in index.listings.topics()),
        *(Query(provider=listing.slug) for listing in index.listings.providers()),
    ):
        assert client.get(query.path).status_code == 200


# The addresses of the document, with their comments cut off.
QUERIES = re.findall(
    r"^    (/\S+?\.rss(?:\?.+?)?)(?: +#.*)?$", (ROOT / "docs" / "queries.md").read_text(), re.MULTILINE
)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the server of the sample corpus, whose topics and providers the document names."""
    folder = tmp_path_factory.mktemp("sampled")
    write_sample(folder / "corpus", 200, 1, lambda _done: None)
    settings = {"FEEDS_CORPUS_PATH": str(folder / "corpus"), "FEEDS_STORE_PATH": str(folder / "store.db")}
    server = ServerProcess(load(settings))
    server.refresh(lambda _done, _total: None)
    server.current_index.follow()
    yield create_app(
        server.pipeline, server.site, server.settings.http, folder / "corpus" / "assets", server.clock
    ).test_client()
    server.stop()


@for_each("address", QUERIES)
def test_every_query_in_the_documents_is_worth_subscribing_to(sampled: FlaskClient, address: str) -> None:
    addresses = [address.replace(".rss", f".{extension}", 1) for extension in FORMATS]
    first, *others = (subscribed(sampled, each) for each in addresses)
    assert others == [first] * len(others)
    assert len(first) >= 3


def test_the_documents_have_eleven_queries() -> None:
    assert len(QUERIES) == 11
