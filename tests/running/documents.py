"""The documents of a server, for comparison."""

from typing import NamedTuple

from feeds.formats import FORMATS
from feeds.formats.document import CODINGS, content_of
from feeds.http.conditional import keys
from tests.server import Server

PATHS = (
    "/feed",
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
    """Several feeds in every format and coding."""
    return {
        (f"{path}.{extension}", coding): _document(server, f"{path}.{extension}", coding)
        for path in PATHS
        for extension in FORMATS
        for coding in CODINGS
    }


def contents(found: Documents) -> dict[tuple[str, str], str]:
    """The content that each ETag names: its end may be the last change of an article that is gone."""
    return {key: content_of(keys(each.tag)[0]) for key, each in found.items()}


def _document(server: Server, path: str, coding: str) -> Received:
    response = server.get(path, Accept_Encoding=coding)
    assert response.status == 200
    return Received(response.headers["ETag"], response.headers["Last-Modified"], response.body)
