"""A server, a deliverer, and the callbacks of a subscriber, for most tests of push."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import article
from tests.harness import Harness
from tests.push.desk import Desk
from tests.push.subscriber import Subscriber, subscriber


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.put(article(1), article(2))
    yield made
    made.close()


@pytest.fixture
def desk(harness: Harness, tmp_path: Path) -> Desk:
    return Desk(harness, tmp_path)


@pytest.fixture
def reader() -> Iterator[Subscriber]:
    """The callbacks of a subscriber."""
    with subscriber() as made:
        yield made
