"""Deliveries to many subscribers: their delays, what readers of feeds notice, and what they take.

Every subscriber has a host and a secret of its own. The server and its deliverer share the first
processor; callbacks and readers have the second.
"""

import itertools
import json
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import Subscription
from tests.bench.live import PAUSE, SCRIPT, Load, load, retitle, told
from tests.bench.processes import spent
from tests.drills.push.subscriber import topic_in
from tests.server import Program, children, free_port, get
from tests.waiting import eventually

SITE = "http://feeds.example"
PUSH = {"FEEDS_PUSH_HUB": "on", "FEEDS_PUSH_ALLOW": "127.0.0.0/8", "FEEDS_SITE_URL": SITE}
WITHIN = 300  # seconds until all must have been delivered
PER_QUERY = 10  # subscribers of a query
FORMATS = ("atom", "rss", "json")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WORDS = 30  # of an article: as many as its excerpt, which is searched, has room for
READING = 8  # seconds in which readers ask for feeds
READ = 5  # feeds, so that the time to render them after an edit does not decide
PACED_REQUESTS = 1_000  # requests to subscribe before which a subscriber waits
PACE = 0.02  # seconds
# Each of sixteen readers waits between two requests.
PACED = SCRIPT + "delay = function() return 20 end\n"
# Requests to subscribe, each with a host of its own, at which nothing listens.
FLOOD = """
local number = 0
local head = "hub.mode=subscribe&hub.topic=TOPIC&hub.callback=http%3A%2F%2F127."
request = function()
  number = number + 1
  local part = function(size) return math.floor(number / size) % 250 + 1 end
  local host = part(62500) .. "." .. part(250) .. "." .. part(1)
  return wrk.format("POST", "/hub", {["Content-Type"] = "application/x-www-form-urlencoded"},
    head .. host .. "%3APORT%2F" .. number)
end
"""

Say = Callable[[str, str], None]

ARTICLE = """---
title: First
publishedDateTime: 2026-11-28T08:00:00Z
webUrl: https://tidalpost.example/bench
type: article
language: en
provider: {name: Tidal Post, domain: tidalpost.example}
topics: [Food, Harbours]
---
"""


class Serving(NamedTuple):
    """A server at *url* with the articles of *corpus*, its first process, and that which delivers."""

    url: str
    corpus: Path
    master: int
    deliverer: int

    @property
    def store(self) -> Path:
        return Path(f"{self.corpus}.db")

    @property
    def worker(self) -> int:
        return children(self.master)[0]

    def subscriptions(self) -> SQLiteSubscriptions:
        return SQLiteSubscriptions(Path(f"{self.store}.subscriptions"))


class Times(NamedTuple):
    """The sorted seconds from a saved file to its delivery at each callback, and to each acknowledgement.

    *deliverer* and *callbacks* are the seconds of CPU time that these took, *repeated* the number of
    deliveries that came twice.
    """

    delivered: list[float]
    acknowledged: list[float]
    deliverer: float
    callbacks: float
    repeated: int


class Subscribed(NamedTuple):
    """The sorted seconds until each request was accepted, and those until all were confirmed."""

    accepted: list[float]
    confirmed: float
    deliverer: float


def marked(corpus: Path) -> tuple[Path, list[str]]:
    """An article of *corpus* with words that are frequent in it, and many queries that it answers."""
    files = sorted(corpus.glob("_news/**/*.md"))[-500:]
    texts = [file.read_text().rpartition("---")[2] for file in files]
    frequent = Counter(re.findall(r"\b[a-z]{4,6}\b", " ".join(texts))).most_common(WORDS)
    words = sorted(word for word, _ in frequent)
    file = corpus / "_news" / "bench.md"
    file.write_text(f"{ARTICLE}{' '.join(words)}\n")
    facets = ("", "topic=food&", "topic=harbours&", "provider=tidalpost.example&", "type=article&")
    pairs = itertools.combinations(words, 2)
    return file, [f"{facet}q={one},{other}" for one, other in pairs for facet in facets]


def percentile(ordered: Sequence[float], percent: int) -> float:
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


