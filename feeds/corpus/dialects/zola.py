"""Zola (https://www.getzola.org/documentation/getting-started/configuration/)."""

from feeds.corpus.dialects import Dialect, Marker

ZOLA = Dialect(
    name="zola",
    title="Zola",
    markers=(
        Marker("zola.toml"),
        Marker("config.toml", contains=r"""(?m)^[ \t]*["']?base_url["']?[ \t]*="""),
    ),
    configuration=("config.toml", "zola.toml"),
    data=("content/**/_index.md", "content/**/_index.*.md", "data/authors.*", "content/authors/*.md"),
    keys={
        "url": ("base_url",),
        "title": ("title", "extra.title"),
        "description": ("description", "extra.description"),
        "language": ("default_language",),
        "languages": ("languages",),
        "authors": ("author", "extra.author"),
        "logo": ("extra.logo", "extra.avatar", "extra.favicon"),
        "others": ("ignored_content",),
    },
    content=("content",),
    outputs=("public",),
    others=("_index.*", "/themes/", "/static/", "/templates/", "/sass/"),
    inherited=("draft",),
    syntax=frozenset({"shortcodes"}),
)
