"""The identity of articles: an article keeps its id when its file moves.

An article that is found at another path keeps its id if its old path is gone, holds another known
article, or holds an article that differs in title, date and URL together. It also keeps its id if the
article formerly at its new path moved away too, as when numbered files shift. Otherwise the id stays at
the old path: the new file is a copy, and the file at the old path is an edit.

A site generator makes addresses of paths, so that a renamed file has another address. The article of a
file that is gone also keeps its id if a new file has its title, date and text; links may differ.

Ties are decided by path: of several files with the content of one article, the first gets its id; of
several articles with the same content, the first gets the first file.
"""

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from feeds.article import Article, fingerprint
from feeds.article.expressions import expression

_ADDRESS = expression(r'\b(?:href|src)="[^"]*"')


class Content(Struct, frozen=True, gc=False):
    """The parts of an article that identify it.

    *text* is a digest of its title, date and text, without the addresses of links.
    """

    digest: bytes
    title: str
    published: float
    url: str
    text: bytes

    @classmethod
    def of(cls, digest: bytes, article: Article) -> "Content":
        """Make the Content of *article*; *digest* is its digest."""
        html = _ADDRESS.sub("", article.html)  # links between renamed files have other addresses too
        text = fingerprint([article.title, article.published, article.summary, html])
        return cls(digest, article.title, article.published.timestamp(), article.url, text)

    def is_another(self, other: "Content") -> bool:
        """Return whether title, date and URL all differ: an edit keeps at least one of them."""
        return self.has_another_name(other) and self.published != other.published

    def has_another_name(self, other: "Content") -> bool:
        """Return whether title and URL both differ."""
        return self.title != other.title and self.url != other.url


class Held(Struct, frozen=True, gc=False):
    """A live article as recorded: its *id*, and its *content* at a path."""

    id: str
    content: Content


def moved_articles(
    before: Mapping[str, Held],
    now: Mapping[str, Content],
    vacant: Collection[str],
    elsewhere: Collection[bytes] = (),
    own: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the ids of articles that moved, by their new paths.

    *before* are the articles of files that are gone or changed, *now* the contents of new and changed
    files, both by path. *vacant* are the paths of *before* that have no visible article now, *elsewhere*
    the digests of articles in unchanged files. *own* are the ids in front matter, by path: they have
    precedence.
    """
    known = _paths_by_digest({path: held.content for path, held in before.items()})
    found: dict[str, str] = {}
    moved: set[str] = set()  # their former paths

    def has_left(old: str, new: str) -> bool:
        here, former = now.get(old), before[old].content
        if here is None:
            return old in vacant
        holds_known = here.digest in elsewhere or any(path != old for path in known.get(here.digest, ()))
        shifted = new in moved and here.has_another_name(former)
        return holds_known or shifted or here.is_another(former)

    own, taken = own or {}, set[str]()
    paths = {held.id: path for path, held in before.items()}
    for new, id_ in sorted(own.items()):
        old = paths.get(id_, new)
        if old != new and own.get(old) != id_ and id_ not in taken:
            found[new] = id_
            taken.add(id_)
            moved.add(old)
    waiting = sorted(path for path, content in now.items() if content.digest in known and path not in own)
    while True:
        settled = len(found)
        for new in waiting:
            if new in found:
                continue
            for old in known[now[new].digest]:
                if old != new and old not in moved and has_left(old, new):
                    found[new] = before[old].id
                    moved.add(old)
                    break
        if len(found) == settled:
            break
    gone = {path: before[path] for path in {*vacant} & before.keys() - now.keys() - moved}
    added = {path: now[path] for path in now.keys() - before.keys() - found.keys() - own.keys()}
    return found | _readdressed(gone, added)


def _readdressed(gone: Mapping[str, Held], added: Mapping[str, Content]) -> dict[str, str]:
    """The ids of *gone* articles by the paths of *added* ones with the same title, date and text."""
    ids = {gone[path].content.text: gone[path].id for path in sorted(gone, reverse=True)}
    return {path: ids.pop(text) for path in sorted(added) if (text := added[path].text) in ids}


def _paths_by_digest(contents: Mapping[str, Content]) -> dict[bytes, list[str]]:
    found: dict[bytes, list[str]] = {}
    for path in sorted(contents):
        found.setdefault(contents[path].digest, []).append(path)
    return found


def unused(id_: str, is_free: Callable[[str], bool]) -> str:
    """Return *id_* if it is free, else the first free one of ``id~2``, ``id~3`` and so on."""
    number = 1
    while not is_free(numbered(id_, number)):
        number += 1
    return numbered(id_, number)


def numbered(id_: str, number: int) -> str:
    """Return the candidate *number*, from 1, for an article with the preferred id *id_*."""
    return id_ if number == 1 else f"{id_}~{number}"
