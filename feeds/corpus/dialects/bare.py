"""A folder of dated Markdown without any configuration, such as an export."""

from feeds.corpus.dialects import Dialect, Marker

BARE = Dialect(
    name="bare",
    title="Markdown",
    markers=(Marker("_posts/", is_weak=True),),
    configuration=("CNAME",),
    data=("authors.*", "_data/authors.*", ".authors.yml"),
    keys={"url": ("cname",)},
    drafts=("_drafts/", "drafts/"),
    outputs=("_site",),
    others=("_index.md", "_site/", "_includes/", "_layouts/", "_templates/", "templates/"),
    syntax=frozenset({"liquid", "wiki"}),
)
