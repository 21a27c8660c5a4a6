"""VuePress (https://vuepress.vuejs.org/reference/config.html)."""

from feeds.corpus.dialects import Dialect, Marker

VUEPRESS = Dialect(
    name="vuepress",
    title="VuePress",
    markers=(Marker(".vuepress/"),),
    configuration=("CNAME", ".vuepress/public/CNAME", ".vuepress/theme.*", ".vuepress/config.*"),
    keys={
        "url": (
            "hostname", "sitemap.hostname", "plugins.sitemap.hostname", "theme.hostname",
            "plugins.hostname", "domain", "siteUrl", "cname",
        ),
        "base": ("base",),
        "title": ("title", "locales./.title"),
        "description": ("description", "locales./.description"),
        "language": ("lang", "locales./.lang"),
        "authors": ("author", "author.name", "theme.author", "themeConfig.author"),
        "logo": ("logo", "themeConfig.logo"),
        "permalink": ("permalink", "permalinkPattern"),
    },
    others=("/.vuepress/",),
)  # fmt: skip