class Subscribers(Program):
    """Callbacks in a process of their own, which are subscribed to topics of *server*."""

    def __init__(self, server: Serving, folder: Path) -> None:
        self.port = free_port()
        self.own = f"http://127.0.0.1:{self.port}"
        self.count = 0
        self._server = server
        # Readers of feeds go first on their common processor: only the server is to be measured.
        polite = ["nice", "-n", "10", "taskset", "-c", "1"]
        command = [*polite, sys.executable, "-m", "tests.bench.callbacks", str(self.port)]
        super().__init__(command, folder / f"callbacks-{self.port}", f"{self.own}/begin")

    def subscribe(self, paths: Sequence[str], each: int) -> Subscribed:
        """Subscribe *each* callbacks to the feeds at *paths*, and wait until all are confirmed."""
        url, before = self._server.url, spent(self._server.deliverer)
        topics = [topic_in(get(url + path).body) for path in paths]
        begun = time.monotonic()
        with closing(HTTPConnection(url.removeprefix("http://"), timeout=60)) as hub:
            taken = [self._ask(hub, topic) for topic in topics for _ in range(each)]
        with closing(self._server.subscriptions()) as subscriptions:
            eventually(lambda: subscriptions.counts() == (self.count, 0), within=WITHIN, every=0.1)
        confirmed = time.monotonic() - begun
        return Subscribed(sorted(taken), confirmed, spent(self._server.deliverer) - before)

    def _ask(self, hub: HTTPConnection, topic: str) -> float:
        """Ask for one more subscription; the seconds until the hub has accepted the request."""
        number = self.count
        self.count += 1
        host = f"127.{number // 62_500 + 1}.{number // 250 % 250 + 1}.{number % 250 + 1}"
        form = {
            "hub.mode": "subscribe", "hub.topic": topic, "hub.secret": "s3cret",
            "hub.callback": f"http://{host}:{self.port}/{number}",
        }  # fmt: skip
        if number < PACED_REQUESTS:
            time.sleep(PACE)
        begun = time.monotonic()
        hub.request("POST", "/hub", urlencode(form), FORM)
        with hub.getresponse() as answer:
            answer.read()
            assert answer.status == 202, answer.status
        return time.monotonic() - begun

    def delivered(self, file: Path, title: str) -> Times:
        """Give the article in *file* another *title*; the times until each callback has it."""
        get(f"{self.own}/begin")
        deliverer, callbacks = self._server.deliverer, self.process.pid
        before = spent(deliverer), spent(callbacks)
        begun, saved = retitle(file, title), time.time()
        eventually(self._have_all, within=WITHIN, every=0.1)
        found = self._acknowledged(saved)
        deliveries, times = json.loads(get(f"{self.own}/times").body)
        return Times(
            sorted(each - begun for each in times),
            sorted(each.acknowledged - saved for each in found),
            spent(deliverer) - before[0],
            spent(callbacks) - before[1],
            deliveries - self.count,
        )

    def _acknowledged(self, since: float) -> list[Subscription]:
        """All subscriptions, once each has acknowledged something *since* a time."""
        with closing(self._server.subscriptions()) as subscriptions:

            def found() -> list[Subscription]:
                every = subscriptions.all()
                return every if all(each.acknowledged >= since for each in every) else []

            result: list[Subscription] = eventually(found, within=WITHIN, every=0.2)
            return result

    def _have_all(self) -> bool:
        return get(f"{self.own}/count").body == str(self.count).encode()


def deliverer_of(master: int) -> int:
    """The process that delivers for the server with the first process *master*, once there is one."""

    def found() -> int:
        for worker in children(master):
            for thread in Path(f"/proc/{worker}/task").iterdir():
                if processes := (thread / "children").read_text().split():
                    return int(processes[0])
        return 0

    process: int = eventually(found, within=60)
    return process


def memory(process: int) -> float:
    """The megabytes of *process*, of what it shares its part."""
    sizes = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", sizes, re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def one_feed(server: Serving, file: Path, folder: Path, number: int, edits: int, say: Say) -> None:
    """Edit an article again and again that *number* subscribers of one feed get."""
    with Subscribers(server, folder) as subscribers:
        begun = subscribers.subscribe(["/feed.atom"], number)
        say(
            f"{number:,} requests to subscribe, one after the other: answered within",
            f"median {1000 * statistics.median(begun.accepted):.1f} ms, p99 "
            f"{1000 * percentile(begun.accepted, 99):.1f} ms",
        )
        delivered(subscribers, file, "Not measured")
        found = [delivered(subscribers, file, f"Edit {edit}") for edit in range(edits)]
    name = f"{number:,} subscribers of one feed: from a saved file to"
    say(f"{name} the delivery ({edits} edits)", spread([each.delivered for each in found]))
    say(f"{name} the acknowledgement", spread([each.acknowledged for each in found]))
    say(f"{number:,} subscribers of one feed: CPU time", taken(found))


def spread(times: Sequence[Sequence[float]]) -> str:
    """The medians of the percentiles of each of *times*."""
    half = statistics.median(percentile(each, 50) for each in times)
    slow = [percentile(each, 99) for each in times]
    return f"p50 {half:.2f} s, p99 {statistics.median(slow):.2f} s ({min(slow):.2f} to {max(slow):.2f})"


def taken(found: Sequence[Times]) -> str:
    """The CPU time that deliveries took."""
    deliverer = [each.deliverer for each in found]
    callbacks = statistics.median(each.callbacks for each in found)
    return (
        f"deliverer {statistics.median(deliverer):.2f} s ({min(deliverer):.2f} to {max(deliverer):.2f}), "
        f"callbacks {callbacks:.2f} s; {sum(each.repeated for each in found)} deliveries repeated"
    )


