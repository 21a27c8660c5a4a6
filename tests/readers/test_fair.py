"""Real feed readers that poll a server with fair polling: who keeps its validators is never refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.builders import write_article
from tests.newsroom import Newsroom
from tests.readers.clients import Client
from tests.readers.clients.feedparser import Feedparser
from tests.readers.clients.newsboat import Newsboat
from tests.readers.clients.node import Feedsmith
from tests.readers.clients.reader import Reader
from tests.readers.clients.sfeed import Sfeed
from tests.server import Server, get

pytestmark = pytest.mark.slow

# The others send the same requests: rss2email those of feedparser, and rss-parser those of feedsmith.
CLIENTS = [Newsboat, Sfeed, Feedparser, Reader, Feedsmith]
POLLS = 6  # of one version: more than full copies that any client gets


@contextmanager
def proxy(url: str, client: str) -> Iterator[str]:
    """A proxy of the server at *url*, which names every client *client*; yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            answer = get(url + self.path, self.command, **sent | {"X-Forwarded-For": client})
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "content-length", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fair")
    write_article(folder / "corpus", topics=["First"])
    with Server(folder / "corpus", folder / "server", FEEDS_HTTP_FAIR="on") as server:
        yield server


@pytest.mark.parametrize("client", CLIENTS, indirect=True, ids=lambda each: each.__name__.lower())
def test_a_reader_that_keeps_its_validators_is_never_refused(
    server: Server, client: Client, request: pytest.FixtureRequest
) -> None:
    name = "".join(filter(str.isalnum, request.node.name.lower()))
    newsroom = Newsroom(server, name)
    newsroom.publish({"zero": {}})
    own = f"8.8.{CLIENTS.index(type(client))}.8"
    with proxy(server.url, own) as url:
        address = newsroom.url(client.formats[0]).replace(server.url, url)
        client.subscribe(address)
        newsroom.publish({"one": {}})
        for _ in range(POLLS):
            client.refresh()
        assert "one" in {item.title for item in client.items()}
        assert server.status()["feeds"]["refused"] == {}


def test_a_program_that_sends_no_validators_is_refused(server: Server) -> None:
    with proxy(server.url, "8.9.9.9") as url:
        answers = [get(f"{url}/feed.rss").status for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
