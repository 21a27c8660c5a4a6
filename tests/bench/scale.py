"""The curve from 1,000 to 1,000,000 articles, in steps of ten, as a table and as a plot.

All times are CPU times. Stores are copies of one sample, written straight, as those of
``million``; only the load reads files. ``python -m tests.bench.scale CORPUS SAMPLE`` measures one store
in a process of its own, and prints a Step.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec
from msgspec import Struct

from feeds.bootstrap import ServerProcess, corpus_of
from feeds.errors import UnknownFeed
from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.query.grammar import read
from feeds.settings import load
from feeds.store import Snapshot
from feeds.store.sqlite import SQLiteStore
from tests.bench.export import ROOT, timed
from tests.bench.million import copied, emptied
from tests.bench.plot import Panel, drawn
from tests.bench.queries import LATER, SEED, freeze, random_query, vocabulary

ASKED = 300
EDITED = 30
MAX_LOADED = 100_000  # articles that are read from files: a million of them take several minutes

Say = Callable[[str, str], None]


class Step(Struct):
    """The figures of one size, in seconds of CPU time and bytes; *load* is 0 if not measured."""

    articles: int
    start: float
    query: float
    slow_query: float
    edit: float
    memory: float
    store: float
    load: float = 0


def measured(
    folder: Path,
    sizes: Sequence[int],
    sample: Path,
    made: Callable[[Path, int], Path],
    environment_of: Callable[[Path], dict[str, str]],
    say: Say,
) -> list[Step]:
    """The figures of all *sizes*, of copies of *sample*, whose store is beside it."""
    steps = []
    for articles in sizes:
        corpus = folder / f"{articles}-copies"
        emptied(corpus, sample)
        environment = environment_of(corpus)
        timed([sys.executable, "-m", "feeds", "refresh"], environment)
        settings = load(environment)
        copied(settings.store_path, Path(f"{sample}.db"), corpus_of(settings), articles)
        command = [sys.executable, "-m", "tests.bench.scale", str(corpus), str(sample)]
        told = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True
        ).stdout
        step = msgspec.json.decode(told, type=Step)
        if articles <= MAX_LOADED:
            step.load = loaded(folder, articles, made, environment_of)
        steps.append(step)
        for what, figure in zip(HEADINGS[1:], row(step)[1:], strict=True):
            say(f"{articles:,} articles: {what}", figure)
        shutil.rmtree(corpus)
        settings.store_path.unlink()
    return steps


def loaded(
    folder: Path,
    articles: int,
    made: Callable[[Path, int], Path],
    environment_of: Callable[[Path], dict[str, str]],
) -> float:
    """The seconds of CPU time that a cold load of so many sample articles takes."""
    corpus = made(folder, articles)
    again = environment_of(corpus) | {"FEEDS_STORE_PATH": f"{corpus}-scale.db"}
    return timed([sys.executable, "-m", "feeds", "refresh"], again).processor


HEADINGS = ("articles", "load", "start", "query, median", "p99", "edit", "memory", "store")


def row(step: Step) -> list[str]:
    """The cells of *step* under HEADINGS."""
    return [
        f"{step.articles:,}",
        f"{step.load:,.1f} s" if step.load else "",
        f"{step.start:,.2f} s",
        f"{step.query * 1000:,.2f} ms",
        f"{step.slow_query * 1000:,.1f} ms",
        f"{step.edit * 1000:,.2f} ms",
        f"{step.memory / 1e6:,.0f} MB",
        f"{step.store / 1e6:,.0f} MB",
    ]


def published(steps: Sequence[Step]) -> None:
    """Write *steps* into the table and the plot of the documents."""
    (ROOT / "docs" / "scale.svg").write_text(drawn(panels(steps), ALT, "articles"))
    document = ROOT / "docs" / "performance.md"
    head = f"| {' | '.join(HEADINGS)} |\n"
    table = head + "|" + " --- |" * len(HEADINGS) + "\n"
    table += "".join(f"| {' | '.join(row(step))} |\n".replace("|  |", "| |") for step in steps)
    written, changes = re.subn(rf"{re.escape(head)}(\|.*\n)+", table, document.read_text())
    assert changes == 1, head
    document.write_text(written)


ALT = "Load, start, query, edit, memory and store of 1,000 to 1,000,000 articles, on logarithmic axes"


def panels(steps: Sequence[Step]) -> list[Panel]:
    """The parts of the plot of *steps*."""

    def line(value: Callable[[Step], float], unit: float) -> list[tuple[float, float]]:
        return [(step.articles, value(step) / unit) for step in steps if value(step)]

    return [
        Panel("load of all files", "s", {"": line(lambda step: step.load, 1)}),
        Panel("start", "s", {"": line(lambda step: step.start, 1)}),
        Panel(
            "query",
            "ms",
            {
                "p99": line(lambda step: step.slow_query, 1e-3),
                "median": line(lambda step: step.query, 1e-3),
            },
        ),
        Panel("edit", "ms", {"": line(lambda step: step.edit, 1e-3)}),
        Panel("memory of a process", "MB", {"": line(lambda step: step.memory, 1e6)}),
        Panel("store on disk", "MB", {"": line(lambda step: step.store, 1e6)}),
    ]


def main(corpus: Path, sample: Path) -> None:
    """Print the figures of *corpus*, whose store is beside it, as those of *sample*."""
    known = vocabulary(build(SQLiteStore(Path(f"{sample}.db")).load(), LATER))
    begun = time.process_time()
    server = ServerProcess(load(os.environ), clock=lambda: LATER)
    try:
        server.current_index.follow()
        start = time.process_time() - begun
        index = server.current_index.index()
        memory = resident()
        freeze()
        asked = sorted(answers(server, known))
        made = Step(
            articles=len(index),
            start=start,
            query=statistics.median(asked),
            slow_query=asked[int(0.99 * len(asked))],
            edit=statistics.median(edits(index)),
            memory=memory,
            store=Path(f"{corpus}.db").stat().st_size,
        )
        sys.stdout.buffer.write(msgspec.json.encode(made))
    finally:
        server.stop()


def answers(server: ServerProcess, known: object) -> list[float]:
    """The times of different queries, without a search that is remembered."""
    random, taken = Random(SEED), []
    index = server.current_index.index()
    while len(taken) < ASKED:
        query = read(random_query(random, known)[0])  # type: ignore[arg-type]
        index.search_cache.clear()
        begun = time.process_time()
        try:
            server.pipeline.prepare(query, "rss")
        except UnknownFeed:
            continue
        taken.append(time.process_time() - begun)
    return taken


def edits(index: Index) -> list[float]:
    """The times to get changes of one article each into *index*, one after the other."""
    positions = Random(SEED).sample(range(len(index)), EDITED)
    taken = []
    for revision, place in enumerate(positions, index.revision + 1):
        record = index.record(index.everything[place])
        changed = msgspec.structs.replace(record, changed=LATER - 1, rated=LATER - 1)
        change = Snapshot(
            revision=revision, records=[changed], removed=[], tombstones=[],
            taxonomy=index.taxonomy, partial=True,
        )  # fmt: skip
        begun = time.process_time()
        index = apply(index, change, LATER)
        taken.append(time.process_time() - begun)
    return taken


def resident() -> float:
    """Bytes of this process that are its own, not of files."""
    told = Path("/proc/self/status").read_text()
    return 1024 * float(re.findall(r"^RssAnon:\s+(\d+)", told, re.MULTILINE)[0])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
