"""A log of a million requests for feeds, counted by ``feeds readers`` and ``feeds pollers``."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.bench.export import timed
from tests.readership.log_lines import combined
from tests.readership.week import AGENTS, MONDAY, Hit

LINES = 1_000_000
WEEK = 7 * 86_400  # seconds
REQUESTS_OF_CLIENT = 100
FEEDS = [
    f"/topics/t{number}.{extension}" for number in range(100) for extension in ("rss", "atom", "json")
]


def counting(folder: Path, say: Callable[[str, str], None]) -> None:
    """Measure both commands in seconds of CPU time."""
    log = folder / "access.log"
    with log.open("w") as file:
        file.writelines(f"{combined(hit)}\n" for hit in _hits(LINES))
    size = log.stat().st_size / 1e6
    for command in "readers", "pollers":
        counted = f"{sys.executable} -m feeds {command} --access-log {log} --json > /dev/null"
        taken = timed(["sh", "-c", f"exec {counted}"])
        figure = f"{taken.processor:.1f} s of CPU time, {taken.megabytes:.0f} MB of memory"
        say(f"feeds {command}: {LINES:,} requests for 100 feeds, {size:.0f} MB", figure)
    log.unlink()


def _hits(lines: int) -> Iterator[Hit]:
    """Requests of clients that poll one feed each, of every kind, in the order of time."""
    random = Random(7)
    agents = [agent for listed in AGENTS.values() for agent, *_ in listed]
    clients = lines // REQUESTS_OF_CLIENT
    every = WEEK / REQUESTS_OF_CLIENT
    polled = [
        (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", random.choice(FEEDS), random.choice(agents))
        for n in range(clients)
    ]
    starts = sorted(random.uniform(0, every) for _ in range(clients))
    for turn in range(REQUESTS_OF_CLIENT):
        for start, (address, feed, agent) in zip(starts, polled, strict=True):
            status = 200 if random.random() < 0.3 else 304
            size = 0 if status == 304 else 20_000 + turn // 10
            yield Hit(MONDAY + turn * every + start, address, feed, agent, status, size)
