"""The fields of front matter that are read, and warnings of those that are misspelt."""

import re

from feeds.corpus.fields import (
    ARTICLE_FIELDS,
    AUTHOR_FIELDS,
    IMAGE_FIELDS,
    PROVIDER_FIELDS,
    RELATED_FIELDS,
    similar,
)
from tests.paths import ROOT
from tests.table import for_each


@for_each(
    ("key", "meant"),
    [
        ("webURL", "webUrl"), ("weburl", "webUrl"), ("web_url", "webUrl"), ("Title", "title"),
        ("topic", "topics"), ("Topics", "topics"), ("image", "images"), ("titel", "title"),
        ("exerpt", "excerpt"), ("excerp", "excerpt"), ("publishedDatetime", "publishedDateTime"),
        ("published_date_time", "publishedDateTime"), ("publishedDate", "publishedDateTime"),
        ("publishDate", "publishedDateTime"), ("publishedAt", "publishedDateTime"),
        ("datePublished", "publishedDateTime"), ("modifiedDate", "modifiedDateTime"),
        ("modifed_date_time", "modifiedDateTime"), ("originalURL", "originalUrl"),
        ("providers", "provider"),
        ("langauge", "language"), ("removd", "removed"), ("ID", "id"), ("heats", "heat"),
    ],
)  # fmt: skip
def test_a_field_is_similar_to_the_one_that_is_meant(key: str, meant: str) -> None:
    assert similar(key, ARTICLE_FIELDS) == meant


@for_each(
    "key",
    [
        "secured", "category", "price", "length", "actions", "ratings", "levels", "ampWebUrl",
        "cdnAmpWebUrl",
        "layout", "date", "tags", "author", "slug", "permalink", "description", "publisher", "head",
        "redirect_from", "weight", "position", "version", "next", "url", "cover", "game", "linkTitle",
        "subtitle", "isDraft", "status", "visibility", "", "-", "日付",
    ],
)  # fmt: skip
def test_a_field_of_another_program_is_similar_to_none(key: str) -> None:
    assert similar(key, ARTICLE_FIELDS) == ""


@for_each(
    ("key", "known", "meant"),
    [
        ("URL", IMAGE_FIELDS, "url"), ("heigth", IMAGE_FIELDS, "height"),
        ("content_type", IMAGE_FIELDS, "contentType"),
        ("isCached", IMAGE_FIELDS, ""), ("src", IMAGE_FIELDS, ""), ("domian", PROVIDER_FIELDS, "domain"),
        ("author", PROVIDER_FIELDS, "authors"),
        ("Name", AUTHOR_FIELDS, "name"), ("weburl", RELATED_FIELDS, "webUrl"),
        ("modifiedDate", RELATED_FIELDS, ""),
        ("excerpt", RELATED_FIELDS, ""), ("quality", RELATED_FIELDS, ""),
    ],
)  # fmt: skip
def test_a_field_within_another_is_compared_with_those_read_there(key, known, meant) -> None:
    assert similar(key, known) == meant


def test_every_field_that_is_read_is_known() -> None:
    """Otherwise a warning would tell an author to rename a good field."""
    read = set[str]()
    for name in ("article_reader", "images"):
        source = (ROOT / "feeds" / "corpus" / f"{name}.py").read_text()
        read |= set(re.findall(r'header\.\w+\("(\w+)"', source)) - {"webUrl"}
        read |= set(re.findall(r'"(\w+)", "(?:lang|locale)"', source))
    assert len(read) > 20
    assert read <= ARTICLE_FIELDS | PROVIDER_FIELDS | AUTHOR_FIELDS | IMAGE_FIELDS | RELATED_FIELDS


def test_every_field_in_readme_is_known() -> None:
    table = (ROOT / "README.md").read_text().split("| field | type |")[1].split("\n\n")[0]
    names = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert len(names) > 15
    assert names <= ARTICLE_FIELDS
