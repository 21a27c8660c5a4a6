"""Compression of articles with a shared Zstandard dictionary.

A single article is too short to be compressed well. A dictionary, trained on the first few thousand
articles, contains their common parts; with it, each article is compressed and decompressed separately.
"""

from collections.abc import Sequence
from functools import cached_property

import zstandard

from feeds.errors import StoreError
from feeds.store.decompression import Damaged, Decompressor

MIN_DICTIONARY_ARTICLES = 2000  # to train a dictionary; fewer articles need no compression
MAX_DICTIONARY = 64 * 1024  # bytes; twice the size saves only 2% more
LEVEL = 3  # level 9 takes five times as long and saves 12%


class Compression:
    """Packs and unpacks the payloads of one store; without a *dictionary*, it does not change them.

    ``unpack`` may be called from any number of threads. *name* is the store's name in errors.
    """

    def __init__(self, dictionary: bytes = b"", name: str = "") -> None:
        self.dictionary = dictionary
        self._name = name
        if dictionary:
            self._decompressor = Decompressor(dictionary)

    @cached_property
    def _compressor(self) -> zstandard.ZstdCompressor:
        known = zstandard.ZstdCompressionDict(self.dictionary)
        known.precompute_compress(LEVEL)
        return zstandard.ZstdCompressor(LEVEL, known, write_checksum=True)

    def pack(self, content: bytes) -> bytes:
        """Compress *content* for ``unpack``."""
        return self._compressor.compress(content) if self.dictionary else content

    def unpack(self, payloads: Sequence[bytes]) -> list[bytes]:
        """Return the content of each of *payloads*. Raises StoreError if one is damaged."""
        if not self.dictionary:
            return list(payloads)
        try:
            return self._decompressor.decompress(payloads)
        except Damaged as error:
            raise StoreError(
                self._name, f"damaged article: {error}", "run feeds refresh to repair it"
            ) from error


PLAIN = Compression()


def dictionary(contents: Sequence[bytes]) -> bytes:
    """Train a dictionary on *contents*."""
    try:
        return zstandard.train_dictionary(
            MAX_DICTIONARY, list(contents), k=1024, d=8, dict_id=1
        ).as_bytes()
    except zstandard.ZstdError:  # too few, too short or too similar samples
        return b"".join(contents)[:MAX_DICTIONARY]
