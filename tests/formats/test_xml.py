"""Documents put together from parts."""

from lxml import etree

from feeds.formats.xml import MEDIA, Frame, add, insert, put_last, use_hexadecimal


def test_an_entry_is_written_as_it_stands_in_a_document() -> None:
    frame = Frame(("feed", "channel"), {"media": MEDIA})
    entry = etree.Element("entry")
    add(add(entry, f"{{{MEDIA}}}content", url="u"), "inner", "text")
    assert frame.entry(entry).decode() == (
        "<entry>\n"
        '      <media:content url="u">\n'
        "        <inner>text</inner>\n"
        "      </media:content>\n"
        "    </entry>"
    )


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


def test_what_is_added_is_clean_and_what_is_empty_is_left_out() -> None:
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
