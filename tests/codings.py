"""Decoders of the content codings, independent of the encoders of ``feeds``."""

import gzip
from collections.abc import Callable

import brotli
import zstandard
from werkzeug.test import TestResponse

DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompress(body),
}


def decoded(response: TestResponse) -> bytes:
    """The content of *response* without its content coding."""
    return DECODE[response.headers.get("Content-Encoding", "identity")](response.data)
