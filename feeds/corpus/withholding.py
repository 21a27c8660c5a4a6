"""The fields of front matter that withhold a whole article, also fields of other programs."""

from functools import lru_cache

from feeds.corpus import problems
from feeds.corpus.front_matter import Header, as_flag
from feeds.corpus.reading import Withheld

# The fields with true or false, each with the value that withholds an article. A value of OWN_FLAGS that
# is neither makes the file bad.
OWN_FLAGS = {"removed": True, "published": False, "draft": True, "deleted": True}
OTHER_FLAGS = {
    "hidden": True, "private": True, "trashed": True, "unlisted": True, "unpublished": True,
    "listed": False, "public": False, "publish": False,
    "feed": False, "infeed": False, "rss": False, "excludefromfeed": True, "hidefromfeed": True,
    "eleventyexcludefromcollections": True,
}  # fmt: skip
FLAGS = OWN_FLAGS | OTHER_FLAGS
STATES = {"poststatus", "state", "status", "visibility"}
WITHHELD_STATES = {
    "deleted", "draft", "hidden", "pending", "private", "removed", "trash", "trashed", "unlisted",
    "unpublished",
}  # fmt: skip


def withheld(path: str, header: Header) -> Withheld | None:
    """The article at *path* as Withheld if a field of *header* withholds it, else None.

    It is also None if such a field has an invalid value: the file is then bad, not withheld.
    """
    if header.flag("removed", default=False):
        return Withheld(path, problems.REMOVED)
    # Not any(): every field is read, so that all problems are reported.
    found = [key for key in header.fields if is_withholding(key) and _withholds(header, key)]
    if not found or header.is_bad():
        return None
    if found[0] == "published":
        return Withheld(path, problems.UNPUBLISHED)
    return Withheld(path, problems.DRAFT, {"field": found[0], "value": header.as_written(found[0])})


@lru_cache(1 << 10)
def is_withholding(key: str) -> bool:
    """Return whether a field called *key* can withhold an article."""
    return name_of(key) in FLAGS or name_of(key) in STATES


def _withholds(header: Header, key: str) -> bool:
    if key in OWN_FLAGS:
        return header.flag(key, default=not OWN_FLAGS[key]) is OWN_FLAGS[key]
    name = name_of(key)
    if name in STATES:
        return header.as_written(key).casefold() in WITHHELD_STATES
    return as_flag(header.as_written(key)) is FLAGS[name]


def name_of(key: str) -> str:
    """*key* as ``letters``, without a leading ``is``: ``isDraft`` -> ``draft``."""
    return letters(key).removeprefix("is")


def letters(key: str) -> str:
    """The letters and digits of *key*, in lower case: ``web_URL`` -> ``weburl``."""
    return "".join(filter(str.isalnum, key.casefold()))
