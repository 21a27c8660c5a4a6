"""The durable record of published articles: it survives restarts and is shared by processes."""

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from feeds.article import Taxonomy, TombstoneFacets
from feeds.store.records import Record, StoredEntry, address, contents

__all__ = [
    "Changes",
    "File",
    "FileStamp",
    "Progress",
    "Record",
    "Search",
    "Snapshot",
    "Store",
    "StoreStats",
    "StoredEntry",
    "Tombstone",
    "WriterRequest",
    "address",
    "contents",
]

WriterRequest = Literal["scan", "accept-removals", "check"]

FileStamp = tuple[int, int, int]
"""The modification time, size and inode of a file; an equal stamp means an unchanged file."""


class File(Struct, frozen=True):
    """The state of a file when it was last read.

    - *stamp*: all zeros if the file has to be read again
    - *id*: the id of its article, or the id that it claims
    - *problem*: the reason that it is not syndicated in its present version
    - *withheld*: the file itself requests not to be syndicated
    - *source*: the BLAKE2b-128 of its bytes, empty if unknown
    - *published*, *updated*: the dates of its article, kept in case its row is lost, else 0
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
    """The progress of the first load, in files; *total* is 0 while it is unknown."""

    done: int = 0
    total: int = 0
    ready: bool = False


class StoreStats(Struct, frozen=True, kw_only=True):
    """Statistics of a store at one moment, for its operator. Times are seconds since 1970.

    - *changed*: the last time at which a feed looked different, 0 if there is none
    - *modified*: the newest modification time of a file until now
    - *schema*, *bytes*: the version of the contents, and their size in storage, 0 if unknown
    - *bad*, *withheld*: numbers of files
    - *scheduled*: the number of articles with a future date
    - *held*: the first bad and withheld files, bad ones first
    - *due*: the paths and dates of the first scheduled articles
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
    modified: int = 0


class Tombstone(Struct, frozen=True):
    """The removal of an article, at the second *at*, from the feeds of *facets*; None means all feeds.

    *id* is the article's id, empty if it only moved to other feeds; *published* determines its archive.
    """

    at: int
    facets: TombstoneFacets | None
    id: str = ""
    published: int = 0


