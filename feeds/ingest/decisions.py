"""Decisions about batches of read files, each at a second of its own."""

from collections.abc import Callable

from feeds.corpus import Corpus
from feeds.ingest.change_log import ChangeLog
from feeds.ingest.former_state import Known, former_state
from feeds.ingest.reads import Read
from feeds.ingest.recorder import Batch, Recorded, record
from feeds.ingest.settling import Settling
from feeds.store import Store


class Decisions:
    """Looks up the state and the time for ``recorder.record``; *settling* waits between two decisions."""

    def __init__(
        self, corpus: Corpus, store: Store, clock: Callable[[], float], settling: Settling
    ) -> None:
        self._corpus = corpus
        self._store = store
        self._clock = clock
        self._settling = settling

    def of(
        self,
        reads: list[Read],
        known: Known,
        gone: set[str],
        retired: list[str],
        log: ChangeLog,
        *,
        first: bool = False,
        reread: bool = False,
    ) -> Recorded:
        """Return the changes that a Batch of *reads* causes, and note them in *log*."""
        now = self._clock()
        latest = self._store.latest(now)
        if self._settling.pause and not first and 0 < latest + 1 - now <= 1:
            # Wait, so that there is one change per second: readers that use Last-Modified would miss the
            # second of two changes in one second, and a stamp in the future would be wrong.
            self._settling.pause(latest + 1 - now)
            now = self._clock()
        dated = first and not self._store.replaces_another()
        batch = Batch(
            reads=reads,
            known=known,
            gone=gone,
            retired=retired,
            former=former_state(self._store, reads, retired, known),
            stamp=None if dated else max(int(now), latest + 1),
            now=now,
            id_of=self._corpus.id_of,
            first=first,
            reread=reread,
        )
        made = record(batch)
        log.note(batch, made)
        return made
