"""The order in which the objects of an export are written: a document after the objects that it names."""

from feeds.article.expressions import expression
from feeds.export.names import QR, is_list, is_page
from feeds.export.rewriting import is_digest
from feeds.feed.site import ARTICLES_SEGMENT
from feeds.formats import FORMATS

Rank = tuple[int, str]
LAST: Rank = (5, "")

_FILES = ("assets", "media", "static", QR)  # the first parts of the addresses of files
_ARCHIVE = expression(r".*/(\d{4}-\d\d(?:-\d\d)?(?:T\d{2,4})?)(?:\.\w+)?")
_ANY_FORMAT = f".{next(iter(FORMATS))}"


def rank(address: str, file: str) -> Rank:
    """The rank of the object *file* with the response of *address*; lower ones are written first.

    Pictures, articles as Markdown and their pages come first, then the pages of digests, to which the
    entries of digests lead, archives from the oldest on, because each names the one before it, feeds, and
    at last other pages and lists.
    """
    first = address.split("/")[1]
    if first in _FILES or (first == ARTICLES_SEGMENT and not is_page(file)):
        return 0, ""
    if first == ARTICLES_SEGMENT:
        return 1, ""
    if is_digest(address + _ANY_FORMAT):
        return 2, ""
    if archive := _ARCHIVE.fullmatch(address):
        return 3, archive[1]
    is_feed = file.rpartition(".")[2] in FORMATS and not is_list(file)
    return (4, "") if is_feed else LAST
