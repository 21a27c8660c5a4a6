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
from feeds.export.manifest import SUFFIXES, ExportedAnswer, Manifest
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
    """Yield the objects of the export in *folder*, one for each answer with a body, in any order.

    Documents have the content coding *coding*, pictures have none. A page has the key of its address, and
    the home page is ``index.html``. With *index_pages*, keys are names of files: a page is the
    ``index.html`` of a folder, and no key is that of a folder with others.
    """
    manifest = Manifest(folder / OURS / "manifest")
    redirects = {}
    keys = set()
    for answer in manifest.answers():
        if answer.status != 200:
            redirects[answer.address] = {"status": answer.status} | _target(answer)
        key = answer.file if index_pages else _key(answer.file)
        if key and key not in keys:
            keys.add(key)
            yield _object(folder, key, answer, coding)
    yield _redirects(redirects)


def _object(folder: Path, key: str, answer: ExportedAnswer, coding: str) -> NewObject:
    headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    if answer.status != 200:
        headers["Content-Type"] = _PAGE
    file = folder / answer.file
    if coding and answer.is_coded:
        headers["Content-Encoding"] = coding
        file = folder / (answer.file + SUFFIXES[coding])
    lasting = sorted((name, _MAX_AGE.sub("max-age", value)) for name, value in headers.items())
    digest = fingerprint([DIGEST, _hash(file), lasting]).hex()
    return NewObject(key, file, headers, digest, rank(answer.address, answer.file))


def _key(file: str) -> str:
    return file.removesuffix(INDEX) if is_page(file) and file != INDEX[1:] else file


def _target(answer: ExportedAnswer) -> dict[str, str]:
    return {"location": answer.headers["Location"]} if "Location" in answer.headers else {}


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
