"""A response as it was received, its body decoded."""

import zlib
from collections.abc import Callable

import brotli
import zstandard
from msgspec import Struct

MAX_ENCODED = 10_000_000  # bytes of a body
MAX_DECODED = 100_000_000  # bytes of its content

_GZIP = b"\x1f\x8b"
_STEP = 256  # bytes of a body that are decoded at once: each may become thousands


class Undecodable(Exception):
    """A body that its Content-Encoding does not describe; the text is the reason."""


class Redirect(Struct, frozen=True):
    """A redirect with this *status* from the address *url*."""

    status: int
    url: str


class FeedResponse(Struct, frozen=True):
    """The final response to a request for a resource, at *url* after the *redirects*.

    - *headers*: in the order of arrival
    - *body*, *content*: as it was sent, and decoded
    - *trouble*: the reason why *body* cannot be decoded
    - *sent*, *received*: in seconds since 1970
    - *seconds*: the time from the request to the end of the body
    - *expires*: the end of the server's certificate, 0 without one
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    redirects: tuple[Redirect, ...] = ()
    sent: float = 0
    received: float = 0
    seconds: float = 0
    expires: float = 0
    content: bytes = b""
    trouble: str = ""

    def header(self, name: str) -> str:
        """The values of the header *name*, joined by commas; empty if it was not sent."""
        return ", ".join(value for each, value in self.headers if each.lower() == name.lower())

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def codings(self) -> list[str]:
        """The content codings in the order in which they were applied."""
        return [
            each.strip().lower() for each in self.header("Content-Encoding").split(",") if each.strip()
        ]

    @property
    def is_cut(self) -> bool:
        """True if only the beginning of the body was read."""
        return len(self.body) >= MAX_ENCODED

    @property
    def is_still_compressed(self) -> bool:
        """True if the decoded content is compressed all the same."""
        return self.content.startswith(_GZIP)


def decoded(body: bytes, codings: list[str]) -> bytes:
    """Undo *codings* of *body*, the last one first. Raises Undecodable."""
    for coding in reversed([each for each in codings if each != "identity"]):
        decode = _DECODERS.get(coding)
        if not decode:
            raise Undecodable(f"unknown Content-Encoding {coding}")
        try:
            body = decode(body)
        except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
            raise Undecodable(f"not in the Content-Encoding {coding}") from error
        if len(body) >= MAX_DECODED:
            raise Undecodable(f"more than {MAX_DECODED // 1_000_000} MB of content")
    return body


def _gunzip(body: bytes) -> bytes:
    return _inflated(body, zlib.MAX_WBITS | 16)


def _inflate(body: bytes) -> bytes:
    """Decode ``deflate``, with the header of zlib or, as some servers send it, without."""
    try:
        return _inflated(body, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS)


def _inflated(body: bytes, window: int) -> bytes:
    decoder = zlib.decompressobj(window)
    found = decoder.decompress(body, MAX_DECODED)
    if not decoder.eof and not decoder.unconsumed_tail:
        raise EOFError
    return found


def _unbrotli(body: bytes) -> bytes:
    decoder, found = brotli.Decompressor(), bytearray()
    for start in range(0, len(body), _STEP):
        found += decoder.process(body[start : start + _STEP])
        if len(found) >= MAX_DECODED:
            return bytes(found)
    if not decoder.is_finished():
        raise EOFError
    return bytes(found)


def _unzstd(body: bytes) -> bytes:
    with zstandard.ZstdDecompressor().stream_reader(body) as reader:
        return reader.read(MAX_DECODED)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
