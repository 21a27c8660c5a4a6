"""Detection of articles that moved to other paths since the store recorded them."""

from collections.abc import Iterable, Mapping, Set
from itertools import islice

import msgspec
from msgspec import Struct

from feeds.article import Article
from feeds.corpus import Corpus, Withheld
from feeds.errors import PassedOver
from feeds.ingest.identity import Content, Held, moved_articles
from feeds.ingest.listing import is_gone
from feeds.ingest.reads import Read
from feeds.ingest.unread import UnreadFiles
from feeds.store import File, Store


class Moves(Struct, frozen=True):
    """The *ids* of articles that moved, by their new paths.

    *replaced* are the paths with another article now and a former article that was not found elsewhere.
    *meanwhile* are paths that changed after the listing: articles may have moved away from them. If there
    are any, they must be read first, and the other fields are empty.
    """

    ids: dict[str, str] = {}
    replaced: Set[str] = frozenset()
    meanwhile: Set[str] = frozenset()


class _Compared:
    """The facts about moves, collected in one pass over read files."""

    def __init__(self, gone: Set[str]) -> None:
        self.now: dict[str, Content] = {}
        self.before: dict[str, Held] = {}
        self.own: dict[str, str] = {}
        self.vacant = set(gone)
        self.live_paths: dict[bytes, set[str]] = {}

    def add(self, read: Read, former: Held | None) -> None:
        match read.reading:
            case Article() as article:
                id_ = article.id if read.own_id else ""
                if former and former.content.digest == read.digest and id_ in ("", former.id):
                    return
                self.now[read.path] = Content.of(read.digest, article)
                if id_:
                    self.own[read.path] = id_
            case Withheld() | PassedOver():
                self.vacant.add(read.path)
        if former:
            self.before[read.path] = former

    def moves(self) -> Moves:
        if not self.now or not self.before:
            return Moves()
        digests = {content.digest for content in self.now.values()}
        elsewhere = {each for each in digests if self.live_paths.get(each, set()) - self.before.keys()}
        found = moved_articles(self.before, self.now, self.vacant, elsewhere, self.own)
        return Moves(found, self._replaced({*found.values()}))

    def _replaced(self, moved_ids: Set[str]) -> set[str]:
        return {
            path
            for path, held in self.before.items()
            if path in self.now
            and held.id not in moved_ids
            and self.now[path].has_another_name(held.content)
        }


def find_moves(
    corpus: Corpus,
    store: Store,
    reads: Iterable[Read],
    files: Mapping[str, File],
    gone: Set[str],
    *,
    listed: Set[str],
    unread: UnreadFiles,
    batch: int,
) -> Moves:
    """Compare *reads* with *store*; only one *batch* of them at a time is in memory.

    *files* are the former versions of the files that were read or are *gone*. *listed* are the paths
    that are known to have changed.
    """
    compared, others = _Compared(gone), set[str]()
    every = iter(reads)
    while some := list(islice(every, batch)):
        former = _articles_at(store, [read.path for read in some], files, batch)
        others |= _live_paths(store, some, compared.live_paths) - listed
        for read in some:
            compared.add(read, former.get(read.path))
    if meanwhile := _changed_meanwhile(corpus, store, others, unread):
        return Moves(meanwhile=meanwhile)
    compared.before |= _articles_at(store, [*gone], files, batch)
    return compared.moves()


def _live_paths(store: Store, reads: list[Read], by_digest: dict[bytes, set[str]]) -> set[str]:
    """Return the paths of live articles with a content or an id of *reads*; update *by_digest*."""
    articles = [(read, read.reading) for read in reads if isinstance(read.reading, Article)]
    found = set[str]()
    for digest, entries in store.holding([read.digest for read, _ in articles]).items():
        live = {entry.path for entry in entries if not entry.removed}
        by_digest.setdefault(digest, set()).update(live)
        found |= live
    own = store.entries([article.id for read, article in articles if read.own_id])
    return found | {entry.path for entry in own.values() if not entry.removed}


def _changed_meanwhile(corpus: Corpus, store: Store, paths: Set[str], unread: UnreadFiles) -> set[str]:
    """The *paths* with a changed or missing file."""
    known = store.stamps([*paths]) if paths else {}
    return {
        path
        for path in paths
        if (stamp := corpus.stamp(path)) != known.get(path) and (stamp or is_gone(corpus, path, unread))
    }


def _articles_at(
    store: Store, paths: list[str], files: Mapping[str, File], batch: int
) -> dict[str, Held]:
    """The live articles of the files at *paths*, as recorded in the store."""
    ids = {file.id: path for path in paths if (file := files.get(path)) and file.id}
    found: dict[str, Held] = {}
    wanted = iter(ids)
    while some := list(islice(wanted, batch)):
        for entry in store.entries(some).values():
            if not entry.removed and entry.path == ids[entry.record.id]:
                article = msgspec.msgpack.decode(entry.record.content, type=Article)
                found[entry.path] = Held(entry.record.id, Content.of(entry.digest, article))
    return found
