"""The dates and the ranking to record for an article."""

from datetime import UTC, datetime

import msgspec

from feeds.article import Article
from feeds.corpus.problems import MODIFIED_IN_FUTURE
from feeds.errors import ArticleError
from feeds.period import day_of, week_of
from feeds.store import File, StoredEntry


def last_change(article: Article, former: Article, edited: int) -> datetime:
    """The last change of *article*: the date in its front matter, else the time *edited* unless 0."""
    latest = max(article.updated, former.updated, article.published)
    has_newer_date = article.updated > article.published and article.updated > former.updated
    if edited and not has_newer_date:
        latest = max(latest, datetime.fromtimestamp(edited, UTC))
    return latest


def future_change(path: str, article: Article, now: float) -> list[ArticleError]:
    """Return a warning if the last change of *article*, read from *path*, is ahead of the time *now*."""
    if not _is_ahead(article, now):
        return []
    when = format(article.updated, "%Y-%m-%dT%H:%M:%SZ")
    return [ArticleError(MODIFIED_IN_FUTURE, path, 0, "modifiedDateTime", when=when)]


def without_future_change(article: Article, now: float) -> Article:
    """Return *article* without a last change that is ahead of the time *now*.

    Until that time, it would be the date of every feed with the article, even after newer changes.
    """
    if not _is_ahead(article, now):
        return article
    return msgspec.structs.replace(article, updated=article.published)


def _is_ahead(article: Article, now: float) -> bool:
    return article.updated > article.published and article.updated.timestamp() > now


def with_former_dates(article: Article, known: File) -> Article:
    """Return *article* with its former dates from *known*, after its record was lost."""
    if not known.published or not known.updated:
        return article
    updated = max(article.updated, datetime.fromtimestamp(known.updated, UTC))
    if article.published.timestamp() > known.updated:
        return article  # it gets a future date
    published = datetime.fromtimestamp(known.published, UTC)
    return msgspec.structs.replace(article, published=published, updated=updated)


def ranking(
    article: Article, entry: StoredEntry | None, stamp: int | None, *, first: bool
) -> tuple[int, int, int, int]:
    """The times at which *article* appeared and was rated, and its heat on that day and that week.

    *entry* is its former state. *stamp* is the time of the change, None in a *first* load that takes
    dates from the articles.
    """
    published, heat = int(article.published.timestamp()), article.heat
    if stamp is None or (first and entry is None):
        return published, 0, heat, heat
    if entry is None:
        return max(published, stamp), 0, heat, heat
    former = entry.record
    withdrawn = 0 < entry.removed < former.appeared  # before it was visible
    moved = not entry.removed and published != former.published  # rescheduled
    appeared = max(published, stamp) if withdrawn or moved else former.appeared
    return (
        appeared,
        former.rated if (former.heat, former.quality) == (heat, article.quality) else stamp,
        heat if stamp < day_of(appeared).end else former.daily,
        heat if stamp < week_of(appeared).end else former.weekly,
    )
