"""The choice of a content coding, for any Accept-Encoding."""

from hypothesis import given
from hypothesis import strategies as st

from feeds.formats.document import CODINGS
from feeds.http.content_coding import choose_coding
from tests.table import for_each


@for_each(
    ("accepted", "chosen"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("identity", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("deflate", "identity"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, br;q=0.5", "br"),
        ("gzip ; q = 0.5 , zstd;q=0.6", "zstd"),
        ("gzip;q=0", "identity"),
        ("gzip;q=0.4, identity;q=0.6", "identity"),
        ("gzip;q=0.001", "gzip"),
        ("*", "br"),
        ("*;q=0.5", "br"),
        ("*, br;q=0", "zstd"),
        ("br;q=0, *;q=0.1, gzip", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity", "identity"),
        ("identity;q=0, *", "br"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("identity;q=0, deflate", None),
        ("gzip;q=0, br;q=0, zstd;q=0, identity;q=0", None),
        (";;;,,,", "identity"),
        ("gzip;q=", "identity"),
        ("gzip;q=nan", "identity"),
        ("gzip;q=-1", "identity"),
        ("gzip;q=5", "gzip"),
        ("gzip;level=9", "gzip"),
        ("gzip;q=1;q=0", "gzip"),
        ("größer", "identity"),
    ],
)
def test_a_client_gets_the_coding_it_likes_best(accepted: str | None, chosen: str | None) -> None:
    assert choose_coding(accepted) == chosen


@given(
    st.text() | st.from_regex(r"(gzip|br|\*|identity)(;q=[0-9.]{0,5})?(,(x|zstd);q=.)?", fullmatch=True)
)
def test_no_accept_encoding_is_an_error(accepted: str) -> None:
    assert choose_coding(accepted) in (*CODINGS, None)
