"""Kill processes, flip bits and break a fleet under edits: ``python -m tests.drills [kind ...]``.

Each episode has its own corpus, store and server, or a fleet of four hosts; its seed determines every
step. After every fault, the feeds must come to match the corpus, and no response may be wrong meanwhile.
With ``push``, all of this holds for what a subscriber is sent.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from threading import Lock

from tests.drills.editor import Editor
from tests.drills.fleet.episode import FleetEpisode
from tests.drills.fleet.faults import FAULTS
from tests.drills.fleet.namespaces import enter, is_entered
from tests.drills.push.episode import PushEpisode
from tests.drills.reader import Reader, settle
from tests.drills.server import DrillServer, wait
from tests.server import StartError

QUIET = 15  # seconds until the feeds must match the corpus
STEPS = 10  # faults in one episode of most kinds
WORDS = (
    "damaged",
    "repair",
    "rebuil",
    "set aside",
    "malformed",
    "anew",
    "restored",
    "corrupt",
    "not a database",
)
PAGE = 4096  # bytes: the page size of every store


class Episode:
    """One server with its editor and its reader."""

    def __init__(self, kind: str, seed: int, keep: Path | None) -> None:
        self.kind = kind
        self.seed = seed
        self.failures: list[str] = []
        self._random = Random(f"{kind}-{seed}")
        self.folder = Path(tempfile.mkdtemp(prefix=f"drill-{kind}-{seed}-", dir=keep))
        self._editor = Editor(self.folder / "corpus", self._random)
        server = "granian" if seed % 5 == 2 else "asgi"
        self._server = DrillServer(self.folder, server, workers=2 if kind == "kills" else 1)
        self._reader: Reader | None = None
        self._did: list[str] = []
        self._is_examined = False  # the server had an opportunity to find the flipped bit

    def run(self, steps: int) -> Iterator[bool]:
        """Do *steps*; yield for each True if it succeeded."""
        try:
            self._begin()
            for number in range(steps):
                yield self._step(number)
        finally:
            if self._reader:
                self._reader.stop()
            self._server.stop()

    def _begin(self) -> None:
        self._server.start()
        self._reader = Reader(self._server.url, self._editor)
        if found := self._settle():
            raise AssertionError(f"the server never said what the corpus says: {found[:5]}")

    def _step(self, number: int) -> bool:
        assert self._reader
        begun = self._server.log.stat().st_size
        self._did = []
        self._is_examined = False
        try:
            wrong = self._kill() if self.kind == "kills" else self._flip()
            wrong = wrong or self._settle()
        except StartError as error:
            wrong = [f"start: {error}"]
        wrong = self._reader.wrong + wrong
        log = self._server.log.read_bytes()[begun:].decode(errors="replace")
        if "Traceback" in log:
            wrong.append("log: has a traceback")
        told = any(word in log for word in WORDS)
        if self._is_examined and not (wrong or told) and (damage := self._damage()):
            wrong.append(f"silent: {damage}, and the log does not say so")
        if wrong:
            self._report(number, wrong, log)
            self._renew()
        return not wrong

    def _report(self, number: int, wrong: list[str], log: str) -> None:
        kinds = Counter(each.partition(":")[0] for each in wrong)
        shown = list({each.partition(":")[0]: each for each in reversed(wrong)}.values())
        lines = [
            f"FAILED {self.kind} seed {self.seed} step {number}: {dict(kinds)}",
            f"    alone: python -m tests.drills {self.kind} --seed {self.seed} --episodes 1"
            f" --steps {number + 1}",
            *(f"    did: {each}" for each in self._did),
            *(f"    {each}" for each in shown),
            *(f"    log: {line[:300]}" for line in log.splitlines() if "[INFO]" not in line)
        ]  # fmt: skip
        self.failures.append("\n".join(lines[:60]))

    def _renew(self) -> None:
        """Start again with a new store, so that one failure is not counted in the next step too."""
        assert self._reader
        self._reader.stop()
        self._server.kill()
        for path in self.folder.glob("store.db*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self._editor.mend_all()
        self._editor.settled()
        self._editor.free_ids.clear()
        self._begin()

    def _settle(self) -> list[str]:
        """Wait until the reader's feeds match the corpus; return the remaining differences."""
        assert self._reader
        return settle(self._reader, self._editor, 3, QUIET)  # another worker may serve an older state

    def _edit(self, least: int, most: int) -> None:
        for _ in range(self._random.randint(least, most)):
            self._did.append(self._editor.step())

    # Kills.

    def _kill(self) -> list[str]:
        self._edit(0, 3)
        reader = self._reader
        assert reader
        pause = self._random.choice([0, 0, 1, 2, 5, 10])
        polls = sum(view.polls for view in reader.views) + pause
        wait(lambda: sum(view.polls for view in reader.views) >= polls, 1)
        self._did.append(f"after {pause} polls, kill {self._server.kill_some(self._random)}")
        self._edit(0, 3)
        wait(lambda: not self._server.is_running(), 0.2)
        if self._server.revive():
            self._did.append("start the server again")
        self._edit(0, 1)
        return []

    # Flips.

    def _flip(self) -> list[str]:
        how = self._random.choice(["running", "killed", "stopped"])
        if self._random.random() < 0.5:
            self._edit(1, 2)
        match how:
            case "killed":
                self._server.kill()
            case "stopped":
                self._server.stop()
        self._did.append(f"{how}: {self._flip_bit()}")
        self._is_examined = how != "running"
        if how != "running":
            self._server.start()
        self._edit(1, 3)
        if how == "running" and self._random.random() < 0.7:
            if found := self._settle():
                return found
            self._server.stop()
            self._server.start()
            self._did.append("start the server again")
            self._is_examined = True
            self._edit(1, 1)
        return []

    def _flip_bit(self) -> str:
        log = Path(f"{self._server.store}-wal")
        is_log = log.exists() and log.stat().st_size > 0 and self._random.random() < 0.3
        path = log if is_log else self._server.store
        size = path.stat().st_size
        within = min(size, 100) if self._random.random() < 0.1 else size  # the header, now and then
        place, bit = self._random.randrange(within), self._random.randrange(8)
        where = path.name if is_log else f"{path.name}, {self._page(place // PAGE + 1)}"
        with path.open("r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 1 << bit]))
        return f"flip bit {bit} of byte {place} of {size} in {where}"

    def _page(self, number: int) -> str:
        """A description of page *number* of the store: the table or index that contains it."""
        with tempfile.TemporaryDirectory() as folder:
            copy = self._copy(Path(folder))
            try:
                with closing(sqlite3.connect(copy)) as database:
                    found = database.execute(
                        "SELECT name FROM dbstat WHERE pageno = ?", (number,)
                    ).fetchone()
            except sqlite3.Error as error:
                return f"page {number} ({error})"
        return f"page {number} of {found[0] if found else 'nothing'}"

    def _damage(self) -> str:
        """The first damage that SQLite finds in the store, empty if there is none."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                with closing(sqlite3.connect(self._copy(Path(folder)))) as database:
                    found = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
            except sqlite3.Error as error:
                return str(error)
        return "" if found == "ok" else str(found)

    def _copy(self, folder: Path) -> Path:
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copy(f"{self._server.store}{suffix}", folder / f"copy.db{suffix}")
        return folder / "copy.db"


class Tally:
    """Counts steps and failures, and prints the counts from time to time."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.done: Counter[str] = Counter()
        self._begun = time.monotonic()
        self._lock = Lock()

    def add(self, kind: str, failures: list[str]) -> None:
        with self._lock:
            self.done[kind] += 1
            self.failures += failures
            for each in failures:
                print(each, flush=True)
            if sum(self.done.values()) % 10 == 0:
                self.say()

    def say(self) -> None:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.done.items()))
        spent = time.monotonic() - self._begun
        print(f"{spent:6.1f} s: {counts}; {len(self.failures)} failed", flush=True)


