"""Libraries for subscribers, each in a small program that is asked over HTTP to use it."""

import json
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

import feedparser

from tests.paths import ROOT
from tests.push.subscribers.clients import NODE_MODULES, Place, Subscriber
from tests.server import Program, free_port

_FOLDER = Path(__file__).parent
_PYTHON = ROOT / ".venv/subscribers/bin/python"


class _Application(Subscriber):
    """A program that listens for the hub, and below /control for the test."""

    script: str
    interpreter: str = str(_PYTHON)

    def __init__(self, place: Place) -> None:
        port = free_port()
        self._url = f"http://127.0.0.1:{port}/control"
        self._program = Program(
            [self.interpreter, str(_FOLDER / self.script), str(port), str(place.home / "database")],
            place.home / "log",
            f"{self._url}/log",
            REQUESTS_CA_BUNDLE=str(place.certificate),
            NODE_EXTRA_CA_CERTS=str(place.certificate),
        )

    def __enter__(self) -> Self:
        self._program.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._program.stop()

    def subscribe(self, topic: str, hub: str) -> None:
        self._ask("subscribe", topic=topic, hub=hub)

    def renew(self) -> None:
        self._ask("renew")

    def unsubscribe(self) -> None:
        self._ask("unsubscribe")

    def confirmed(self) -> list[str]:
        return [each["mode"] for each in self._ask("log")["confirmed"]]

    def leases(self) -> list[int]:
        """The leases of confirmed subscriptions in seconds, in order."""
        return [each["lease"] for each in self._ask("log")["confirmed"] if each["lease"]]

    def signatures(self) -> list[str]:
        return [push["signature"].partition("=")[0] for push in self._ask("log")["received"]]

    def titles(self) -> list[str]:
        return [title for push in self._ask("log")["received"] for title in _titles(push["body"])]

    def _ask(self, action: str, **form: str) -> Any:
        data = None if action == "log" else urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self._url}/{action}", data, timeout=10) as response:
            return json.load(response)


def _titles(body: str) -> list[str]:
    if body.startswith("{"):
        return [item["title"] for item in json.loads(body)["items"]]
    return [entry.title for entry in feedparser.parse(body).entries]


class FlaskWebSub(_Application):
    """Flask-WebSub (github.com/marten-de-vries/Flask-WebSub)."""

    needs = (str(_PYTHON),)
    extension = "json"
    algorithm = "sha256"
    script = "flask_websub_app.py"


class DjangoPush(_Application):
    """django-push (github.com/brutasse/django-push), which sends what PubSubHubbub 0.3 asks for."""

    needs = (str(_PYTHON),)
    extension = "rss"
    algorithm = "sha1"
    script = "django_push_app.py"


class PubSubHubbub(_Application):
    """pubsubhubbub (github.com/andris9/pubsubhubbub)."""

    needs = ("node", str(NODE_MODULES / "pubsubhubbub"))
    extension = "atom"
    algorithm = "sha1"
    script = "pubsubhubbub.mjs"
    interpreter = "node"
