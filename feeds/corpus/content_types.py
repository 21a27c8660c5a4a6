"""Media types of pictures, audio and video by their content.

Magic numbers are those of https://mimesniff.spec.whatwg.org, and of formats that are newer than it.
"""

import re
from typing import NamedTuple

from feeds.article.expressions import expression

START_BYTES = 65_536  # bytes at the beginning of a file that determine its type

# The extensions of files by media type, the usual one first.
EXTENSIONS = {
    "audio/aac": ("aac",),
    "audio/aiff": ("aiff", "aif", "aifc"),
    "audio/flac": ("flac",),
    "audio/midi": ("mid", "midi"),
    "audio/mp4": ("m4a", "m4b", "mp4"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/ogg": ("ogg", "oga", "opus", "spx"),
    "audio/wav": ("wav", "wave"),
    "audio/webm": ("weba", "webm"),
    "audio/x-matroska": ("mka", "mkv"),
    "image/avif": ("avif",),
    "image/bmp": ("bmp", "dib"),
    "image/gif": ("gif",),
    "image/heic": ("heic", "heif"),
    "image/heif": ("heif", "heic"),
    "image/jp2": ("jp2", "jpf", "jpx"),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif", "pjpeg"),
    "image/jxl": ("jxl",),
    "image/png": ("png", "apng"),
    "image/svg+xml": ("svg",),
    "image/tiff": ("tif", "tiff"),
    "image/vnd.microsoft.icon": ("ico",),
    "image/webp": ("webp",),
    "video/avi": ("avi",),
    "video/mp2t": ("ts", "m2ts", "mts"),
    "video/mp4": ("mp4", "m4v", "3gp"),
    "video/mpeg": ("mpg", "mpeg", "vob"),
    "video/ogg": ("ogv", "ogg"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "video/x-flv": ("flv",),
    "video/x-matroska": ("mkv",),
    "video/x-ms-asf": ("wmv", "wma", "asf"),
}


class _Magic(NamedTuple):
    """The bytes at an offset of every file of one media type."""

    media_type: str
    magic: bytes
    offset: int = 0


_MAGIC = (
    _Magic("image/png", b"\x89PNG\r\n\x1a\n"),
    _Magic("image/jpeg", b"\xff\xd8\xff"),
    _Magic("image/gif", b"GIF87a"),
    _Magic("image/gif", b"GIF89a"),
    _Magic("image/webp", b"WEBPVP", 8),
    _Magic("image/vnd.microsoft.icon", b"\x00\x00\x01\x00"),
    _Magic("image/tiff", b"II*\x00"),
    _Magic("image/tiff", b"MM\x00*"),
    _Magic("image/jxl", b"\xff\x0a"),
    _Magic("image/jxl", b"\x00\x00\x00\x0cJXL \r\n\x87\n"),
    _Magic("image/jp2", b"\x00\x00\x00\x0cjP  \r\n\x87\n"),
    _Magic("audio/flac", b"fLaC"),
    _Magic("audio/wav", b"WAVE", 8),
    _Magic("audio/aiff", b"AIFF", 8),
    _Magic("audio/mpeg", b"ID3"),
    _Magic("audio/midi", b"MThd\x00\x00\x00\x06"),
    _Magic("video/avi", b"AVI ", 8),
    _Magic("video/mpeg", b"\x00\x00\x01\xba"),
    _Magic("video/x-flv", b"FLV\x01"),
    _Magic("video/x-ms-asf", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
)

# Major brands of ISO base media files (ISO/IEC 14496-12); every other one is video/mp4.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_BITMAP_HEADERS = {12, 40, 52, 56, 64, 108, 124}  # sizes of the header of a BMP file
_PROLOG = expression(
    rb"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_SVG = expression(rb"<(?:\w+:)?svg[\s>/]")


def content_type(head: bytes) -> str:
    """The media type of a picture, audio or video that begins with *head*, empty for any other content.

    Up to HEAD bytes are used.
    """
    for kind in _MAGIC:
        if head.startswith(kind.magic, kind.offset):
            return kind.media_type
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska(head)
    if head.startswith(b"OggS\x00"):
        return "video/ogg" if b"\x80theora" in head[:4096] else "audio/ogg"
    if head.startswith(b"BM"):
        return "image/bmp" if int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS else ""
    if svg_start(head) >= 0:
        return "image/svg+xml"
    return _frames(head)


def svg_start(head: bytes) -> int:
    """The offset of the root element if *head* is the beginning of an SVG file, else -1."""
    place = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    while found := _PROLOG.match(head, place):
        place = found.end()
    return place if _SVG.match(head, place) else -1


def _matroska(head: bytes) -> str:
    """The type of a WebM or Matroska file: audio if it begins with audio tracks alone."""
    start = head[:4096]
    kind = "audio" if b"A_" in start and b"V_" not in start else "video"
    return f"{kind}/webm" if b"webm" in start[:64] else f"{kind}/x-matroska"


def _frames(head: bytes) -> str:
    """The type of audio or video that is a sequence of frames without a header."""
    if len(head) > 188 and head[0] == head[188] == 0x47:
        return "video/mp2t"
    if len(head) < 4 or head[0] != 0xFF:
        return ""
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_layer_3, bit_rate, rate = head[1] & 0xE6 == 0xE2, head[2] >> 4, head[2] >> 2 & 3
    return "audio/mpeg" if is_layer_3 and 0 < bit_rate < 15 and rate < 3 else ""
