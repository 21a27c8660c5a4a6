"""The objects that a bucket has to have: those of an exported folder, with their headers."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct

from feeds.article import fingerprint
from feeds.article.expressions import expression
from feeds.export.bucket_order import LAST, Rank, rank
from feeds.export.folder import OURS
from feeds.export.manifest import SUFFIXES, ExportedResponse, Manifest
from feeds.export.names import INDEX, is_page
from feeds.export.objects import DIGEST

REDIRECTS_KEY = f"{OURS}/redirects.json"

_HEADERS = ("Content-Type", "Cache-Control")
_PAGE = "text/html; charset=utf-8"
_MAX_AGE = expression(r"max-age=\d+")
_BLOCK = 1 << 20  # bytes


class NewObject(Struct, frozen=True):
    """The object *key* with the *body*, a file or its bytes.

    *digest* is of the body, the name of the metadata, and the *headers* without the number of
    ``max-age``, which changes with the time until the next article is due: an object is not written for
    that alone.
    """

    key: str
    body: Path | bytes
    headers: dict[str, str]
    digest: str
    rank: Rank


def objects_of(folder: Path, coding: str = "", *, index_pages: bool = False) -> Iterator[NewObject]:
    """Yield the objects of the export in *folder*, one for each response with a body, in any order.

    Documents have the content coding *coding*, pictures have none. A page has the key of its address, and
    the home page is ``index.html``. With *index_pages*, keys are names of files: a page is the
    ``index.html`` of a folder, and no key is that of a folder with others.
    """
    manifest = Manifest(folder / OURS / "manifest")
    redirects = {}
    keys = set()
    for response in manifest.responses():
        if response.status != 200:
            redirects[response.address] = {"status": response.status} | _target(response)
        key = response.file if index_pages else _key(response.file)
        if key and key not in keys:
            keys.add(key)
            yield _object(folder, key, response, coding)
    yield _redirects(redirects)


def _object(folder: Path, key: str, response: ExportedResponse, coding: str) -> NewObject:
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    if response.status != 200:
        headers["Content-Type"] = _PAGE
    file = folder / response.file
    if coding and response.is_coded:
        headers["Content-Encoding"] = coding
        file = folder / (response.file + SUFFIXES[coding])
    lasting = sorted((name, _MAX_AGE.sub("max-age", value)) for name, value in headers.items())
    digest = fingerprint([DIGEST, _hash(file), lasting]).hex()
    return NewObject(key, file, headers, digest, rank(response.address, response.file))


def _key(file: str) -> str:
    return file.removesuffix(INDEX) if is_page(file) and file != INDEX[1:] else file


def _target(response: ExportedResponse) -> dict[str, str]:
    return {"location": response.headers["Location"]} if "Location" in response.headers else {}


def _redirects(redirects: Mapping[str, object]) -> NewObject:
    """The object for a CDN that can redirect: status and target of each address that leads on."""
    body = msgspec.json.encode(redirects, order="sorted")
    headers = {"Content-Type": "application/json"}
    return NewObject(REDIRECTS_KEY, body, headers, fingerprint([DIGEST, body]).hex(), LAST)


def _hash(file: Path) -> bytes:
    found = blake2b(digest_size=16)
    with file.open("rb") as body:
        while block := body.read(_BLOCK):
            found.update(block)
    return found.digest()
