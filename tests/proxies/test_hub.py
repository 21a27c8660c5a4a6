"""The hub behind each proxy: its requests arrive, and slow clients delay nobody."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from feeds.push.hub_form import FORM_TYPE
from tests.builders import write_article
from tests.proxies.conftest import CACHES, Front, nginx_cache, present, varnish
from tests.server import Server

pytestmark = pytest.mark.slow

URL = "http://feeds.example"
FORM = urlencode(
    {
        "hub.mode": "subscribe",
        "hub.topic": f"{URL}/feed.atom",
        "hub.callback": "https://reader.example/x",
    }
).encode()
SLOW = 20  # more than the threads of any server


@pytest.fixture(params=CACHES)
def hub(request: pytest.FixtureRequest, corpus: Path, tmp_path: Path) -> Iterator[Front]:
    """A hub behind a proxy; Granian has no limit of its own for slow clients."""
    present(request.param)
    write_article(corpus)
    start = nginx_cache if request.param == "cache" else varnish
    with (
        Server(corpus, tmp_path / "server", "granian", FEEDS_PUSH_HUB="on") as origin,
        start(origin.url, tmp_path / "proxy", {}) as url,
    ):
        yield Front(url, origin)


def connect(url: str) -> HTTPConnection:
    address = urlsplit(url)
    return HTTPConnection(str(address.hostname), address.port, timeout=30)


def posted(url: str, form: bytes) -> int:
    """Send *form* to the hub; return the status of the answer."""
    connection = connect(url)
    with closing(connection):
        connection.request("POST", "/hub", form, {"Content-Type": FORM_TYPE})
        return connection.getresponse().status


def begin(url: str, part: bytes) -> HTTPConnection:
    """Send *part* of FORM to the hub."""
    connection = connect(url)
    connection.putrequest("POST", "/hub")
    connection.putheader("Content-Type", FORM_TYPE)
    connection.putheader("Content-Length", str(len(FORM)))
    connection.endheaders(part)
    return connection


def test_subscribers_are_heard_and_slow_clients_delay_nobody(hub: Front) -> None:
    assert posted(hub.url, FORM) == 202
    assert b'"pending": 1' in hub.get("/hub/health").body
    with ExitStack() as stack:
        for number in range(SLOW):
            stack.enter_context(closing(begin(hub.url, FORM[:number])))
        assert posted(hub.url, FORM) == 202
    assert posted(hub.url, FORM + b"&x=" + b"y" * 20_000) == 413
