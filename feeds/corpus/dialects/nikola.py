"""Nikola (https://getnikola.com/conf.html)."""

from feeds.corpus.dialects import Dialect, Marker

NIKOLA = Dialect(
    name="nikola",
    title="Nikola",
    markers=(Marker("conf.py", contains=r"(?m)^BLOG_TITLE[ \t]*="),),
    configuration=("conf.py",),
    data=("data/authors.*",),
    keys={
        "url": ("SITE_URL", "BASE_URL"),
        "title": ("BLOG_TITLE",),
        "description": ("BLOG_DESCRIPTION",),
        "language": ("DEFAULT_LANG",),
        "languages": ("TRANSLATIONS",),
        "zone": ("TIMEZONE",),
        "authors": ("BLOG_AUTHOR",),
        "logo": ("LOGO_URL",),
    },
    articles=("/posts/",),
    outputs=("output", "cache"),
    others=("/themes/", "/plugins/", "/files/", "/listings/"),
    draft_tags=("draft", "private"),
    sidecar=".meta",
    translates=True,
    syntax=frozenset({"shortcodes"}),
)
