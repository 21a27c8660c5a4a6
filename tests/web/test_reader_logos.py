"""The menu of feed readers: a logo each, all of them in one picture."""

from urllib.parse import urlsplit

from lxml import etree, html

from feeds.settings.sections import READERS
from feeds.web.files import static_files
from feeds.web.reader_logos import OTHER, PICTURE, reader_symbol
from tests.harness import Harness
from tests.table import for_each

NAMES = {
    "Feedly": "feedly",
    "Inoreader": "inoreader",
    "Pocket Casts": "pocket-casts",
    "Feedbin": OTHER,
    "Our own <reader>": OTHER,
    "": OTHER,
}


@for_each(("name", "symbol"), NAMES.items())
def test_a_reader_has_its_logo_or_the_mark_of_feeds(name: str, symbol: str) -> None:
    assert reader_symbol(name) == symbol


@for_each("page", ["/feed", "/topics/oceans", "/build", "/search?q=tide"])
def test_every_reader_in_a_menu_has_a_symbol_of_one_picture(shared: Harness, page: str) -> None:
    shown = html.fromstring(shared.get(page).text)
    addresses = [urlsplit(each) for each in shown.xpath("//details//li//use/@href")]
    assert len(addresses) == len(READERS) + 1  # and the reader of the system
    assert len({(each.path, each.query) for each in addresses}) == 1
    drawn = etree.fromstring(shared.get(addresses[0]._replace(fragment="").geturl()).data)
    symbols = {each.get("id") for each in drawn.iter("{*}symbol")}
    assert {each.fragment for each in addresses} <= symbols


def test_the_picture_is_small_and_has_the_colour_of_its_text() -> None:
    picture = static_files()[PICTURE].content
    assert len(picture) < 9_000
    drawn = etree.fromstring(picture)
    for symbol in drawn.iter("{*}symbol"):  # the only parts that a page takes
        assert symbol.get("fill") == "currentColor"
    assert {each.get("fill") for each in drawn.iter()} == {None, "none", "currentColor"}
    assert {each.get("stroke") for each in drawn.iter()} == {None, "currentColor"}
