"""The descriptions of the corpus, the settings and the program version, as recorded in a store."""

import os

import msgspec

from feeds.article import Taxonomy, fingerprint
from feeds.corpus import READING_VERSION, Corpus
from feeds.store import Changes, Store, Tombstone


class RecordedDescriptions:
    """The content of feeds other than articles, compared between *corpus* and *store*.

    *edition* is a digest of the settings that a feed shows, *version* the version of reading and
    rendering.
    """

    def __init__(self, corpus: Corpus, store: Store, edition: bytes, version: bytes) -> None:
        self._corpus = corpus
        self._store = store
        self._edition = edition
        self._version = fingerprint([READING_VERSION, version])
        self._on_record: tuple[object, ...] = ()

    def restore(self) -> None:
        """Apply the store's last good descriptions, authority and paths of articles to the corpus."""
        if kept := self._store.descriptions():
            self._corpus.keep(kept)
        self._corpus.fix(self._store.authority())
        self._corpus.remember(self._store.article_paths)
        self.forget()

    def forget(self) -> None:
        """Compare with the store again next time, because it may have been repaired."""
        self._on_record = ()

    def record(self) -> None:
        """Record the path of the corpus and the description files in force, if they changed."""
        descriptions, here = dict(self._corpus.descriptions), os.path.abspath(self._corpus.root)
        on_record = (self._store.identity, descriptions, here)
        if on_record == self._on_record:
            return
        if descriptions != self._store.descriptions() or here != self._store.corpus():
            self._store.record(Changes(descriptions=descriptions, corpus=here))
        self._on_record = on_record

    def differ(self) -> tuple[bool, bool]:
        """Return whether descriptions or settings changed, and whether the program version did."""
        stored, made = self._store.fingerprint(), self._fingerprint()
        if len(stored) == len(made):
            return stored[:16] != made[:16], stored[16:] != made[16:]
        # An earlier version stored one fingerprint for both: compare the taxonomies instead.
        former, now = self._store.taxonomy(), self._taxonomy
        authority = former.authority or now.authority
        return msgspec.structs.replace(former, authority=authority) != now, True

    def add_to(self, changes: Changes, *, is_new: bool, first: bool) -> None:
        """Add the state to *changes*; if it *is_new* and not of a *first* load, every feed changes."""
        changes.fingerprint = self._fingerprint()
        if is_new or self._taxonomy != self._store.taxonomy():
            changes.taxonomy = self._taxonomy
        if is_new and not first:
            changes.tombstones.append(Tombstone(changes.at, None))

    @property
    def _taxonomy(self) -> Taxonomy:
        """The taxonomy of the corpus, which leaves alone whether the hub is withdrawn."""
        is_withdrawn = self._store.taxonomy().hub_withdrawn
        return msgspec.structs.replace(self._corpus.taxonomy, hub_withdrawn=is_withdrawn)

    def _fingerprint(self) -> bytes:
        return fingerprint([self._corpus.fingerprint, self._edition]) + self._version
