"""The cost of counting readers: the same server with and without, in turn; and its memory in a flood."""

import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from werkzeug.test import EnvironBuilder

from feeds.errors import counted
from feeds.http.response_cache import ResponseCache
from tests.bench.processes import rated
from tests.builders import article
from tests.harness import SITE, Harness
from tests.readership.week import AGENTS
from tests.server import children

KNOWN = 200  # User-Agents
FLOOD = 1_000_000  # different ones
ANSWERS, ROUNDS = 5_000, 25  # within one thread

# Each request has one of some User-Agents in turn, or another one each time.
KNOWN_SCRIPT = """
local agents, place = {AGENTS}, 0
request = function()
  place = place % #agents + 1
  wrk.headers["User-Agent"] = agents[place]
  return wrk.format("GET")
end
"""
FLOOD_SCRIPT = """
local place = START
request = function()
  place = place + 1
  wrk.headers["User-Agent"] = "flood-" .. place
  return wrk.format("GET")
end
"""

# The servers that are compared with the one that counts nobody.
SETTINGS = {
    "nothing": {"FEEDS_READERSHIP_COUNT": "false"},
    "counting readers": {"FEEDS_READERSHIP_COUNT": "true"},
    "counting readers, fair polling and a sampled access log": {
        "FEEDS_READERSHIP_COUNT": "true",
        "FEEDS_HTTP_FAIR": "on",
        "FEEDS_LOG_ACCESS": "sampled",
    },
}

Running = Callable[[dict[str, str]], AbstractContextManager[tuple[str, int]]]
"""Starts a server with these additional settings: the address of its feed, and its process."""


def compared(
    running: Running, folder: Path, rounds: int, seconds: int, say: Callable[[str, str], None]
) -> None:
    """Ask servers that count and one that does not in turn, with one User-Agent and with many."""
    script = folder / "agents.lua"
    agents = [each for kind in AGENTS.values() for each, *_ in kind]
    named = (agents * (KNOWN // len(agents) + 1))[:KNOWN]
    written = ", ".join(f'"{each}{number}"' for number, each in enumerate(named))
    script.write_text(KNOWN_SCRIPT.replace("AGENTS", written))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(running(_settings(folder, name))) for name in SETTINGS}
        for what, more in ("one User-Agent", []), (f"{KNOWN} User-Agents", ["-s", str(script)]):
            ratios: dict[str, list[float]] = {name: [] for name in [*SETTINGS][1:]}
            for _ in range(rounds):
                rates = {name: rated(*server, more, seconds)[1] for name, server in servers.items()}
                for name, found in ratios.items():
                    found.append(rates[name] / rates["nothing"])
            for name, found in ratios.items():
                say(
                    f"answers from the cache in a second of CPU time, {what}: {name}",
                    f"{100 * (statistics.median(found) - 1):+.1f} % (median of {rounds} pairs; "
                    f"{100 * (min(found) - 1):+.1f} to {100 * (max(found) - 1):+.1f} %)",
                )


def added(folder: Path, say: Callable[[str, str], None]) -> None:
    """Measure what all counts add to an answer, within one thread, where nothing else disturbs it."""
    harness = Harness(folder / "added")
    harness.put(*map(article, range(1, 50)))
    assert harness.server.readers
    recorder = harness.server.readers.recorder
    caches = [
        ResponseCache(
            harness.main.app, harness.server.current_index, harness.server.clock, 1 << 22, observe
        )
        for observe in (_ignore, harness.server.exchanges.add)
    ]
    for names in 1, KNOWN:
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for cache, spent in zip(caches, times, strict=True):
                requests = [_environ(number % names) for number in range(ANSWERS)]
                begun = time.thread_time()
                for each in requests:
                    cache(each, _ignore)
                recorder.step()
                spent.append((time.thread_time() - begun) / ANSWERS * 1e6)
        without, counting = map(statistics.median, times)
        say(
            f"counting answers and readers, {counted(names, 'User-Agent')}: added to each from the cache",
            f"{counting - without:.2f} µs of CPU time (median of {ROUNDS})",
        )
    harness.close()


def _environ(number: int) -> dict[str, Any]:
    headers = {"Accept-Encoding": "gzip", "User-Agent": f"Reader-{number}/1.0 (+https://reader.example)"}
    return EnvironBuilder("/feed.rss", base_url=SITE.url, headers=headers).get_environ()


def _ignore(*_: object) -> Any:
    """Take the headers of an answer, or an exchange."""


def flooded_with_names(
    running: Running, folder: Path, seconds: int, say: Callable[[str, str], None]
) -> None:
    """Send a million different User-Agents, and look at the memory of the workers."""
    with running(_settings(folder, "counting readers")) as (url, master):
        sizes = []
        script, sent = folder / "flood.lua", 0
        while sent < FLOOD:
            script.write_text(FLOOD_SCRIPT.replace("START", str(sent)))
            command = [
                "taskset",
                "-c",
                "1",
                "wrk",
                "-t1",
                "-c32",
                f"-d{seconds}s",
                "-s",
                str(script),
                url,
            ]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            found = re.search(r"(\d+) requests in", output)
            assert found, output
            sent += int(found[1])
            sizes.append((sent, sum(map(_megabytes, children(master)))))
        quarter = next(size for after, size in sizes if after >= sent / 4)
        say(
            f"{sent:,} requests with different User-Agents: memory of the workers",
            f"{quarter:.0f} MB after a quarter, {sizes[-1][1]:.0f} MB at the end",
        )


def _settings(folder: Path, name: str) -> dict[str, str]:
    """The settings of one of SETTINGS, with a store of its own."""
    [store] = folder.glob("*.db")
    own = Path(f"{store}.{len(name)}")
    shutil.copy(store, own)
    return {**SETTINGS[name], "FEEDS_STORE_PATH": os.fspath(own)}


def _megabytes(process: int) -> float:
    """The memory of a process that it shares with none."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"Private_\w+:\s+(\d+) kB", told)) / 1024
