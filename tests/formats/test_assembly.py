"""Documents assembled from separately rendered entries."""

from datetime import UTC, datetime

from feedgen.feed import FeedGenerator
from lxml import etree

from feeds.feed.site import Site
from feeds.formats.assembly import STYLE, insert, styled
from feeds.formats.xml import add
from tests.formats.definition import Frame
from tests.table import for_each

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def generator(entries: int) -> FeedGenerator:
    """A feed as feedgen alone makes it."""
    made = FeedGenerator()
    made.id("tag:example.org,2020:feed")
    made.title("</feed> </channel>")
    made.description("Description")
    made.link(href="https://example.org/", rel="alternate")
    made.updated(NOON)
    made.lastBuildDate(NOON)
    for number in range(entries):
        entry = made.add_entry(order="append")
        entry.id(f"tag:example.org,2020:{number}")
        entry.title(f"Title {number}")
        entry.link(href=f"https://example.org/{number}")
        entry.updated(NOON)
    return made


@for_each("entries", [1, 2])
def test_an_atom_feed_is_what_feedgen_makes_of_the_whole(entries: int) -> None:
    frame = Frame(("feed",), {None: "http://www.w3.org/2005/Atom"})
    apart = [frame.entry(each.atom_entry()) for each in generator(entries).entry()]
    head = generator(0).atom_str(pretty=True)
    assert insert(head, apart, "  ", b"</feed>") == generator(entries).atom_str(pretty=True)


@for_each("entries", [1, 2])
def test_an_rss_feed_is_what_feedgen_makes_of_the_whole(entries: int) -> None:
    frame = Frame(("rss", "channel"), {})
    apart = [frame.entry(each.rss_entry()) for each in generator(entries).entry()]
    head = generator(0).rss_str(pretty=True)
    assert insert(head, apart, "    ", b"</channel>") == generator(entries).rss_str(pretty=True)


@for_each("kind", ["atom_str", "rss_str"])
def test_a_stylesheet_stands_between_the_declaration_and_the_root(kind: str) -> None:
    document = getattr(generator(1), kind)(pretty=True)
    declaration, style, rest = styled(document, Site("https://feeds.example")).split(b"\n", 2)
    assert declaration.startswith(b"<?xml ")
    assert style.decode() == f'<?xml-stylesheet type="text/css" href="https://feeds.example{STYLE}"?>'
    assert declaration + b"\n" + rest == document


def test_joined_parts_are_what_the_whole_would_be() -> None:
    def whole(entries: int) -> bytes:
        root = etree.Element("feed")
        add(root, "title", "</feed>")
        for number in range(entries):
            add(add(root, "entry"), "id", str(number))
        return bytes(etree.tostring(root, pretty_print=True))

    frame = Frame(("feed",), {})
    entries = []
    for number in range(2):
        entry = etree.Element("entry")
        add(entry, "id", str(number))
        entries.append(frame.entry(entry))
    assert insert(whole(0), entries, "  ", b"</feed>") == whole(2)
