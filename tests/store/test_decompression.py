"""The experimental function of zstandard that reads articles: tests of the library's behaviour."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import zstandard

from feeds.errors import StoreError
from feeds.store.compression import Compression, dictionary
from feeds.store.decompression import MAX_FRAMES, Damaged, Decompressor
from tests.table import for_each

CONTENTS = [
    sha256(b"%d" % number).hexdigest().encode() + b" and the same text for all of them " * 9
    for number in range(300)
]
DICTIONARY = dictionary(CONTENTS)


@pytest.fixture(scope="module")
def frames() -> list[bytes]:
    compression = Compression(DICTIONARY)
    return [compression.pack(each) for each in CONTENTS]


def test_the_c_backend_has_the_experimental_call() -> None:
    assert zstandard.backend == "cext"
    assert "multi_decompress_to_buffer" in zstandard.backend_features


@for_each("count", [0, 1, MAX_FRAMES - 1, MAX_FRAMES, MAX_FRAMES + 1, 300])
def test_frames_are_decompressed_in_order(frames: list[bytes], count: int) -> None:
    assert Decompressor(DICTIONARY).decompress(frames[:count]) == CONTENTS[:count]


@for_each("frame", [b"", b"no frame", b"\x28\xb5\x2f\xfd"])
def test_a_frame_that_is_none_is_damaged(frames: list[bytes], frame: bytes) -> None:
    with pytest.raises(Damaged):
        Decompressor(DICTIONARY).decompress([frames[0], frame, frames[1]])
    with pytest.raises(
        StoreError, match=r"^store\.db: damaged article: .*; run feeds refresh to repair it"
    ):
        Compression(DICTIONARY, "store.db").unpack([frames[0], frame, frames[1]])


def test_no_flipped_bit_leads_to_other_content(frames: list[bytes]) -> None:
    frame, decompressor = frames[0], Decompressor(DICTIONARY)
    damaged = 0
    for bit in range(8 * len(frame)):
        flipped = bytearray(frame)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            assert decompressor.decompress([bytes(flipped)]) == [CONTENTS[0]]
        except Damaged:
            damaged += 1
    assert damaged > 7 * len(frame)


def test_another_dictionary_is_damage_and_no_other_content(frames: list[bytes]) -> None:
    with pytest.raises(Damaged):
        Decompressor(dictionary([b"quite another text"] * 300)).decompress(frames)


def test_threads_share_a_decompressor(frames: list[bytes]) -> None:
    decompressor = Decompressor(DICTIONARY)

    def is_right(start: int) -> bool:
        return decompressor.decompress(frames[start:]) == CONTENTS[start:]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(is_right, range(0, 300, 3)))
