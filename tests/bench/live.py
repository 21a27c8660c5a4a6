"""How soon one changed file among many is seen, and what readers of other feeds notice of it."""

import json
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.server import get
from tests.waiting import eventually

PAUSE = 1.1  # seconds between two edits: of more in one second, all but the first wait for the next
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}  # milliseconds

# wrk asks for one address, or for what a script says: feeds of topics in turn.
SCRIPT = """
local paths, place = {PATHS}, 0
request = function()
  place = place % #paths + 1
  return wrk.format("GET", paths[place])
end
"""


class Load(NamedTuple):
    """The result of wrk; *slow* is the time in milliseconds within which 99 of 100 answers came."""

    requests: int
    failed: int
    slow: float


def following(url: str, corpus: Path, folder: Path, edits: int, say: Callable[[str, str], None]) -> None:
    """Edit an article of *corpus*, which the server at *url* serves, while others are asked for."""
    topics = re.findall(r'xmlUrl="[^"]*?(/topics/[^"]+)"', get(f"{url}/opml/topics").body.decode())
    script = folder / "topics.lua"
    script.write_text(SCRIPT.replace("PATHS", ", ".join(f'"{path}"' for path in topics[:20])))
    seconds = round(edits * (PAUSE + 0.2))
    told(load(url, script, 2))  # once, each has to be rendered
    calm = told(load(url, script, seconds))
    stirred = load(url, script, seconds)
    delays = [edit(url, corpus, f"Edit {number}") for number in range(edits)]
    busy = told(stirred)
    most = sorted(delays)[int(0.95 * len(delays))]
    say(
        f"one changed file under load ({edits} times): seen after",
        f"{1000 * statistics.median(delays):.0f} ms, 95 of 100 within {1000 * most:.0f} ms",
    )
    say(
        "feeds of topics meanwhile: 99 of 100 answers within",
        f"{busy.slow:.1f} ms, {busy.slow / calm.slow:.1f} times as without changes; "
        f"{busy.failed} of {busy.requests:,} failed",
    )


def edit(url: str, corpus: Path, title: str) -> float:
    """Give the newest article another *title*; the seconds until it is in its feed."""
    time.sleep(PAUSE)
    begun = retitle(newest(url, corpus), title)
    eventually(lambda: shows(url, title), every=0.005)
    return time.monotonic() - begun


def newest(url: str, corpus: Path) -> Path:
    """The file of the newest article."""
    [item] = json.loads(get(f"{url}/feed.json?limit=1").body)["items"]
    [file] = corpus.glob(f"**/{item['id'].rpartition('/')[2]}.md")
    return file


def retitle(file: Path, title: str) -> float:
    """Give the article in *file* another *title*; the monotonic time at which the file was replaced."""
    text = re.sub("^title:.*$", f"title: {title}", file.read_text(), count=1, flags=re.MULTILINE)
    file.with_suffix(".new").write_text(text)
    begun = time.monotonic()
    os.replace(file.with_suffix(".new"), file)
    return begun


def shows(url: str, title: str) -> bool:
    """Return whether the newest article has *title*."""
    return title.encode() in get(f"{url}/feed.json?limit=1").body


def load(url: str, script: Path, seconds: int) -> subprocess.Popen[str]:
    """Sixteen readers on the second processor."""
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        "-c16",
        f"-d{seconds}s",
        "--latency",
        "-s",
        str(script),
    ]
    return subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True)


def told(process: subprocess.Popen[str]) -> Load:
    """The result that wrk prints at its end."""
    output = process.communicate()[0]
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    count = re.search(r"(\d+) requests in", output)
    assert slow, output
    assert count, output
    failed = re.findall(r"(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\d+)", output)
    return Load(int(count[1]), sum(map(int, failed)), float(slow[1]) * UNITS[slow[2]])
