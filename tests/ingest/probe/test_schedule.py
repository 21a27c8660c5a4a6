"""Many probes at once: in turns, and no more than a host bears."""

from threading import Event, Lock

import pytest

from feeds.ingest.probe.outcomes import Outcome
from feeds.ingest.probe.schedule import MAX_HOSTS, probe_all
from tests.table import for_each

FOUND, SILENT = Outcome("found", host="a"), Outcome("failed", "no answer")


def test_a_host_is_probed_one_picture_at_a_time_and_few_hosts_at_once() -> None:
    active: list[str] = []
    most, lock = [0], Lock()

    def probe(url: str) -> Outcome:
        host = url.split("/")[2]
        with lock:
            assert host not in active
            active.append(host)
            most[0] = max(most[0], len(active))
        with lock:
            active.remove(host)
        return FOUND

    urls = [f"https://{host}.example/{number}" for host in range(20) for number in range(5)]
    assert {url for url, _ in probe_all(urls, probe, Event())} == set(urls)
    assert most[0] <= MAX_HOSTS


@for_each(
    ("outcomes", "asked"),
    [
        ([SILENT] * 5, 3),
        ([SILENT, SILENT, FOUND, SILENT, SILENT], 5),
        ([FOUND, Outcome("failed", retry_after=60, host="a"), FOUND], 2),
    ],
)
def test_a_host_that_is_silent_or_busy_is_asked_no_more(outcomes: list[Outcome], asked: int) -> None:
    urls = [f"https://a.example/{number}" for number in range(len(outcomes))]
    answers = iter(outcomes)
    assert len([*probe_all(urls, lambda _: next(answers), Event())]) == asked


def test_no_probe_begins_after_a_stop() -> None:
    stop = Event()
    urls = [f"https://a.example/{number}" for number in range(50)]
    asked: list[str] = []

    def probe(url: str) -> Outcome:
        asked.append(url)
        stop.set()
        return FOUND

    assert len([*probe_all(urls, probe, stop)]) == len(asked) == 1


def test_an_error_of_the_program_is_not_hidden() -> None:
    def probe(url: str) -> Outcome:
        raise KeyError(url)

    with pytest.raises(KeyError):
        [*probe_all(["https://a.example/"], probe, Event())]
