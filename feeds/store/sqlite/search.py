"""Full-text search of the live articles, in an FTS5 table in the store's file.

The table is contentless: it holds only the positions of words. Deleting an article from it requires the
same words that were inserted; they are made again from the article with the same ``TOKENIZER``.
"""

import os
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock

import msgspec
from msgspec import Struct

from feeds.errors import StoreError
from feeds.store.sqlite.checksums import is_damage
from feeds.store.sqlite.failures import failure_of
from feeds.store.tokenize import title_words, tokenize

# The version of the rules in ``tokenize`` and of Unicode: a change of either changes an article's words.
TOKENIZER = f"1, Unicode {unicodedata.unidata_version}"

# https://www.sqlite.org/fts5.html: the text consists of the words of tokenize() with spaces between.
# columnsize = 0: results are not ranked, so that the lengths of texts are not needed.
TABLE = """
CREATE VIRTUAL TABLE words USING fts5 (
    title, rest, content = '', columnsize = 0, tokenize = "ascii tokenchars '|'"
);
"""

_BORDER = " | "  # a token that is in no phrase, so that no phrase matches across texts
_ALL = "INSERT INTO words (words) VALUES ('delete-all')"
_PUT = "INSERT INTO words (rowid, title, rest) VALUES (?,?,?)"
_TAKE = "INSERT INTO words (words, rowid, title, rest) VALUES ('delete', ?,?,?)"


class _Named(Struct, gc=False):
    """The part of a Provider that is searched."""

    name: str


class _Worded(Struct, gc=False):
    """The part of an Article that is searched."""

    title: str = ""
    summary: str = ""
    topics: tuple[str, ...] = ()
    provider: _Named | None = None


_worded = msgspec.msgpack.Decoder(_Worded)

SearchableText = tuple[str, str]  # the title, and all other texts


class Edit(Struct, frozen=True, gc=False):
    """The contents of the article *number* before and after a change; None if it is not live."""

    number: int
    before: bytes | None
    after: bytes | None


def edit(database: sqlite3.Connection, edits: Iterable[Edit]) -> None:
    """Update the index for the articles in *edits*, at most one edit for each."""
    taken: list[tuple[int, str, str]] = []
    put: list[tuple[int, str, str]] = []
    for each in edits:
        before = searchable_text(each.before) if each.before is not None else None
        after = searchable_text(each.after) if each.after is not None else None
        if before != after:
            if before:
                taken.append((each.number, *before))
            if after:
                put.append((each.number, *after))
    database.executemany(_TAKE, taken)
    database.executemany(_PUT, put)


def renew(database: sqlite3.Connection, articles: Iterable[tuple[int, bytes]]) -> None:
    """Rebuild the index from *articles*, pairs of number and content."""
    database.execute(_ALL)
    database.executemany(_PUT, ((number, *searchable_text(content)) for number, content in articles))


def is_sound(database: sqlite3.Connection) -> bool:
    """Return whether the index is internally consistent; it is not compared with the articles."""
    try:
        database.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def searchable_text(content: bytes) -> SearchableText:
    """The words of the article with *content*, with spaces between, as a phrase is looked for in them."""
    article = _worded.decode(content)
    name = article.provider.name if article.provider else ""
    rest = (article.summary, *article.topics, name)
    return " ".join(title_words(article.title)), _BORDER.join(
        " ".join(tokenize(text)) for text in rest if text
    )


class FullTextSearch:
    """Searches the file now at *path*, even after its replacement, on its own connection.

    Any thread may use it.
    """

    def __init__(self, path: Path, on_damage: Callable[[], object] = lambda: None) -> None:
        """Open a connection; a search that finds damage calls *on_damage*. Raises sqlite3.Error."""
        self._path = path
        self._on_damage = on_damage
        self._lock = Lock()
        self._connect()

    def _connect(self) -> None:
        database = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=10, check_same_thread=False
        )
        try:
            database.execute("SELECT count(*) FROM meta").fetchone()  # SQLite opens the file only now
        except BaseException:
            database.close()
            raise
        self._database, self._process = database, os.getpid()

    def search(self, phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:
        """See Store."""
        sought = [" ".join(tokenize(" ".join(phrase))) for phrase in phrases]
        if not sought or not all(sought):
            return []
        columns = "{title} : " if titles else ""
        words = " AND ".join(f'"{phrase}"' for phrase in sought)  # they contain no quotation mark
        with self._lock:
            try:
                if self._process != os.getpid():
                    self._inherited = self._database  # only the parent process may close it
                    self._connect()
                found = self._database.execute(
                    "SELECT json_group_array(rowid) FROM words WHERE words MATCH ?",
                    (f"{columns}({words})",),
                ).fetchone()
            except sqlite3.Error as error:
                if is_damage(error):
                    self._on_damage()
                raise StoreError(self._path, *failure_of("cannot be searched", error)) from error
        return msgspec.json.decode(found[0], type=list[int])

    def close(self) -> None:
        with self._lock:
            self._database.close()
