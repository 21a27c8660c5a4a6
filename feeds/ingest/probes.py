"""Facts about pictures on other sites that probes found: kept in the articles that show them."""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feeds.article import Article, FacetFields, Image, fingerprint
from feeds.article.hashes import rendered_hash
from feeds.article.probed import facts_among, with_probed
from feeds.errors import StoreError, counted
from feeds.logs.events import EventLog
from feeds.store import Changes, Record, Store, StoredEntry
from feeds.store.records import BATCH, each_content
from feeds.store.state import SharedState, facts_of

log = EventLog(__name__)


class ProbedPictures:
    """Keeps the articles of *store* up to date with the probes in *state*.

    New facts change the content of a feed, but they are no news: dates, ids and tombstones stay.
    """

    def __init__(self, state: SharedState | None, store: Store) -> None:
        self._state = state
        self._store = store
        self._version: object = None
        self._facts: dict[str, Image] = {}
        self._mark = b""  # the fingerprint of the facts
        self._trouble = ""
        self._has_gap = False  # an article may have been read without its facts

    def look(self) -> None:
        """Read the probes if they changed; keep the former ones while they cannot be read."""
        if self._state is None:
            return
        try:
            if (found := self._state.version()) != self._version:
                self._facts = facts_of(self._state.probes())
                self._mark = fingerprint(sorted(self._facts.items())) if self._facts else b""
                self._version = found
            self._trouble = ""
        except StoreError as error:
            if str(error) != self._trouble:
                log.warning("pictures.unreadable", f"{error}; keeping the facts of pictures")
            self._trouble, self._has_gap = str(error), True

    def added_to(self, article: Article) -> Article:
        """Return *article*, which was read, with the facts of its pictures."""
        return with_probed(article, self._facts)

    def settle(self) -> int:
        """Update the articles whose facts changed since the last call of any process; count them."""
        if self._state is None or self._trouble:
            return 0
        if self._mark == self._store.probed() and not self._has_gap:
            return 0
        ids = [*self._outdated()]
        for first in range(0, len(ids), BATCH):
            entries = self._store.entries(ids[first : first + BATCH]).values()
            self._store.record(Changes(entries=[_with_facts(each, self._facts) for each in entries]))
        self._store.record(Changes(probed=self._mark))
        self._has_gap = False
        if ids:
            said = f"filled in facts of pictures in {counted(len(ids), 'article')}"
            log.info("pictures.filled", said, articles=len(ids))
        return len(ids)

    def _outdated(self) -> Iterator[str]:
        """Yield the ids of the articles that have other facts."""
        for found in map(_decoder.decode, each_content(pictured(self._store))):
            if facts_among(found.images, self._facts) != found.probed:
                yield found.id


def pictured(store: Store) -> list[Record]:
    """All live articles in *store* with pictures."""
    return [each for each in store.load().records if _facets.decode(each.facets).pictured]


class _Probed(Struct, frozen=True, gc=False):
    """The fields of an Article that matter here."""

    id: str
    images: tuple[Image, ...] = ()
    probed: tuple[Image, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Probed)
_facets = msgspec.msgpack.Decoder(FacetFields)


def _with_facts(entry: StoredEntry, facts: Mapping[str, Image]) -> StoredEntry:
    """Return *entry* with *facts* of its pictures; nothing else changes."""
    record = entry.record
    article = with_probed(msgspec.msgpack.decode(record.content, type=Article), facts)
    made = Record.of(
        article,
        version=rendered_hash(article),
        changed=record.changed,
        appeared=record.appeared,
        rated=record.rated,
        daily=record.daily,
        weekly=record.weekly,
        cluster=record.cluster,
        number=record.number,
        slug=record.slug,
    )
    return replace(entry, record=made)
