"""Lume (https://lume.land/docs/configuration/config-file/)."""

from feeds.corpus.dialects import Dialect, Marker

_CODE = ("ts", "js", "tsx", "mjs")

LUME = Dialect(
    name="lume",
    title="Lume",
    markers=(
        *(Marker(f"_config.{kind}") for kind in _CODE),
        Marker("deno.json", contains="lume/", is_weak=True),
    ),
    configuration=(
        *(f"{folder}_data.{kind}" for folder in ("", "src/") for kind in ("json", "yaml", "yml")),
        *(f"{folder}_data/{name}.*" for folder in ("", "src/") for name in ("site", "metas")),
        *(f"_config.{kind}" for kind in _CODE),
    ),
    data=("**/_data.*", "**/_data/authors.*"),
    keys={
        "url": ("location", "site.location", "metas.url", "site.url"),
        "title": ("metas.site", "site.title", "site.name", "siteName", "metas.title"),
        "description": ("metas.description", "site.description"),
        "language": ("metas.lang", "lang", "site.lang"),
        "authors": ("metas.author", "site.author", "author"),
        "logo": ("metas.icon", "site.logo", "metas.image"),
        "content": ("src", "site.src"),
    },
    outputs=("_site",),
    others=("_*", "/README.md"),
    syntax=frozenset({"liquid"}),
)
