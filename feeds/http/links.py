"""The Link header (RFC 8288)."""

LINKS = "feeds.links"
"""The key in a WSGI environment under which an answer's links stand, even if a 304 does not send them."""


def link(address: str, rel: str, media_type: str = "") -> str:
    """Return one member of the header."""
    kind = f'; type="{media_type.partition(";")[0]}"' if media_type else ""
    return f'<{address}>; rel="{rel}"{kind}'
