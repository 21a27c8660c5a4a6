"""The result of reading one file: an article, or the reason why it is none."""

from msgspec import Struct

from feeds.article import Article
from feeds.errors import ArticleError, Code


class Withheld(Struct, frozen=True):
    """A file that is in order and asks not to be published."""

    path: str
    code: Code
    values: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """The line that asks for it, or the date of its publication."""
        return self.code.text.format_map(self.values)


Reading = Article | Withheld | ArticleError


class Source(Struct, frozen=True):
    """One file that was read: its reading, and a digest of its bytes.

    *digest* is BLAKE2b of 16 bytes; it is empty where the content could not be read.
    """

    digest: bytes
    reading: Reading
