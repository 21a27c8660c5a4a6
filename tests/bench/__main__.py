"""Measures what docs/performance.md quotes and writes it to tests/bench/results.md.

``python -m tests.bench [--articles 10000 100000] [--seconds 2] [--rounds 5]``. Servers run on the
first processor, the load on the second; only loopback is used. ``python -m tests.bench queries`` asks
the largest of these corpora only, ``changes`` edits it, ``million`` serves copies of the smallest,
``pair --against CHECKOUT`` compares the cold load with that of another checkout, which has a virtual
environment in .venv, ``entries`` compares entries with plain templates, ``profile`` shows the stages of
a cold load, ``fleet`` runs three hosts on a real
PostgreSQL, by default of the smallest corpus only, ``push`` delivers changes to 10,000 subscribers, a
tenth of them where no part is named, ``logs`` counts a million lines of an access log, ``readers``
compares a server that counts readers with one that does not, ``scale`` measures 1,000 to 1,000,000
articles and writes the table and the plot of docs/performance.md, and ``load`` does all else.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from getpass import getuser
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urlsplit

from feeds.article import Article
from feeds.bootstrap import ServerProcess, corpus_of
from feeds.cli.serve import GRANIAN
from feeds.corpus import Corpus
from feeds.formats import FORMATS
from feeds.query import Query
from feeds.settings import load, packaged
from tests.bench.entries import comparing
from tests.bench.export import ROOT, Taken, exporting, timed
from tests.bench.fleet import measuring, obstacle
from tests.bench.live import following
from tests.bench.logs import counting
from tests.bench.million import addresses, copied, edited, emptied, memory
from tests.bench.million import asking as asking_many
from tests.bench.processes import rated
from tests.bench.profile import shares
from tests.bench.push import (
    PUSH,
    READING,
    Serving,
    deliverer_of,
    flooded,
    forget,
    many_queries,
    marked,
    one_feed,
)
from tests.bench.push import memory as pss
from tests.bench.queries import asking
from tests.bench.readers import added, compared, flooded_with_names
from tests.bench.scale import measured, published
from tests.bench.streams import streamed
from tests.server import Program, children, free_port, get
from tests.waiting import eventually

Row = tuple[str, str]
SIZES = [10_000, 100_000]
STEPS = [1000, 10_000, 100_000, 1_000_000]


def main() -> None:
    """Run everything and write the report."""
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument("part", nargs="?", choices=PARTS, help="all where none is named")
    arguments.add_argument("--articles", type=int, nargs="+", default=SIZES)
    arguments.add_argument("--seconds", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--edits", type=int, default=60)
    arguments.add_argument("--hostile", type=int, default=1_000_000)
    arguments.add_argument("--against", type=Path, help="the other checkout of `pair`")
    arguments.add_argument("--copies", type=int, default=1_000_000, help="that `million` serves")
    arguments.add_argument("--subscribers", type=int, help="of `push`: 10,000; of all parts, 1,000")
    chosen = arguments.parse_args()
    with TemporaryDirectory(prefix="bench-") as folder:
        for part in [chosen.part] if chosen.part else PARTS:
            rows: list[Row] = []
            PARTS[part](Path(folder), chosen, partial(say, rows))
            write(part, rows)


def say(rows: list[Row], what: str, figure: str) -> None:
    """Tell of a *figure* now, and in the report."""
    print(f"{what:80} {figure}", flush=True)
    rows.append((what, figure))


def start(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """A server from its first start to a feed."""
    for articles in chosen.articles:
        loading(folder, articles, chosen.rounds, say)
    rendering(folder, min(chosen.articles), say)


def entries(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Entries of the smallest corpus, beside plain templates."""
    corpus = written(folder, min(chosen.articles))
    read = Corpus(corpus).articles()
    comparing([each for each in read if isinstance(each, Article)], folder, say)


