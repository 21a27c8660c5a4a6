"""Gatsby (https://www.gatsbyjs.com/docs/reference/config-files/gatsby-config/)."""

from feeds.corpus.dialects import Dialect, Marker

GATSBY = Dialect(
    name="gatsby",
    title="Gatsby",
    markers=(
        Marker("gatsby-config.*"),
        Marker("package.json", contains=r'"gatsby"\s*:', is_weak=True),
    ),
    configuration=(
        "static/CNAME",
        *(f"{folder}{name}.*" for folder in ("", "data/", "config/", "content/", "src/", "content/meta/")
          for name in ("SiteConfig", "siteConfig", "site-config", "siteMetadata", "config")),
        "gatsby-meta-config.*", "gatsby-config.*",
    ),
    data=(
        *(f"{folder}/authors{rest}" for folder in ("content", "data", "src/data", "src/content")
          for rest in (".*", "/*")),
    ),
    routes=("gatsby-config.*", "gatsby-node.*"),
    keys={
        "url": ("siteMetadata.siteUrl", "siteMetadata.url", "siteUrl", "cname"),
        "base": ("pathPrefix",),
        "title": ("siteMetadata.title", "siteTitle", "siteMetadata.siteTitle", "siteMetadata.name",
                  "title"),
        "description": ("siteMetadata.description", "siteDescription", "siteMetadata.siteDescription",
                        "description"),
        "language": ("siteMetadata.language", "siteMetadata.lang", "siteMetadata.siteLanguage",
                     "siteLanguage", "language"),
        "authors": ("siteMetadata.author", "siteMetadata.author.name", "siteMetadata.authorName",
                    "userName", "author"),
        "logo": ("siteMetadata.logo", "siteMetadata.image", "siteLogo"),
    },
    outputs=("public", ".cache"),
    others=("/static/", "/src/components/", "/src/templates/"),
)  # fmt: skip
