"""Hexo (https://hexo.io/docs/configuration)."""

from feeds.corpus.dialects import Dialect, Marker

_RUBY = ("Gemfile", "Rakefile", "config.rb")  # Octopress, a Jekyll with its posts in source/_posts

HEXO = Dialect(
    name="hexo",
    title="Hexo",
    markers=(
        Marker("scaffolds/"),
        Marker("package.json", contains=r'"hexo"\s*:'),
        Marker("_config.yml", contains=r"(?m)^(?:new_post_name|skip_render|source_dir)[ \t]*:"),
        Marker("source/_posts/", without=_RUBY),
    ),
    configuration=("CNAME", "source/CNAME", "_config.yml", "_config.yaml", "_config.json"),
    data=("source/_data/authors.*", "source/_data/people.*"),
    keys={
        "url": ("url", "cname"),
        "title": ("title",),
        "description": ("description", "subtitle"),
        "language": ("language",),
        "languages": ("language",),
        "zone": ("timezone",),
        "authors": ("author",),
        "logo": ("logo", "avatar", "favicon"),
        "permalink": ("permalink",),
        "content": ("source_dir",),
        "others": ("skip_render",),
    },
    content=("source",),
    articles=("_posts/", "!**/_posts/**/_*"),
    drafts=("_drafts/",),
    outputs=("public", ".deploy_git"),
    others=(
        "/scaffolds/",
        "/themes/",
        "/source/_data/",
    ),
    syntax=frozenset({"liquid"}),
)
