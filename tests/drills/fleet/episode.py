"""An episode: one fleet that suffers one fault after another."""

import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from random import Random

from feeds.errors import StoreError
from tests.drills.fleet.faults import FAULTS, kill_anything
from tests.drills.fleet.readers import FleetReaders
from tests.drills.fleet.world import World
from tests.drills.reader import settle
from tests.drills.server import wait
from tests.server import StartError

QUIET = 60  # seconds until all hosts must match the corpus
SHOWN = 8  # lines of each host's log about a failure


class FleetEpisode:
    """A fleet with its editor and its readers. *seed* decides which faults occur, and when.

    The *kind* ``fleet`` goes through the faults in turn, ``fleet-kills`` kills processes at random.
    """

    def __init__(self, kind: str, seed: int, keep: Path) -> None:
        self.kind = kind
        self.seed = seed
        self.failures: list[str] = []
        self.folder = keep / f"{kind}-{seed}"
        self.folder.mkdir()
        self._random = Random(f"{kind}-{seed}")
        self._world = World(self.folder, self._random)
        self._readers: FleetReaders | None = None
        self._did: list[str] = []

    def run(self, steps: int) -> Iterator[bool]:
        """Do *steps*; yield for each True if it succeeded. A failure ends the episode."""
        try:
            self._world.start()
            self._readers = FleetReaders(self._world.urls, self._world.editor, self._random)
            if wrong := self._settle():
                raise AssertionError(f"the fleet never said what the corpus says: {wrong[:5]}")
            subscriber = self._world.subscribe(Random(f"subscriber-{self.seed}"))
            if wrong := self._settle():
                raise AssertionError(f"the subscriber never had what the fleet says: {wrong[:5]}")
            for number in range(steps):
                is_good = self._step(number)
                yield is_good
                if not is_good:
                    return
            print(f"    {subscriber.described()}")
        finally:
            if self._readers:
                self._readers.stop()
            self._world.stop()

    def _step(self, number: int) -> bool:
        readers = self._readers
        assert readers
        self._did = []
        marks = {host.name: host.log.stat().st_size for host in self._world.hosts.values()}
        begun = time.monotonic()
        try:
            self._did.append(self._fault(number))
            self._world.heal()
            wrong = self._settle()
        except (StartError, AssertionError) as error:
            wrong = [f"{type(error).__name__}: {error}"]
        wrong = readers.wrong + (self._world.subscriber.wrong if self._world.subscriber else []) + wrong
        for host in self._world.hosts.values():
            log = host.log.read_bytes()[marks[host.name] :].decode(errors="replace")
            if "Traceback" in log:
                wrong.append(f"log: {host.name} has a traceback")
        if wrong:
            self._report(number, wrong, marks)
        else:
            print(f"    {self._did[-1]}: {time.monotonic() - begun:.1f} s", flush=True)
        return not wrong

    def _fault(self, number: int) -> str:
        if self.kind == "fleet-kills":
            return kill_anything(self._world, self._edit, self._random)
        faults = [*FAULTS.values()]
        return faults[(self.seed - 1 + number) % len(faults)](self._world, self._edit, self._random)

    def _edit(self, count: int) -> None:
        for _ in range(count):
            self._did.append(self._world.editor.step())
            time.sleep(self._random.random() * 0.2)

    def _settle(self) -> list[str]:
        """Wait until readers and hosts match the corpus; return the remaining differences."""
        readers = self._readers
        assert readers
        found = settle(readers, self._world.editor, 6, QUIET)  # each host has to be polled again
        if found or readers.wrong:
            return found
        wait(lambda: not self._world.unequal(), QUIET)
        if not (unequal := self._world.unequal()):
            self._world.editor.shown_pictures |= self._world.editor.pictures.keys()
        wait(lambda: not self._undelivered(), QUIET)
        return readers.differences() + unequal + self._undelivered()

    def _undelivered(self) -> list[str]:
        """The differences of the subscriber from the fleet."""
        subscriber = self._world.subscriber
        try:
            return subscriber.differences() if subscriber else []
        except (OSError, StoreError, HTTPException) as error:
            return [f"no answer: {error!r}"]

    def _report(self, number: int, wrong: list[str], marks: dict[str, int]) -> None:
        kinds = Counter(each.partition(":")[0] for each in wrong)
        shown = list({each.partition(":")[0]: each for each in reversed(wrong)}.values())
        lines = [
            f"FAILED {self.kind} seed {self.seed} step {number}: {dict(kinds)}",
            f"    alone: python -m tests.drills {self.kind} --seed {self.seed} --episodes 1"
            f" --steps {number + 1}",
            *(f"    did: {each}" for each in self._did),
            *(f"    {each[:600]}" for each in shown),
        ]
        for host in self._world.hosts.values():
            log = host.log.read_bytes()[marks[host.name] :].decode(errors="replace").splitlines()
            told = [line for line in log if "[INFO] added" not in line and "recorded" not in line]
            lines += [f"    {host.name}: {line[:240]}" for line in told[-SHOWN:]]
        self.failures.append("\n".join(lines))
