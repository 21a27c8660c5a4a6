"""The refusal of parameters that do not exist, but look as if a client means one that does."""

from feeds.errors import QueryError
from feeds.query.parameters import PARAMETERS, SYNONYMS, WINDOW
from feeds.query.parameters.window import MAX_ENTRIES_PER_FEED
from feeds.query.spelling import refuse_misspelt

# The parameters of other servers for the next page of a list; a feed has archives instead.
PAGING = ("page", "paged", "page_number", "pagenum", "offset", "start", "skip", "cursor")
_REMEDY = "use limit={most} for more entries, an archive such as /feed/2026-01 for older ones"


def refuse_unknown(key: str) -> None:
    """Raise QueryError if *key* is the name of a parameter on other servers, or a misspelt one of ours.

    A client must not get the feed of everything for a filter. Other keys, such as those of trackers, are
    ignored.
    """
    name = key.lower()
    if name in SYNONYMS:
        meant = SYNONYMS[name]
        raise QueryError(
            key, "unknown parameter", "use {name}, such as {example}",
            nearest=(meant.key,), name=meant.key, example=meant.example,
        )  # fmt: skip
    if name in PAGING:
        raise QueryError(key, "unknown parameter", _REMEDY, most=str(MAX_ENTRIES_PER_FEED))
    refuse_misspelt(key, [*PARAMETERS, *WINDOW])
