"""Files: pictures, audio and video of a corpus, and the stylesheets, scripts and icons of pages."""

import os
import re
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from flask import Response, request, send_from_directory
from werkzeug.exceptions import NotFound, PreconditionFailed, RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from feeds.article import NamedFile
from feeds.article.expressions import expression
from feeds.corpus.local_files import MEDIA_FOLDER, LocalFiles, media_path
from feeds.corpus.picture_folder import PictureFolder, picture_type
from feeds.corpus.site import SourceSite
from feeds.errors import failure, message
from feeds.fleet.files import OpenedFile
from feeds.formats import FORMATS
from feeds.index.published_files import PublishedFiles
from feeds.logs.events import EventLog
from feeds.web.responses import Context

log = EventLog(__name__)

AGE = 86_400  # seconds
FOR_EVER = 31_536_000  # seconds: a year
IMMUTABLE = f"public, max-age={FOR_EVER}, immutable"
NO_CONTENT = "default-src 'none'; sandbox"  # a vector picture runs no script, and loads nothing

_ONE_RANGE = expression(r"bytes=[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*", re.IGNORECASE)

_IMPORTED = expression(rb"([a-z-]+\.js)\?v=VERSION")

STATIC = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

_FOLDER = Path(__file__).with_name("static")


class StaticFile(NamedTuple):
    """A stylesheet, script or icon; its address contains *version*, so that caches may keep it."""

    content: bytes
    media_type: str
    version: str


@cache
def static_files() -> dict[str, StaticFile]:
    """Read all static files, once in a process, by name."""
    return {file.name: _read(file) for file in sorted(_FOLDER.iterdir()) if file.suffix in STATIC}


def _read(file: Path) -> StaticFile:
    """Read one file: a script without comments, with all extensions in place of ``EXTENSIONS``.

    Imports of ``name.js?v=VERSION`` get the version of that script.
    """
    content = file.read_bytes().replace(b"EXTENSIONS", "|".join(FORMATS).encode())
    if file.suffix == ".js":
        content = re.sub(rb"(?m)^ *//.*\n|(?<=;|\{) //.*", b"", content)
        content = _IMPORTED.sub(lambda found: _with_version(found[1].decode()), content)
    return StaticFile(content, STATIC[file.suffix], blake2b(content, digest_size=6).hexdigest())


def _with_version(name: str) -> bytes:
    return f"{name}?v={_read(_FOLDER / name).version}".encode()


def _conditional(response: Response) -> Response:
    """Apply the preconditions and the range of the request to *response*, which has a whole file.

    Preconditions come before the range (RFC 9110, 13.2.2); Werkzeug evaluates the range first. Closes
    the file if it raises PreconditionFailed or RequestedRangeNotSatisfiable.
    """
    size = response.content_length or 0
    environ = request.environ.items()
    whole = {name: value for name, value in environ if name not in ("HTTP_IF_MATCH", "HTTP_RANGE")}
    try:
        if not _is_expected(response):
            raise PreconditionFailed
        response.make_conditional(whole)
        if response.status_code == HTTPStatus.OK:
            part = {"HTTP_RANGE": ranged} if (ranged := _range(size)) else {}
            response.make_conditional(whole | part, accept_ranges=True, complete_length=size)
    except (PreconditionFailed, RequestedRangeNotSatisfiable):
        response.close()
        raise
    del response.headers["Date"]  # the server writes it
    return response


def _is_expected(response: Response) -> bool:
    """Return whether *response* has the version that If-Match or If-Unmodified-Since asks for."""
    if "If-Match" in request.headers:
        tag, _ = response.get_etag()
        return request.if_match.star_tag or (tag is not None and request.if_match.is_strong(tag))
    since, changed = request.if_unmodified_since, response.last_modified
    return not (since and changed) or changed <= since


