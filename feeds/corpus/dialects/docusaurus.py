"""Docusaurus (https://docusaurus.io/docs/api/docusaurus-config)."""

from feeds.corpus.dialects import Dialect, Marker

DOCUSAURUS = Dialect(
    name="docusaurus",
    title="Docusaurus",
    markers=(
        Marker("docusaurus.config.*"),
        Marker("package.json", contains='"@docusaurus/core"', is_weak=True),
        Marker("siteConfig.js", contains="docusaurus", is_weak=True),
    ),
    configuration=("static/CNAME", "docusaurus.config.*"),
    data=("*/authors.y*ml", "*/tags.y*ml", "i18n/*/docusaurus-plugin-content-blog/authors.y*ml"),
    keys={
        "url": ("url", "cname"),
        "base": ("baseUrl",),
        "title": ("title",),
        "description": ("tagline", "presets.blog.blogDescription"),
        "language": ("i18n.defaultLocale",),
        "languages": ("i18n.locales",),
        "logo": ("themeConfig.navbar.logo.src", "favicon"),
    },
    articles=("/blog/", "!/blog/**/_*"),
    outputs=("build", ".docusaurus"),
    others=(
        "/docs/", "versioned_docs/", "versioned_sidebars/", "/static/",
        "/src/",
    ),
    syntax=frozenset({"mdx"}),
)  # fmt: skip
