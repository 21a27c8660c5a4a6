"""Honest readers: each polls any host with the validators that it got from any other."""

from contextlib import suppress
from http.client import HTTPException
from random import Random
from threading import Event, Lock, Thread
from typing import Self

from tests.drills.editor import Editor
from tests.drills.fleet.pictures import Gallery
from tests.drills.reader import PATHS, Ask, View
from tests.server import Response, get

PAUSE = 0.03  # seconds between two requests


class Bodies:
    """The body of each ETag of each address, the same on all hosts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._lock = Lock()

    def differing(self, host: str, path: str, answer: Response) -> list[str]:
        """Note the body in *answer*; return an error if another host sent another one for its ETag."""
        if answer.status != 200 or not (tag := answer.headers.get("ETag")):
            return []
        with self._lock:
            other, body = self._known.setdefault((path, tag), (host, answer.body))
        return [] if body == answer.body else [f"bytes: {path} {tag}: {host} differs from {other}"]


class Poller:
    """Requests a feed in turn from *url* while it is used as a context, and notes what fails."""

    def __init__(self, url: str) -> None:
        self.answers = 0
        self.failed: list[str] = []
        self._url = url
        self._stop = Event()
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(2)]

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(10)

    def _run(self) -> None:
        while not self._stop.wait(PAUSE / 3):
            try:
                answer = get(f"{self._url}/feed.json", timeout=10)
                if answer.status != 200:
                    self.failed.append(f"{answer.status} {answer.body[:100]!r}")
            except (OSError, EOFError, HTTPException) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
            self.answers += 1


class FleetReaders:
    """*count* readers of *hosts*, each in a thread of its own, until ``stop``.

    *hosts* has the address of each host by its name; *ask* sends their requests.
    """

    def __init__(
        self, hosts: dict[str, str], editor: Editor, random: Random, count: int = 2, ask: Ask = get
    ) -> None:
        self.wrong: list[str] = []
        self.views = [[View(path, editor) for path in PATHS] for _ in range(count)]
        self._hosts = hosts
        self._ask = ask
        self._editor = editor
        self._bodies = Bodies()
        self._stop = Event()
        seeds = [random.random() for _ in range(count)]
        self._threads = [
            Thread(target=self._run, args=(views, Random(seed)), daemon=True)
            for views, seed in zip(self.views, seeds, strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def rounds(self) -> int:
        """The number of complete polls of all feeds by the slowest reader."""
        return min(view.polls for views in self.views for view in views)

    def differences(self) -> list[str]:
        """The differences of what the readers have from the corpus."""
        return [each for views in self.views for view in views for each in view.differences()]

    def _run(self, views: list[View], random: Random) -> None:
        gallery = Gallery(self._editor, random, self._ask)
        while not self._stop.is_set():
            self._look_at(gallery, random.choice(sorted(self._hosts)))
            for view in views:
                name = random.choice(sorted(self._hosts))
                try:
                    self.wrong += [
                        f"{each} at {name}" for each in view.poll(self._hosts[name], self._ask)
                    ]
                    answer = self._ask(self._hosts[name] + view.path, timeout=5)
                    self.wrong += self._bodies.differing(name, view.path, answer)
                except (OSError, EOFError, HTTPException):
                    pass  # no process listens, or it died during the response
                except Exception as error:  # the response is not a feed
                    self.wrong.append(f"wrong text: {view.path}: {type(error).__name__}: {error}")
                self._stop.wait(PAUSE)

    def _look_at(self, gallery: Gallery, name: str) -> None:
        with suppress(OSError, EOFError, HTTPException):  # no process listens, or it died
            self.wrong += [f"{each} at {name}" for each in gallery.poll(self._hosts[name])]
