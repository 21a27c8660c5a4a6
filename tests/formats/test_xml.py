"""Elements common to RSS and Atom."""

from lxml import etree

from feeds.formats.xml import add, put_last, use_hexadecimal


def test_added_text_is_clean_and_empty_elements_are_left_out() -> None:
    root = etree.Element("feed")
    add(root, "a", "b\x00", c="d\x01", e="")
    assert etree.tostring(root) == b'<feed><a c="d">b</a></feed>'


def test_the_content_goes_last_and_needs_no_escapes() -> None:
    root = etree.fromstring(
        "<item><content>a &lt; ]]&gt; b</content><summary>c</summary><id>1</id></item>"
    )
    put_last(root, "summary", "content")
    assert etree.tostring(root) == (
        b"<item><id>1</id><summary>c</summary><content><![CDATA[a < ]]]]><![CDATA[> b]]></content></item>"
    )


def test_hexadecimal_references_read_as_what_they_stand_for() -> None:
    element = etree.Element("title")
    element.text = "&a<b>&<c"
    use_hexadecimal(element)
    written = etree.tostring(element)
    assert written == b"<title>&#x26;a&#x3C;b&gt;&#x26;&#x3C;c</title>"
    assert etree.fromstring(written).text == "&a<b>&<c"
