"""Measures what README quotes and writes it to tests/bench/results.md.

``python -m tests.bench [--articles 10000 100000] [--seconds 2] [--rounds 5]``. Servers run on the
first processor, the load on the second; only loopback is used. ``python -m tests.bench queries`` asks
the largest of these corpora only, ``changes`` edits it, ``load`` does all else.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds.bootstrap import Server
from feeds.query import Query
from feeds.render import FORMATS
from feeds.settings import load
from tests.bench.live import following
from tests.bench.queries import asking
from tests.conftest import eventually, free_port, get

ROOT = Path(__file__).parent.parent.parent
Row = tuple[str, str]


def main() -> None:
    """Run everything and write the report."""
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all where none is named")
    arguments.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--seconds", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--hostile", type=int, default=1_000_000)
    chosen = arguments.parse_args()
    with TemporaryDirectory(prefix="bench-") as folder:
        for part in chosen.parts or PARTS:
            rows: list[Row] = []
            PARTS[part](Path(folder), chosen, partial(say, rows))
            write(part, rows)


def say(rows: list[Row], what: str, figure: str) -> None:
    """Tell of a *figure* now, and in the report."""
    print(f"{what:80} {figure}", flush=True)
    rows.append((what, figure))


def load_and_serve(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """A server from its first start to requests a second."""
    for articles in chosen.articles:
        loading(folder, articles, chosen.rounds, say)
    smallest = min(chosen.articles)
    rendering(folder, smallest, say)
    serving(folder, smallest, chosen.rounds, chosen.seconds, say)


def ask(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Questions of every kind about the largest corpus."""
    articles = max(chosen.articles)
    asking(load(of(made(folder, articles))), articles, chosen.hostile, say)


def follow(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """One file after another of the largest corpus changes."""
    if not shutil.which("wrk"):
        say("one changed file under load", "not measured: wrk is not installed (tests/peers installs it)")
        return
    articles = max(chosen.articles)
    corpus = made(folder, articles)
    with gunicorn(of(corpus)) as (url, _):
        eventually(lambda: get(f"{url}/ready").status == 200, within=60)
        say("articles", f"{articles:,}")
        following(url, corpus, folder, say)


PARTS = {"load": load_and_serve, "queries": ask, "changes": follow}


def made(folder: Path, articles: int) -> Path:
    """The corpus of so many sample articles, and a store that has read it."""
    corpus = folder / str(articles)
    if not Path(f"{corpus}.db").exists():
        timed([sys.executable, "-m", "feeds", "sample", str(corpus), "--articles", str(articles)])
        timed([sys.executable, "-m", "feeds", "refresh"], of(corpus))
    return corpus


def loading(folder: Path, articles: int, rounds: int, say: Callable[[str, str], None]) -> None:
    """Cold load, restart and memory of a corpus of sample articles."""
    name = f"{articles:,} articles"
    corpus = folder / str(articles)
    seconds, _ = timed(
        [sys.executable, "-m", "feeds", "sample", str(corpus), "--articles", str(articles)]
    )
    say(f"{name}: written by `feeds sample`", f"{seconds:.1f} s")
    environment = of(corpus)
    seconds, peak = timed([sys.executable, "-m", "feeds", "refresh"], environment)
    say(f"{name}: cold load", f"{seconds:.1f} s, peak {peak:.0f} MB")
    starts = []
    for _ in range(rounds):
        begun = time.monotonic()
        with gunicorn(environment) as (url, pid):
            eventually(lambda: get(f"{url}/feed.rss").status == 200, within=120, every=0.01)
            starts.append(time.monotonic() - begun)
            memory = resident(pid)
    say(
        f"{name}: warm start to the first answer (median of {rounds})",
        f"{statistics.median(starts):.2f} s",
    )
    say(f"{name}: memory of the one worker", f"{memory:.0f} MB")


def rendering(folder: Path, articles: int, say: Callable[[str, str], None]) -> None:
    """Rendering a feed of 50 from articles in memory."""
    server = Server(load(of(folder / str(articles))))
    server.catalog.follow()
    feed = server.pipeline.feed(Query())
    for format_ in FORMATS.values():
        times = []
        for _ in range(50):
            begun = time.perf_counter()
            body = format_.render(feed)
            times.append(time.perf_counter() - begun)
        say(
            f"render {len(feed.articles)} articles as {format_.name} ({len(body) / 1024:.0f} KB)",
            f"{statistics.median(times) * 1000:.2f} ms",
        )
    server.stop()


def serving(
    folder: Path, articles: int, rounds: int, seconds: int, say: Callable[[str, str], None]
) -> None:
    """Requests a second of a cached feed and of 304s, against the same bytes from a plain view."""
    if not shutil.which("wrk"):
        say("requests per second", "not measured: wrk is not installed (tests/peers installs it)")
        return
    with gunicorn(of(folder / str(articles))) as (url, _):
        eventually(lambda: get(f"{url}/ready").status == 200, within=60)
        plain = get(f"{url}/feed.rss")
        body = folder / "body"
        body.write_bytes(plain.body)
        environment = os.environ | {"BASELINE_BODY": str(body)}
        with gunicorn(environment, "tests.bench.baseline:app") as (other, _):
            eventually(lambda: get(f"{other}/feed.rss").status == 200, within=60)
            tags = [get(f"{where}/feed.rss").headers["ETag"] for where in (url, other)]
            for what, headers in (("cached feed", ["", ""]), ("304", tags)):
                pairs = [
                    (
                        wrk(f"{url}/feed.rss", headers[0], seconds),
                        wrk(f"{other}/feed.rss", headers[1], seconds),
                    )
                    for _ in range(rounds)
                ]
                ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
                ratio = statistics.median(a / b for a, b in pairs)
                say(
                    f"{what}, {len(plain.body) / 1024:.0f} KB, one worker, one core",
                    f"{ours:,.0f}/s, {ratio:.2f} times a plain Flask view ({theirs:,.0f}/s)",
                )


def wrk(url: str, tag: str, seconds: int) -> float:
    """Requests a second at *url*."""
    headers = ["-H", f"If-None-Match: {tag}"] if tag else []
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}s", *headers, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found, output
    assert "Non-2xx" not in output, output
    assert "Socket errors" not in output, output
    return float(found[1])


