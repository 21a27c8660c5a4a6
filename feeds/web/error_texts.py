"""Texts of errors in the language of a page."""

from feeds.errors import (
    FeedsError,
    GoneArticle,
    GoneFeed,
    NotReady,
    QueryError,
    UnknownFeed,
    message,
    one_line,
    quoted,
)
from feeds.query.parameters import PARAMETERS
from feeds.query.parameters.facet import FacetParameter
from feeds.query.wording import Wording
from feeds.web.texts import FALLBACK, Texts
from feeds.web.wording import wording

NAMED = (
    *(each.key for each in PARAMETERS.values() if isinstance(each, FacetParameter)),
    "feed",
    "archive",
    "article",
)


def error_text(t: Texts, error: Exception) -> str:
    """Describe *error* in a sentence or two; empty if no page of a language describes it."""
    match error:
        case QueryError():
            return _refused(error, wording(t.language))
        case UnknownFeed() if error.kind in NAMED:
            return t(f"error.no_{error.kind}", called=one_line(error.name[:80]))
        case GoneFeed():
            return t("error.gone", called=one_line(error.name[:80]))
        case GoneArticle():
            return t("error.gone_article")
        case NotReady():
            known = "error.loading" if error.total else "error.starting"
            return t(known, error.total, done=t.number(error.done))
    return ""


def form_error_text(t: Texts, error: FeedsError) -> str:
    """Describe *error* beside its field in a form, with the names that may have been meant."""
    if t.language == FALLBACK:
        return str(error)
    words = wording(t.language)
    match error:
        case UnknownFeed() if error.nearest and error.kind in NAMED:
            meant = words("did you mean {name}?", name=words.either(error.nearest))
            return f"{error_text(t, error)} {meant[:1].upper()}{meant[1:]}"
    return error_text(t, error) or str(error)


def _refused(error: QueryError, words: Wording) -> str:
    problem, remedy = (words(each, **error.values) for each in error.phrases)
    if error.value is not None:
        problem = f"{problem}: {quoted(error.value)}"
    return message(str(error.subject), problem, remedy)
