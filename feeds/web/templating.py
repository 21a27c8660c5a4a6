"""What every template may use: texts, the addresses of files, and where this server is."""

from urllib.parse import urlsplit

from flask import Flask

from feeds.feed import Site
from feeds.web.files import EDITIONS
from feeds.web.texts import texts


def furnish(app: Flask, site: Site) -> None:
    """Let the templates of *app* have what they need."""
    base = urlsplit(site.url).path.rstrip(
        "/"
    )  # links on pages work under whatever name they were reached
    spoken = texts(site.language)

    def static(name: str) -> str:
        return f"{base}/static/{name}?v={EDITIONS[name]}"

    jinja = app.jinja_env
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.globals |= {"base": base, "static": static, "t": spoken}
