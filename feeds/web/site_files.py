"""Files that browsers and people look for at fixed addresses: the icons, the manifest, humans.txt."""

from typing import Any

import msgspec
from flask import Response

from feeds.errors import one_line
from feeds.web.files import static_files
from feeds.web.responses import Context

MANIFEST_TYPE = "application/manifest+json; charset=utf-8"

_ICONS = {"icon.svg": "any", "icon-512.png": "512x512", "icon-64.png": "64x64"}
_TOUCHED = "icon-512.png"  # square and without transparency, as a phone shows it


class BrowserFiles:
    """The views of these files."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def touch_icon(self) -> Response:
        """Respond with the icon that phones show for a bookmark of the site."""
        file = static_files()[_TOUCHED]
        return self._context.whole(file.content, file.media_type, is_fixed=True)

    def manifest(self) -> Response:
        """Respond with the web app manifest (w3.org/TR/appmanifest): name, icons, first page."""
        site, base = self._context.described_site, self._context.base
        document: dict[str, Any] = {
            "name": site.title,
            "short_name": site.title,
            "description": site.description,
            "lang": site.language,
            "start_url": f"{base}/",
            "scope": f"{base}/",
            "display": "browser",
            "icons": [
                {"src": f"{base}/static/{name}", "sizes": sizes, "type": static_files()[name].media_type}
                for name, sizes in _ICONS.items()
            ],
        }
        present = {key: value for key, value in document.items() if value}
        written = msgspec.json.format(msgspec.json.encode(present), indent=2) + b"\n"
        return self._context.whole(written, MANIFEST_TYPE)

    def humans(self) -> Response:
        """Respond with humans.txt (humanstxt.org): the site, and where to begin."""
        site, url = self._context.described_site, self._context.site.url
        lines = [
            f"{name}: {one_line(text)}"
            for name, text in (
                ("Name", site.title),
                ("About", site.description),
                ("Language", site.language),
                ("Address", f"{url}/"),
                ("All articles", f"{url}/feed"),
                ("All feeds", f"{url}/opml"),
                ("Software", "Feeds"),
            )
            if text
        ]
        text = "\n".join(["/* SITE */", *lines, ""])
        return self._context.whole(text.encode(), "text/plain; charset=utf-8")
