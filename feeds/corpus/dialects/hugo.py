"""Hugo (https://gohugo.io/configuration/all/)."""

from feeds.corpus.dialects import Dialect, Marker

_BASE_URL = r"""(?im)^[ \t"']*baseurl["' \t]*[:=]"""
_SYNTAXES = ("json", "toml", "yaml", "yml")

HUGO = Dialect(
    name="hugo",
    title="Hugo",
    markers=(
        *(Marker(f"hugo.{syntax}") for syntax in _SYNTAXES),
        Marker("config/_default/"),
        *(Marker(f"config.{syntax}", contains=_BASE_URL) for syntax in _SYNTAXES),
        *(Marker(f"config.{syntax}", without=("zola.toml",), is_weak=True) for syntax in _SYNTAXES),
        Marker("archetypes/", is_weak=True),
    ),
    configuration=(
        *(f"{name}.{syntax}" for name in ("config", "hugo") for syntax in _SYNTAXES),
        *(f"config/{place}/*.{syntax}" for place in ("_default", "production") for syntax in _SYNTAXES),
    ),
    data=(
        "**/_index.md", "**/_index.*.md", "data/authors.*", "data/authors/*",
        "data/people.*", "data/people/*", "content/authors/*/_index.md", "content/authors/*.md",
    ),
    keys={
        "url": ("baseURL",),
        "title": ("title", "params.title"),
        "description": ("params.description", "description", "params.subtitle"),
        "language": ("locale", "languageCode", "defaultContentLanguage"),
        "languages": ("languages",),
        "zone": ("timeZone",),
        "authors": ("params.author", "author", "params.authors"),
        "logo": ("params.logo", "params.avatar", "params.images", "params.icon"),
        "permalink": ("permalinks",),
        "content": ("contentDir",),
    },
    content=("content",),
    outputs=("public", "resources"),
    others=(
        "_index.*", "/archetypes/", "/themes/", "/static/", "/layouts/",
        "/i18n/", "/assets/",
    ),
    or_dated=True,
    date_in_name="configured",
    syntax=frozenset({"shortcodes"}),
)  # fmt: skip
