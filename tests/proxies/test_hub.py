"""The hub behind each proxy: its requests arrive, and slow clients delay nobody."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from feeds.push.hub_form import FORM_TYPE
from tests.builders import write_article
from tests.proxies.conftest import CACHES, Front, every_cache
from tests.server import Server

pytestmark = pytest.mark.slow

URL = "http://feeds.example"
FORMS = {
    kind: urlencode(
        {
            "hub.mode": "subscribe",
            "hub.topic": f"{URL}/feed.atom",
            "hub.callback": f"https://reader.example/{kind}",
        }
    ).encode()
    for kind in CACHES
}
SLOW = 20  # more than the threads of any server


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """A hub behind every cache; Granian has no limit of its own for slow clients."""
    folder = tmp_path_factory.mktemp("hub")
    write_article(folder / "corpus")
    with (
        Server(folder / "corpus", folder / "server", "granian", FEEDS_PUSH_HUB="on") as origin,
        every_cache(origin, folder) as made,
    ):
        yield made


def connect(url: str) -> HTTPConnection:
    address = urlsplit(url)
    return HTTPConnection(str(address.hostname), address.port, timeout=30)


def posted(url: str, form: bytes) -> int:
    """Send *form* to the hub; return the status of the answer."""
    connection = connect(url)
    with closing(connection):
        connection.request("POST", "/hub", form, {"Content-Type": FORM_TYPE})
        return connection.getresponse().status


def begin(url: str, form: bytes, sent: int) -> HTTPConnection:
    """Send the first bytes of *form* to the hub."""
    connection = connect(url)
    connection.putrequest("POST", "/hub")
    connection.putheader("Content-Type", FORM_TYPE)
    connection.putheader("Content-Length", str(len(form)))
    connection.endheaders(form[:sent])
    return connection


def pending(hub: Front) -> int:
    """The number of subscriptions that are not confirmed yet."""
    found: int = json.loads(hub.get("/hub/health").body)["pending"]
    return found


@pytest.mark.parametrize("kind", CACHES)
def test_subscribers_are_heard_and_slow_clients_delay_nobody(kind: str, hubs: dict[str, Front]) -> None:
    hub, form = hubs[kind], FORMS[kind]
    before = pending(hub)
    assert posted(hub.url, form) == 202
    assert pending(hub) == before + 1
    with ExitStack() as stack:
        for number in range(SLOW):
            stack.enter_context(closing(begin(hub.url, form, number)))
        assert posted(hub.url, form) == 202
    assert posted(hub.url, form + b"&x=" + b"y" * 20_000) == 413
