"""The logos of feed readers: one picture with a symbol for each."""

import re
from functools import cache

from feeds.article import slugify
from feeds.web.files import static_files

PICTURE = "readers.svg"
OTHER = "feed"  # the symbol of a reader without a logo


def reader_symbol(name: str) -> str:
    """The id of the symbol of the reader *name* in the picture."""
    slug = slugify(name)
    return slug if slug in _symbols() else OTHER


@cache
def _symbols() -> frozenset[str]:
    picture = static_files()[PICTURE].content.decode()
    return frozenset(re.findall('<symbol id="([a-z-]+)"', picture))
