"""VitePress (https://vitepress.dev/reference/site-config)."""

from feeds.corpus.dialects import Dialect, Marker

VITEPRESS = Dialect(
    name="vitepress",
    title="VitePress",
    markers=(Marker(".vitepress/"),),
    configuration=("public/CNAME", ".vitepress/theme/genFeed.*", ".vitepress/genFeed.*",
                   ".vitepress/config.*", ".vitepress/config/index.*"),
    data=(".vitepress/authors.*", "data/authors.*"),
    keys={
        "url": ("sitemap.hostname", "hostname", "siteUrl", "baseUrl", "site.url", "cname"),
        "base": ("base",),
        "title": ("title",),
        "description": ("description",),
        "language": ("lang",),
        "logo": ("themeConfig.logo",),
        "content": ("srcDir",),
        "others": ("srcExclude",),
    },
    others=("/.vitepress/", "/public/"),
)  # fmt: skip
