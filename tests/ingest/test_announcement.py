"""The announcement of the hub: the decision of the deliverer becomes a revision."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.bootstrap import subscriptions_of
from feeds.store.subscriptions import PushChanges
from tests.harness import Harness

OWN = b"https://feeds.example/hub"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path)
    made.write(1)
    made.refresh_all()
    yield made
    made.close()


def decide(served: Harness, *, withdrawn: bool) -> None:
    subscriptions = subscriptions_of(served.settings)
    subscriptions.record(PushChanges(withdrawn=withdrawn))
    subscriptions.close()


def test_a_decision_is_recorded_once_and_changes_all_feeds_without_a_date(served: Harness) -> None:
    announced = served.get("/feed.atom")
    assert OWN in announced.data
    served.now += 60
    for withdrawn in (True, False):
        decide(served, withdrawn=withdrawn)
        before = served.store.revision()
        served.refresh_all()
        assert served.store.revision() == before + 1
        served.refresh_all()
        assert served.store.revision() == before + 1
        after = served.get("/feed.atom")
        assert (OWN in after.data) != withdrawn
        assert after.headers["Last-Modified"] == announced.headers["Last-Modified"]
    assert after.data == announced.data


def test_a_new_description_leaves_the_decision_alone(served: Harness) -> None:
    decide(served, withdrawn=True)
    served.refresh_all()
    served.describe("go", title="Go")
    assert OWN not in served.get("/feed.atom").data


def test_the_decision_stays_while_it_cannot_be_read(
    served: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    decide(served, withdrawn=True)
    served.refresh_all()
    served.close()
    Path(f"{served.settings.store_path}.subscriptions").write_bytes(b"damaged" * 1000)
    again = Harness(served.folder)
    for _ in range(2):
        again.refresh_all()
        assert OWN not in again.get("/feed.atom").data
    assert caplog.text.count("feeds keep announcing hubs as before") == 1
    again.close()
