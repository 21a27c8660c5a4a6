"""Rendered documents: bytes with their media type and ETag."""

import re

from feeds.formats.document import CODINGS, Document, etag
from tests.table import for_each


@for_each("coding", CODINGS)
def test_an_etag_is_strong_and_quoted(coding: str) -> None:
    assert re.fullmatch(r'"[!#-~]+"', etag("0123abcd", coding))


def test_no_two_codings_share_an_etag() -> None:
    """They differ byte for byte, and a strong tag promises the same bytes (RFC 9110, 8.8.3.3)."""
    assert len({etag("key", coding) for coding in CODINGS}) == len(CODINGS)


def test_the_etag_of_a_document_is_of_its_content_in_its_coding() -> None:
    assert Document(b"", "identity", "text/plain", "key").etag == '"key"'
    assert Document(b"", "br", "text/plain", "key").etag == '"key-br"'


def test_uncoded_is_the_last_resort() -> None:
    assert CODINGS[-1] == "identity"
