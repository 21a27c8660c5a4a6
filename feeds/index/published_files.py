"""The files of the corpus that articles name, as long as one of these articles is visible."""

from collections.abc import Iterator
from functools import lru_cache
from threading import Lock

import msgspec
from msgspec import Struct

from feeds.article import FacetFields, NamedFile
from feeds.index import Index
from feeds.store import Record
from feeds.store.records import each_content


class PublishedFiles:
    """Finds the files of an index, which may be a newer one at each call. Thread-safe.

    Drafts, removed and scheduled articles are in no index, and neither are the files that only they name.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._index: Index | None = None
        self._named: dict[int, tuple[Record, tuple[NamedFile, ...]]] = {}  # by the id of the object
        self._by_digest: dict[str, dict[str, NamedFile]] = {}

    def find(self, index: Index, digest: str) -> list[NamedFile]:
        """The files with the content *digest*, one of each path."""
        return list(self._of(index).get(digest, {}).values())

    def all(self, index: Index) -> Iterator[NamedFile]:
        """Yield every file, one of each path, in the order of paths."""
        found = {each.path: each for files in self._of(index).values() for each in files.values()}
        yield from (found[path] for path in sorted(found))

    def _of(self, index: Index) -> dict[str, dict[str, NamedFile]]:
        with self._lock:
            if index is not self._index:
                self._update(index)
            return self._by_digest

    def _update(self, index: Index) -> None:
        """Read the files of *index*; most records are those of the former index, and known."""
        naming = [each for each in index.documents.records.values() if _names_files(each.facets)]
        former = self._named
        new = [record for record in naming if id(record) not in former]
        for record, content in zip(new, each_content(new), strict=True):
            former[id(record)] = record, _decoder.decode(content).local
        self._named = {id(record): former[id(record)] for record in naming}
        self._by_digest = {}
        for _, files in self._named.values():
            for file in files:
                if file.path:
                    self._by_digest.setdefault(file.digest, {}).setdefault(file.path, file)
        self._index = index


class _Naming(Struct, frozen=True, gc=False):
    """The field of an Article that matters here."""

    local: tuple[NamedFile, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Naming)
_facets = msgspec.msgpack.Decoder(FacetFields)


@lru_cache(1 << 12)  # many articles share equal facets
def _names_files(facets: bytes) -> bool:
    return _facets.decode(facets).local
