"""The globals of all templates: texts, the addresses of files, and the path of this server."""

from flask import Flask

from feeds.article import slugify
from feeds.article.teaser import teaser
from feeds.feed.site import Site
from feeds.query import DIGESTS
from feeds.query.parameters.author import AUTHOR
from feeds.web.error_texts import form_error_text
from feeds.web.exported import Exported, template_globals
from feeds.web.files import static_files
from feeds.web.oembed import OEMBED_TYPES
from feeds.web.reader_logos import reader_symbol
from feeds.web.responses import OPENSEARCH_TYPE, base_of
from feeds.web.sparkline import sparkline
from feeds.web.texts import texts
from feeds.web.units import duration, size


def register_template_globals(app: Flask, site: Site, exported: Exported | None = None) -> None:
    """Add the globals of all templates to *app*."""
    base, files = base_of(site), static_files()

    def static(name: str) -> str:
        return f"{base}/static/{name}?v={files[name].version}"

    def nearby(url: str) -> str:
        """*url* without its host if it is an address of this server, else unchanged."""
        prefix = f"{site.url}/"
        return f"{base}/{url.removeprefix(prefix)}" if url.startswith(prefix) else url

    jinja = app.jinja_env
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.globals |= {
        "base": base, "static": static, "nearby": nearby, "sparkline": sparkline,
        "t": texts(site.language), "initial": initial, "slugify": slugify,
        "author_slug": AUTHOR.canonical, "teaser": teaser, "digests": DIGESTS,
        "duration": duration, "size": size, "reader_symbol": reader_symbol, "problem": form_error_text,
        "oembed_types": OEMBED_TYPES, "opensearch_type": OPENSEARCH_TYPE,
        **template_globals(exported),
    }  # fmt: skip


def initial(name: str) -> str:
    """The first letter or digit of *name*, shown if there is no picture."""
    return next((character.upper() for character in name if character.isalnum()), "·")
