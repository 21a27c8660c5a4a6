"""Topics of posts: the union of tags, categories and series."""

from collections.abc import Iterable, Iterator
from typing import Any

from feeds.article import slugify
from feeds.article.expressions import expression
from feeds.corpus.field_names import folded
from feeds.corpus.front_matter import MAX_ITEMS, MAX_NAME
from feeds.corpus.plain_text import plain_name
from feeds.corpus.posts.fields import PostFields, Value, is_missing
from feeds.corpus.posts.names import categories_above
from feeds.corpus.posts.schema import PostSchema

# Names that say nothing about a post, as slugs.
MEANINGLESS = frozenset({"uncategorized", "uncategorised", "misc", "general", "blog", "post", "posts"})

_NAME_KEYS = ("label", "name", "title")
_WHOLE = frozenset({"tag", "category", "series"})  # keys of one name, which may have several words
_COMMA = expression(r"[,，、]")


def topics_of(path: str, fields: PostFields, schema: PostSchema) -> tuple[str, ...]:
    """The names of all topics, in the order of fields; keywords count if there are no others."""
    words_in_tags = schema.dialect.words_in_tags
    labels = schema.site.labels
    names = tuple(labels.get(name, name) for name in _names(fields, "topics", words_in_tags))
    if words_in_tags and (above := categories_above(path, schema.site)):  # Jekyll and its relatives
        known = {slugify(name) for name in names}
        names += tuple(name for name in above if slugify(name) not in known)
    return names or _names(fields, "keywords", words_in_tags)


def categories_of(fields: PostFields, words_in_tags: bool) -> tuple[str, ...]:
    """The categories, a parent before its children."""
    return _names(fields, "categories", words_in_tags)


def _names(fields: PostFields, field: str, words_in_tags: bool) -> tuple[str, ...]:
    names: dict[str, str] = {}
    for found in fields.values(field):
        for name in _members(found.value, _splits_words(found, words_in_tags)):
            plain = plain_name(name)
            if len(plain) <= MAX_NAME and (slug := slugify(plain)):
                names.setdefault(slug, plain)
    return tuple(names.values())[:MAX_ITEMS]


def _splits_words(found: Value, words_in_tags: bool) -> bool:
    return words_in_tags and folded(found.key.rpartition(".")[2]) not in _WHOLE


def _members(value: Any, splits_words: bool) -> Iterator[str]:
    """The names in *value*; a text is split, the members of a list are not."""
    match value:
        case str():
            yield from _split(plain_name(value), splits_words)
        case list():
            for member in value:
                yield from [member] if isinstance(member, str) else _members(member, splits_words)
        case dict():
            by_key = {folded(str(key)): each for key, each in value.items()}
            names = (each for key in _NAME_KEYS if isinstance(each := by_key.get(key), str))
            if name := next((each for each in names if not is_missing(each)), ""):
                yield name


def _split(text: str, splits_words: bool) -> Iterable[str]:
    if ";" in text:
        return text.split(";")
    if _COMMA.search(text):
        return _COMMA.split(text)
    return text.split() if splits_words else [text]
