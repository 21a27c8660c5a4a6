"""The findings of the reader check about real readers, which docs/readers.md lists."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.builders import write_article
from tests.paths import ROOT
from tests.readers.clients import Client
from tests.readers.clients.node import RssParser
from tests.readers.conftest import CLIENTS
from tests.server import Server, get

pytestmark = pytest.mark.slow

COLUMNS = ("conditional", "validators", "compression", "temporary", "permanent", "changes", "agent")
BEFORE_THE_END = 12  # steps; some readers never finish a refresh of a feed that has ended


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose redirects lead to itself, with workers that share all checks."""
    folder = tmp_path_factory.mktemp("checks")
    write_article(folder / "corpus")
    with Server(folder / "corpus", folder / "server", workers=2, at_own_address=True) as server:
        yield server


@pytest.mark.parametrize("reader", [each for each in CLIENTS if each is not RssParser])  # as Feedsmith
def test_the_document_has_what_the_check_finds(
    reader: type[Client], server: Server, start: Callable[[type[Client]], Client]
) -> None:
    found = checked(start(reader), server)
    written = table()[reader.__name__.lower()]
    assert written == {each["subject"]: each["code"] for each in found if each["subject"] in COLUMNS}


def checked(client: Client, server: Server) -> list[dict[str, Any]]:
    """Let *client* pass a check by hand; return the findings."""
    page = get(f"{server.url}/reader-check/new").body
    address = re.search(rb"/reader-check/\w+/feed.rss", page)
    assert address
    path = address[0].decode()
    client.subscribe(server.url + path)
    client.refresh_until(lambda: report(server, path)["steps"] >= BEFORE_THE_END, BEFORE_THE_END)
    findings: list[dict[str, Any]] = report(server, path)["findings"]
    return findings


def report(server: Server, feed: str) -> Any:
    return json.loads(server.get(feed.replace("feed.rss", "findings.json")).body)


def table() -> dict[str, dict[str, str]]:
    """The codes of the findings about each reader in the document, by its name."""
    text = (ROOT / "docs" / "readers.md").read_text().split("## What readers do")[1]
    lines = [line.strip("|").split("|") for line in text.splitlines() if line[:1] == "|"]
    head, _, *rows = [[cell.strip(" `") for cell in line] for line in lines]
    cells = [dict(zip(head, row, strict=True)) for row in rows]
    return {
        re.sub(r"\W", "", each["reader"].partition("]")[0]).lower(): {
            column: each[column] for column in COLUMNS if each[column] != "-"
        }
        for each in cells
    }
