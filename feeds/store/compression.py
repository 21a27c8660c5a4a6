"""How a store keeps articles small: without repeating what most of them say.

One article is too short to be compressed well by itself. A dictionary, made of the first few thousand,
holds what they have in common; each is then compressed, and read, alone.
"""

from collections.abc import Sequence
from functools import cached_property

import zstandard

from feeds.errors import StoreError
from feeds.store.decompression import Damaged, Decompressor

MIN_DICTIONARY_ARTICLES = 2000  # articles to make a dictionary of; so many take no room worth saving
MAX_DICTIONARY = 64 * 1024  # bytes; twice that would save a fiftieth more
LEVEL = 3  # 9 takes five times as long, and saves an eighth


class Compression:
    """Packs and unpacks the payloads of one store; without a *dictionary*, they stay as they are.

    ``unpack`` may be called from any number of threads. *name* is what an error calls the store.
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
        """*content* as ``unpack`` takes it."""
        return self._compressor.compress(content) if self.dictionary else content

    def unpack(self, payloads: Sequence[bytes]) -> list[bytes]:
        """What was packed. Raises StoreError where one of *payloads* is damaged."""
        if not self.dictionary:
            return list(payloads)
        try:
            return self._decompressor.decompress(payloads)
        except Damaged as error:
            raise StoreError(self._name, f"an article in it is damaged: {error}") from error


PLAIN = Compression()


def dictionary(contents: Sequence[bytes]) -> bytes:
    """What *contents* have in common."""
    try:
        return zstandard.train_dictionary(
            MAX_DICTIONARY, list(contents), k=1024, d=8, dict_id=1
        ).as_bytes()
    except zstandard.ZstdError:  # they are too few, too short or too much alike to be told apart
        return b"".join(contents)[:MAX_DICTIONARY]
