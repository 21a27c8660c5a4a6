"""The response cache is read by threads without a lock while others write and replace it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from feeds.http.response_cache import ENTRY_OVERHEAD, Entries, ResponseCache

NOW = 1_767_222_000.5
THREADS, REQUESTS, ADDRESSES, REPLACEMENTS = 8, 1500, 12, 300


pytestmark = pytest.mark.usefixtures("frequent_switches")


class Indexes:
    """A substitute for CurrentIndex, with a growing number as the index."""

    def __init__(self) -> None:
        self.current = SimpleNamespace(number=0, due=None)

    @property
    def revision(self) -> int:
        return int(self.current.number)

    def index(self) -> Any:
        return self.current

    def replace(self) -> None:
        self.current = SimpleNamespace(number=self.current.number + 1, due=None)


class Application:
    """An application that answers with the address and the current number of the index."""

    def __init__(self, indexes: Indexes) -> None:
        self._indexes = indexes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number = self._indexes.current.number
        headers = {
            "ETag": f'"{environ["PATH_INFO"]} {number}"', "Cache-Control": "public, max-age=300",
            "Vary": "Accept-Encoding",
        }  # fmt: skip
        start_response("200 OK", [*headers.items()])
        return [f"{environ['PATH_INFO']} {number}".encode()]


def test_every_answer_is_that_of_its_address_and_never_older_than_the_index() -> None:
    indexes = Indexes()
    room = ADDRESSES * ENTRY_OVERHEAD // 2  # nearly every new entry evicts one
    again: list[object] = []
    cache = ResponseCache(Application(indexes), indexes, lambda: NOW, room, again.append)  # type: ignore[arg-type]
    together = Barrier(THREADS + 1)

    def ask(path: str) -> Iterable[bytes]:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path}
        return cache(environ, lambda *_: lambda _part: None)

    def read(reader: int) -> None:
        together.wait()
        for turn in range(REQUESTS):
            path = f"/{(reader + turn // 3) % ADDRESSES}"
            oldest = indexes.current.number
            (body,) = ask(path)
            address, number = body.decode().split()
            assert address == path
            assert oldest <= int(number) <= indexes.current.number

    def replace() -> None:
        together.wait()
        for _ in range(REPLACEMENTS):
            indexes.replace()
            for address in range(ADDRESSES):
                ask(f"/{address}")

    with ThreadPoolExecutor(THREADS + 1) as pool:
        for each in [*(pool.submit(read, reader) for reader in range(THREADS)), pool.submit(replace)]:
            each.result()
    assert again  # else nothing was read from the cache
    assert cache.size <= room


def test_a_read_changes_nothing_in_the_entries() -> None:
    """Otherwise, reads would need a lock, as those of an LRUCache do."""
    cache: Any = Entries(3)
    cache.update({1: "a", 2: "b", 3: "c"})
    before = {name: repr(value) for name, value in vars(cache).items()}
    for _ in range(5):
        assert (cache[1], cache.get(2)) == ("a", "b")
        with pytest.raises(KeyError):
            cache[4]
    assert {name: repr(value) for name, value in vars(cache).items()} == before
    cache[4] = "d"
    assert [*cache] == [2, 3, 4]
