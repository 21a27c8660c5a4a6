"""Quartz (https://quartz.jzhao.xyz/configuration) and vaults of Obsidian."""

from feeds.corpus.dialects import Dialect, Marker

QUARTZ = Dialect(
    name="quartz",
    title="Quartz",
    markers=(Marker("quartz.config.*"), Marker("quartz/", without=("package.json/",), is_weak=True)),
    configuration=("quartz.config.*",),
    keys={
        "url": ("configuration.baseUrl", "baseUrl"),
        "title": ("configuration.pageTitle", "pageTitle"),
        "language": ("configuration.locale", "locale"),
        "others": ("configuration.ignorePatterns", "ignorePatterns"),
    },
    content=("content",),
    outputs=("public",),
    others=("_index.md", "/quartz/", "/docs/", "/content/templates/", "/content/private/"),
    syntax=frozenset({"wiki"}),
)

OBSIDIAN = Dialect(
    name="obsidian",
    title="Obsidian",
    markers=(Marker(".obsidian/"),),
    others=("_index.md", "templates/", "Templates/", "_templates/", ".trash/"),
    syntax=frozenset({"wiki"}),
)
