"""The documents of a server, for comparison."""

from itertools import cycle, product
from typing import NamedTuple

from feeds.formats import FORMATS
from feeds.formats.document import CODINGS, content_of
from feeds.http.conditional import keys
from tests.server import Server

FIRST = "/feed"
PATHS = (
    FIRST,
    "/topics/oceans",
    "/providers/lantern.example",
    "/topics/food/providers/hedgerow.example",
)


class Received(NamedTuple):
    """A document as a client receives it."""

    tag: str
    modified: str
    body: bytes


Documents = dict[tuple[str, str], Received]  # by path and coding


def documents(server: Server) -> Documents:
    """A feed in every format and coding, and others in every format, in one coding after the other."""
    others = [f"{path}.{extension}" for path in PATHS if path != FIRST for extension in FORMATS]
    chosen = [*product((f"{FIRST}.{extension}" for extension in FORMATS), CODINGS)]
    chosen += zip(others, cycle(CODINGS))
    return {(path, coding): _document(server, path, coding) for path, coding in chosen}


def contents(found: Documents) -> dict[tuple[str, str], str]:
    """The content that each ETag names: its end may be the last change of an article that is gone."""
    return {key: content_of(keys(each.tag)[0]) for key, each in found.items()}


def _document(server: Server, path: str, coding: str) -> Received:
    response = server.get(path, Accept_Encoding=coding)
    assert response.status == 200
    return Received(response.headers["ETag"], response.headers["Last-Modified"], response.body)
