"""The costs of a server of a million articles: its memory, its start, feeds that no cache has yet.

The store is written straight, for a million files take an hour to make and to read. What stands in
their place is empty, but the store knows it: the writer looks at every file, as it does at any start.
An edit keeps the address of an article, as most edits do.
"""

import re
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import quote

import msgspec

from feeds.article import Article, fingerprint
from feeds.article.hashes import content_hash
from feeds.corpus import Corpus
from feeds.index.articles import articles
from feeds.query.grammar import read
from feeds.store import Changes, File, Progress, Record, Store, StoredEntry
from feeds.store.sqlite import SQLiteStore
from tests.bench.live import PAUSE
from tests.server import children, get
from tests.waiting import eventually

BATCH = 10_000  # articles recorded at once
APART = timedelta(days=8)  # of two copies of one article: they are no story
ASKED = 200
SEED = 7
FORMATS = ("rss", "atom", "json")


def fill(store: Store, corpus: Corpus, sample: Store, wanted: int) -> None:
    """Record *wanted* copies of the articles in *sample* in *store*, each with an empty file of *corpus*.

    *store* has read *corpus* while it was empty, and *store* leads.
    """
    store.record(Changes(progress=Progress(0, wanted)))
    originals = list(articles(sample.load().records))
    entries: list[StoredEntry] = []
    files: list[File] = []
    for done, article in enumerate(copies(originals, wanted), 1):
        entry, file = told(corpus, article, done)
        entries.append(entry)
        files.append(file)
        if len(entries) == BATCH or done == wanted:
            progress = Progress(done, wanted, ready=done == wanted)
            store.record(Changes(entries=entries, files=files, progress=progress))
            entries, files = [], []
            print(f"  {done:,} of {wanted:,} articles recorded", file=sys.stderr, flush=True)


def copies(originals: list[Article], wanted: int) -> Iterator[Article]:
    """Each of *originals* again and again, every time some days older."""
    for number in range(wanted):
        round_, place = divmod(number, len(originals))
        article = originals[place]
        moment = article.published - round_ * APART
        yield msgspec.structs.replace(
            article, url=f"{article.url}/{round_}", published=moment, updated=moment, related=()
        )


def told(corpus: Corpus, article: Article, number: int) -> tuple[StoredEntry, File]:
    """*article* as it is recorded, and the file it is in."""
    path = path_of(number)
    if number == 1 or not number % 1000:
        (corpus.root / path).parent.mkdir(parents=True)
    (corpus.root / path).open("x").close()
    stamp = corpus.stamp(path)
    assert stamp
    article = msgspec.structs.replace(article, id=corpus.id_of(path))
    content = content_hash(article)
    record = Record.of(
        article,
        version=fingerprint([content, article.updated]),
        changed=int(article.published.timestamp()),
        appeared=int(article.published.timestamp()),
        daily=article.heat,
        weekly=article.heat,
    )
    return StoredEntry(record, path, content, record.published), File(path, stamp, article.id)


def path_of(number: int) -> str:
    """The path of the copy *number*, from 1, in its corpus."""
    return f"_news/{number // 1000:04}/{number:07}.md"


def emptied(corpus: Path, sample: Path) -> None:
    """*corpus* with what *sample* says of itself, and no article."""
    corpus.mkdir()
    shutil.copy(sample / "_config.yml", corpus)
    shutil.copytree(sample / "_data", corpus / "_data")


def copied(store: Path, sample: Path, corpus: Corpus, wanted: int) -> None:
    """Fill the store at *store* from the one at *sample*."""
    target, source = SQLiteStore(store), SQLiteStore(sample)
    try:
        assert target.acquire_writer()
        fill(target, corpus, source, wanted)
    finally:
        target.close()
        source.close()


