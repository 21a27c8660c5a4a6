"""Width and height of pictures."""

import re
from typing import TYPE_CHECKING, BinaryIO

from feeds.article.expressions import expression
from feeds.article.imports import later
from feeds.corpus.content_types import START_BYTES, svg_start

if TYPE_CHECKING:
    import imagesize
else:
    imagesize = later("imagesize")

MAX_PICTURE_PIXELS = 1 << 24  # of width or height

# CSS pixels by unit (CSS Values 4, 6.2); an unknown one, such as %, says nothing about the picture.
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_LENGTH = expression(r"\s*\+?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*([a-z]{0,2})\s*")
_ATTRIBUTE = expression(rb"\s(width|height|viewBox)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def picture_size(file: BinaryIO, media_type: str) -> tuple[int, int]:
    """Width and height in pixels of the picture in *file*, as it is shown; 0 if unknown.

    A turned photo (EXIF) has the width and height after turning.
    """
    if media_type == "image/svg+xml":
        file.seek(0)
        return _vector_size(file.read(START_BYTES))
    width, height = imagesize.get(file)  # -1 for a file that it cannot read
    is_known = 0 < width <= MAX_PICTURE_PIXELS and 0 < height <= MAX_PICTURE_PIXELS
    return (int(width), int(height)) if is_known else (0, 0)


def _vector_size(head: bytes) -> tuple[int, int]:
    """The size of an SVG file by its root element: ``width`` and ``height``, else the ``viewBox``.

    ``imagesize`` takes the first such attributes in the file, and knows no ``viewBox``.
    """
    start = svg_start(head)
    tag = head[start : head.find(b">", start) + 1]
    found = {name.decode(): (double or single).decode(errors="replace")
             for name, double, single in _ATTRIBUTE.findall(tag)}  # fmt: skip
    width, height = _pixels(found.get("width", "")), _pixels(found.get("height", ""))
    box = re.split(r"[\s,]+", found.get("viewBox", "").strip())
    if len(box) == 4 and (ratio := _ratio(box)):
        if not (width or height):
            width, height = _pixels(box[2]), _pixels(box[3])
        width, height = width or height * ratio, height or width / ratio
    size = round(width), round(height)
    return size if all(0 < each <= MAX_PICTURE_PIXELS for each in size) else (0, 0)


def _ratio(box: list[str]) -> float:
    width, height = _pixels(box[2]), _pixels(box[3])
    return width / height if width and height else 0.0


def _pixels(written: str) -> float:
    found = _LENGTH.fullmatch(written.lower())
    return float(found[1]) * _UNITS.get(found[2], 0.0) if found else 0.0