def _range(size: int) -> str:
    """The range of a file of *size* bytes that the request asks for, empty for the whole file.

    A server may ignore other Range headers than those of one range, which Werkzeug answers with 416. It
    must ignore Range in a HEAD request (RFC 9110, 14.2), and with a weak ETag in If-Range (13.1.5).
    """
    written = request.headers.get("Range", "")
    found = _ONE_RANGE.fullmatch(written)
    if not found or request.method != "GET" or request.headers.get("If-Range", "").startswith("W/"):
        return ""
    first, last, suffix = found.groups()
    if suffix and int(suffix) >= size:
        return "bytes=0-"  # all that there is (14.1.2)
    return "" if last and int(first) > int(last) else written


def _streamed(opened: OpenedFile, media_type: str | None, caching: str) -> Response:
    """Respond with the content of *opened*, or the requested range of it."""
    size = os.fstat(opened.file.fileno()).st_size
    wrapped = wrap_file(request.environ, opened.file)
    response = Response(wrapped, mimetype=media_type, direct_passthrough=True)
    response.content_length = size
    response.set_etag(opened.digest)
    if opened.modified:
        response.last_modified = datetime.fromtimestamp(opened.modified, UTC)
    response.headers["Cache-Control"] = caching
    response.headers["Content-Security-Policy"] = NO_CONTENT
    return _conditional(response)


class Files:
    """The views of files."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pictures = PictureFolder(context.assets)
        self._published = PublishedFiles()
        self._local = LocalFiles(
            context.assets.absolute().parent, SourceSite(dialect=""), context.site.url
        )

    def asset(self, path: str) -> Response:
        """Respond with a picture of the corpus."""
        media_type, folder = picture_type(path), self._pictures.place(path)
        if not folder:
            raise NotFound
        if shared := self._context.shared_files:
            return self._found(shared.picture(path), media_type, f"public, max-age={AGE}")
        try:
            response = send_from_directory(
                folder, path, mimetype=media_type, max_age=AGE, conditional=False
            )
        except OSError as error:  # such as a file that only its owner may read
            problem, remedy = failure("cannot be read", error)
            said = message(f"assets/{path}", problem, remedy)
            log.warning("asset.unreadable", said, path=f"assets/{path}")
            raise NotFound from error
        del response.headers["Expires"]  # it changes every second; max-age says the same
        response.headers["Content-Security-Policy"] = NO_CONTENT
        return _conditional(response)

    def media(self, digest: str, name: str) -> Response:
        """Respond with a file that a published article names, if its content has *digest*.

        Another content has another address, so that caches may keep the response without a limit.
        """
        index = self._context.pipeline.current_index.index()
        path = f"{MEDIA_FOLDER}{digest}/{quote(name)}"
        for file in self._published.find(index, digest):
            if media_path(file) == path and (found := self._opened(file)):
                return self._found(found, file.type, IMMUTABLE)
        raise NotFound

    def _opened(self, file: NamedFile) -> OpenedFile | str | None:
        """Open *file*, or return its address on another host, None if it is nowhere."""
        if opened := self._local.open(file):
            return OpenedFile(opened, file.digest)
        shared = self._context.shared_files
        return shared.named(file) if shared else None

    def _found(self, found: OpenedFile | str | None, media_type: str | None, caching: str) -> Response:
        """Respond with the file *found*, or with a redirect to its address. Raises NotFound."""
        match found:
            case OpenedFile():
                return _streamed(found, media_type, caching)
            case str():
                return self._context.redirect(found, 302)
        raise NotFound

    def icon(self) -> Response:
        """Respond with the icon for documents that name none, such as feeds."""
        return self.static("icon-64.png")  # some feed readers show no SVG

    def static(self, name: str) -> Response:
        """Respond with a static file, immutable for caches if ``v=`` is its version."""
        file = static_files().get(name)
        if not file:
            raise NotFound
        response = self._context.whole(file.content, file.media_type, is_fixed=True)
        if request.args.get("v") == file.version:
            response.headers["Cache-Control"] = IMMUTABLE
        return response
