"""The slugs of articles, the last parts of the addresses of their pages: unique in a store, permanent."""

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import count
from urllib.parse import unquote

from feeds.article import slugify
from feeds.article.expressions import expression

MAX_SLUG_LENGTH = 100  # characters of the part that comes from the id
SHORT_HASH = 6  # hexadecimal digits

# Names that web servers, or readers who guess an address, give another meaning.
RESERVED = frozenset(("", "archive", "articles", "atom", "feed", "feeds", "index", "opml", "page", "rss"))

_IN_SLUG_FORM = expression(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SEPARATORS = expression(r"[/:#?]")
_EXTENSION = expression(r"\.(?:html?|md|markdown|mdx?|php|aspx?)\Z", re.IGNORECASE)


def new_slug(id_: str, is_taken: Callable[[str], bool]) -> str:
    """The slug of the new article *id_*: the first of its ``candidates`` that is free."""
    return next(slug for slug in candidates(id_) if not is_taken(slug))


def candidates(id_: str) -> Iterator[str]:
    """Yield possible slugs of the article *id_*, without end, in order of preference.

    These are the last part of the id, then the same with a hash of the id, as short as possible.
    """
    name = _name_in(id_)
    if name not in RESERVED:
        yield name
    digest = blake2b(id_.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    prefix = f"{name}-" if name else ""
    for length in range(SHORT_HASH, len(digest) + 1, 2):
        yield prefix + digest[:length]
    for number in count(2):
        yield f"{prefix}{digest}-{number}"


def _name_in(id_: str) -> str:
    """The last part of *id_* as a slug, cut between words if it is too long."""
    last = _SEPARATORS.split(id_.rstrip("/:#?"))[-1]
    name = last if _IN_SLUG_FORM.fullmatch(last) else slugify(_EXTENSION.sub("", unquote(last)))
    if len(name) <= MAX_SLUG_LENGTH:
        return name
    cut = name[: MAX_SLUG_LENGTH + 1]
    return (cut.rpartition("-")[0] or cut[:MAX_SLUG_LENGTH]).strip("-")
