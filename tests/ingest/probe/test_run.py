"""One run of probes: the pictures that are due, and what of each is asked for."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from feeds.ingest.probe.outcomes import OLDER_THAN
from feeds.ingest.probe.run import Run
from feeds.ingest.probe.shown import ShownPicture, shown_pictures
from feeds.store.sqlite.state import SQLiteState
from feeds.store.state import Probe
from tests.corpus.media_files import png
from tests.ingest.ingest_harness import ONE, TWO, IngestHarness
from tests.ingest.probe.picture_server import AGENT, LOOPBACK, PictureServer

NOW = 1_780_000_000


def shown(url: str, *, is_described: bool = False) -> ShownPicture:
    return ShownPicture(url, ("tag:example.org,2020:1",), is_described)


Runs = Callable[..., Run]


@pytest.fixture
def run(tmp_path: Path) -> Runs:
    """Makes a run of probes of some pictures, at a number of seconds after NOW."""
    state = SQLiteState(tmp_path / "store.db.state")

    def made(*pictures: ShownPicture, after: int = 0) -> Run:
        return Run(state, pictures, AGENT, lambda: NOW + after, OLDER_THAN, LOOPBACK)

    return made


def probed(run: Run) -> list[Probe]:
    """The results of the pictures that are due."""
    return [*run.results(run.due(), Event())]


def test_results_are_recorded_and_not_due_until_they_are_old(pictures: PictureServer, run: Runs) -> None:
    one = shown(pictures.put(body=png()))
    [found] = probed(run(one))
    assert (found.status, found.width, found.at) == ("ok", 3, NOW)
    assert run(one).state.probes() == {one.url: found}
    assert run(one, after=OLDER_THAN - 1).due() == []
    assert run(one, after=OLDER_THAN).due() == [one]


def test_a_site_that_asks_for_a_delay_is_left_alone_with_all_its_pictures(
    pictures: PictureServer, run: Runs
) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "600"}}
    both = [shown(pictures.put(path, **busy)) for path in ("/1.png", "/2.png")]
    elsewhere = shown(pictures.url(host="127.0.0.2"))
    assert [each.url for each in probed(run(*both))] == [both[0].url]
    assert pictures.requests == [("HEAD", "/1.png")]
    assert run(*both, elsewhere, after=599).due() == [elsewhere]
    assert run(both[1], after=600).due() == [both[1]]


def test_the_length_alone_is_asked_for_until_an_article_needs_more(
    pictures: PictureServer, run: Runs
) -> None:
    url = pictures.put(body=png())
    [found] = probed(run(shown(url, is_described=True)))
    assert (found.length, found.type, found.width) == (len(png()), "", 0)
    assert [method for method, _ in pictures.requests] == ["HEAD"]
    assert run(shown(url, is_described=True)).due() == []
    [found] = probed(run(shown(url)))
    assert (found.length, found.type, found.width) == (len(png()), "image/png", 3)


def test_pictures_are_listed_once_with_all_their_articles(ingest: IngestHarness) -> None:
    written = {"url": "https://a.example/1.png", "width": 3, "height": 2}
    typed = written | {"contentType": "image/png"}
    other = {"url": "https://b.example/2.png", "width": 3, "height": 2, "contentType": "image/png"}
    ingest.write(ONE, images=[typed, {"url": "https://feeds.example/assets/own.png"}, other])
    ingest.write(TWO, images=[written])
    ingest.refresh_all()
    found = shown_pictures(ingest.store, "https://feeds.example")
    assert [(each.url, len(each.ids), each.is_described) for each in found] == [
        (written["url"], 2, False),
        (other["url"], 1, True),
    ]
