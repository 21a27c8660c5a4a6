"""Next.js, alone or with Contentlayer, Velite or Nextra: a convention of starters, not of the tool."""

from feeds.corpus.dialects import Dialect, Marker

_PLACES = ("", "src/", "data/", "lib/", "src/lib/", "config/", "src/config/", "utils/", "src/data/")
_NAMES = ("siteMetadata", "site.config", "siteConfig", "site", "constants", "config", "blog.config")

NEXT = Dialect(
    name="next",
    title="Next.js",
    markers=(
        Marker("contentlayer.config.*"),
        Marker("velite.config.*"),
        Marker("next.config.*"),
        Marker("package.json", contains=r'"next"\s*:', is_weak=True),
    ),
    configuration=(
        "public/CNAME", "theme.config.*", "app/layout.*", "src/app/layout.*", "next-sitemap.*",
        "next-sitemap.config.*", "velite.config.*", "contentlayer.config.*", "next.config.*",
        *(f"{folder}{name}.{kind}s*" for folder in reversed(_PLACES) for name in reversed(_NAMES)
          for kind in ("t", "j")),
    ),
    data=(
        "data/authors/*", "data/authors.*", "content/authors/*", "content/authors.*", "_authors/*",
        "src/content/authors/*",
    ),
    keys={
        "url": (
            "siteUrl", "siteMetadata.siteUrl", "siteConfig.url", "siteConfig.siteUrl", "SITE_URL",
            "BASE_URL", "baseUrl", "metadataBase", "metadata.metadataBase", "site.url", "config.url",
            "metadata.openGraph.url", "domain", "url", "link", "cname",
        ),
        "title": (
            "siteMetadata.title", "siteConfig.title", "siteConfig.name", "metadata.title.default",
            "metadata.title", "title.default", "site.title", "site.name", "SITE_TITLE", "SITE_NAME",
            "headerTitle", "title", "siteName", "name",
        ),
        "description": (
            "siteMetadata.description", "siteConfig.description", "metadata.description",
            "site.description", "SITE_DESCRIPTION", "description",
        ),
        "language": ("siteMetadata.language", "language", "lang", "i18n.defaultLocale", "locale"),
        "languages": ("i18n.locales",),
        "authors": ("siteMetadata.author", "siteConfig.author", "author", "metadata.authors", "AUTHOR"),
        "logo": ("siteMetadata.siteLogo", "siteLogo", "logo"),
    },
    outputs=(".next", "out"),
    others=("/.contentlayer/", "/components/", "/src/components/"),
)  # fmt: skip
