"""Bridgetown (https://www.bridgetownrb.com/docs/configuration/options)."""

from feeds.corpus.dialects import Dialect, Marker

BRIDGETOWN = Dialect(
    name="bridgetown",
    title="Bridgetown",
    markers=(
        Marker("bridgetown.config.yml"),
        Marker("bridgetown.config.yaml"),
        Marker("config/initializers.rb", contains="Bridgetown"),
        Marker("Gemfile", contains=r"""["']bridgetown["']"""),
    ),
    configuration=(
        "src/_data/site_metadata.*", "config/initializers.rb", "bridgetown.config.yaml",
        "bridgetown.config.yml",
    ),
    data=("**/_defaults.*", "src/_data/authors.*", "src/_data/people.*"),
    keys={
        "url": ("url",),
        "base": ("base_path", "baseurl"),
        "title": ("title", "name"),
        "description": ("description", "tagline"),
        "language": ("lang", "default_locale", "locale"),
        "languages": ("available_locales",),
        "zone": ("timezone",),
        "authors": ("author", "authors"),
        "logo": ("logo", "icon", "avatar"),
        "separator": ("excerpt_separator",),
        "permalink": ("permalink", "collections"),
        "content": ("source",),
        "others": ("exclude",),
        "collections": ("feed.collections",),
        "collections_folder": ("collections_dir",),
    },
    content=("src",),
    articles=("_posts/",),
    or_dated=True,
    drafts=("_drafts/",),
    words_in_tags=True,
    outputs=("output",),
    others=("/src/_data/", "/src/_layouts/", "/src/_partials/", "/src/_components/"),
    syntax=frozenset({"kramdown", "liquid"}),
)  # fmt: skip
