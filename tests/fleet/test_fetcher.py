"""Requests that miss a file: each waits for a bounded time, and few of them at the same time."""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path

import pytest

from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.assets import JOURNAL_REST, Asset
from feeds.fleet.errors import FileNotHere
from feeds.fleet.fetcher import MAX_FETCH_WAIT, MAX_FETCHES, AssetFetcher
from tests.fleet.memory_assets import MemoryAssets, SharedAssets

CONTENT = [b"one", b"two", b"three"]
DIGEST = blake2b(b"".join(CONTENT), digest_size=10).hexdigest()
NAME = "assets/a.png"


class Requests:
    """The requests of a host without files: ``meanwhile`` is called while one waits or reads a chunk."""

    def __init__(self, folder: Path) -> None:
        self.now = 0.0
        self.opened = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.shared = SharedAssets()
        self.folder = AssetFolder(folder / "store.db.assets", lambda: 0)
        self.fetcher = AssetFetcher(self.folder, self._open, lambda: self.now, self._wait)

    def content(self) -> bytes:
        with self.fetcher.content(NAME, DIGEST) as opened:
            return opened.read()

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        self.meanwhile()

    def _open(self) -> MemoryAssets:
        self.opened += 1
        return self.shared.open()


@pytest.fixture
def requests(tmp_path: Path) -> Requests:
    return Requests(tmp_path)


def test_a_content_is_fetched_once(requests: Requests) -> None:
    requests.shared.contents[DIGEST] = CONTENT
    assert requests.content() == requests.content() == b"onetwothree"
    assert (requests.opened, requests.now) == (1, 0)


def test_a_content_that_takes_too_long_is_left_to_the_background(requests: Requests) -> None:
    def slow() -> Iterator[bytes]:
        for chunk in CONTENT:
            requests.now += MAX_FETCH_WAIT / 2
            yield chunk

    requests.shared.contents[DIGEST] = slow()  # type: ignore[assignment]
    with pytest.raises(FileNotHere):
        requests.content()
    assert not [*requests.folder.files()]


def test_a_request_gives_up_in_time(requests: Requests) -> None:
    with pytest.raises(FileNotHere):
        requests.content()
    assert 0 < requests.now <= MAX_FETCH_WAIT


def test_requests_for_one_content_wait_for_the_first(requests: Requests) -> None:
    def read() -> Iterator[bytes]:
        with pytest.raises(FileNotHere):
            requests.content()  # of another thread, while the first one reads
        assert requests.opened == 1
        requests.now = 0
        yield from CONTENT

    requests.shared.contents[DIGEST] = read()  # type: ignore[assignment]
    assert requests.content() == b"onetwothree"


def test_few_requests_wait_at_the_same_time(requests: Requests) -> None:
    depth = 0

    def another() -> None:
        nonlocal depth
        depth += 1
        own, begun = depth, requests.now
        with pytest.raises(FileNotHere):
            requests.fetcher.content("assets/other.png", f"{own:020x}")
        if own == MAX_FETCHES:
            assert requests.now == begun  # refused at once
            requests.meanwhile = lambda: None

    requests.meanwhile = another
    with pytest.raises(FileNotHere):
        requests.content()
    assert depth == MAX_FETCHES
    requests.shared.contents[DIGEST] = CONTENT
    assert requests.content() == b"onetwothree"


def test_a_journal_that_failed_is_left_alone_for_a_while(requests: Requests) -> None:
    requests.shared.is_down = True
    for _ in range(3):
        with pytest.raises(FileNotHere):
            requests.content()
    assert requests.opened == 1
    requests.shared.is_down = False
    requests.shared.contents[DIGEST] = CONTENT
    requests.now += JOURNAL_REST
    assert requests.content() == b"onetwothree"


def test_a_name_is_missing_only_if_the_names_are_complete(requests: Requests) -> None:
    assets, lease = requests.shared.open(), requests.shared.lease()
    with pytest.raises(FileNotHere):
        requests.fetcher.asset(NAME, 0)
    assets.publish(lease, 4, {}, ())
    assert requests.fetcher.asset(NAME, 4) is None
    requests.meanwhile = lambda: assets.publish(lease, 5, {NAME: Asset(DIGEST, 11)}, ())
    assert requests.fetcher.asset(NAME, 5) == Asset(DIGEST, 11)
    assert requests.folder.names().revision == -1  # only the background work changes the folder
