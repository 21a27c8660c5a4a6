"""The teaser of an article: the summary as it is shown below the title."""

from feeds.article import Article
from feeds.article.listed import ListedArticle

MIN_CUT_LENGTH = 120  # characters; a shorter text without a final mark is a heading, not cut
_COMPARED = 12  # characters of title and text, before all are compared
_CUT_AFTER = ",;:–—-([“„«"  # a text that ends in one of these, or in a word, may have been cut


def teaser(article: Article | ListedArticle) -> str:
    """The summary, empty if the title says the same.

    It ends with an ellipsis if it was cut: corpora often keep the first 150 or 300 characters of a text.
    """
    text = article.summary.strip()
    if _begins_with(article.title, text):
        return ""
    return f"{text.rstrip(_CUT_AFTER + ' ')}…" if _is_cut(text) else text


def _is_cut(text: str) -> bool:
    """Return whether a long *text* ends without a final mark; an address never has one."""
    last = text[-1:]
    word = text[-200:].rpartition(" ")[2]
    return len(text) >= MIN_CUT_LENGTH and (last.isalnum() or last in _CUT_AFTER) and "://" not in word


def _begins_with(title: str, text: str) -> bool:
    """Return whether the letters of *text* begin *title*; most texts differ in the first of them."""
    if _differ(title[:1], text[:1]):
        return False
    first, others = _letters(title[:_COMPARED]), _letters(text[:_COMPARED])
    length = min(len(first), len(others))
    return first[:length] == others[:length] and _letters(title).startswith(_letters(text))


def _differ(one: str, other: str) -> bool:
    """Return whether *one* and *other*, a character each, are letters that differ in any case."""
    return one.isalnum() and other.isalnum() and one.casefold()[0] != other.casefold()[0]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
