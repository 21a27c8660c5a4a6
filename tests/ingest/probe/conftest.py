"""Fixtures of probes: a server of pictures."""

from collections.abc import Iterator

import pytest

from tests.ingest.probe.picture_server import PictureServer, serving


@pytest.fixture
def pictures() -> Iterator[PictureServer]:
    """A server without pictures."""
    with serving() as made:
        yield made
