"""Stamps of files that another host read: a takeover then reads only those that differ."""

from feeds.corpus import Corpus, Stamp
from feeds.store.replication import Replica

MAX_UNREAD = 100_000  # files that are compared


class Standby:
    """Stamps the unread files of *corpus* whose content equals the source recorded in *store*."""

    def __init__(self, corpus: Corpus, store: Replica) -> None:
        self._corpus = corpus
        self._store = store
        self._had = {path for path, stamp in store.stamps().items() if any(stamp)}  # paths seen here
        self._waiting: list[tuple[str, bytes]] = []
        self._differing: dict[str, tuple[Stamp | None, bytes]] = {}  # the last comparison by path

    def stamp(self, most: int) -> int:
        """Compare at most *most* files, and stamp those with the same content; return their number."""
        if not self._waiting:
            self._waiting = self._unread()
        some, self._waiting = self._waiting[:most], self._waiting[most:]
        stamps: dict[str, tuple[int, int, int]] = {}
        for path, source in some:
            stamp = self._corpus.stamp(path)
            if stamp:
                self._had.add(path)
            if stamp and self._corpus.digest(path) == source and self._corpus.stamp(path) == stamp:
                stamps[path] = stamp
            else:
                self._differing[path] = (stamp, source)
        if stamps:
            self._store.stamp(stamps)
        return len(some)

    def lacking(self) -> str:
        """The path of a file that is missing here, or older than its published version; empty if none is.

        A file that this host has had, and that was deleted later, is not missing: that is a change.
        """
        unread = dict(self._store.unread(MAX_UNREAD))
        files = self._store.files([*unread])
        entries = self._store.entries([file.id for file in files.values() if file.id])
        for path, source in unread.items():
            stamp = self._corpus.stamp(path)
            entry = entries.get(files[path].id) if path in files else None
            changed = entry.record.changed if entry else 0
            if stamp:
                lacks_it = stamp.modified < changed * 1e9 and self._corpus.digest(path) != source
            else:
                lacks_it = path not in self._had
            if lacks_it:
                return path
        return ""

    def _unread(self) -> list[tuple[str, bytes]]:
        """The paths and sources of files to compare: not those that differed, and are unchanged."""
        found = self._store.unread(MAX_UNREAD)
        if found:
            self._corpus.keep(self._store.descriptions())  # stamps depend on them
            self._corpus.fix(self._store.authority())
            self._corpus.remember(self._store.article_paths)
            self._corpus.reload()
        return [
            (path, source)
            for path, source in found
            if self._differing.get(path, ()) != (self._corpus.stamp(path), source)
        ]
