"""The declaration of a podcast in the file of a topic or an organization."""

from typing import Any

import msgspec
import pytest

from feeds.article.podcast import Podcast
from feeds.corpus import problems
from feeds.corpus.front_matter import Header
from feeds.corpus.podcasts import read_podcast
from feeds.errors import ArticleError, Code
from tests.table import for_each

BASE = "https://a.example/b"
GUID = "01234567-89AB-5def-8123-456789abcdef"


def header(**fields: Any) -> Header:
    """The header of a file with *fields*; JSON is YAML."""
    lines = [f"{key}: {msgspec.json.encode(value).decode()}" for key, value in fields.items()]
    return Header("x.yaml", "\n".join(lines), first_line=1)


def one(podcast: Any) -> Podcast | None:
    """The podcast that the value *podcast* declares, which has no problem."""
    made = header(name="X", podcast=podcast)
    found = read_podcast(made, BASE)
    made.check()
    return found


def test_every_field_of_a_podcast_is_read() -> None:
    assert one({
        "title": "Tides &amp; Currents",
        "description": "What the <b>sea</b> says",
        "image": "/artwork.jpg",
        "category": "Science > Physics",
        "explicit": "clean",
        "author": "Ada Lovelace",
        "owner": "Ada",
        "email": "ada@example.org",
        "type": "Serial",
        "guid": GUID,
    }) == Podcast(
        "Tides & Currents", "What the sea says", "https://a.example/b/artwork.jpg",
        ("Science", "Physics"), False, "Ada Lovelace", "Ada", "ada@example.org", "serial", GUID.lower(),
    )  # fmt: skip


@for_each("declared", [True, "yes", {}])
def test_a_podcast_may_be_declared_without_a_fact(declared: object) -> None:
    assert one(declared) == Podcast()


@for_each("declared", [False, "no", None, "", "~", "https://example.org/show"])
def test_a_file_may_say_that_a_feed_is_no_podcast(declared: object) -> None:
    assert one(declared) is None
    assert read_podcast(header(name="X"), BASE) is None


def test_an_owner_may_have_a_name_and_an_address() -> None:
    assert one({"owner": {"name": "Ada", "email": "ada@example.org"}}) == Podcast(
        owner="Ada", email="ada@example.org"
    )
    assert one({"owner": {"name": "Ada"}, "email": "b@example.org"}) == Podcast(
        owner="Ada", email="b@example.org"
    )


@for_each(
    ("podcast", "field", "code"),
    [
        ("perhaps", "podcast", problems.NOT_A_MAPPING),
        (["a"], "podcast", problems.NOT_A_MAPPING),
        ({"title": ["a"]}, "podcast.title", problems.NOT_TEXT),
        ({"image": "no picture"}, "podcast.image", problems.NOT_A_PICTURE_ADDRESS),
        ({"category": "Tides"}, "podcast.category", problems.NOT_A_CATEGORY),
        ({"category": ["News", "Arts"]}, "podcast.category", problems.NOT_TEXT),
        ({"explicit": "perhaps"}, "podcast.explicit", problems.NOT_A_FLAG),
        ({"email": "Ada <ada@example.org>"}, "podcast.email", problems.NOT_AN_EMAIL),
        ({"owner": {"email": "ada"}}, "podcast.email", problems.NOT_AN_EMAIL),
        ({"owner": {"mail": "ada@example.org"}}, "podcast.owner.mail", problems.SIMILAR_FIELD),
        ({"type": "daily"}, "podcast.type", problems.NOT_A_CHOICE),
        ({"guid": "1"}, "podcast.guid", problems.NOT_A_GUID),
        ({"categroy": "News"}, "podcast.categroy", problems.SIMILAR_FIELD),
        ({"keywords": "sea"}, "podcast.keywords", problems.UNKNOWN_FIELD),
        ({"<<": {"title": "a"}}, "podcast.<<", problems.MERGE_KEY),
    ],
)
def test_a_bad_field_is_reported_by_its_name(podcast: object, field: str, code: Code) -> None:
    made = header(name="X", podcast=podcast)
    read_podcast(made, BASE)
    with pytest.raises(ArticleError) as caught:
        made.check()
    assert (caught.value.subject, caught.value.code, caught.value.line) == (field, code, 2)
