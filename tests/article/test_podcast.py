"""The facts of a podcast, the categories of Apple Podcasts, and the identity of a podcast."""

from uuid import UUID

from feeds.article.podcast import CATEGORIES, category_of, guid_of
from tests.table import for_each

PATHS = [path for top, names in CATEGORIES.items() for path in ((top,), *((top, name) for name in names))]


@for_each("path", PATHS)
def test_every_category_is_found_by_its_name_and_by_its_path(path: tuple[str, ...]) -> None:
    assert category_of(path[-1]) == category_of(" > ".join(path)) == path


@for_each(
    ("written", "path"),
    [
        ("science>PHYSICS", ("Science", "Physics")),
        ("Society and Culture", ("Society & Culture",)),
        ("TV &amp; Film", ("TV & Film",)),
        ("  Self-Improvement ", ("Education", "Self-Improvement")),
        ("Arts > Physics", ()),
        ("Podcasts > Science > Physics", ()),
        ("Science >", ()),
        ("Tides", ()),
        ("", ()),
    ],
)
def test_a_category_is_read_as_people_write_it(written: str, path: tuple[str, ...]) -> None:
    assert category_of(written) == path


def test_a_guid_is_made_from_the_address_without_scheme_and_slash_at_the_end() -> None:
    guid = guid_of("https://feeds.example/f/tides.rss")
    assert guid == guid_of("http://feeds.example/f/tides.rss//")
    assert guid == "c6b17e04-755c-5282-8a53-ca108d094a80"
    assert UUID(guid).version == 5
