"""Prosody (prosody.im) with mod_pubsub_feeds, which publishes the articles of feeds to XMPP clients."""

import re
from pathlib import Path
from typing import Self

from tests.push.subscribers.clients import Place, Subscriber
from tests.push.subscribers.clients.xmpp import XmppClient
from tests.server import Program, free_port

_SETTINGS = """
run_as_root = true
data_path = "{home}/data"
pidfile = "{home}/pid"
certificates = "{home}"
log = {{ {{ levels = {{ min = "debug" }}, to = "console" }} }}
modules_enabled = {{ "saslauth" }}
modules_disabled = {{ "s2s", "offline" }}
c2s_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {xmpp} }}
c2s_direct_tls_ports = {{}}
c2s_require_encryption = false
http_interfaces = {{ "127.0.0.1" }}
http_ports = {{ {http} }}
https_ports = {{}}
http_default_host = "pubsub.localhost"
http_external_url = "http://127.0.0.1:{http}/"
client_https_ssl = {{ cafile = "{certificate}" }}

VirtualHost "localhost"
    authentication = "anonymous"

Component "pubsub.localhost" "pubsub"
    modules_enabled = {{ "pubsub_feeds" }}
    feeds = {{ news = "{topic}" }}
"""
_MODULES = Path("/usr/lib/prosody/modules")  # of Debian
_CONFIRMED = re.compile(r"Confirming (\w+) request")
_SIGNED = re.compile(r"Valid signature")
_ACCEPTED = re.compile(r"subscription to \w+ submitted, status 202")


class Prosody(Subscriber):
    """Prosody finds the hub in the body of the feed, so that it needs Atom, and subscribes at its start.

    It takes a lease that has not ended for one that has, and therefore renews at every push.
    """

    needs = ("prosody", str(_MODULES / "mod_pubsub_feeds"))
    extension = "atom"
    algorithm = "sha1"  # it knows no other
    renews_at_pushes = True
    can_unsubscribe = False

    def __init__(self, place: Place) -> None:
        self._home, self._certificate = place
        self._http, self._xmpp = free_port(), free_port()
        self._program = Program(
            ["prosody", "-F", "--config", str(self._home / "prosody.cfg.lua")],
            self._home / "log",
            f"http://127.0.0.1:{self._http}/callback?hub.mode=unsubscribe&hub.challenge=ready",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._program.stop()

    def subscribe(self, topic: str, hub: str) -> None:
        (self._home / "data").mkdir()
        (self._home / "prosody.cfg.lua").write_text(
            _SETTINGS.format(
                home=self._home,
                certificate=self._certificate,
                topic=topic,
                http=self._http,
                xmpp=self._xmpp,
            )
        )
        self._program.start()

    def confirmed(self) -> list[str]:
        return _CONFIRMED.findall(self._program.output())

    def signatures(self) -> list[str]:
        return ["sha1" for _ in _SIGNED.findall(self._program.output())]

    def accepted(self) -> int:
        """The number of requests to the hub that it has accepted."""
        return len(_ACCEPTED.findall(self._program.output()))

    def titles(self) -> list[str]:
        with XmppClient("localhost", self._xmpp) as client:
            return client.titles("pubsub.localhost", "news")
