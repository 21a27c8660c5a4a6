"""Files: the pictures of a corpus, and what pages are styled and scripted with."""

from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from flask import Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from feeds.corpus.images import IMAGE_TYPES
from feeds.formats import FORMATS
from feeds.web.responses import Context

AGE = 86_400  # seconds
FOR_EVER = 31_536_000  # seconds; RFC 9111 knows no longer

STATIC = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

_FOLDER = Path(__file__).with_name("static")


class StaticFile(NamedTuple):
    """A stylesheet, script or icon of ours; *version* is in the address that is kept for ever."""

    content: bytes
    media_type: str
    version: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Read all static files, once in a process, by name."""
    return {file.name: _read(file) for file in sorted(_FOLDER.iterdir()) if file.suffix in STATIC}


def _read(file: Path) -> StaticFile:
    """Read one, with the extensions of feeds in place of ``EXTENSIONS``."""
    content = file.read_bytes().replace(b"EXTENSIONS", "|".join(FORMATS).encode())
    return StaticFile(content, STATIC[file.suffix], blake2b(content, digest_size=6).hexdigest())


class Files:
    """Everything that is a file."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._assets = context.assets.resolve()  # Flask takes a relative one from where its own code is

    def asset(self, path: str) -> Response:
        """A picture of the corpus."""
        media_type = IMAGE_TYPES.get(Path(path).suffix[1:].lower())
        inside = "\0" not in path and (self._assets / path).resolve().is_relative_to(self._assets)
        if not media_type or not inside:  # a link may lead out of the folder
            raise NotFound
        response = send_from_directory(self._assets, path, mimetype=media_type, max_age=AGE)
        del response.headers["Expires"]  # which is another each second; the age says it
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    def icon(self) -> Response:
        """What browsers show beside whatever names no icon, such as a feed."""
        return self.static("icon.svg")

    def static(self, name: str) -> Response:
        """A static file: to be kept for ever if ``v=`` is its version."""
        file = static_files().get(name)
        if not file:
            raise NotFound
        response = self._context.whole(file.content, file.media_type)
        if request.args.get("v") == file.version:
            response.headers["Cache-Control"] = f"public, max-age={FOR_EVER}, immutable"
        return response
