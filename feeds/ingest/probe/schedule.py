"""Many probes at once: one at a time for each host."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event

from feeds.http.outgoing import host_of
from feeds.ingest.probe.outcomes import Outcome

MAX_FAILURES = 3  # of one host without any answer, in a row; its other pictures are left for another day
MAX_HOSTS = 8  # that are asked at the same time


def probe_all(
    urls: Iterable[str], probe: Callable[[str], Outcome], stop: Event
) -> Iterator[tuple[str, Outcome]]:
    """Yield each of *urls* with the outcome of its probe, as soon as it is known.

    A host that asks for a delay, or that does not answer MAX_FAILURES times, is asked no more. No more
    probes are begun once *stop* is set.
    """
    by_host: defaultdict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[host_of(url)].append(url)
    found: SimpleQueue[tuple[str, Outcome] | None] = SimpleQueue()
    with ThreadPoolExecutor(MAX_HOSTS, thread_name_prefix="probe") as pool:
        tasks = [pool.submit(_probe_host, each, probe, stop, found) for each in by_host.values()]
        try:
            for _ in tasks:
                while outcome := found.get():
                    yield outcome
        finally:
            stop.set()
    for task in tasks:
        task.result()  # raises an error of the program


def _probe_host(
    urls: Sequence[str],
    probe: Callable[[str], Outcome],
    stop: Event,
    found: "SimpleQueue[tuple[str, Outcome] | None]",
) -> None:
    """Put the outcome of each of *urls*, which are on one host, into *found*, and None at the end."""
    failures = 0
    try:
        for url in urls:
            if stop.is_set() or failures == MAX_FAILURES:
                return
            outcome = probe(url)
            found.put((url, outcome))
            if outcome.retry_after:
                return
            failures = 0 if outcome.host else failures + 1
    finally:
        found.put(None)
