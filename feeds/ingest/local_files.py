"""Articles that name files of the corpus: pictures, audio and video that are found, and those missing."""

import os
from collections.abc import Iterator, Set

import msgspec
from msgspec import Struct

from feeds.article import NamedFile
from feeds.corpus import Corpus
from feeds.corpus.local_files import last_parts
from feeds.ingest.followed import FollowedArticles
from feeds.store import Store


class NamedFiles:
    """The files of *corpus* that the articles in *store* name, as they were when these were read."""

    def __init__(self, corpus: Corpus, store: Store) -> None:
        self._corpus = corpus
        self._followed = FollowedArticles(store, lambda facets: facets.local, _sought_in)

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
        changes = _Changes.at(others, has_folder=any(map(self._is_folder, others)))
        near = (each.file for each in self._sought() if changes.may_concern(each))
        return {each.article for each in near if not local.finds_again(each)}

    def _is_folder(self, path: str) -> bool:
        return os.path.isdir(os.path.join(self._corpus.root, path))

    def _all(self) -> Iterator[NamedFile]:
        return (each.file for each in self._sought())

    def _sought(self) -> "Iterator[_Sought]":
        for sought in self._followed.facts().values():
            yield from sought


class _Sought(Struct, frozen=True, gc=False):
    """A *file* that an article names; the paths at which it is sought end in *names*."""

    file: NamedFile
    names: tuple[str, ...]

    @classmethod
    def of(cls, file: NamedFile) -> "_Sought":
        return cls(file, tuple(last_parts(file.written)))


class _Changes(Struct, frozen=True):
    """Changes at paths that end in *names*; with *has_folder*, one of them is a folder.

    *below* are the beginnings of all paths below these.
    """

    names: frozenset[str]
    below: tuple[str, ...]
    has_folder: bool

    @classmethod
    def at(cls, paths: Set[str], *, has_folder: bool) -> "_Changes":
        names = frozenset(path.rpartition("/")[2].casefold() for path in paths)
        return cls(names, tuple(f"{path}/" for path in paths), has_folder)

    def may_concern(self, sought: _Sought) -> bool:
        """Return whether a search may have another result: a new folder can have any missing file."""
        if not self.names.isdisjoint(sought.names):
            return True
        path = sought.file.path
        return path.startswith(self.below) if path else self.has_folder


class _Naming(Struct, frozen=True, gc=False):
    """The fields of an Article that matter here."""

    local: tuple[NamedFile, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Naming)


def _sought_in(content: bytes) -> tuple[_Sought, ...]:
    """The files that the article with *content* names."""
    return tuple(map(_Sought.of, _decoder.decode(content).local))
