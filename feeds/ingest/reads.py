"""Files that were read, but are not recorded yet."""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Self

from msgspec import Struct

from feeds.article import Article
from feeds.article.hashes import content_hash
from feeds.corpus import Reading, Source, Stamp
from feeds.errors import ArticleError


class Read(Struct, frozen=True):
    """A file that was read: *stamp* was taken before reading, *source* is the hash of its bytes.

    *digest* is the content hash of its article, empty without one. *own_id* means that the id of the
    article comes from the front matter. *warnings* are problems of an article that is published.
    """

    path: str
    stamp: Stamp
    reading: Reading
    source: bytes = b""
    digest: bytes = b""
    own_id: bool = False
    warnings: tuple[ArticleError, ...] = ()

    @classmethod
    def of(cls, path: str, stamp: Stamp, source: Source, path_id: str) -> "Read":
        """Make the Read of the file at *path*; *path_id* is the id that is made from the path."""
        match source.reading:
            case Article() as article:
                own_id = article.id != path_id
                return cls(
                    path, stamp, article, source.digest, content_hash(article), own_id, source.warnings
                )
            case reading:
                return cls(path, stamp, reading, source.digest)


class StoredReads:
    """A repeatable iteration over *reads*: the first *few* are kept in memory, the rest on disk."""

    def __init__(self, reads: Iterable[Read], few: int) -> None:
        self._reads = iter(reads)
        self._max_in_memory = few

    def __enter__(self) -> Self:
        self._few = list(islice(self._reads, self._max_in_memory))
        self._file = tempfile.TemporaryFile(prefix="feeds-")
        self._count = 0
        for read in self._reads:
            pickle.dump(read, self._file)
            self._count += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Read]:
        yield from self._few
        self._file.seek(0)
        for _ in range(self._count):
            yield pickle.load(self._file)  # noqa: S301  (written above)
