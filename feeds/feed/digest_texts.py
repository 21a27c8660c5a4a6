"""The texts of the entries of digests."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from feeds.article import Article
from feeds.article.teaser import teaser
from feeds.period import MONTHS


def days(first: datetime, last: datetime) -> str:
    """``5 March 2026``, ``2–8 March 2026``, ``30 March – 5 April 2026``."""
    month, last_month = MONTHS[first.month - 1], MONTHS[last.month - 1]
    end = f"{last.day} {last_month} {last.year}"
    if first.date() == last.date():
        return end
    if first.year != last.year:
        return f"{first.day} {month} {first.year} – {end}"
    if first.month != last.month:
        return f"{first.day} {month} – {end}"
    return f"{first.day}–{end}"


def article_list(articles: Iterable[Article]) -> str:
    """The HTML of a list of *articles*."""
    return "<ol>\n" + "\n".join(map(_line, articles)) + "\n</ol>"


def _line(article: Article) -> str:
    source = f" ({escape(article.provider.name)})" if article.provider else ""
    text = teaser(article)
    below = f"<br>{escape(text)}" if text else ""
    return f'<li><a href="{escape(article.url)}">{escape(article.title)}</a>{source}{below}</li>'
