"""Decompression of many frames at once, with an experimental function of zstandard.

https://python-zstandard.readthedocs.io/en/latest/decompressor.html: ``multi_decompress_to_buffer`` exists
only in the C backend. It creates its own contexts, so that threads may share a decompressor; its other
methods are not thread-safe.
"""

from collections.abc import Sequence

import zstandard

# After each call, this thread waits for all other threads, so many small calls are slow: fifty articles,
# one by one, took 0.25 s. But calls with a thousand frames never release their memory.
MAX_FRAMES = 100  # in one call


class Damaged(Exception):
    """A frame cannot be decompressed."""


class Decompressor:
    """Decompresses frames that were compressed with *dictionary*; any thread may call it."""

    def __init__(self, dictionary: bytes) -> None:
        self._decompressor = zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(dictionary))

    def decompress(self, frames: Sequence[bytes]) -> list[bytes]:
        """The contents of *frames*, in order. Raises Damaged."""
        contents: list[bytes] = []
        for start in range(0, len(frames), MAX_FRAMES):
            some: list[bytes | bytearray | memoryview[int]] = [*frames[start : start + MAX_FRAMES]]
            try:
                found = self._decompressor.multi_decompress_to_buffer(some)
            except (zstandard.ZstdError, ValueError) as error:
                raise Damaged(str(error)) from error
            except MemoryError as error:  # a damaged header, with a size of up to 2**64 bytes
                raise Damaged("a size exceeds the memory") from error
            contents += (found[place].tobytes() for place in range(len(some)))
        return contents
