"""A server behind nginx with a certificate, as a hub, and the subscribers.

Libraries send a secret to a hub only over TLS. Without a secret, there is no signature to check.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders import write_article
from tests.newsroom import Newsroom
from tests.nginx import running_nginx
from tests.push.subscribers.clients import Place, Subscriber
from tests.push.subscribers.clients.applications import FlaskWebSub
from tests.server import Server, free_port
from tests.skipping import skip_without

_FRONT = """
server {{
    listen 127.0.0.1:{port} ssl;
    listen 127.0.0.1:{ready};
    ssl_certificate {certificate};
    ssl_certificate_key {certificate}.key;
    location / {{
        proxy_pass {origin};
        proxy_set_header Host $http_host;
    }}
}}
"""


class Hub(NamedTuple):
    """A server at *url*, which has *certificate*; *origin* is the same server without TLS."""

    url: str
    certificate: Path
    origin: Server


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub of a server that has articles."""
    folder = tmp_path_factory.mktemp("hub")
    corpus = folder / "corpus"
    write_article(corpus, topics=["First"])
    certificate = _certificate(folder / "certificate")
    port, ready = free_port(), free_port()
    url = f"https://127.0.0.1:{port}"
    settings = {
        "FEEDS_SITE_URL": url,
        "FEEDS_PUSH_HUB": "on",
        "FEEDS_PUSH_ALLOW": "127.0.0.0/8",
        "SSL_CERT_FILE": str(certificate),  # the server sends requests to its own address
    }
    with Server(corpus, folder / "server", **settings) as origin:
        front = _FRONT.format(port=port, ready=ready, certificate=certificate, origin=origin.url)
        with running_nginx(folder / "nginx", front, f"http://127.0.0.1:{ready}/robots.txt"):
            yield Hub(url, certificate, origin)


def _certificate(path: Path) -> Path:
    """Make a certificate for 127.0.0.1, and its key in a file beside it."""
    program = shutil.which("openssl") or skip_without("openssl")
    # Prosody compares the host with names only, not with addresses.
    names = "subjectAltName=IP:127.0.0.1,DNS:127.0.0.1"
    command = [program, "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", names]
    command += ["-out", str(path), "-keyout", f"{path}.key"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return path


@pytest.fixture
def subscriber(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subscriber]:
    """A subscriber that runs, and has no subscription; tests parametrise over SUBSCRIBERS."""
    kind: type[Subscriber] = request.param
    if missing := kind.missing():
        skip_without(*missing)
    hub: Hub = request.getfixturevalue("hub")
    with kind(Place(tmp_path, hub.certificate)) as subscriber:
        yield subscriber


@pytest.fixture
def witness(tmp_path: Path, hub: Hub) -> Iterator[FlaskWebSub]:
    """Another subscriber, which shows that the hub has sent something."""
    home = tmp_path / "witness"
    home.mkdir()
    with FlaskWebSub(Place(home, hub.certificate)) as witness:
        yield witness


@pytest.fixture
def newsroom(hub: Hub, request: pytest.FixtureRequest) -> Newsroom:
    """The newsroom of a topic for this test alone."""
    topic = "".join(letter for letter in request.node.name.lower() if letter.isalnum())
    return Newsroom(hub.origin, topic)
