"""How long it takes to answer queries of every kind, and what a million hostile ones leave behind.

All times are CPU times: nothing here waits for anything, and machines have other work to do.
"""

import gc
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from feeds.bootstrap import ServerProcess
from feeds.cache.memory import MemoryCache
from feeds.errors import FeedsError, GoneFeed, UnknownFeed
from feeds.index import Index
from feeds.index.articles import article
from feeds.index.builder import apply, build
from feeds.pipeline import Pipeline
from feeds.query import DIGESTS, Query
from feeds.query.grammar import read
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.parameters.has import HOLDINGS
from feeds.query.parameters.window import SORTS
from feeds.settings import Settings
from feeds.store import Snapshot
from feeds.store.tokenize import tokenize
from tests.bench.removals import removing

ASKED = 10_000
RENDERED = 500
HOSTILE = 1_000_000
SEED = 7
LATER = 1_800_000_000  # seconds since 1970, when all of a sample corpus has appeared

Say = Callable[[str, str], None]


class Vocabulary(NamedTuple):
    """The values of parameters; *common* and *rare* words and *phrases* are those of titles."""

    topics: Sequence[str]
    providers: Sequence[str]
    common: Sequence[str]
    rare: Sequence[str]
    phrases: Sequence[str]
    months: Sequence[str]
    heats: Sequence[int]
    qualities: Sequence[int]


def asking(settings: Settings, articles: int, hostile: int, say: Say) -> None:
    """Everything here, about the *articles* in the store of *settings*."""
    server = ServerProcess(settings, clock=lambda: LATER)
    try:
        changing(server, articles, say)
        server.current_index.follow()
        freeze()
        known = vocabulary(server.current_index.index())
        name = f"{articles:,} articles"
        queries = answering(server, known, name, say)
        some = Random(SEED).sample(queries, RENDERED)
        taken = rendering(server, some, forget=True)
        say(f"{name}: {len(taken)} of these, answered and rendered as RSS", _spread(taken))
        removing(server, name, LATER, say)
        withstanding(server, known, hostile, say)
    finally:
        server.stop()
    starting(settings, queries, name, say)


def freeze() -> None:
    """Keep the index out of the reach of the garbage collector, as a server does before it forks."""
    gc.collect()
    gc.freeze()


def changing(server: ServerProcess, articles: int, say: Say) -> None:
    """Making the index of a loaded store, and the one after it, in which an article has changed."""
    snapshot = server.store.load()
    taken = []
    for _ in range(5):
        records = snapshot.records[:]
        begun = time.process_time()
        index = build(snapshot, LATER)
        taken.append(time.process_time() - begun)
        snapshot.records = records
    say(f"{articles:,} articles: index of a loaded store (median of 5)", f"{_median(taken):.2f} s")
    taken = []
    for record in Random(SEED).sample(snapshot.records, 50):
        changed = msgspec.structs.replace(record, changed=LATER - 1, rated=LATER - 1)
        change = Snapshot(
            revision=snapshot.revision + 1, records=[changed], removed=[], tombstones=[],
            taxonomy=snapshot.taxonomy, partial=True,
        )  # fmt: skip
        begun = time.process_time()
        apply(index, change, LATER)
        taken.append(time.process_time() - begun)
    say(f"{articles:,} articles: index after one has changed (median of 50)", _ms(_median(taken)))


def answering(server: ServerProcess, known: Vocabulary, name: str, say: Say) -> list[Query]:
    """Different queries, with no answer and no search remembered from another."""
    random = Random(SEED)
    taken: dict[Query, float] = {}
    kinds: defaultdict[str, list[float]] = defaultdict(list)
    unknown = 0
    index = server.current_index.index()
    while len(taken) < ASKED:
        written, kind = random_query(random, known)
        query = read(written)
        if query in taken:
            continue
        _forget(index)
        begun = time.process_time()
        try:
            server.pipeline.prepare(query, "rss")
        except UnknownFeed:
            unknown += 1  # no article of a month, in most cases
        taken[query] = time.process_time() - begun
        for each in kind:
            kinds[each].append(taken[query])
    say(f"{name}: {ASKED:,} different queries, answered", _spread(list(taken.values())))
    slowest = max(kinds, key=lambda kind: _median(kinds[kind]))
    say(
        f"{name}: of these, the slowest kind: {slowest} ({len(kinds[slowest]):,})",
        _spread(kinds[slowest]),
    )
    slowest = max(kinds, key=lambda kind: _percentile(kinds[kind]))
    say(
        f"{name}: of these, the kind with the slowest: {slowest} ({len(kinds[slowest]):,})",
        _spread(kinds[slowest]),
    )
    worst = max(taken, key=lambda query: taken[query])
    say(f"{name}: of these, the slowest: `{worst.page}`", _ms(taken[worst]))
    print(
        *(f"  {kind:16} {len(each):6} {_spread(each)}" for kind, each in sorted(kinds.items())), sep="\n"
    )
    print(f"  {unknown} of {ASKED} had no feed")
    return list(taken)


