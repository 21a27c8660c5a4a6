"""The result of reading one file: an article, or the reason why there is no article."""

from hashlib import blake2b

from msgspec import Struct

from feeds.article import Article
from feeds.errors import ArticleError, Code


class Withheld(Struct, frozen=True):
    """A valid file that its front matter withholds for now."""

    path: str
    code: Code
    values: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """The responsible line of front matter, or the date of publication."""
        return self.code.text.format_map(self.values)


Reading = Article | Withheld | ArticleError


class Source(Struct, frozen=True):
    """One file that was read: its reading, and a digest of its bytes.

    *digest* is made by ``source_digest``; it is empty if the content could not be read. *warnings* are
    problems of an article that is published.
    """

    digest: bytes
    reading: Reading
    warnings: tuple[ArticleError, ...] = ()


def source_digest(content: bytes) -> bytes:
    """The BLAKE2b digest of *content*, the bytes of a file, in 16 bytes."""
    return blake2b(content, digest_size=16).digest()
