"""Text of entries as XML, escaped byte for byte as lxml does.

Entries are templates: feedgen and lxml take six times as long. In a template, each element begins with
its line break and its indent. tests/formats/test_entries.py compares entries with those of feedgen.
"""

from functools import lru_cache

from feeds.formats.text import clean


def text(value: str) -> str:
    """Escape *value*, which is clean, as the text of an element."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def plain(value: str) -> str:
    """Escape *value*, which is clean, as the RSS profile recommends for plain text.

    Readers that decode twice or strip tags leave ``&#x26;`` and ``&#x3C;`` alone.
    """
    escaped = value.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


@lru_cache(1 << 8)  # an entry has its picture in several elements, and entries repeat topics and types
def attribute(value: str) -> str:
    """Clean and escape *value* as an attribute."""
    escaped = text(clean(value)).replace('"', "&quot;")
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;")


def optional(name: str, value: str) -> str:
    """Return *value*, cleaned and escaped, as the attribute *name* after a space; empty without."""
    return f' {name}="{attribute(value)}"' if value else ""


def number(name: str, value: int) -> str:
    """Return *value* as the attribute *name* after a space; empty for 0."""
    return f' {name}="{value}"' if value else ""


def cdata(value: str) -> str:
    """Return *value*, which is clean, as CDATA: markup needs no escapes."""
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
