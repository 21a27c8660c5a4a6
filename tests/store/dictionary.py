"""A store in dictionaries, which lasts as long as its process: an example of a backend."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec
from msgspec.structs import asdict, replace

from feeds.article import Article, Taxonomy
from feeds.errors import StoreError
from feeds.store import (
    Changes,
    File,
    Progress,
    Record,
    Snapshot,
    Store,
    StoredEntry,
    StoreStats,
    Tombstone,
    WriterRequest,
    recording,
)
from feeds.store.clusters import joins, key_rows
from feeds.store.tokenize import tokenize


class Contents(msgspec.Struct, frozen=True):
    """The content of a store; *values* has the last recorded value of each field in Changes."""

    state: recording.State = recording.State()
    entries: dict[str, StoredEntry] = {}
    revisions: dict[str, int] = {}  # of entries, by id
    files: dict[str, File] = {}
    tombstones: Sequence[tuple[int, Tombstone]] = ()  # with their revisions
    values: Changes = msgspec.field(default_factory=Changes)
    described: int = 0  # the revision of the taxonomy


# By the names of stores: all stores with one name share these.
_contents: defaultdict[str, Contents] = defaultdict(Contents)
_writers: dict[str, object] = {}
_requests: dict[str, set[WriterRequest]] = {}


class DictionaryStore(Store):
    """A Store; all objects with one *name* are the same store."""

    name = identity = ""

    def __init__(self, name: str) -> None:
        self.name = self.identity = name
        self._is_closed = False

    @property
    def _held(self) -> Contents:
        return _contents[self.name]

    def revision(self) -> int:
        return self._held.state.revision

    def progress(self) -> Progress:
        return self._held.state.progress

    def fingerprint(self) -> bytes:
        return self._held.values.fingerprint or b""

    def taxonomy(self) -> Taxonomy:
        return self._held.values.taxonomy or Taxonomy()

    def authority(self) -> str:
        return self._held.values.authority or ""

    def corpus(self) -> str:
        return self._held.values.corpus or ""

    def pictures(self) -> bytes:
        return self._held.values.pictures or b""

    def probed(self) -> bytes:
        return self._held.values.probed or b""

    def descriptions(self) -> dict[str, bytes]:
        return dict(self._held.values.descriptions or {})

    def changes_since(self, revision: int) -> Snapshot:
        held, now = self._held, self.revision()
        since = revision if recording.is_partial(revision, now, held.described) else -1
        changed = [each for id_, each in held.entries.items() if held.revisions.get(id_, 0) > since]
        removed = [each.record.id for each in changed if each.removed and since >= 0]
        retired = [each.record.slug for each in changed if recording.is_retired(each)]
        return Snapshot(
            revision=now, removed=removed, retired=retired, taxonomy=self.taxonomy(), partial=since >= 0,
            records=[each.record for each in changed if not each.removed],
            tombstones=[tombstone for at, tombstone in held.tombstones if at > since],
            kept_tombstones=len(held.tombstones),
        )  # fmt: skip

    def search(self, phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:
        if self._is_closed:
            raise StoreError(self.name, "cannot be searched: closed", "open it")
        sought = [tokenize(" ".join(phrase)) for phrase in phrases]
        return sorted(
            each.record.number
            for each in self._live()
            if sought and all(_has(each.record, words, titles) for words in sought)
        )

    def _live(self) -> list[StoredEntry]:
        return [each for each in self._held.entries.values() if not each.removed]

    def latest(self, now: float) -> int:
        dates = (each.record.published for each in self._live() if each.record.published <= now)
        return max(self._held.state.changed, *dates, 0)

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        held = self._held.files
        return dict(held) if paths is None else {path: held[path] for path in paths if path in held}

    def entries(self, ids: Sequence[str]) -> dict[str, StoredEntry]:
        return {id_: self._held.entries[id_] for id_ in ids if id_ in self._held.entries}

    def holding(self, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        ordered = sorted(self._held.entries.values(), key=recording.live_first)
        found = {digest: [each for each in ordered if each.digest == digest] for digest in digests}
        return {digest: entries for digest, entries in found.items() if entries}

    def stamped_after(self, second: int) -> list[StoredEntry]:
        return [each for each in self._held.entries.values() if recording.is_stamped_after(each, second)]

    def stats(self, now: float, most: int) -> StoreStats:
        held = [each for each in self._held.files.values() if each.problem]
        bad = sum(not each.withheld for each in held)
        due = [(each.record.published, each.path) for each in self._live() if each.record.published > now]
        return StoreStats(
            revision=self.revision(), changed=self.latest(now), schema=0, bytes=0,
            progress=self.progress(), bad=bad, withheld=len(held) - bad, scheduled=len(due),
            held=sorted(held, key=lambda each: (each.withheld, each.path))[:most],
            due=[(path, at) for at, path in sorted(due)[:most]],
            modified=max(
                (found for each in self._held.files.values()
                 if (found := each.stamp[0] // 1_000_000_000) <= now), default=0,
            ),
        )  # fmt: skip

    def acquire_writer(self) -> bool:
        return _writers.setdefault(self.name, self) is self

    def has_writer(self) -> bool:
        return _writers.get(self.name, self) is not self

    def _require_writer(self) -> None:
        if _writers.get(self.name) is not self:
            raise StoreError(self.name, "this process is not its writer", "stop the other writer")

    def record(self, changes: Changes) -> int:
        self._require_writer()
        try:
            msgspec.convert([*map(asdict, changes.files)], list[File])  # refuses values of other types
        except msgspec.ValidationError as error:
            raise StoreError(self.name, str(error), "correct the values") from error
        _contents[self.name] = _after(self._held, changes)  # all at once
        return self.revision()

    def request(self, *requests: WriterRequest) -> None:
        _requests.setdefault(self.name, set()).update({"scan", *requests})

    def requests(self) -> set[WriterRequest]:
        self._require_writer()
        return _requests.pop(self.name, set())

    def close(self) -> None:
        self._is_closed = True
        if _writers.get(self.name) is self:
            del _writers[self.name]


def _has(record: Record, sought: list[str], titles: bool) -> bool:
    article = msgspec.msgpack.decode(record.content, type=Article)
    provider = article.provider.name if article.provider else ""
    texts = [article.title] if titles else [article.title, article.summary, *article.topics, provider]
    found = (words[n : n + len(sought)] for words in map(tokenize, texts) for n in range(len(words)))
    return bool(sought) and sought in found


def _after(held: Contents, changes: Changes) -> Contents:
    slugs = {each.record.slug for each in held.entries.values()}
    made = recording.recording(changes, held.entries, held.state, slugs.__contains__)
    entries = held.entries | {each.record.id: each for each in made.entries}
    revisions = held.revisions | {each.record.id: made.revision for each in made.shown}
    progress = changes.progress or held.state.progress
    if progress.ready:
        _cluster(entries, revisions, made.revision)
    left = [(at, recording.not_after(each, changes.not_after)) for at, each in held.tombstones]
    left += [(made.revision, each) for each in changes.tombstones]
    if old := recording.surplus_tombstones(len(left)):
        left[:old] = [(left[old - 1][0], recording.merged(left[old - 1][1]))]
    files = {path: each for path, each in held.files.items() if path not in changes.gone}
    files |= {each.path: each for each in changes.files}
    names = ("taxonomy", "fingerprint", "authority", "corpus", "descriptions", "pictures", "probed")
    values = {name: value for name in names if (value := getattr(changes, name)) is not None}
    described = made.revision if "taxonomy" in values else held.described
    state = recording.State(made.revision, made.changed, progress, len(entries))
    return Contents(state, entries, revisions, files, left, replace(held.values, **values), described)


def _cluster(entries: dict[str, StoredEntry], revisions: dict[str, int], revision: int) -> None:
    """Set the clusters of *entries*, and *revision* for each new cluster."""
    records = {each.record.number: each.record for each in entries.values()}
    live = [each.record for each in entries.values() if not each.removed]
    rows = sorted(row for each in live for row in key_rows(each.number, each.published, each.content))
    for join in joins(rows, records.__getitem__, lambda id_: entries[id_].record):
        for id_, entry in entries.items():
            if entry.record.number in join.numbers or entry.record.cluster in join.merged:
                entries[id_] = replace(entry, record=replace(entry.record, cluster=join.cluster))
                revisions[id_] = revisions.get(id_, 0) if entry.removed else revision
