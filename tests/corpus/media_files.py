"""Small media files, and the beginnings of others: pictures of any size without a library."""

import struct
import zlib


def png(width: int = 3, height: int = 2, grey: int = 0) -> bytes:
    """A whole PNG in one shade of *grey*."""
    rows = b"".join(b"\0" + bytes([grey]) * width for _ in range(height))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def gif(width: int = 3, height: int = 2) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def jpeg(width: int = 3, height: int = 2, *, before: bytes = b"", orientation: int = 0) -> bytes:
    """The headers of a JPEG, with *before* in a comment, and the EXIF *orientation* unless 0."""
    exif = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHIII", 1, 0x112, 3, 1, orientation, 0)
    parts = [_segment(0xE1, exif)] if orientation else []
    parts += [_segment(0xFE, before[place : place + 65_000]) for place in range(0, len(before), 65_000)]
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + b"".join(parts) + _segment(0xC0, frame) + b"\xff\xd9"


def _segment(marker: int, data: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def webp(width: int = 3, height: int = 2) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + size


def avif(width: int = 3, height: int = 2) -> bytes:
    def box(kind: bytes, *parts: bytes) -> bytes:
        content = b"".join(parts)
        return struct.pack(">I", len(content) + 8) + kind + content

    item = box(b"infe", b"\x02\0\0\0\0\x01\0\0av01\0")
    sizes = box(b"ispe", b"\0\0\0\0", struct.pack(">II", width, height))
    assigned = box(b"ipma", b"\0\0\0\0\0\0\0\x01\0\x01\x01\x81")
    meta = box(
        b"meta", b"\0\0\0\0", box(b"pitm", b"\0\0\0\0\0\x01"), box(b"iinf", b"\0\0\0\0\0\x01", item),
        box(b"iprp", box(b"ipco", sizes), assigned),
    )  # fmt: skip
    return box(b"ftyp", b"avif\0\0\0\0avifmif1") + meta


def svg(attributes: str = 'width="3" height="2"', before: str = "") -> bytes:
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}><rect width="9"/></svg>'.encode()
    )


def mp3(seconds: float = 1) -> bytes:
    """Silence at 128 kbit/s in frames of 1152 samples at 44.1 kHz."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * round(seconds * 44_100 / 1152)


def iso_file(brand: bytes) -> bytes:
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0isommp42" + b"\0\0\0\x08free"
