"""The paths that are for programs; all others are for people, who get pages."""

from feeds.formats import FORMATS

# Paths of these names and below are for programs, as are paths that end in the extension of a feed.
PROGRAMS = frozenset(
    (
        "apple-touch-icon-precomposed.png",
        "apple-touch-icon.png",
        "assets",
        "catalog.json",
        "embed",  # inside a frame of another site, in which our pages refuse to load
        "embed.js",
        "explain",
        "favicon.ico",
        "health",
        "humans.txt",
        "manifest.webmanifest",
        "media",
        "oembed",
        "openapi.json",
        "opensearch.xml",
        "opml",
        "qr",
        "ready",
        "robots.txt",
        "sitemap.xml",
        "static",
        "status.json",
        "suggestions.json",
    )
)


def is_page(path: str) -> bool:
    """Return whether *path* is one for pages, even if no page exists there."""
    return not is_program(path) and path.rpartition(".")[2] not in FORMATS


def has_language(path: str) -> bool:
    """Return whether *path* is one for pages in the language of the client."""
    return path == "/embed" or (is_page(path) and not path.endswith(".md"))


def is_program(path: str) -> bool:
    """Return whether *path* is that of a program, or below one."""
    return path.removeprefix("/").partition("/")[0] in PROGRAMS
