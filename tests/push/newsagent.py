"""A real server that delivers changes: Newsagent."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from feeds.push.report import PushReport, decoded
from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import Subscription, SubscriptionKey
from tests.builders import write_article
from tests.server import Server
from tests.waiting import eventually

COMMANDS = (b"push\0run\0", b"feeds-push-run")


class Newsagent:
    """The *server* of a corpus of one article, its subscriptions, and the processes that deliver."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.subscriptions = SQLiteSubscriptions(Path(f"{server.store}.subscriptions"))

    def ask(self, mode: str, callback: str, path: str, **more: str) -> None:
        """Send the hub a request about the feed at *path*; *more* are parameters by their full names."""
        topic = self.server.url + path
        given = {"hub.mode": mode, "hub.callback": callback, "hub.topic": topic} | more
        form = urlencode({name: value for name, value in given.items() if value})
        with urlopen(f"{self.server.url}/hub", form.encode(), timeout=10) as response:
            assert response.status == 202

    def subscribe(
        self, callback: str, path: str = "/feed.atom", *, secret: str = "", **more: str
    ) -> Subscription:
        """Ask for a subscription, or renew it; return it once it is confirmed."""
        key = SubscriptionKey(self.server.url + path, callback)
        before = self.find(key)
        self.ask("subscribe", callback, path, **{"hub.secret": secret}, **more)
        found: Subscription = eventually(lambda: (now := self.find(key)) != before and now)
        return found

    def unsubscribe(self, callback: str, path: str = "/feed.atom") -> None:
        """Ask for the end of a subscription, and wait for it."""
        self.ask("unsubscribe", callback, path)
        eventually(lambda: not self.find(SubscriptionKey(self.server.url + path, callback)))

    def find(self, key: SubscriptionKey) -> Subscription | None:
        """The recorded subscription with *key*."""
        return next((each for each in self.subscriptions.all() if each.key == key), None)

    def is_acknowledged(self, key: SubscriptionKey) -> bool:
        """True once a delivery is recorded, which the next deliverer then does not repeat."""
        found = self.find(key)
        return found is not None and found.acknowledged > 0

    def edit(self, title: str, **fields: Any) -> None:
        """Give the article another title and other *fields*, and wait until the feed shows it."""
        write_article(self.server.corpus, title=title, **fields)
        eventually(lambda: self.server.titles() == [title])

    def status(self) -> dict[str, Any]:
        """The status of push."""
        found: dict[str, Any] = self.server.status()["push"]
        return found

    def report(self) -> PushReport:
        """The last report of the deliverer."""
        return decoded(self.subscriptions.report())

    def deliverers(self) -> list[int]:
        """The ids of the processes that deliver, or are going to."""
        return deliverers(self.server)


@contextmanager
def newsagent(folder: Path, kind: str, workers: int = 1) -> Iterator[Newsagent]:
    """Start a server in *folder*, and yield it once it delivers."""
    corpus = folder / "corpus"
    write_article(corpus, title="Old")
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    push = {"FEEDS_PUSH_HUB": "on", "FEEDS_PUSH_ALLOW": "127.0.0.0/8"}
    with Server(corpus, folder / "run", kind, workers, at_own_address=True, **push) as server:
        made = Newsagent(server)
        try:
            eventually(made.deliverers)
            yield made
        finally:
            made.subscriptions.close()


def deliverers(server: Server) -> list[int]:
    """The ids of the processes of *server* that deliver, or are going to."""
    return [each for each in server.processes() if any(one in _command(each) for one in COMMANDS)]


def _command(process: int) -> bytes:
    """The words that started *process*, and its name, which a forked program gives itself."""
    folder = Path(f"/proc/{process}")
    try:
        return (folder / "cmdline").read_bytes() + (folder / "comm").read_bytes()
    except OSError:
        return b""