def run(kind: str, seed: int, steps: int, tally: Tally, folder: Path) -> None:
    """Run one episode; an error that ends it early is a failure too."""
    episode = EPISODES.get(kind, Episode)(kind, seed, folder)
    try:
        for _ in episode.run(steps):
            tally.add(kind, episode.failures)
            episode.failures = []
    except (StartError, AssertionError, OSError) as error:
        logs = (each.read_text(errors="replace")[-2000:] for each in episode.folder.glob("**/log"))
        log = "\n".join(logs)
        tally.add(kind, [f"FAILED {kind} seed {seed}: the episode ended: {error!r}\n{log}"])


EPISODES = {"fleet": FleetEpisode, "fleet-kills": FleetEpisode, "push": PushEpisode}

# The number of steps of each kind: in the long form, and in the short one.
COUNTS = {
    "kills": (200, 30),
    "flips": (300, 40),
    "fleet": (2 * len(FAULTS), len(FAULTS)),
    "fleet-kills": (200, 10),
    "push": (360, 10),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("kinds", nargs="*", help=f"{', '.join(COUNTS)}; all where none is named")
    parser.add_argument("--short", action="store_true", help="in at most eight minutes")
    parser.add_argument("--long", action="store_false", dest="short", help="all, which is the default")
    parser.add_argument("--seed", type=int, default=1, help="of the first episode; the others follow")
    parser.add_argument("--episodes", type=int, default=0, help="of each kind, instead of a count")
    parser.add_argument("--steps", type=int, default=0, help="steps in an episode")
    parser.add_argument("--lanes", type=int, default=2, help="episodes at the same time")
    parser.add_argument("--proxies", action="store_true", help="no namespaces: a proxy for each host")
    given = parser.parse_args()
    if not given.proxies:
        enter("tests.drills", *sys.argv[1:])
    kinds = given.kinds or list(COUNTS)
    if unknown := [kind for kind in kinds if kind not in COUNTS]:
        parser.error(f"no such drill: {unknown[0]}; use one of {', '.join(COUNTS)}")
    steps = {kind: given.steps or (len(FAULTS) if kind == "fleet" else STEPS) for kind in kinds}
    work = [
        (seed, kind)
        for kind in kinds
        for seed in range(
            given.seed,
            given.seed + (given.episodes or -(-COUNTS[kind][given.short] // steps[kind])),
        )
    ]
    print(f"network of a fleet: {'namespaces' if is_entered() else 'TCP proxies'}", flush=True)
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="drills-") as folder,
        ThreadPoolExecutor(given.lanes) as lanes,
    ):
        for seed, kind in sorted(work):
            lanes.submit(run, kind, seed, steps[kind], tally, Path(folder))
    tally.say()
    kinds_of_failure = Counter(each.partition(": ")[2].splitlines()[0] for each in tally.failures)
    for each, count in kinds_of_failure.most_common():
        print(f"{count:4} times {each}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