def many_queries(server: Serving, folder: Path, number: int, rounds: int, say: Say) -> None:
    """Deliver an edit to *number* subscribers of a tenth as many queries, also while others read."""
    file, queries = marked(server.corpus)
    asked = queries[: number // PER_QUERY]
    paths = [f"/feed.{FORMATS[place % 3]}?{each}" for place, each in enumerate(asked)]
    script = reading(server.url, folder)
    with Subscribers(server, folder) as subscribers:
        eventually(lambda: b"First" in get(f"{server.url}/feed.json?limit=20").body, within=60)
        begun = subscribers.subscribe(paths, PER_QUERY)
        name = f"{subscribers.count:,} subscribers of {len(paths):,} queries"
        say(
            f"{name}: all confirmed after",
            f"{begun.confirmed:.1f} s, {begun.deliverer:.1f} s of CPU time of the deliverer",
        )
        delivered(subscribers, file, "Not measured")
        found = [delivered(subscribers, file, f"Edit {edit}") for edit in range(rounds)]
        last = [each.delivered[-1] for each in found]
        say(
            f"{name}: all delivered after",
            f"{statistics.median(last):.1f} s (median of {rounds}; {min(last):.1f} to {max(last):.1f})",
        )
        say(f"{name}: CPU time", taken(found))
        say(f"{name}: memory of the deliverer after these", f"{memory(server.deliverer):.0f} MB")
        told(load(server.url, script, 2))  # once, each has to be rendered
        pairs = []
        for place in range(rounds):
            time.sleep(PAUSE)
            calm = told(load(server.url, script, READING))
            pairs.append((calm, meanwhile(server, subscribers, file, script, f"Round {place}")))
    idle, busy = (statistics.median(each.slow for each in found) for found in zip(*pairs, strict=True))
    ratios = sorted(busy.slow / idle.slow for idle, busy in pairs)
    say(
        f"{name}: feeds of topics meanwhile, 99 of 100 answers within (median of {rounds} pairs)",
        f"{busy:.1f} ms, of the idle server {idle:.1f} ms: {statistics.median(ratios):.2f} times "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f}); {sum(busy.failed for _, busy in pairs)} failed",
    )


def meanwhile(server: Serving, subscribers: Subscribers, file: Path, script: Path, title: str) -> Load:
    """Read feeds while one edit after the other is delivered."""
    process = load(server.url, script, READING)
    for edit in itertools.count():
        subscribers.delivered(file, f"{title}, edit {edit}")
        if process.poll() is not None:
            return told(process)
        time.sleep(PAUSE)
    raise AssertionError


def reading(url: str, folder: Path) -> Path:
    """A script for wrk, which reads feeds of topics at a pace."""
    topics = re.findall(r'xmlUrl="[^"]*?(/topics/[^"]+)"', get(f"{url}/opml/topics").body.decode())
    script = folder / "paced.lua"
    script.write_text(PACED.replace("PATHS", ", ".join(f'"{path}"' for path in topics[:READ])))
    return script


def delivered(subscribers: Subscribers, file: Path, title: str) -> Times:
    """Edit *file* in a second of its own."""
    time.sleep(PAUSE)
    return subscribers.delivered(file, title)


def flooded(server: Serving, folder: Path, seconds: int, say: Say) -> None:
    """Ask for subscriptions as fast as possible, none of which can be confirmed."""
    script = folder / "flood.lua"
    topic = urlencode({"": topic_in(get(f"{server.url}/feed.atom").body)})[1:]
    script.write_text(FLOOD.replace("TOPIC", topic).replace("PORT", str(free_port())))
    with Subscribers(server, folder) as subscribers:
        subscribers.subscribe(["/feed.atom"], 1)
        before = memory(server.worker), memory(server.deliverer)
        found = told(load(server.url, script, seconds))
    after = memory(server.worker), memory(server.deliverer)
    size = sum(each.stat().st_size for each in server.store.parent.glob(f"{server.store.name}.subscr*"))
    with closing(server.subscriptions()) as subscriptions:
        _, pending = subscriptions.counts()
    say(
        f"{found.requests:,} requests to subscribe in {seconds} s with dead callbacks on as many hosts",
        f"{found.failed:,} refused, {pending:,} pending; {size / 1e6:.0f} MB of files, "
        f"{after[0] - before[0]:.0f} MB more of the worker, {after[1] - before[1]:.0f} of the deliverer",
    )


def forget(store: Path) -> None:
    """End all subscriptions; no process may use them."""
    for file in store.parent.glob(f"{store.name}.subscriptions*"):
        file.unlink()
