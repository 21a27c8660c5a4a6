"""Eleventy (https://www.11ty.dev/docs/config/), which has no place for the title of a site."""

from feeds.corpus.dialects import Dialect, Marker

_DATA = tuple(
    f"{folder}_data/{name}.*"
    for folder in ("", "*/", "src/content/")
    for name in ("meta", "metadata", "site", "config")
)

ELEVENTY = Dialect(
    name="eleventy",
    title="Eleventy",
    markers=(
        Marker("eleventy.config.*"),
        Marker(".eleventy.js"),
        Marker("package.json", contains="@11ty/eleventy"),
    ),
    configuration=("CNAME", *_DATA, ".eleventy.js", "eleventy.config.*"),
    data=("**/*.11tydata.*", "**/*.json", "_data/authors.*", "*/_data/authors.*"),
    keys={
        "url": (
            "url", "metadata.url", "site.url", "siteUrl", "site_url", "baseUrl", "base_url", "origin",
            "domain", "metadata.base", "cname",
        ),
        "base": ("pathPrefix",),
        "title": ("title", "metadata.title", "site.title", "name", "site.name", "siteName", "sitename"),
        "description": ("description", "metadata.description", "site.description", "metadata.subtitle"),
        "language": ("language", "lang", "locale", "metadata.language", "site.language", "site.lang"),
        "authors": ("author", "metadata.author", "site.author", "authors", "authorName"),
        "logo": ("logo", "site.logo", "icon", "avatar"),
        "content": ("dir.input", "setInputDirectory"),
        "outputs": ("dir.output", "setOutputDirectory"),
    },
    outputs=("_site", "dist"),
    others=("/public/", "_includes/", "_data/", "/README.md"),
    collections=(
        "all", "article", "articles", "blog", "entries", "featured", "nav", "note", "notes", "post",
        "posts",
    ),
    syntax=frozenset({"liquid"}),
)  # fmt: skip
