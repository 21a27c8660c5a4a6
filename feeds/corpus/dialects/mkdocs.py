"""Material for MkDocs with its blog (https://squidfunk.github.io/mkdocs-material/plugins/blog/)."""

from feeds.corpus.dialects import Dialect, Marker

MKDOCS = Dialect(
    name="mkdocs",
    title="Material for MkDocs",
    markers=(
        Marker("mkdocs.yml"),
        Marker("mkdocs.yaml"),
        Marker("docs/blog/.authors.yml", is_weak=True),
        Marker("docs/blog/posts/", is_weak=True),
    ),
    configuration=("docs/CNAME", "mkdocs.yaml", "mkdocs.yml"),
    data=("**/.meta.yml", "**/.authors.yml"),
    keys={
        "url": ("site_url", "cname"),
        "title": ("site_name",),
        "description": ("site_description",),
        "language": ("theme.language",),
        "authors": ("site_author",),
        "logo": ("theme.logo", "theme.favicon"),
        "content": ("docs_dir",),
    },
    content=("docs",),
    articles=("/docs/blog/posts/",),
    outputs=("site",),
    others=("/overrides/", "/material/", "/includes/"),
    syntax=frozenset({"mkdocs", "liquid"}),
)
