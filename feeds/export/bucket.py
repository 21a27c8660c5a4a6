"""An export to a bucket: a folder is exported, and the objects that differ from it are written."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import groupby, islice
from pathlib import Path
from typing import TypeVar

import msgspec

from feeds.errors import ExportError
from feeds.export import ExportResult, bucket_manifest
from feeds.export.bucket_lock import LOCK_KEY, RENEW_SECONDS, BucketLock
from feeds.export.bucket_manifest import MANIFEST_KEY, BucketHead, Entry
from feeds.export.bucket_objects import NewObject, objects_of
from feeds.export.bucket_order import Rank

T = TypeVar("T")
R = TypeVar("R")

REQUEST_THREADS = 16  # that send requests to the storage
QUEUED_REQUESTS = 4 * REQUEST_THREADS  # requests that wait for a thread, or have one
MAX_DELETED = 1000  # objects that are removed by one call

Show = Callable[[str, int, int], object]
"""A progress callback: the label of the work, the number done, and the total."""


def publish(
    held: BucketLock,
    folder: Path,
    state: str,
    make: Callable[[Callable[[], None]], ExportResult],
    *,
    coding: str = "",
    grace: float,
    index_pages: bool = False,
    progress: Show = lambda _label, _done, _total: None,
) -> ExportResult:
    """Update the bucket of the lock *held* with the responses that *make* exports to *folder*.

    *make* has to call its argument often, which renews the lock. It is not called if the last export to
    the bucket had the same *state*. For *coding* and *index_pages*, see ``objects_of``. Objects are
    removed *grace* seconds after the first export without them. Raises ExportError; the next export then
    completes what this one began.
    """
    found = bucket_manifest.read(held.objects)
    head, entries = found or (BucketHead(), {})
    bucket = _Bucket(held, entries, progress)
    if found and head.state == state:
        result = ExportResult(responses=head.responses)
    else:
        result = make(held.renew)
        head = BucketHead(state="" if result.missing else state, responses=result.responses)
        wanted = {each.key: each for each in objects_of(folder, coding, index_pages=index_pages)}
        bucket.look_up(wanted, every=not found and not held.is_first)
        result.written = bucket.update(wanted, held.clock())
    result.removed = bucket.finish(head, held.clock() - grace, is_new=not found or head != found[0])
    return result


class _Bucket:
    """The objects of a bucket with a manifest of *entries*."""

    def __init__(self, held: BucketLock, entries: dict[str, Entry], progress: Show) -> None:
        self._objects = held.objects
        self._lock = held
        self._progress = progress
        self._entries = dict(entries)
        self._saved = dict(entries)

    def look_up(self, wanted: dict[str, NewObject], *, every: bool) -> None:
        """Ask the storage for the objects about which the manifest says nothing certain.

        These are objects of *wanted*, or with *every*, all in the bucket, because the manifest is lost.
        Raises ExportError if one is not from an export, and would be replaced.
        """
        keys: Iterable[str] = _of_this_export([*self._objects.keys()]) if every else wanted
        unsure = [key for key in keys if not self._digest(key)]
        for done, (key, digest) in enumerate(self._each(self._objects.digest, unsure), 1):
            self._progress("comparing objects", done, len(unsure))
            if digest:
                self._entries[key] = Entry(key, digest)
            elif digest is not None and key in wanted and key not in self._entries:
                raise ExportError(f"{self._objects.url}/{key}", "not from an export", "move it elsewhere")

    def update(self, wanted: dict[str, NewObject], now: float) -> int:
        """Write the objects of *wanted* that differ; return their number. Others are gone at *now*."""
        changed = [each for each in wanted.values() if self._digest(each.key) != each.digest]
        if changed:
            before = frozenset(self._entries)
            # Until the manifest is written again, it says that these objects may be of either export.
            self._entries |= {each.key: Entry(each.key, "") for each in changed}
            self._save(BucketHead())
            self._write(changed, before)
        for key, entry in self._entries.items():
            if key in wanted:
                self._entries[key] = Entry(key, wanted[key].digest)
            elif not entry.gone:
                self._entries[key] = msgspec.structs.replace(entry, gone=now)
        return len(changed)

    def finish(self, head: BucketHead, before: float, *, is_new: bool) -> int:
        """Remove what is gone since *before* or longer, write the manifest; return the number removed.

        An object that another program has put in the place of one of an export stays.
        """
        expired = [key for key, entry in self._entries.items() if entry.gone and entry.gone <= before]
        ours = [key for key, digest in self._each(self._objects.digest, expired) if digest]
        for first in range(0, len(ours), MAX_DELETED):
            self._lock.renew()
            self._objects.delete(ours[first : first + MAX_DELETED])
        for key in expired:
            del self._entries[key]
        if is_new or self._entries != self._saved:
            self._save(head)
        return len(ours)

    def _digest(self, key: str) -> str:
        entry = self._entries.get(key)
        return entry.digest if entry else ""

    def _save(self, head: BucketHead) -> None:
        self._lock.renew()
        bucket_manifest.write(self._objects, head, self._entries.values())
        self._saved = dict(self._entries)

    def _write(self, changed: list[NewObject], before: frozenset[str]) -> None:
        """Write *changed* rank by rank: each is complete before the next begins.

        Objects that were not there *before* come first: a page names its newer neighbours.
        """

        def order(each: NewObject) -> tuple[Rank, bool]:
            return each.rank, each.key in before

        done = 0
        for _, group in groupby(sorted(changed, key=order), key=order):
            for _written in self._each(self._put, group):
                done += 1
                self._progress("writing objects", done, len(changed))

    def _put(self, each: NewObject) -> None:
        self._lock.renew()
        self._objects.put(each.key, each.body, each.headers, each.digest)

    def _each(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Do *work* with each of *items* in threads, while the lock is renewed; yield the results."""
        coming = iter(items)
        waiting: dict[Future[R], T] = {}
        pool = ThreadPoolExecutor(REQUEST_THREADS)
        try:
            while True:
                for item in islice(coming, QUEUED_REQUESTS - len(waiting)):
                    waiting[pool.submit(work, item)] = item
                if not waiting:
                    return
                finished, _ = wait(waiting, RENEW_SECONDS, FIRST_COMPLETED)
                self._lock.renew()
                for each in finished:
                    yield waiting.pop(each), each.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _of_this_export(keys: list[str]) -> list[str]:
    """The *keys* of responses that an export here can have written.

    Objects below the lock of another export, which has a longer prefix, belong to that.
    """
    others = tuple(key.removesuffix(LOCK_KEY) for key in keys if key.endswith(f"/{LOCK_KEY}"))
    return [key for key in keys if key not in (MANIFEST_KEY, LOCK_KEY) and not key.startswith(others)]