def rendering(server: ServerProcess, queries: Sequence[Query], forget: bool = False) -> list[float]:
    """The seconds to answer and render each of *queries*; what is common to them is written once."""
    bounds = server.settings.cache
    pipeline = Pipeline(server.current_index, MemoryCache(bounds.max_bytes), server.site, bounds.entries)
    taken = []
    for query in queries:
        if forget:
            _forget(server.current_index.index())
        begun = time.process_time()
        try:
            pipeline.document(query, "rss")
        except UnknownFeed:
            continue
        taken.append(time.process_time() - begun)
    return taken


def starting(settings: Settings, queries: Sequence[Query], name: str, say: Say) -> None:
    """All *queries*, each answered and rendered once by a server that starts."""
    server = ServerProcess(settings, clock=lambda: LATER)
    try:
        server.current_index.follow()
        freeze()
        taken = rendering(server, queries)
        say(f"{name}: {len(taken):,} different queries to a new server, rendered as RSS", _spread(taken))
    finally:
        server.stop()


def withstanding(server: ServerProcess, known: Vocabulary, hostile: int, say: Say) -> None:
    """Memory after different queries nobody means well with, read and answered by one pipeline."""
    random = Random(SEED)
    outcomes: Counter[str] = Counter()
    pipeline = server.pipeline
    taken = 0.0
    for number in range(1, hostile + 1):
        written = HOSTILITIES[number % len(HOSTILITIES)](random, known, number)
        begun = time.process_time()
        try:
            pipeline.prepare(read(f"?{written}"), "rss")
            outcomes["answered"] += 1
        except (UnknownFeed, GoneFeed):
            outcomes["unknown"] += 1
        except FeedsError:
            outcomes["refused"] += 1
        taken += time.process_time() - begun
        if number in (hostile // 10, hostile // 2, hostile):
            say(f"memory after {number:,} different hostile queries", f"{_resident():.0f} MB")
    shares = ", ".join(f"{100 * count / hostile:.0f} % {what}" for what, count in outcomes.most_common())
    say(f"{hostile:,} hostile queries read and answered ({shares})", f"{taken:.0f} s")


def random_query(random: Random, known: Vocabulary) -> tuple[str, set[str]]:
    """Something a subscriber might ask for, and the parameters by which to tell its kind."""
    given: dict[str, str] = {}
    wanted = random.choices((1, 2, 3, 4), (30, 40, 20, 10))[0]
    while len(given) < wanted:
        key = random.choices(list(_COMMONNESS), list(_COMMONNESS.values()))[0]
        given[key] = value(random, known, key)
    place = random.random()
    if place < 0.08:
        digest = random.choice(DIGESTS)
        kept = {key: each for key, each in given.items() if key in PARAMETERS} | _sized(random, 0.3)
        return f"feed/{digest}?{urlencode(kept)}", {*kept, digest}
    if place < 0.14:
        kept = {key: each for key, each in given.items() if key in PARAMETERS}
        return f"feed/{random.choice(known.months)}?{urlencode(kept)}", {*kept, "archive"}
    given |= _sized(random, 0.3)
    return f"feed?{urlencode(given)}", set(given)


_COMMONNESS = {
    "topic": 22, "provider": 14, "q": 18, "title": 5, "type": 4, "lang": 6, "since": 6, "until": 2,
    "min_quality": 5, "min_heat": 6, "has": 4, "sort": 6, "collapse": 6, "per_provider": 5,
}  # fmt: skip


def value(random: Random, known: Vocabulary, key: str) -> str:
    """A random value of the parameter *key*."""
    match key:
        case "topic":
            return _several(random, known.topics)
        case "provider":
            return _several(random, known.providers)
        case "q" | "title":
            common, rare = random.choice(known.common), random.choice(known.rare)
            phrase = f'"{random.choice(known.phrases)}"'
            made = (common, rare, phrase, f"{common} {rare}", f"{common},{phrase}", f"{common} -{rare}")
            return random.choice(made)
        case "type":
            return random.choice(("news", "video", "-video"))
        case "lang":
            return random.choice(("en", "de", "fr", "es", "-en", "en,de"))
        case "since" | "until":
            span = f"{random.randint(1, 400)}{random.choice('hdw')}"
            return random.choice((span, random.choice(known.months)))
        case "min_quality":
            return random.choice((f"top{random.randint(1, 50)}%", str(random.choice(known.qualities))))
        case "min_heat":
            return random.choice((f"top{random.randint(1, 50)}%", str(random.choice(known.heats))))
        case "has":
            return random.choice((*HOLDINGS, f"-{next(iter(HOLDINGS))}"))
        case "sort":
            return random.choice(SORTS[1:])
        case "collapse":
            return "story"
    return str(random.randint(1, 5))


def _several(random: Random, names: Sequence[str]) -> str:
    wanted = random.sample(names, random.choices((1, 2, 3), (70, 20, 10))[0])
    return ",".join(name if random.random() < 0.85 else f"-{name}" for name in wanted)


def _sized(random: Random, share: float) -> dict[str, str]:
    return {"limit": str(random.choice((10, 20, 100, 200)))} if random.random() < share else {}


Hostility = Callable[[Random, Vocabulary, int], str]


def _garbage(random: Random, known: Vocabulary, number: int) -> str:
    return f"{number}" + "".join(chr(random.randint(32, 0x24F)) for _ in range(random.randint(1, 120)))


def _bytes(random: Random, known: Vocabulary, number: int) -> str:
    key = random.choice([*PARAMETERS, *WINDOW])
    return f"{key}={number}" + "".join(f"%{each:02x}" for each in random.randbytes(random.randint(1, 60)))


def _huge(random: Random, known: Vocabulary, number: int) -> str:
    return f"{random.choice([*PARAMETERS])}={number}" + random.choice("ab,.%+\"'é-") * random.randint(
        300, 4000
    )


def _deep(random: Random, known: Vocabulary, number: int) -> str:
    some = random.choice(known.topics)
    return f"topic={number}" + f",{random.choice(('', '-', some, 'x'))}" * random.randint(10, 400)


def _misspelt(random: Random, known: Vocabulary, number: int) -> str:
    key = list(random.choice([*PARAMETERS, *WINDOW, "utm_source", "_", "page"]))
    random.shuffle(key)
    return f"{''.join(key)}={number}&{random.choice('xyz')}{number}={number}"


def _unknown(random: Random, known: Vocabulary, number: int) -> str:
    key = random.choice(("topic", "provider", "lang", "type"))
    return f"{key}={random.choice(known.topics)}{number}" + "x" * random.choice((0, 0, 20, 400))


def _out_of_range(random: Random, known: Vocabulary, number: int) -> str:
    key = random.choice(("limit", "per_provider", "min_heat", "min_quality", "since", "until"))
    return (
        f"{key}={random.choice(('', '-', '0', 'top', '9' * 30, '20'))}{number}{random.choice('hdwy% ')}"
    )


def _valid(random: Random, known: Vocabulary, number: int) -> str:
    given = {
        random.choice(("since", "until")): f"{number % 9973 + 1}h",
        "limit": str(number // 8 % 200 + 1),
        random.choice(("q", "title")): random.choice(known.rare if number % 3 else known.common),
    }
    return urlencode(given | {"min_heat": str(-number)})


HOSTILITIES: tuple[Hostility, ...] = (
    _garbage, _bytes, _huge, _deep, _misspelt, _unknown, _out_of_range, _valid,
)  # fmt: skip


def vocabulary(index: Index) -> Vocabulary:
    """The values of parameters that occur in the articles of *index*."""
    frequency: Counter[str] = Counter()
    phrases: set[str] = set()
    months: set[str] = set()
    heats: set[int] = set()
    qualities: set[int] = set()
    for position in index.everything:
        found = article(index.record(position))
        title = tokenize(found.title)
        frequency.update(title)
        phrases.update(" ".join(pair) for pair in pairwise(title))
        months.add(f"{found.published:%Y-%m}")
        heats.add(found.heat)
        qualities.add(found.quality)
    ordered = [word for word, _ in sorted(frequency.items(), key=lambda item: (-item[1], item[0]))]
    return Vocabulary(
        topics=[each.slug for each in index.listings.topics() if each.count],
        providers=[each.slug for each in index.listings.providers()],
        common=ordered[:100],
        rare=ordered[100:],
        phrases=sorted(phrases),
        months=sorted(months),
        heats=sorted(heats),
        qualities=sorted(qualities),
    )


def _forget(index: Index) -> None:
    """Let *index* search anew for what it was asked before."""
    index.search_cache.clear()


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _median(taken: Sequence[float]) -> float:
    return statistics.median(taken)


def _percentile(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]


def _spread(taken: Sequence[float]) -> str:
    return f"median {_ms(_median(taken))}, p99 {_ms(_percentile(taken))}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
