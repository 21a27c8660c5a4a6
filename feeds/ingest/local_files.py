"""Articles that name files of the corpus: pictures, audio and video that are found, and those missing."""

from collections.abc import Iterator, Set

import msgspec
from msgspec import Struct

from feeds.article import FacetFields, NamedFile
from feeds.corpus import Corpus
from feeds.store import Store
from feeds.store.records import each_content


class NamedFiles:
    """The files of *corpus* that the articles in *store* name, as they were when these were read."""

    def __init__(self, corpus: Corpus, store: Store) -> None:
        self._corpus = corpus
        self._store = store
        self._identity = ""
        self._revision = 0
        self._by_id: dict[str, tuple[NamedFile, ...]] = {}

    def state(self) -> list[object]:
        """The present state of every file: equal states mean that no article has to be read again."""
        local = self._corpus.local
        if not local:
            return []
        return [
            (each.article, each.written, local.stamp(each.path) if each.path else local.agrees(each))
            for each in self._all()
        ]

    def outdated(self) -> set[str]:
        """The paths of the articles for which another file, or another content, is found now."""
        local = self._corpus.local
        return {each.article for each in self._all() if not local.agrees(each)} if local else set()

    def concerned(self, paths: Set[str]) -> set[str]:
        """Like ``outdated``, for changes at *paths* alone."""
        local = self._corpus.local
        others = {path for path in paths if not self._corpus.holds(path)}
        if not (local and others):
            return set()
        names = {path.rpartition("/")[2].casefold() for path in others}
        near = (each for each in self._all() if _is_near(each, others, names))
        return {each.article for each in near if not local.finds_again(each)}

    def _all(self) -> Iterator[NamedFile]:
        self._update()
        for named in self._by_id.values():
            yield from named

    def _update(self) -> None:
        """Read the articles of *store* that changed since the last call."""
        known = self._revision if self._identity == self._store.identity else 0
        if known and known == self._store.revision():
            return
        self._identity = self._store.identity
        found = self._store.changes_since(known)
        if not found.partial:
            self._by_id.clear()
        for id_ in (*found.removed, *(record.id for record in found.records)):
            self._by_id.pop(id_, None)
        naming = [record for record in found.records if _facets.decode(record.facets).local]
        for article in map(_decoder.decode, each_content(naming)):
            self._by_id[article.id] = article.local
        self._revision = found.revision


class _Naming(Struct, frozen=True, gc=False):
    """The fields of an Article that matter here."""

    id: str
    local: tuple[NamedFile, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Naming)
_facets = msgspec.msgpack.Decoder(FacetFields)


def _is_near(file: NamedFile, paths: Set[str], names: Set[str]) -> bool:
    """Return whether a change at *paths*, which end in *names*, may affect the search for *file*."""
    if not file.path:
        return True
    name = file.path.rpartition("/")[2].casefold()
    return name in names or any(file.path.startswith(f"{path}/") for path in paths)
