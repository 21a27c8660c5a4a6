"""Exports and publishing services: a folder of Markdown that only its front matter identifies."""

from feeds.corpus.dialects import Dialect


def _export(name: str, title: str, signs: str) -> Dialect:
    return Dialect(
        name=name,
        title=title,
        signs=signs,
        configuration=("CNAME",),
        data=("authors.*", "_data/authors.*"),
        keys={"url": ("cname",)},
        drafts=("_drafts/", "drafts/"),
        others=("_index.md", "_site/", "_includes/", "_layouts/"),
    )


WORDPRESS = _export(
    "wordpress", "WordPress", r"""^(?:coverImage|guid)[ \t]*:[^\n]*(?:\?p=\d|\.(?:jpe?g|png|gif|webp))"""
)
HASHNODE = _export("hashnode", "Hashnode", r"^cuid[ \t]*:")
DEVTO = _export("devto", "dev.to", r"^canonical_url[ \t]*:|^cover_image[ \t]*:")
MEDIUM = _export("medium", "Medium", r"^canonical_link[ \t]*:|medium\.com/@")
MICROBLOG = _export("microblog", "Micro.blog", r"""^microblog[ \t]*:|^guid[ \t]*:[^\n]*micro\.blog""")
