"""The bodies of responses: each content coding is undone, and a body that is not in it is refused."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from feeds.doctor.response import MAX_DECODED, Undecodable, decoded
from tests.table import for_each

TEXT = b"<rss/> " * 200
BROTLI = brotli.compress(TEXT)


def without_header(content: bytes) -> bytes:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(content) + encoder.flush()


@for_each(
    ("encode", "codings"),
    [
        (bytes, []),
        (bytes, ["identity"]),
        (gzip.compress, ["x-gzip"]),
        (zlib.compress, ["deflate"]),
        (without_header, ["deflate"]),
        (brotli.compress, ["br"]),
        (zstandard.compress, ["zstd"]),
        (lambda content: brotli.compress(gzip.compress(content)), ["gzip", "br"]),
    ],
)
def test_every_coding_that_readers_accept_is_undone(
    encode: Callable[[bytes], bytes], codings: list[str]
) -> None:
    assert decoded(encode(TEXT), codings) == TEXT


@for_each(
    ("body", "coding", "reason"),
    [
        (TEXT, "rot13", "unknown Content-Encoding rot13"),
        (TEXT, "gzip", "not in the Content-Encoding gzip"),
        (gzip.compress(TEXT)[:-9], "gzip", "not in the Content-Encoding gzip"),
        (zlib.compress(TEXT)[:-9], "deflate", "not in the Content-Encoding deflate"),
        (TEXT, "br", "not in the Content-Encoding br"),
        (BROTLI[: len(BROTLI) // 2], "br", "not in the Content-Encoding br"),
        (TEXT, "zstd", "not in the Content-Encoding zstd"),
    ],
)
def test_a_body_that_is_not_wholly_in_its_coding_is_refused(
    body: bytes, coding: str, reason: str
) -> None:
    with pytest.raises(Undecodable) as refused:
        decoded(body, [coding])
    assert str(refused.value) == reason


def test_brotli_is_not_decoded_without_bounds() -> None:
    encoder, block = brotli.Compressor(quality=1), bytes(MAX_DECODED // 20)
    body = b"".join(encoder.process(block) for _ in range(20)) + encoder.finish()
    with pytest.raises(Undecodable, match="more than 100 MB of content"):
        decoded(body, ["br"])
