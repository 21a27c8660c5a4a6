"""Jekyll and GitHub Pages (https://jekyllrb.com/docs/configuration/)."""

from feeds.corpus.dialects import Dialect, Marker

JEKYLL = Dialect(
    name="jekyll",
    title="Jekyll",
    markers=(
        *(
            Marker(path, without=("source/_posts/", "scaffolds/", "source/_drafts/"))
            for path in ("_config.yml", "_config.yaml", "_config.toml")
        ),
        # Octopress, which has its posts in source/_posts
        Marker("_config.yml", contains=r"(?m)^source[ \t]*:[ \t]*source[ \t]*$"),
        Marker("Gemfile", contains=r"""["'](?:jekyll|github-pages)["']""", is_weak=True),
        Marker("_layouts/", is_weak=True),
    ),
    configuration=("CNAME", "_config.toml", "_config.yaml", "_config.yml"),
    data=("_data/authors.*", "_data/people.*", "_data/members.*", "_authors/*.md"),
    keys={
        "url": ("url", "cname"),
        "base": ("baseurl",),
        "title": ("title", "name"),
        "description": ("description", "tagline", "subtitle"),
        "language": ("locale", "lang", "language"),
        "zone": ("timezone",),
        "authors": ("author", "authors"),
        "logo": ("logo", "icon", "avatar", "author.avatar"),
        "separator": ("excerpt_separator",),
        "permalink": ("permalink", "collections"),
        "content": ("source",),
        "others": ("exclude",),
        "collections": ("feed.collections",),
        "collections_folder": ("collections_dir",),
    },
    articles=("_posts/", "!**/_posts/**/_*"),
    or_dated=True,
    drafts=("_drafts/",),
    outputs=("_site", ".jekyll-cache"),
    others=(
        "_site/", "_includes/", "_layouts/", "_sass/", "_data/", "_plugins/", "/vendor/", "/assets/",
    ),
    words_in_tags=True,
    syntax=frozenset({"kramdown", "liquid"}),
)  # fmt: skip