def of(corpus: Path) -> dict[str, str]:
    """The environment of a server for *corpus*."""
    return os.environ | {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": f"{corpus}.db"}


@contextmanager
def gunicorn(environment: dict[str, str], app: str = "feeds.wsgi:app") -> Iterator[tuple[str, int]]:
    """One worker on the first processor; its address and its master's process id."""
    port = free_port()
    process = subprocess.Popen(
        ["taskset", "-c", "0", sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", app],
        cwd=ROOT,
        env=environment | {"HOST": "127.0.0.1", "PORT": str(port), "WEB_CONCURRENCY": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds and peak megabytes of *command*."""
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return time.monotonic() - begun, usage.ru_maxrss / 1024


def resident(master: int) -> float:
    """Megabytes in memory of the worker of *master*."""
    worker = Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]
    status = Path(f"/proc/{worker}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def write(part: str, rows: list[Row]) -> None:
    """The report, in which every other *part* stays as it was."""
    report = Path(__file__).parent / "results.md"
    parts = dict(
        re.findall(r"^## `python -m tests.bench (\w+)`$\n(.*?)(?=^## |\Z)", report.read_text(), _WHOLE)
    )
    cpu = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    machine = (
        f"On {os.cpu_count()} processors ({cpu[0] if cpu else 'unknown'}), "
        f"Python {sys.version.split()[0]}, {resource.getpagesize() // 1024} KB pages."
    )
    table = ["| what | figure |", "| --- | --- |", *(f"| {what} | {figure} |" for what, figure in rows)]
    parts[part] = "\n".join(["", machine, "", *table, "", ""])
    told = [
        f"## `python -m tests.bench {each}`\n{parts[each].rstrip()}\n" for each in PARTS if each in parts
    ]
    title = ["# What `make bench` measured", "", "Machines differ: trust the ratios.", ""]
    report.write_text("\n".join(title + told))


_WHOLE = re.MULTILINE | re.DOTALL


if __name__ == "__main__":
    main()
