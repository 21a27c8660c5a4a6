"""Media types by content, never by name."""

from feeds.corpus.content_types import content_type
from tests.corpus.media_files import avif, gif, iso_file, jpeg, mp3, png, svg, webp
from tests.table import for_each

PROLOG = "\ufeff<?xml version='1.0'?>\n<!-- <p> --><!DOCTYPE svg [<!ENTITY a '>'>]>\n"


@for_each(
    ("content", "expected"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (gif(), "image/gif"),
        (webp(), "image/webp"),
        (avif(), "image/avif"),
        (svg(), "image/svg+xml"),
        (svg(before=PROLOG), "image/svg+xml"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "image/bmp"),
        (b"\0\0\x01\0\x01\0", "image/vnd.microsoft.icon"),
        (b"\xff\x0a\0\0", "image/jxl"),
        (iso_file(b"heic"), "image/heic"),
        (iso_file(b"M4A "), "audio/mp4"),
        (iso_file(b"isom"), "video/mp4"),
        (iso_file(b"qt  "), "video/quicktime"),
        (mp3(), "audio/mpeg"),
        (b"ID3\x04\0" + bytes(90), "audio/mpeg"),
        (b"\xff\xf1\x50\x80" + bytes(90), "audio/aac"),
        (b"OggS\0\x02" + bytes(22) + b"\x01\x13OpusHead", "audio/ogg"),
        (b"OggS\0\x02" + bytes(22) + b"\x01\x2a\x80theora", "video/ogg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", "video/avi"),
        (b"fLaC\0\0", "audio/flac"),
        ((b"G" + bytes(187)) * 2, "video/mp2t"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20) + b"V_VP9A_OPUS", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + bytes(20) + b"A_OPUS", "audio/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska" + bytes(20), "video/x-matroska"),
    ],
)  # fmt: skip
def test_the_type_of_a_file_is_that_of_its_content(content: bytes, expected: str) -> None:
    assert content_type(content) == expected


@for_each(
    "content",
    [
        b"",
        b"BM is how this text begins",
        b"# A title\n<svg></svg>",
        b"<html><svg></svg></html>",
        b"<!-- <svg> -->",
        b"<svgx>",
        "Text in UTF-16".encode("utf-16"),
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"---\ntitle: A\n---\n",
        b"\xff\xfb\xf0\x00",
        b"RIFF\0\0\0\0ACON",
    ],
)
def test_other_content_has_no_type(content: bytes) -> None:
    assert not content_type(content)


@for_each("part", [b"<?a", b"<!--", b"<!DOCTYPE a [", b" ", b"<!DOCTYPE ", b"<!-- --> "])
def test_a_long_prolog_costs_linear_time(part: bytes) -> None:
    assert not content_type(part * (1_000_000 // len(part)))
