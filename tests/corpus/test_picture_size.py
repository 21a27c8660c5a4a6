"""Width and height of pictures."""

from io import BytesIO

from feeds.corpus.content_types import content_type
from feeds.corpus.picture_size import picture_size
from tests.corpus.media_files import avif, gif, jpeg, png, svg, webp
from tests.table import for_each


def size(content: bytes) -> tuple[int, int]:
    return picture_size(BytesIO(content), content_type(content))


@for_each("make", [png, gif, jpeg, webp, avif])
def test_a_picture_has_the_size_in_its_header(make: type) -> None:
    assert size(make(640, 480)) == (640, 480)


def test_a_photo_has_the_size_in_which_it_is_shown() -> None:
    assert size(jpeg(640, 480, orientation=6)) == (480, 640)
    assert size(jpeg(640, 480, before=bytes(200_000))) == (640, 480)


@for_each(
    ("attributes", "expected"),
    [
        ('width="30" height="20"', (30, 20)),
        ("width='30px' height='20.4'", (30, 20)),
        ('width="1in" height="2.54cm"', (96, 96)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('viewBox="0,0,30,20" width="60"', (60, 40)),
        ('viewBox="0 0 30 20" width="100%" height="100%"', (30, 20)),
        ('stroke-width="5" data-height="6"', (0, 0)),
        ('width="100%"', (0, 0)),
        ('width="30" height="x"', (0, 0)),
        ('width="1e99" height="9999999999999"', (0, 0)),
        ("", (0, 0)),
    ],
)
def test_the_size_of_a_vector_picture_is_that_of_its_root(
    attributes: str, expected: tuple[int, int]
) -> None:
    assert size(svg(attributes)) == expected
    assert size(svg(attributes, before="<?xml version='1.0'?><!-- width='7' height='7' -->")) == expected


@for_each("make", [png, gif, jpeg, webp, avif, svg])
def test_a_damaged_picture_is_no_error(make: type) -> None:
    whole = make()
    for length in range(12, len(whole)):
        size(whole[:length])
    assert all(0 <= each <= 65535 for each in size(whole[:14] + b"\xff" * len(whole)))
