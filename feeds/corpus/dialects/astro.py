"""Astro (https://docs.astro.build/en/reference/configuration-reference/)."""

from feeds.corpus.dialects import Dialect, Marker

_NAMES = ("constants", "consts", "siteConfig", "site.config", "site", "config")

ASTRO = Dialect(
    name="astro",
    title="Astro",
    markers=(Marker("astro.config.*"), Marker("package.json", contains=r'"astro"\s*:', is_weak=True)),
    configuration=(
        "public/CNAME",
        *(f"src/{folder}{name}.*" for folder in ("lib/", "data/", "config/", "") for name in _NAMES),
        "astro-paper.config.*", "astro.config.*",
    ),
    data=(
        "src/content/authors/*", "src/content/authors.*", "src/data/authors.*", "src/data/authors/*",
        "src/content/author/*",
    ),
    routes=("src/pages/**/*.astro", "src/content.config.*", "src/content/config.*"),
    translations=(
        "src/i18n/*", "src/i18n/locales/*", "src/i18n/lang/*", "src/i18n/translations/*", "src/locales/*",
    ),
    keys={
        "url": (
            "site", "SITE.website", "SITE.url", "SITE.site", "SITE_URL", "site.url", "siteConfig.url",
            "siteConfig.site", "website", "url", "cname",
        ),
        "base": ("base",),
        "title": (
            "SITE_TITLE", "SITE.title", "SITE.name", "SITE.NAME", "SITE.TITLE", "siteConfig.title",
            "siteConfig.name", "site.title", "site.name", "integrations.title", "title",
        ),
        "description": (
            "SITE_DESCRIPTION", "SITE.description", "SITE.desc", "SITE.DESCRIPTION",
            "siteConfig.description", "site.description", "integrations.description", "description",
        ),
        "language": (
            "i18n.defaultLocale", "SITE.lang", "SITE.locale", "LOCALE.lang", "siteConfig.lang",
            "site.lang", "lang",
        ),
        "languages": ("i18n.locales",),
        "zone": ("site.timezone", "siteConfig.timezone", "timezone"),
        "authors": ("SITE.author", "SITE.AUTHOR", "siteConfig.author", "site.author", "AUTHOR", "author"),
        "logo": ("SITE.logo", "siteConfig.logo", "site.logo", "logo"),
    },
    articles=(),
    outputs=("dist",),
    others=(
        "/public/", "src/pages/**/_*", "src/**/_*.md", "src/**/_*.mdx", "/src/components/",
        "/src/layouts/",
    ),
)  # fmt: skip
