"""Elements common to the heads of RSS and Atom."""

from lxml import etree

from feeds.formats.xml import add, use_hexadecimal


def test_added_text_is_clean_and_empty_elements_are_left_out() -> None:
    root = etree.Element("feed")
    add(root, "a", "b\x00", c="d\x01", e="")
    assert etree.tostring(root) == b'<feed><a c="d">b</a></feed>'


def test_hexadecimal_references_read_as_what_they_stand_for() -> None:
    element = etree.Element("title")
    element.text = "&a<b>&<c"
    use_hexadecimal(element)
    written = etree.tostring(element)
    assert written == b"<title>&#x26;a&#x3C;b&gt;&#x26;&#x3C;c</title>"
    assert etree.fromstring(written).text == "&a<b>&<c"
