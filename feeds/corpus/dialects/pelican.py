"""Pelican (https://docs.getpelican.com/en/latest/settings.html)."""

from feeds.corpus.dialects import Dialect, Marker

PELICAN = Dialect(
    name="pelican",
    title="Pelican",
    markers=(
        Marker("pelicanconf.py"),
        Marker("publishconf.py"),
        Marker("settings.py", contains=r"(?m)^SITENAME[ \t]*=", is_weak=True),
    ),
    configuration=("settings.py", "pelicanconf.py", "publishconf.py"),
    keys={
        "url": ("SITEURL", "FEED_DOMAIN"),
        "title": ("SITENAME",),
        "description": ("SITESUBTITLE", "SITE_DESCRIPTION", "SITEDESCRIPTION", "DESCRIPTION"),
        "language": ("DEFAULT_LANG", "LOCALE"),
        "zone": ("TIMEZONE",),
        "authors": ("AUTHOR",),
        "logo": ("SITELOGO", "LOGO", "SITE_LOGO", "AVATAR", "PROFILE_IMAGE"),
        "permalink": ("ARTICLE_URL",),
        "content": ("PATH",),
    },
    content=("content",),
    articles=("/@/**", "!/@/pages/**", "!/@/drafts/**"),
    drafts=("/@/drafts/",),
    outputs=("output",),
    others=("/themes/", "/plugins/", "/pelican-plugins/"),
    syntax=frozenset({"liquid"}),  # of the plugin liquid_tags, which many sites have
)
