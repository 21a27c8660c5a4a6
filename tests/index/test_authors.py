"""Authors as a facet: identified by slugs, listed under the most common spelling."""

import msgspec

from feeds.article import FacetFields, TombstoneFacets, author_names, facet_fields, tombstone_facets
from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.store import Snapshot, Tombstone
from tests.builders import LATER, NOON, article, index, record, snapshot
from tests.table import for_each


def by(made: Index, slug: str) -> list[int]:
    return [
        int(each.id.rpartition(":")[2]) for each in made.newest(made.postings("author", slug) or [], 9)
    ]


def test_articles_are_found_by_the_folded_names_of_their_authors() -> None:
    made = index(
        article(1, authors=("José Álvarez", "Grace Hopper")),
        article(2, authors=("jose alvarez",)),
        article(3, authors=("Ada",)),
        article(4),
    )
    assert by(made, "jose-alvarez") == [2, 1]
    assert by(made, "grace-hopper") == [1]
    assert made.listings.known("author") == {"jose-alvarez", "grace-hopper", "ada"}
    assert made.postings("author", "nobody") is None
    assert made.canonical("author", "ada") == "ada"


def test_an_author_is_called_as_most_articles_spell_the_name() -> None:
    made = index(
        article(1, authors=("ADA",)), article(2, authors=("Ada",)), article(3, authors=("Ada", "ada")),
        article(4, authors=("bob",)),
    )  # fmt: skip
    newest = int(article(3).published.timestamp())
    assert [(each.slug, each.name, each.count) for each in made.listings.authors()] == [
        ("ada", "Ada", 3), ("bob", "bob", 1),
    ]  # fmt: skip
    assert (made.listings.author("ada").newest, made.listings.author("nobody").name) == (newest, "nobody")


def test_listings_of_authors_follow_changes() -> None:
    made = index(article(1, authors=("ADA",)), article(2, authors=("Ada",)), article(3, authors=("Ada",)))
    gone = [article(2).id, article(3).id]
    after = apply(made, snapshot(article(4, authors=("Bob",)), partial=True, removed=gone), LATER)
    assert [each.name for each in after.listings.authors()] == ["ADA", "Bob"]
    assert [each.name for each in made.listings.authors()] == ["Ada"]


def test_an_author_whose_articles_left_has_an_empty_feed_with_tombstones() -> None:
    one = article(1, authors=("Ada",))
    left = Tombstone(int(LATER), tombstone_facets(one), one.id, int(NOON.timestamp()))
    made = apply(
        index(one), snapshot(partial=True, removed=[one.id], tombstones=[left], revision=2), LATER
    )
    assert (by(made, "ada"), made.listings.authors()) == ([], [])
    assert [each.id for each in made.deleted([frozenset({("author", "ada")})])] == [one.id]


@for_each(
    ("written", "name"),
    [
        ("Ada <ada@example.org>", "Ada"),
        ("ada@example.org (Ada Lovelace)", "Ada Lovelace"),
        ("Ada Lovelace, mailto:ada@example.org", "Ada Lovelace"),
        ("Lovelace, Ada", "Lovelace, Ada"),
        ("Ada (Example Ltd.)", "Ada (Example Ltd.)"),
        ("@ada", "@ada"),
        ("ada@example.org", ""),
        ("<ada@example.org>", ""),
        ("@ada@social.example", ""),
        ("—", ""),
        ("", ""),
    ],
)
def test_no_name_of_an_author_has_an_address_for_mail(written: str, name: str) -> None:
    assert author_names([written]) == ((name,) if name else ())
    one = article(1, authors=(written,))
    assert "example.org>" not in repr(facet_fields(one).authors)
    assert [each.name for each in index(one).listings.authors()] == ([name] if name else [])


def test_a_long_name_is_read_in_linear_time() -> None:
    assert author_names(["@" + "a" * 300_000 + " " + "b" * 300_000])


def test_tombstones_have_authors_as_slugs() -> None:
    one = article(1, topics=(), provider=None, authors=("Ada <a@b.example>", "ADA", "José"))
    assert tombstone_facets(one) == TombstoneFacets(authors=("ada", "jose"))


def test_facet_fields_of_earlier_versions_have_no_authors() -> None:
    fields = facet_fields(article(1, authors=("Ada",)))
    former = msgspec.msgpack.encode(msgspec.structs.astuple(fields)[:6])
    assert msgspec.msgpack.decode(former, type=FacetFields).authors == ()
    kept = msgspec.structs.replace(record(article(1, authors=("Ada",))), facets=former)
    made = build(
        Snapshot(
            revision=1, records=[kept], removed=[], tombstones=[], taxonomy=snapshot().taxonomy,
            partial=False,
        ),
        LATER,
    )  # fmt: skip
    assert (len(made), made.listings.authors()) == (1, [])
