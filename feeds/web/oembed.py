"""oEmbed 1.0 (oembed.com): the embed code for an address of this server."""

from typing import Any
from xml.sax.saxutils import escape

import msgspec
from msgspec import Struct

from feeds.formats.text import clean

OEMBED_TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}


class Rich(Struct, frozen=True):
    """A rich oEmbed response: *html* of *width* by *height* pixels; *cache_age* is in seconds."""

    title: str
    provider_name: str
    provider_url: str
    cache_age: int
    width: int
    height: int
    html: str
    type: str = "rich"
    version: str = "1.0"

    def written(self, format_: str) -> bytes:
        """This response as ``json`` or ``xml``, in UTF-8."""
        members = {name: _cleaned(value) for name, value in msgspec.structs.asdict(self).items()}
        if format_ == "json":
            return msgspec.json.format(msgspec.json.encode(members), indent=2) + b"\n"
        lines = (f"  <{name}>{escape(str(value))}</{name}>\n" for name, value in members.items())
        head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
        return f"{head}<oembed>\n{''.join(lines)}</oembed>\n".encode()


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value
