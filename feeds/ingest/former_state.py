"""The store's rows that may affect a batch of read files, looked up once before the batch."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from msgspec import Struct

from feeds.article import Article
from feeds.ingest.identity import numbered
from feeds.ingest.reads import Read
from feeds.store import File, Store, StoredEntry


class Known(Struct, frozen=True):
    """The files as last read, by path, and the ids of articles that moved, by their new paths."""

    files: dict[str, File] = {}
    moved: Mapping[str, str] = {}
    moved_ids: Set[str] = frozenset()

    def id_at(self, path: str) -> str:
        """The id of the article that is at *path* and has not moved away, else empty."""
        file = self.files.get(path)
        return file.id if file and file.id not in self.moved_ids else ""


class FormerState(Struct, frozen=True, kw_only=True):
    """The state of the store before a batch.

    *entries* are by id, with None for an id that was never recorded. *by_digest* are entries by the
    digest of their content, in the order of ``Store.holding``. *other_files* are the files at other paths
    that hold one of these entries.
    """

    entries: Mapping[str, StoredEntry | None] = {}
    by_digest: Mapping[bytes, Sequence[StoredEntry]] = {}
    other_files: Mapping[str, File] = {}


def former_state(store: Store, reads: Sequence[Read], gone: Iterable[str], known: Known) -> FormerState:
    """Look up the rows that affect *reads* and the *gone* paths."""
    ids = [id_ for read in reads for id_ in _likely_ids(read, known)]
    ids += [known.files[path].id for path in gone if path in known.files]
    digests = [read.digest for read in reads if isinstance(read.reading, Article)]
    by_digest = store.holding(digests)
    entries = _look_up(store, ids)
    entries |= {entry.record.id: entry for found in by_digest.values() for entry in found}
    _add_numbered(store, entries, reads, known)
    held_at = {entry.path for entry in entries.values() if entry and not entry.removed}
    others = [path for path in held_at if path not in known.files]
    return FormerState(
        entries=entries, by_digest=by_digest, other_files=store.files(others) if others else {}
    )


def _look_up(store: Store, ids: Iterable[str]) -> dict[str, StoredEntry | None]:
    unique = dict.fromkeys(ids)
    return unique | store.entries([*unique]) if unique else {}


def _likely_ids(read: Read, known: Known) -> Iterator[str]:
    """Yield the ids that the article in *read* most likely has or had."""
    if isinstance(read.reading, Article):
        yield read.reading.id
    yield from _former_ids(read, known)


def _former_ids(read: Read, known: Known) -> Iterator[str]:
    if file := known.files.get(read.path):
        yield file.id
    if id_ := known.moved.get(read.path):
        yield id_


def _add_numbered(
    store: Store, entries: dict[str, StoredEntry | None], reads: Sequence[Read], known: Known
) -> None:
    """Add to *entries* every id that may be tried for a new article: ``id~2`` and so on.

    Each of several new articles with the same preferred id needs one candidate. The search ends once
    there are as many candidates that no other article can have.
    """
    wanted = Counter(id_ for read in reads if (id_ := _new_id(read, known)))
    given = {read.reading.id for read in reads if isinstance(read.reading, Article) and read.own_id}
    given.update(id_ for read in reads for id_ in _former_ids(read, known))

    def is_sure(id_: str, number: int) -> bool:
        rival = id_.rpartition("~")[0] if number == 1 else id_
        taken = entries[id_] or id_ in given or id_ in known.moved_ids
        return not taken and rival not in wanted

    number, missing = 1, dict(wanted)
    while missing:
        candidates = {id_: numbered(id_, number) for id_ in missing}
        entries |= _look_up(store, [id_ for id_ in candidates.values() if id_ not in entries])
        sure = {id_ for id_, candidate in candidates.items() if is_sure(candidate, number)}
        missing = {id_: left for id_, count in missing.items() if (left := count - (id_ in sure))}
        number += 1


def _new_id(read: Read, known: Known) -> str:
    """The id that is made from the path of *read* if its article may be new, else empty."""
    if not isinstance(read.reading, Article) or read.own_id or read.path in known.moved:
        return ""
    return "" if known.id_at(read.path) else read.reading.id
