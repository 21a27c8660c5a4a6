"""An episode: one server and one subscriber; processes are killed while changes are due."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from random import Random

from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from tests.drills.editor import Editor
from tests.drills.push.subscriber import Callback, Publisher, Subscriber, loopback
from tests.drills.reader import View
from tests.drills.server import DrillServer, wait
from tests.server import StartError, kill

QUIET = 60  # seconds until everything must have been delivered
PATHS = (
    "/feed.atom?limit=200",
    "/feed.rss?limit=200",
    "/feed.json?limit=200",
    "/topics/boats.atom?limit=200",
    "/topics/tides.rss?limit=200",
    "/feed.json?q=anchor&limit=200",
    "/feed.atom?q=buoy,deck&limit=200",
    "/feed.json?sort=heat&limit=20",
)
PUSH = {"FEEDS_PUSH_HUB": "on", "FEEDS_PUSH_ALLOW": "127.0.0.0/8"}
NEW = 0.3  # the share of verifications that are of a new subscription
BAD = 0.3  # the share of answers that are wrong, in some steps

# The victims and the moments, with their weights.
_VICTIMS = {"the deliverer": 8, "the writer": 6, "the server": 3}
_PAUSED = {"the deliverer": 3, "the writer": 1}
_MOMENTS = {"before sending": 3, "before the answer": 3, "during a verification": 2, "at any time": 2}


class PushEpisode:
    """A server with its editor and its subscriber. *seed* decides which faults occur, and when."""

    def __init__(self, kind: str, seed: int, keep: Path) -> None:
        self.kind = kind
        self.seed = seed
        self.failures: list[str] = []
        self.folder = keep / f"{kind}-{seed}"
        self.folder.mkdir()
        self._random = Random(f"{kind}-{seed}")
        self._editor = Editor(self.folder / "corpus", self._random)
        self._server = DrillServer(self.folder, "asgi", 2, at_own_address=True, **PUSH)
        self._view = View("/feed.json?limit=200", self._editor)
        self._subscriber: Subscriber | None = None
        self._wrong: list[str] = []
        self._did: list[str] = []

    def run(self, steps: int) -> Iterator[bool]:
        """Do *steps*; yield for each True if it succeeded. A failure ends the episode."""
        try:
            self._begin()
            for number in range(steps):
                is_good = self._step(number)
                yield is_good
                if not is_good:
                    return
            self._say()
        finally:
            if self._subscriber:
                self._subscriber.stop()
            self._server.kill()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _begin(self) -> None:
        self._server.start()
        random = Random(f"subscriber-{self.seed}")
        publisher = Publisher(
            lambda: self._server.url,
            SQLiteSubscriptions(Path(f"{self._server.store}.subscriptions")),
            loopback,
        )
        self._subscriber = Subscriber(publisher, self._editor, random)
        if found := self._settle(follows=False):
            raise AssertionError(f"the server never said what the corpus says: {found[:5]}")
        for path in PATHS:
            self._subscriber.subscribe(path)
        if found := self._settle():
            raise AssertionError(f"the subscriber never had what the server says: {found[:5]}")

    def _step(self, number: int) -> bool:
        subscriber = self._subscriber
        assert subscriber
        self._did = []
        log_begin = self._server.log.stat().st_size
        begun = time.monotonic()
        subscriber.bad = BAD if self._random.random() < 0.2 else 0
        try:
            self._fault(subscriber)
            self._edit(0, 2)
            if self._server.revive():
                self._did.append("start the server again")
            found = self._settle()
        except (StartError, AssertionError) as error:
            found = [f"{type(error).__name__}: {error}"]
        wrong = self._wrong + subscriber.wrong + found
        log = self._server.log.read_bytes()[log_begin:].decode(errors="replace")
        if "Traceback" in log:
            wrong.append("log: has a traceback")
        if wrong:
            self._report(number, wrong, log)
        else:
            print(f"    {self._fault_done()}: {time.monotonic() - begun:.1f} s", flush=True)
        return not wrong

    # Faults.

    def _fault(self, subscriber: Subscriber) -> None:
        moment = self._random.choices([*_MOMENTS], [*_MOMENTS.values()])[0]
        is_pause = self._random.random() < 0.15
        victims = _PAUSED if is_pause else _VICTIMS
        victim = self._random.choices([*victims], [*victims.values()])[0]
        self._await(moment, subscriber)
        self._did.append(f"{'stop' if is_pause else 'kill'} {victim} {moment}")
        if is_pause:
            self._pause(victim, subscriber)
        else:
            self._kill(victim)
            subscriber.release()

    def _await(self, moment: str, subscriber: Subscriber) -> None:
        """Edit or ask, and wait until the server is at *moment* with it."""
        match moment:
            case "before sending":
                self._edit(1, 3)
                wait(lambda: not self._polled(), 5)
                time.sleep(self._random.random() * 0.3)
            case "before the answer":
                subscriber.holds_deliveries = True
                self._edit(1, 3)
                wait(lambda: subscriber.held, 10)
                time.sleep(self._random.random() * 0.1)
            case "during a verification":
                subscriber.holds_verifications = True
                asked = self._asked(subscriber)
                wait(lambda: subscriber.held, 10)
                self._edit(0, 2)
                self._did.append(f"ask for {asked.copy.path}")
            case _:
                self._edit(1, 3)
                time.sleep(self._random.random() * 2)

    def _asked(self, subscriber: Subscriber) -> Callback:
        """Ask for another subscription, or for one once more."""
        if self._random.random() < NEW:
            return subscriber.subscribe(self._random.choice(PATHS))
        found = self._random.choice([*subscriber.callbacks.values()])
        subscriber.ask(found)
        return found

    def _kill(self, victim: str) -> None:
        if victim == "the server":
            self._server.kill()
        for each in self._processes(victim):
            kill(each)

    def _pause(self, victim: str, subscriber: Subscriber) -> None:
        """Stop *victim*, edit and answer meanwhile, and let it go on."""
        stopped = self._processes(victim)
        for each in stopped:
            _signal(each, signal.SIGSTOP)
        self._edit(0, 2)
        subscriber.release()
        time.sleep(self._random.random() * 3)
        for each in stopped:
            _signal(each, signal.SIGCONT)

    def _processes(self, victim: str) -> list[int]:
        return self._server.deliverers() if victim == "the deliverer" else self._server.writers()

    def _edit(self, least: int, most: int) -> None:
        for _ in range(self._random.randint(least, most)):
            self._did.append(self._editor.step())

    # The end of a step.

    def _settle(self, *, follows: bool = True) -> list[str]:
        """Wait until the server has what the corpus says, and the subscriber what the server says.

        Return the remaining differences, none after an error.
        """
        last: list[str] = ["nothing was compared"]
        agreed = 0

        def is_settled() -> bool:
            nonlocal last, agreed
            subscriber = self._subscriber
            try:
                last = self._polled()
                if subscriber and follows and not last:
                    last = subscriber.differences()
            except (OSError, HTTPException) as error:
                last = [f"no answer: {error!r}"]
            agreed = 0 if last else agreed + 1  # another worker may answer the next time
            return agreed == 3 or bool(self._wrong) or bool(subscriber and subscriber.wrong)

        wait(is_settled, QUIET)
        if not last:
            self._editor.settled()
        return last

    def _polled(self) -> list[str]:
        """The differences of the server from the corpus, now."""
        with suppress(OSError, HTTPException):
            self._wrong += self._view.poll(self._server.url)
            return self._view.differences()
        return ["no answer"]

    def _fault_done(self) -> str:
        return next(each for each in self._did if each.startswith(("kill", "stop")))

    def _say(self) -> None:
        assert self._subscriber
        print(f"    {self._subscriber.described()}")

    def _report(self, number: int, wrong: list[str], log: str) -> None:
        kinds = Counter(each.partition(":")[0] for each in wrong)
        shown = list({each.partition(":")[0]: each for each in reversed(wrong)}.values())
        told = [line for line in log.splitlines() if "[INFO] added" not in line]
        lines = [
            f"FAILED {self.kind} seed {self.seed} step {number}: {dict(kinds)}",
            f"    alone: python -m tests.drills {self.kind} --seed {self.seed} --episodes 1"
            f" --steps {number + 1}",
            *(f"    did: {each}" for each in self._did),
            *(f"    {each[:600]}" for each in shown),
            *(f"    log: {line[:300]}" for line in told[-25:]),
        ]
        self.failures.append("\n".join(lines))


def _signal(process: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, number)
