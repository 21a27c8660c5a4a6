"""Files: the pictures of a corpus, and what pages are styled and scripted with."""

from hashlib import blake2b
from pathlib import Path

from flask import Response, request, send_from_directory
from werkzeug.exceptions import NotFound

from feeds.corpus.images import TYPES
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


def _read() -> dict[str, bytes]:
    """Every file, with the extensions of feeds in place of ``EXTENSIONS``."""
    extensions = "|".join(FORMATS).encode()
    return {
        file.name: file.read_bytes().replace(b"EXTENSIONS", extensions)
        for file in sorted(_FOLDER.iterdir())
        if file.suffix in STATIC
    }


FILES = _read()
EDITIONS = {name: blake2b(content, digest_size=6).hexdigest() for name, content in FILES.items()}


class Files:
    """Everything that is a file."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._assets = context.assets.resolve()  # Flask takes a relative one from where its own code is

    def asset(self, path: str) -> Response:
        """A picture of the corpus."""
        media_type = TYPES.get(Path(path).suffix[1:].lower())
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
        """A stylesheet or script of ours: for ever, where ``v=`` says which edition."""
        if name not in FILES:
            raise NotFound
        response = self._context.whole(FILES[name], STATIC[Path(name).suffix])
        if request.args.get("v") == EDITIONS[name]:
            response.headers["Cache-Control"] = f"public, max-age={FOR_EVER}, immutable"
        return response
