"""The Link header (RFC 8288)."""

LINKS = "feeds.links"
"""The WSGI environment key of a response's Link header, set even if a 304 does not send the header."""


def link(address: str, rel: str, media_type: str = "") -> str:
    """Return one member of a Link header."""
    kind = f'; type="{media_type.partition(";")[0]}"' if media_type else ""
    return f'<{address}>; rel="{rel}"{kind}'