class Changes(Struct, kw_only=True):
    """The input of one call of ``record``, which writes all of it or nothing; None changes nothing.

    - *at*: the clock's stamp for this batch, 0 if every date comes from the articles
    - *authority*, *corpus*: the domain in ids, and the folder of the articles
    - *descriptions*: the taxonomy files in force, by path
    - *pictures*, *probed*: fingerprints of the picture files, and of the facts that probes found
    - *not_after*: later stamps of tombstones and of the last change are set to it, unless it is 0
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
    pictures: bytes | None = None
    probed: bytes | None = None
    not_after: int = 0


class Snapshot(Struct, kw_only=True):
    """All live articles at *revision*, or, if *partial*, only those that changed since an earlier one.

    *removed* are the ids of articles that are no longer live. *retired* are the slugs of articles that
    were visible and are no longer live: of all, or, if *partial*, of those in *removed*.
    *kept_tombstones* is the number of all tombstones in the store at *revision*: an index drops earlier
    ones, which the store has merged into the first of these. If it is None, an index drops none.
    """

    revision: int
    records: list[Record]
    removed: list[str]
    tombstones: list[Tombstone]
    taxonomy: Taxonomy
    partial: bool
    retired: list[str] = []
    kept_tombstones: int | None = None


Search = Callable[[Sequence[tuple[str, ...]], bool], list[int]]
"""Finds articles by the words of phrases, in titles alone or anywhere; see Store.search."""


class Store(Protocol):
    """The protocol of every backend, which inherits from this class; a body is a default.

    Any method may raise StoreError. Changes are durable once ``record`` has returned: if the storage
    outlives processes, so do they. One object is used by one thread at a time; any number of objects, in
    any number of processes, may be open on the same store.
    """

    @property
    def identity(self) -> str:
        """An opaque value, different for every store; a store that replaces another has a new one."""

    @property
    def name(self) -> str:
        """The name of this store in errors and messages."""

    def revision(self) -> int:
        """The number of the last change that a feed could show, 0 if the store is empty.

        It grows with every such change, and with no other, such as a new path.
        """

    def version(self) -> object:
        """A value that is quick to get, and differs after every change and replacement of the store.

        None if that is not certain now, as after a recent change: then ask for the revision.
        """
        return None

    def progress(self) -> Progress:
        """The progress of the first load."""

    def load(self) -> Snapshot:
        """All live articles at one revision."""
        return self.changes_since(0)

    def changes_since(self, revision: int) -> Snapshot:
        """The changes after *revision*, or a snapshot that is not partial if they are unknown."""

    @property
    def search(self) -> Search:
        """A function that returns the numbers, in order, of the live articles that contain all phrases.

        The words of a phrase, made by ``feeds.store.tokenize``, must be adjacent in the title, or in
        title, summary, a topic or the provider's name; no or empty phrases find nothing. A search covers
        everything recorded so far, which may be newer than the loaded snapshot. Any thread may call the
        function until ``close``. The function keeps searching the same store, with the numbers of that
        store, even after ``replaced``.
        """

    def acquire_writer(self) -> bool:
        """Become the only writer if there is none; return whether this object is the writer now.

        It remains the writer until ``close`` or the end of its process.
        """

    def has_writer(self) -> bool:
        """Return whether another process is the writer of this store."""

    def fingerprint(self) -> bytes:
        """The last recorded Changes.fingerprint, empty at first."""

    def latest(self, now: float) -> int:
        """The last second, up to *now*, in which a feed changed; 0 at first.

        This is the later of two times: the last Changes.at of a change that a feed could show, and the
        date of the newest live article that is not in the future.
        """

    def taxonomy(self) -> Taxonomy:
        """The last recorded taxonomy."""

    def authority(self) -> str:
        """The authority in ids, empty until one is recorded."""

    def corpus(self) -> str:
        """The last recorded folder of the corpus, empty until one is recorded."""

    def pictures(self) -> bytes:
        """The last recorded Changes.pictures, empty at first."""

    def probed(self) -> bytes:
        """The last recorded Changes.probed, empty at first."""

    def descriptions(self) -> dict[str, bytes]:
        """The last good version of each taxonomy file, by path."""

    def replaces_another(self) -> bool:
        """Return whether this store replaces one that was lost, wholly or in part."""
        return False

    def check(self) -> None:
        """Verify the whole store, which is slow, and repair damage; the default does nothing.

        The next scan reads the files of lost articles again. Only the writer repairs; any other process
        raises StoreDamaged if there is damage.
        """

    def replaced(self) -> bool:
        """Switch to the store that replaced this one, if any; return whether one did.

        Raises StoreError while the store is missing; all other methods keep using the former one.
        """
        return False

    def files(self, paths: Sequence[str] | None = None) -> dict[str, File]:
        """The recorded files by path, without deleted ones; if *paths* is given, only those."""

    def stamps(self, paths: Sequence[str] | None = None) -> dict[str, FileStamp]:
        """The stamps of ``files``, perhaps without verification: a wrong one only causes a read."""
        return {path: file.stamp for path, file in self.files(paths).items()}

    def file_count(self) -> int:
        """The number of recorded files."""
        return len(self.files())

    def has_files(self) -> bool:
        """Return whether any file is recorded, which is quicker than to count all."""
        return self.file_count() > 0

    def has_below(self, folder: str) -> bool:
        """Return whether a file below *folder* is recorded."""
        return any(path.startswith(f"{folder}/") for path in self.files())

    def file(self, path: str) -> File | None:
        """The recorded file at *path*, or None."""
        return self.files([path]).get(path)

    def article_paths(self) -> list[str]:
        """The paths of the files that hold or claim an article."""
        return [path for path, file in self.files().items() if file.id]

    def paths_claiming(self, id_: str) -> list[str]:
        """The sorted paths of the files that hold or claim the article *id_*."""
        return sorted(path for path, file in self.files().items() if file.id == id_)

    def entries(self, ids: Sequence[str]) -> dict[str, StoredEntry]:
        """The entries with *ids*, including removed ones, by id; unknown ids are left out."""

    def stats(self, now: float, most: int) -> StoreStats:
        """The statistics at *now*, with at most *most* files and *most* articles that are held back."""

    def holding(self, digests: Sequence[bytes]) -> dict[bytes, list[StoredEntry]]:
        """The entries with each of *digests*: live ones by path, then removed ones, latest first."""

    def stamped_after(self, second: int) -> list[StoredEntry]:
        """The entries with a stamp later than *second*, other than the article's own date."""

    def record(self, changes: Changes) -> int:
        """Write *changes* and return the revision. Raises StoreError if another process is the writer.

        From the end of the first load on, the store assigns clusters and ignores those in *changes*. The
        id of a new cluster is the id of its earliest article. It stays when the cluster grows; when two
        clusters merge, the id of the older one stays. No article ever leaves a cluster.
        """

    def request(self, *requests: WriterRequest) -> None:
        """Send *requests* and a request for a scan to the writer, which may be another process."""

    def requests(self) -> set[WriterRequest]:
        """Return and clear the requests since the last call; none if they cannot be read.

        Only the writer may call this. Raises StoreError if this process is no longer the writer, or the
        store is missing.
        """

    def close(self) -> None:
        """Release all resources, and let another process become the writer."""
