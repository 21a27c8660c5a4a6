"""The durable record of what has been published: it survives restarts and is shared by processes."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol
from zlib import crc32

import msgspec
from msgspec import Struct

from feeds.article import Article, Taxonomy, TombstoneFacets, facet_fields
from feeds.store.compression import PLAIN, Compression

WriterRequest = Literal["scan", "accept-removals", "check"]


class Record(Struct, frozen=True, gc=False):
    """A published article as an Index holds it.

    *payload* is the Article in MessagePack, packed as *compression* has it; what is to be known of it
    before it is shown stands beside it. *facets* is its FacetFields in MessagePack, the same object for
    as many as possible; *address* is the CRC-32 of its URL, by which it is found with few others.
    *version* is sixteen bytes that differ whenever it is to be rendered differently, empty if its text
    was lost to damage until the file is read again; *changed* is when a feed that holds it last looked
    different because of it. Times are whole seconds since 1970.

    *appeared* is when a subscriber could first see it; *rated* when its heat or quality last changed,
    0 where they never did. *daily* and *weekly* are its heat at the end of the day and of the week in
    which it appeared, and until then its heat. *cluster* is the id of its cluster, the articles on one
    event, empty where it is alone. *number* is given by the store, and by no other store: small, the same
    for as long as the store lasts, 0 until it is recorded.
    """

    id: str
    payload: bytes
    facets: bytes = msgspec.field(name="alike")  # the name of its column
    address: int
    version: bytes
    published: int
    updated: int
    changed: int
    heat: int = 0
    quality: int = 0
    appeared: int = 0
    rated: int = 0
    daily: int = 0
    weekly: int = 0
    cluster: str = msgspec.field(name="story", default="")  # the name of its column
    number: int = 0
    compression: Compression = PLAIN

    @classmethod
    def of(cls, article: Article, **more: Any) -> "Record":
        """What holds *article*, and *more* that it does not say."""
        return cls(
            id=article.id,
            payload=msgspec.msgpack.encode(article),
            facets=msgspec.msgpack.encode(facet_fields(article)),
            address=address(article.url),
            published=int(article.published.timestamp()),
            updated=int(article.updated.timestamp()),
            heat=article.heat,
            quality=article.quality,
            **more,
        )

    @property
    def content(self) -> bytes:
        """The Article in MessagePack; of many, ``contents`` is quicker."""
        return self.compression.unpack([self.payload])[0]

    @property
    def moment(self) -> int:
        """When it came to look as it does: a scheduled one at its instant."""
        changed, published = self.changed, self.published
        return changed if changed > published else published  # quicker than max, for every article


def address(url: str) -> int:
    """The Record.address of what is at *url*."""
    return crc32(url.encode(errors="replace"))


def contents(records: Sequence[Record]) -> list[bytes]:
    """The content of each of *records*. Raises StoreError where one is damaged."""
    found = dict.fromkeys(range(len(records)), b"")
    for compression in {record.compression for record in records}:
        places = [place for place, record in enumerate(records) if record.compression is compression]
        unpacked = compression.unpack([records[place].payload for place in places])
        found.update(zip(places, unpacked, strict=True))
    return list(found.values())


class StoredEntry(Struct, frozen=True):
    """A plain Record, and the fields of the writer alone; *removed* is 0 while it is live."""

    record: Record
    path: str
    digest: bytes
    first_seen: int
    removed: int = 0


FileStamp = tuple[int, int, int]
"""The value by which the corpus recognises an unchanged file; a store keeps and returns it."""


class File(Struct, frozen=True):
    """A file as it was when it was last read.

    *stamp* is its stamp then, zeros where it is to be read again. *id* is the article it holds or claims;
    *problem* says why it is not syndicated as it stands, *withheld* that it wants it so. *source* is the
    BLAKE2b-128 of its bytes, empty where unknown; *published* and *updated* are the dates of its article,
    kept in case its row is lost, else 0.
    """

    path: str
    stamp: FileStamp
    id: str = ""
    line: int = 0
    problem: str = ""
    withheld: bool = False
    source: bytes = b""
    published: int = 0
    updated: int = 0


class Progress(Struct, frozen=True):
    """How far the first load is; *total* is 0 while it is not known."""

    done: int = 0
    total: int = 0
    ready: bool = False


class StoreStats(Struct, frozen=True, kw_only=True):
    """The contents of a store at one moment, for its operator.

    *changed* is when a feed last looked different, in seconds since 1970, 0 if none ever did. *schema* is
    the version of the contents, *bytes* their size in storage, else 0. *bad* and *withheld* count files
    that are held back, *scheduled* articles to come. *held* are the first of these files, bad ones before
    the others, *due* the first of these articles: path and date.
    """

    revision: int
    changed: int
    schema: int
    bytes: int
    progress: Progress
    bad: int = 0
    withheld: int = 0
    scheduled: int = 0
    held: list[File] = []
    due: list[tuple[str, int]] = []


class Tombstone(Struct, frozen=True):
    """At *at*, an article left feeds that *facets* name; None stands for every feed.

    *id* is that article's where it left everything, empty where it only moved to other feeds;
    *published* tells which archive it was in.
    """

    at: int
    facets: TombstoneFacets | None
    id: str = ""
    published: int = 0


class Changes(Struct, kw_only=True):
    """What one call of ``record`` writes, all of it or nothing; None leaves as it is.

    *at* is the clock's stamp for this batch, 0 where every date comes from the articles. *authority* is
    the domain that ids are made of, *corpus* the folder of the articles; *descriptions* are all files
    of the taxonomy that are in force, by path. *not_after*, unless 0, replaces every later stamp of
    departures and of the last change.
    """

    at: int = 0
    entries: list[StoredEntry] = []
    files: list[File] = []
    gone: list[str] = []
    tombstones: list[Tombstone] = []
    taxonomy: Taxonomy | None = None
    fingerprint: bytes | None = None
    progress: Progress | None = None
    authority: str | None = None
    corpus: str | None = None
    descriptions: dict[str, bytes] | None = None
    not_after: int = 0


class Snapshot(Struct, kw_only=True):
    """The live articles at *revision*, or what became of those that changed since another one.

    *removed* are ids that are no longer live; *partial* says which of the two it is.
    """

    revision: int
    records: list[Record]
    removed: list[str]
    tombstones: list[Tombstone]
    taxonomy: Taxonomy
    partial: bool


Search = Callable[[Sequence[str], bool], list[int]]
"""Finds articles by a phrase, in titles alone or anywhere; see Store.search."""


class Store(Protocol):
    """The promises of every backend, which inherits from this class; a body is a default.

    Any method may raise StoreError. What ``record`` returned for survives the death of any process at any
    moment, if the storage outlives processes. One object is used by one thread at a time; any number of
    objects, in any number of processes, may be open on the same store.
    """

    @property
    def identity(self) -> str:
        """An opaque value that differs from that of any other store, such as one that it replaces."""

    @property
    def name(self) -> str:
        """The name of this store in errors and messages."""

    def revision(self) -> int:
        """Grows with every change a feed could show, and never otherwise (a new path); 0 when empty."""

    def progress(self) -> Progress:
        """How far the first load is."""

    def load(self) -> Snapshot:
        """Everything live, as of one revision."""
        return self.changes_since(0)

    def changes_since(self, revision: int) -> Snapshot:
        """What changed after *revision*: partial where that is known, everything where it is not."""

    @property
    def search(self) -> Search:
        """Call it for the numbers, in order, of the live articles that have a phrase.

        The words of the phrase, made by ``feeds.store.tokenize``, stand one right after another in the
        title, or in title, summary, a topic or the provider's name; no words find nothing. It finds what
        was recorded until this moment, which may be ahead of what was loaded. It may be called from any
        thread at any time, until ``close``, and searches the store that it was taken from, with the
        numbers of that store, even once that is ``replaced``.
        """

    def acquire_writer(self) -> bool:
        """Become the one writer, if there is no other; once True, True until ``close`` or death."""

    def has_writer(self) -> bool:
        """Whether another process writes to this store."""

    def fingerprint(self) -> bytes:
        """What was last recorded as Changes.fingerprint, empty at first."""

    def latest(self, now: float) -> int:
        """The last second in which a feed changed as seen at *now*, 0 at first.

        The later of the last Changes.at of a change that a feed could show, and of the date of the
        newest live article that may be seen.
        """

    def taxonomy(self) -> Taxonomy:
        """The taxonomy that was last recorded."""

    def authority(self) -> str:
        """The authority that ids are made of, empty until one was recorded."""

    def corpus(self) -> str:
        """The folder that was last recorded, empty until one was."""

    def descriptions(self) -> dict[str, bytes]:
        """The last good version of each file of the taxonomy, by path."""

    def replaces_another(self) -> bool:
        """Whether this store replaces one that was lost in whole or in part."""
        return False

    def check(self) -> None:
        """Verify everything, which takes time, and repair damage; by default, there can be none.

        The next scan reads the files of lost articles again. Only the writer repairs; in any other
        process, damage raises StoreDamaged.
        """

    def replaced(self) -> bool:
        """Switch to the store that replaced this one, if any; return whether one did.

        Raises StoreError while this one is missing; all other methods go on with the former one.
        """
        return False

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        """Every file ever read that is not gone, or those at *paths*, by path."""

    def stamps(self, paths: Sequence[str] | None = None) -> dict[str, FileStamp]:
        """The stamps of ``files``, perhaps unverified: with a wrong one, a file is read again."""
        return {path: file.stamp for path, file in self.files(paths).items()}

    def file_count(self) -> int:
        """How many files were ever read and are not gone."""
        return len(self.files())

    def has_below(self, folder: str) -> bool:
        """Whether a file below *folder* was ever read and is not gone."""
        return any(path.startswith(f"{folder}/") for path in self.files())

    def file(self, path: str) -> File | None:
        """The file at *path*, if it was ever read and is not gone."""
        return self.files([path]).get(path)

    def paths_claiming(self, id_: str) -> list[str]:
        """The paths of the files that hold or claim the article *id_*, in order."""
        return sorted(path for path, file in self.files().items() if file.id == id_)

    def entries(self, ids: Sequence[str]) -> dict[str, StoredEntry]:
        """Those of *ids* that were ever recorded, removed ones too."""

    def stats(self, now: float, most: int) -> StoreStats:
        """What it holds as seen at *now*; of files and articles that are held back, *most* of each."""

    def holding(self, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """The entries with each of *digests*: live ones by path, then removed ones, the last first."""

    def stamped_after(self, second: int) -> list[StoredEntry]:
        """The entries with a stamp later than *second* that is not the article's own date."""

    def record(self, changes: Changes) -> int:
        """Write *changes* and return the revision. Raises StoreError where another writes.

        The store finds the cluster of each article itself, whatever *changes* say, from the end of the
        first load on: the id of a cluster is then that of its earliest article. It stays when the
        cluster grows; where two become one, that of the older stays. No article ever leaves a cluster.
        """

    def request(self, *requests: WriterRequest) -> None:
        """Request *requests* from the writer, in any process, and a scan in any case."""

    def requests(self) -> set[WriterRequest]:
        """The requests since the last call; none if they cannot be read. Only the writer calls this.

        Raises StoreError if this process is no longer the writer, or the store is missing.
        """

    def close(self) -> None:
        """Release all resources, and the store to another writer."""