def serve(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Requests a second, everyone side by side."""
    articles = min(chosen.articles)
    made(folder, articles)
    serving(folder, articles, chosen.rounds, chosen.seconds, say)


def ask(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Queries of every kind about the largest corpus."""
    articles = max(chosen.articles)
    asking(load(of(made(folder, articles))), articles, chosen.hostile, say)


def follow(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """One file after another of the largest corpus changes."""
    if not shutil.which("wrk"):
        say(
            "one changed file under load",
            "not measured: wrk is not installed (tests/install-tools installs it)",
        )
        return
    articles = max(chosen.articles)
    corpus = made(folder, articles)
    with running(Contender("", GUNICORN, of(corpus))) as (url, _):
        say("articles", f"{articles:,}")
        following(url.removesuffix("/feed.rss"), corpus, folder, chosen.edits, say)


def files(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Every feed as a file, beside Hugo; with pages and codings, the smallest corpus alone."""
    for articles in chosen.articles:
        exporting(folder, articles, say, chosen.rounds, coded=articles == min(chosen.articles))


def many(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """A million articles: what serving them takes."""
    sample, corpus = made(folder, min(chosen.articles)), folder / "copies"
    emptied(corpus, sample)
    timed([sys.executable, "-m", "feeds", "refresh"], of(corpus))
    settings = load(of(corpus))
    begun = time.monotonic()
    copied(settings.store_path, Path(f"{sample}.db"), corpus_of(settings), chosen.copies)
    places = addresses(settings.store_path, corpus_of(settings), 11)
    size = settings.store_path.stat().st_size / 1e9
    say(
        f"{chosen.copies:,} articles: a store of {size:.1f} GB written",
        f"{time.monotonic() - begun:.0f} s",
    )
    begun = time.monotonic()
    with running(Contender("", GUNICORN, of(corpus)), workers=2) as (feed, master):
        say("start of gunicorn with two workers to the first answer", f"{time.monotonic() - begun:.1f} s")
        url = feed.removesuffix("/feed.rss")
        seconds = edited(url, corpus, sample, 1, places[0])
        say(
            "until the writer has looked at every file, and one that was edited shows", f"{seconds:.1f} s"
        )
        memory(master, "after that", say)
        asking_many(url, say)
        memory(master, "after these feeds", say)
        delays = [edited(url, corpus, sample, *each) for each in enumerate(places[1:], 2)]
        say(
            "one more edited file: seen after (median of 10)",
            f"{1000 * statistics.median(delays):.0f} ms",
        )
        memory(master, "after these edits", say)


def pair(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Cold loads of the smallest corpus, in turn with those of another checkout.

    On one core, CPU time counts; on two, the elapsed time, which needs a quiet machine.
    """
    articles = min(chosen.articles)
    name = f"{articles:,} articles: cold load"
    if not chosen.against:
        say(name, "not compared: --against names another checkout")
        return
    corpus = made(folder, articles)
    checkouts = [chosen.against.resolve(), ROOT]
    alone: list[list[float]] = [[], []]
    elapsed: list[list[float]] = [[], []]
    spent: list[list[float]] = [[], []]
    for _ in range(chosen.rounds):
        for number, checkout in enumerate(checkouts):
            alone[number].append(cold_load(corpus, checkout, "1").processor)
            both = cold_load(corpus, checkout, "0,1")
            elapsed[number].append(both.seconds)
            spent[number].append(both.processor)
    other = chosen.against.name
    compare(f"{name} by one process on one core, CPU time", alone, other, say)
    compare(f"{name} on two cores, elapsed", elapsed, other, say)
    compare(f"{name} on two cores, CPU time", spent, other, say)


def compare(name: str, times: list[list[float]], other: str, say: Callable[[str, str], None]) -> None:
    """Say the median and least of *times*, those of the *other* checkout and ours, and their ratio."""
    for each, whose in zip(times, (f", {other}", ""), strict=True):
        say(
            f"{name}{whose}",
            f"{statistics.median(each):.2f} s (median of {len(each)}), least {min(each):.2f} s",
        )
    ratios = sorted(before / now for before, now in zip(*times, strict=True))
    say(
        f"{name}: ratio",
        f"{statistics.median(ratios):.2f} (median of the pairs; {ratios[0]:.2f} to {ratios[-1]:.2f})",
    )


def cold_load(corpus: Path, checkout: Path, cores: str) -> Taken:
    """The cost of a cold load by *checkout* on *cores*."""
    store = Path(f"{corpus}-pair.db")
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()
    program = str(checkout / ".venv" / "bin" / "python")
    command = ["taskset", "-c", cores, program, "-m", "feeds", "refresh"]
    return timed(command, of(corpus) | {"FEEDS_STORE_PATH": str(store)}, checkout)


def profile(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """The shares of the stages of a cold load of the smallest corpus."""
    corpus = made(folder, min(chosen.articles))
    for stage, share in shares(of(corpus) | {"FEEDS_STORE_PATH": f"{corpus}-profile.db"}).items():
        say(stage, f"{share:.1f} %")


def fleet(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Three hosts with the smallest corpus, and new hosts of each size that was asked for."""
    if missing := obstacle():
        say("a fleet", f"not measured: {missing}")
        return
    least = min(chosen.articles)
    for articles in [least] if chosen.articles is SIZES else chosen.articles:
        whole = articles == least
        corpus = written(folder, articles)
        measuring(corpus, folder / f"fleet-{articles}", articles, chosen, say, whole=whole)


def push(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Deliveries from the smallest corpus, and streams of it; the memory of the deliverer of each."""
    if not shutil.which("wrk"):
        say("deliveries", "not measured: wrk is not installed (tests/install-tools installs it)")
        return
    corpus = announcing(folder, min(chosen.articles))
    file, _ = marked(corpus)
    subscribers = chosen.subscribers or (10_000 if chosen.part else 1_000)
    with delivering(corpus) as server:
        one_feed(server, file, folder, subscribers // 10, chosen.edits // 4, say)
    with delivering(corpus) as server:
        many_queries(server, folder, subscribers, chosen.rounds, say)
    with delivering(corpus) as server:
        flooded(server, folder, READING, say)
    streaming = of(corpus) | PUSH | {"FEEDS_PUSH_STREAMS_PER_CLIENT": str(subscribers)}
    with running(Contender("", GUNICORN, streaming)) as (feed, master):
        streamed(feed.removesuffix("/feed.rss"), children(master)[0], file, subscribers, say)
    for articles in chosen.articles:
        with delivering(announcing(folder, articles)) as server:
            time.sleep(5)
            say(f"{articles:,} articles: memory of an idle deliverer", f"{pss(server.deliverer):.0f} MB")


def announcing(folder: Path, articles: int) -> Path:
    """A corpus of so many sample articles of a site that announces its hub, in a store of its own."""
    corpus = folder / f"{articles}-push"
    if not corpus.exists():
        shutil.copytree(written(folder, articles), corpus)
        timed([sys.executable, "-m", "feeds", "refresh"], of(corpus) | PUSH)
    return corpus


@contextmanager
def delivering(corpus: Path) -> Iterator[Serving]:
    """A server of *corpus* and its deliverer, with no subscriptions at first."""
    forget(Path(f"{corpus}.db"))
    with running(Contender("", GUNICORN, of(corpus) | PUSH)) as (feed, master):
        yield Serving(feed.removesuffix("/feed.rss"), corpus, master, deliverer_of(master))


def logs(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Count a million lines of an access log."""
    del chosen
    counting(folder, say)


def readers(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """The cost of counting readers of the smallest corpus."""
    if not shutil.which("wrk"):
        say("counting readers", "not measured: wrk is not installed (tests/install-tools installs it)")
        return
    corpus = made(folder, min(chosen.articles))

    def serving_with(settings: dict[str, str]) -> AbstractContextManager[tuple[str, int]]:
        return running(Contender("", GUNICORN, of(corpus) | settings))

    added(folder, say)
    compared(serving_with, folder, chosen.rounds, chosen.seconds, say)
    flooded_with_names(serving_with, folder, 5 * chosen.seconds, say)


def scale(folder: Path, chosen: argparse.Namespace, say: Callable[[str, str], None]) -> None:
    """Sizes from 1,000 to `--copies` in steps of ten; a whole run rewrites the documents."""
    sizes = [size for size in STEPS if size <= chosen.copies]
    steps = measured(folder, sizes, made(folder, min(SIZES)), written, of, say)
    if len(steps) == len(STEPS):
        published(steps)


PARTS = {
    "load": start, "entries": entries, "pair": pair, "profile": profile, "serve": serve, "export": files,
    "queries": ask, "changes": follow, "million": many, "fleet": fleet,
    "push": push, "logs": logs, "readers": readers, "scale": scale,
}  # fmt: skip


def made(folder: Path, articles: int) -> Path:
    """The corpus of so many sample articles, and a store that has read it."""
    corpus = written(folder, articles)
    if not Path(f"{corpus}.db").exists():
        timed([sys.executable, "-m", "feeds", "refresh"], of(corpus))
    return corpus


def written(folder: Path, articles: int) -> Path:
    """The corpus of so many sample articles."""
    corpus = folder / str(articles)
    if not corpus.exists():
        timed([sys.executable, "-m", "feeds", "sample", str(corpus), "--articles", str(articles)])
    return corpus


def loading(folder: Path, articles: int, rounds: int, say: Callable[[str, str], None]) -> None:
    """Cold load, restart and memory of a corpus of sample articles."""
    name = f"{articles:,} articles"
    corpus = folder / str(articles)
    seconds, *_ = timed(
        [sys.executable, "-m", "feeds", "sample", str(corpus), "--articles", str(articles)]
    )
    say(f"{name}: written by `feeds sample`", f"{seconds:.1f} s")
    environment = of(corpus)
    refresh = [sys.executable, "-m", "feeds", "refresh"]
    seconds, peak, spent = timed(refresh, environment)
    say(f"{name}: cold load", f"{seconds:.1f} s, {spent:.1f} s of CPU time, peak {peak:.0f} MB")
    another = environment | {"FEEDS_STORE_PATH": f"{corpus}-alone.db"}
    seconds, peak, _ = timed(["taskset", "-c", "0", *refresh], another)
    say(f"{name}: cold load by one process on one core", f"{seconds:.1f} s, peak {peak:.0f} MB")
    starts = []
    for _ in range(rounds):
        begun = time.monotonic()
        with running(Contender("", GUNICORN, environment)):
            starts.append(time.monotonic() - begun)
    say(
        f"{name}: warm start to the first answer (median of {rounds})",
        f"{statistics.median(starts):.2f} s",
    )
    sharing(environment, corpus, name, say)


def sharing(
    environment: dict[str, str], corpus: Path, name: str, say: Callable[[str, str], None]
) -> None:
    """Memory of two workers, after serving and after following changes."""
    with running(Contender("", GUNICORN, environment), workers=2) as (feed, master):
        url = feed.removesuffix("/feed.rss")
        for when, edits in (("serving", 1), ("following 100 changes", 100)):
            files = sorted(corpus.glob("_news/**/*.md"))[-edits:]
            for file in files:  # once one shows, the writer has looked at every file
                text = file.read_text().replace('title: "', f'title: "Edited, {when}: ', 1)
                file.write_text(text)
            shown = f"Edited, {when}: ".encode()
            eventually(lambda shown=shown: shown in get(f"{url}/feed.json").body, within=120)
            for path in (
                "/feed.rss",
                "/feed.atom",
                "/feed.json",
                "/topics/music.rss",
                "/topics/food.json",
            ):
                for _ in range(100):
                    assert get(url + path).status == 200
            time.sleep(2)
            (first, own), *others = workers(master)
            say(
                f"{name}: memory of the first worker after {when}",
                f"{first:.0f} MB, {own:.0f} of them its own",
            )
            say(
                f"{name}: memory of a further one",
                ", ".join(f"{each:.0f} MB of its own" for _, each in others),
            )


def rendering(folder: Path, articles: int, say: Callable[[str, str], None]) -> None:
    """Rendering a feed of 50 from articles in memory, and from entries that are written already."""
    server = ServerProcess(load(of(folder / str(articles))))
    server.current_index.follow()
    feed = server.pipeline.feed(Query())
    for format_ in FORMATS.values():
        body = format_.render(feed)
        entries = [format_.entry(each, feed.site, feed.content) for each in feed.articles]
        anew = milliseconds(lambda format_=format_: format_.render(feed))
        kept = milliseconds(lambda format_=format_, entries=entries: format_.join(feed, entries))
        say(
            f"render {len(feed.articles)} articles as {format_.name} ({len(body) / 1024:.0f} KB)",
            f"{anew:.2f} ms; where its entries are kept, {kept:.2f} ms: 1/{anew / kept:.0f}",
        )
    server.stop()


def milliseconds(work: Callable[[], object], times: int = 50) -> float:
    """The duration of *work*, the median of so many *times*."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


class Contender(NamedTuple):
    """A server of the same bytes; PORT in its *command* is where it is to listen."""

    name: str
    command: list[str]
    environment: dict[str, str]


GUNICORN = [
    sys.executable,
    "-m",
    "gunicorn",
    "--config",
    "config/gunicorn.py",
    "--bind",
    "127.0.0.1:PORT",
]
# Without config/gunicorn.py, which refuses to start any application without a corpus.
PLAIN_GUNICORN = [
    *(sys.executable, "-m", "gunicorn", "tests.bench.baseline:app", "--bind", "127.0.0.1:PORT"),
    *("--worker-class", "gthread", "--threads", "8", "--workers", "1", "--keep-alive", "75"),
]
WITHOUT, WITH = "Flask without the response cache, gthread", "feeds serve"
PLAIN = "a plain Flask view, gunicorn gthread"
NGINX = "nginx, the file"
NGINX_CONF = """
daemon off; user {user}; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off; gzip_static on; keepalive_requests 1000000000; sendfile on; tcp_nopush on;
    open_file_cache max=10; types {{ application/rss+xml rss; }}
    server {{ listen 127.0.0.1:PORT; root {folder}; }}
}}
"""


CACHE = "nginx, its cache in front of feeds serve"
CACHE_CONF = """
daemon off; user {user}; pid {folder}/nginx.pid; error_log stderr; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; tcp_nopush on;
    {example}
}}
"""
SHORTEST = "nginx, the shortest cache in front of feeds serve"
SHORTEST_CONF = """
proxy_cache_path /var/cache/feeds keys_zone=feeds:1m;
server {
    listen 8081;
    open_file_cache max=1000;
    location / {
        proxy_cache feeds; proxy_ignore_headers Vary; proxy_set_header Accept-Encoding gzip;
        proxy_pass http://127.0.0.1:8000;
    }
}
"""


def caching(folder: Path, origin: str) -> Iterator[Contender]:
    """nginx with a cache in front of *origin*: the printed example, and the shortest that works."""
    examples = {CACHE: packaged.example("nginx-cache").decode(), SHORTEST: SHORTEST_CONF}
    for number, (name, example) in enumerate(examples.items()):
        own = folder / f"cache-{number}"
        own.mkdir()
        file = own / "nginx.conf"
        file.write_text(
            CACHE_CONF.format(folder=own, user=getuser(), example=example)
            .replace("/var/cache/feeds", str(own / "copies"))
            .replace("listen 8081;", "listen 127.0.0.1:PORT;")
            .replace("127.0.0.1:8000", urlsplit(origin).netloc)
        )
        yield Contender(name, ["nginx", "-c", str(file)], dict(os.environ))


def contenders(folder: Path, corpus: Path) -> Iterator[Contender]:
    """Everyone who takes part, on one processor each in turn."""
    threads = os.environ | {"WORKER_CLASS": "gthread", "BASELINE_BODY": str(folder / "feed.rss.gz")}
    ours = of(corpus)
    threaded = ours | {"WORKER_CLASS": "gthread"}
    yield Contender(PLAIN, [*PLAIN_GUNICORN, "--http-parser", "python"], threads)
    yield Contender("the same with gunicorn[fast]", PLAIN_GUNICORN, threads)
    yield Contender(WITHOUT, [*GUNICORN, "feeds.wsgi:flask"], threaded)
    yield Contender("feeds serve --server gthread", GUNICORN, threaded)
    yield Contender(WITH, GUNICORN, ours)
    if find_spec("granian"):
        granian = [sys.executable, "-m", "granian", *GRANIAN, "--port", "PORT"]
        yield Contender("feeds serve --server granian", granian, ours)
    if shutil.which("nginx"):
        (folder / "nginx.conf").write_text(NGINX_CONF.format(folder=folder, user=getuser()))
        yield Contender(NGINX, ["nginx", "-c", str(folder / "nginx.conf")], threads)


def serving(
    folder: Path, articles: int, rounds: int, seconds: int, say: Callable[[str, str], None]
) -> None:
    """Requests a second, of a cached feed and of 304s: everyone takes a turn in every round."""
    if not shutil.which("wrk"):
        say("requests per second", "not measured: wrk is not installed (tests/install-tools installs it)")
        return
    corpus = folder / str(articles)
    server = ServerProcess(load(of(corpus)))
    server.current_index.follow()
    for coding, name in ("identity", "feed.rss"), ("gzip", "feed.rss.gz"):
        (folder / name).write_bytes(server.pipeline.document(Query(), "rss", coding).body)
    server.stop()
    size = (folder / "feed.rss.gz").stat().st_size / 1024
    with ExitStack() as stack:
        urls, pids = {}, {}
        for each in contenders(folder, corpus):
            urls[each.name], pids[each.name] = stack.enter_context(running(each))
        if NGINX in urls:
            for each in caching(folder, urls[WITH]):
                urls[each.name], pids[each.name] = stack.enter_context(running(each))
        asks = ["-H", "Accept-Encoding: gzip"]
        tags = {
            name: ["-H", f"If-None-Match: {get(url, Accept_Encoding='gzip').headers['ETag']}"]
            for name, url in urls.items()
        }
        for what in f"a feed of {size:.0f} KB (gzip)", "304":
            rates: dict[str, list[tuple[float, float]]] = {name: [] for name in urls}
            for name in [*urls] * rounds:
                more = tags[name] if what == "304" else []
                rates[name].append(rated(urls[name], pids[name], [*asks, *more], seconds))
            medians = {name: [statistics.median(each) for each in zip(*of_one, strict=True)]
                       for name, of_one in rates.items()}  # fmt: skip
            for name, (rate, efficiency) in medians.items():
                against = [f"{efficiency / medians[PLAIN][1]:.1f} times plain"]
                if NGINX in medians:
                    against.append(f"{efficiency / medians[NGINX][1]:.2f} times nginx")
                say(f"{what}: {name}", f"{rate:,.0f}/s, {efficiency:,.0f} in a second of CPU time: "
                    f"{', '.join(against)}")  # fmt: skip
        for name in WITHOUT, WITH:
            page = urls[name].removesuffix("feed.rss")
            several = [rated(page, pids[name], asks, seconds) for _ in range(rounds)]
            rate, efficiency = (statistics.median(each) for each in zip(*several, strict=True))
            say(f"the home page (gzip): {name}", f"{rate:,.0f}/s, {efficiency:,.0f} in a second of its "
                "processor")  # fmt: skip


def of(corpus: Path) -> dict[str, str]:
    """The environment of a server for *corpus*."""
    return os.environ | {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": f"{corpus}.db"}


@contextmanager
def running(contender: Contender, workers: int = 1) -> Iterator[tuple[str, int]]:
    """*contender* with *workers* on the first processor: the address of the feed, and its process id."""
    port = str(free_port())
    command = [part.replace("PORT", port) for part in contender.command]
    if command[0] == "nginx":
        file = Path(command[-1])
        file.write_text(file.read_text().replace("PORT", port))
    settings = contender.environment | {
        "HOST": "127.0.0.1",
        "PORT": port,
        "WEB_CONCURRENCY": str(workers),
    }
    url = f"http://127.0.0.1:{port}/feed.rss"
    with (
        TemporaryDirectory(prefix="bench-log-") as folder,
        Program(["taskset", "-c", "0", *command], Path(folder, "log"), url, **settings) as program,
    ):
        yield url, program.process.pid


def workers(master: int) -> list[tuple[float, float]]:
    """Megabytes of each worker of *master*, and of these what it shares with none, the most first."""
    found = []
    for worker in children(master):
        told = Path(f"/proc/{worker}/smaps_rollup").read_text()
        sizes = {key: int(size) / 1024 for key, size in re.findall(r"(\w+):\s+(\d+) kB", told)}
        found.append((sizes["Rss"], sizes["Private_Clean"] + sizes["Private_Dirty"]))
    return sorted(found, key=lambda sizes: sizes[1], reverse=True)


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
