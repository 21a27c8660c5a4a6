"""Positions: how far a client has followed the changes of all feeds."""

from typing import NamedTuple

from feeds.article.expressions import expression
from feeds.formats.document import latest_of
from feeds.http.conditional import keys
from feeds.index import Index

_WRITTEN = expression(r"([0-9]{1,11})(?:-([0-9]{1,11}))?")


class StreamPosition(NamedTuple):
    """A state of the index: everything recorded until one second, and published until another.

    A client at a position has all changes with a stamp up to *recorded*, and all articles with a date up
    to *published*: the writer stamps changes, but every host publishes scheduled articles by its own
    clock. Both never decrease as an index follows its store. A position is valid for all feeds, in every
    process and on every host.
    """

    recorded: int
    published: int

    @classmethod
    def of(cls, index: Index) -> "StreamPosition":
        """The position of a client that has everything in *index*."""
        due = index.recorded if index.due is None else min(index.recorded, index.due - 1)
        return cls(index.recorded, max(index.newest_at, due))

    @classmethod
    def read(cls, text: str) -> "StreamPosition | None":
        """Parse *text*, a written position or an ETag of this server; return None if it is neither.

        The ETag of a feed has the last change of the feed.
        """
        if found := _WRITTEN.fullmatch(text):
            recorded = int(found[1])
            return cls(recorded, int(found[2] or recorded))
        latest = max(map(latest_of, keys(text)), default=0)
        return cls(latest, latest) if latest else None

    def __str__(self) -> str:
        """Write it: one number, or two if the last article was published after the last change."""
        written = str(self.recorded)
        return written if self.published == self.recorded else f"{written}-{self.published}"

    def is_reached(self, index: Index) -> bool:
        """Return whether *index* has everything that a client at this position has."""
        is_published = index.due is None or self.published < index.due
        return self.recorded <= index.recorded and is_published
