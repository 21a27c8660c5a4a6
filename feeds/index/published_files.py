"""The files of the corpus that articles name, as long as one of these articles is visible."""

from functools import lru_cache
from threading import Lock

import msgspec
from msgspec import Struct

from feeds.article import FacetFields, NamedFile
from feeds.index import Index
from feeds.index.patched import Patched
from feeds.store import Record
from feeds.store.records import each_content


class PublishedFiles:
    """Finds the files of an index, which may be a newer one at each call. Thread-safe.

    Drafts, removed and scheduled articles are in no index, and neither are the files that only they name.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._records: Patched[int, Record] = Patched({})  # of the index that was read last
        self._named: dict[int, tuple[NamedFile, ...]] = {}  # by the position of the article
        self._by_digest: dict[str, dict[tuple[str, int], NamedFile]] = {}  # by path and position

    def find(self, index: Index, digest: str) -> list[NamedFile]:
        """The files with the content *digest*, one of each path."""
        with self._lock:
            self._follow(index.documents.records)
            files = self._by_digest.get(digest, {}).values()
            return list({file.path: file for file in files}.values())

    def all(self, index: Index) -> list[NamedFile]:
        """Every file, one of each path, in the order of paths."""
        with self._lock:
            self._follow(index.documents.records)
            found = {file.path: file for files in self._by_digest.values() for file in files.values()}
            return [found[path] for path in sorted(found)]

    def _follow(self, records: Patched[int, Record]) -> None:
        """Read the files of *records*, as far as they differ from those of the former index."""
        if records is self._records:
            return
        differing = records.differing(self._records)
        for position in differing & self._named.keys():
            self._forget(position)
        naming = {
            position: record
            for position in differing
            if (record := records.get(position)) and _names_files(record.facets)
        }
        for position, content in zip(naming, each_content([*naming.values()]), strict=True):
            self._add(position, _decoder.decode(content).local)
        self._records = records

    def _add(self, position: int, files: tuple[NamedFile, ...]) -> None:
        self._named[position] = files
        for file in files:
            if file.path:
                self._by_digest.setdefault(file.digest, {})[file.path, position] = file

    def _forget(self, position: int) -> None:
        for file in self._named.pop(position):
            found = self._by_digest.get(file.digest, {})
            found.pop((file.path, position), None)
            if not found:
                self._by_digest.pop(file.digest, None)


class _Naming(Struct, frozen=True, gc=False):
    """The field of an Article that matters here."""

    local: tuple[NamedFile, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Naming)
_facets = msgspec.msgpack.Decoder(FacetFields)


@lru_cache(1 << 12)  # many articles share equal facets
def _names_files(facets: bytes) -> bool:
    return _facets.decode(facets).local