def different(url: str) -> list[str]:
    """Feeds of every kind that the server at *url* has, each to be asked for once."""
    random = Random(SEED)
    catalogue = get(f"{url}/opml").body.decode()
    topics = sorted(set(re.findall(r'xmlUrl="[^"]*?/topics/([^"/?]+)\.', catalogue)))
    providers = sorted(set(re.findall(r'xmlUrl="[^"]*?/providers/([^"/?]+)\.[a-z]+"', catalogue)))
    assert topics, catalogue[:1000]
    assert providers, catalogue[:1000]
    found: dict[str, None] = {}
    while len(found) < ASKED:
        topic, provider = random.choice(topics), random.choice(providers)
        format_, limit = random.choice(FORMATS), random.randrange(20, 60)
        month = f"2025-{random.randrange(1, 13):02}"
        place, arguments = random.choice(
            [
                (f"/topics/{topic}", ""),
                (f"/providers/{provider}", ""),
                (f"/topics/{topic}/providers/{provider}", ""),
                (f"/topics/{topic}", f"limit={limit}"),
                (f"/topics/{topic}", f"provider=-{provider}"),
                (f"/providers/{provider}", f"sort=heat&limit={limit}"),
                ("/feed", f"topic={topic}&min_heat=top10%25"),
                ("/feed", f"q={quote(topic.replace('-', ' '))}&limit={limit}"),
                (f"/topics/{topic}", "collapse=story"),
                (f"/topics/{topic}/weekly", ""),
                ("/feed", f"topic={topic}&since={month}&until={month}"),
            ]
        )
        query = read(f"{place.removeprefix('/')}?{arguments}")
        found[query.address(format_)] = None
    return list(found)


def asking(url: str, say: Callable[[str, str], None]) -> None:
    """Ask the server at *url* for feeds that nobody asked for before, one after another."""
    taken: dict[str, float] = {}
    unknown = 0
    for place in different(url):
        begun = time.monotonic()
        answer = get(url + place)
        taken[place] = time.monotonic() - begun
        unknown += answer.status == 404
        assert answer.status in (200, 404), (place, answer.status)
    slowest = max(taken, key=lambda place: taken[place])
    say(
        f"{ASKED} different feeds, each asked for once ({unknown} are of nothing)",
        f"median {1000 * statistics.median(taken.values()):.0f} ms, "
        f"p99 {1000 * sorted(taken.values())[int(0.99 * ASKED)]:.0f} ms; "
        f"the slowest `{slowest}`, {1000 * taken[slowest]:.0f} ms",
    )


def addresses(store: Path, corpus: Corpus, wanted: int) -> list[str]:
    """The addresses of the first *wanted* copies in the store at *store*."""
    opened = SQLiteStore(store)
    try:
        ids = [corpus.id_of(path_of(number)) for number in range(1, wanted + 1)]
        entries = opened.entries(ids)
        contents = [entries[id_].record.content for id_ in ids]
        return [msgspec.msgpack.decode(content, type=Article).url for content in contents]
    finally:
        opened.close()


def text_of(sample: Path, title: str, address: str) -> str:
    """The text of an article of *sample* with *title*, which is edited at *address*.

    With another address, the file would have another article, and the writer would look for the former.
    """
    text = next(iter(sorted(sample.glob("_news/**/*.md")))).read_text()
    for field, value in {"title": title, "webUrl": address}.items():
        text, found = re.subn(f"^{field}:.*$", f'{field}: "{value}"', text, count=1, flags=re.MULTILINE)
        assert found, field
    return text


def edited(url: str, corpus: Path, sample: Path, number: int, address: str) -> float:
    """Write the copy *number* at *address* into its file; return the seconds until it is in a feed."""
    title = f"Edited{number}"
    place = corpus / path_of(number)
    place.with_suffix(".new").write_text(text_of(sample, title, address))
    time.sleep(PAUSE)
    begun = time.monotonic()
    place.with_suffix(".new").replace(place)
    eventually(lambda: title.encode() in get(f"{url}/feed.json?title={title}").body, within=300)
    return time.monotonic() - begun


def memory(master: int, when: str, say: Callable[[str, str], None]) -> None:
    """Report the memory of *master* and its workers, each with its share of common pages."""
    own, *others = sorted(map(taken, children(master)), reverse=True)
    whole = taken(master)
    say(
        f"memory {when}: the worker that writes, a further one, gunicorn's master; all of it",
        f"{own:,.0f} MB, {', '.join(f'{each:,.0f} MB' for each in others)}, {whole:,.0f} MB; "
        f"{own + sum(others) + whole:,.0f} MB",
    )


def taken(process: int) -> float:
    """Megabytes of *process*, what several share divided among them."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)) / 1024
