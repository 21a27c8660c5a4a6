"""Results of probes: when a picture is dead, and when it is probed again."""

from feeds.article import Image
from feeds.ingest.probe.outcomes import DAY, OLDER_THAN, Outcome, is_due, result
from feeds.store.state import Probe
from tests.table import for_each

URL = "https://pictures.example/a.png"
NOW = 1_780_000_000
FOUND = Outcome("found", facts=Image(URL, 3, 2, "image/png", length=70), host="pictures.example")
FAILED, GONE, REFUSED = (Outcome(kind, kind) for kind in ("failed", "gone", "refused"))


def after(*outcomes: tuple[int, Outcome]) -> Probe:
    """The result after *outcomes*, each with its second after NOW."""
    made: Probe | None = None
    for seconds, outcome in outcomes:
        made = result(URL, made, outcome, NOW + seconds)
    assert made
    return made


@for_each(
    ("outcomes", "status", "failures"),
    [
        ([(0, FOUND)], "ok", 0),
        ([(0, GONE)], "dead", 1),
        ([(0, FAILED)], "unknown", 1),
        ([(0, FAILED), (DAY - 1, FAILED)], "unknown", 2),
        ([(0, FAILED), (DAY, FAILED)], "dead", 2),
        ([(0, FAILED), (60, FAILED), (DAY, FAILED)], "dead", 3),
        ([(0, FOUND), (0, FAILED), (DAY, FAILED)], "dead", 2),
        ([(0, FAILED), (60, FOUND), (DAY, FAILED)], "unknown", 1),
        ([(0, GONE), (60, FAILED)], "dead", 2),
        ([(0, GONE), (60, FOUND)], "ok", 0),
        ([(0, REFUSED), (9 * DAY, REFUSED)], "unknown", 2),
        ([(0, FAILED), (DAY, REFUSED), (2 * DAY, FAILED)], "unknown", 3),
    ],
)
def test_a_picture_is_dead_if_its_server_says_so_or_after_failures_a_day_apart(
    outcomes: list[tuple[int, Outcome]], status: str, failures: int
) -> None:
    made = after(*outcomes)
    assert (made.status, made.failures) == (status, failures)


def test_the_facts_of_the_last_success_stay() -> None:
    made = after((0, FOUND), (60, GONE))
    assert made.facts == FOUND.facts
    assert made.reason == "gone"
    assert after((0, GONE)).facts == Image(URL, type="")


@for_each(("failures", "days"), [(0, 30), (1, 1), (2, 2), (3, 4), (5, 16), (6, 30), (5000, 30)])
def test_failures_are_probed_again_sooner_but_ever_more_rarely(failures: int, days: int) -> None:
    probe = Probe(URL, NOW, "unknown" if failures else "ok", failures=failures)
    assert not is_due(probe, NOW + days * DAY - 1, OLDER_THAN)
    assert is_due(probe, NOW + days * DAY, OLDER_THAN)


def test_a_new_picture_is_due_and_a_server_that_asked_for_a_delay_is_left_alone() -> None:
    assert is_due(None, NOW, OLDER_THAN)
    busy = after((0, Outcome("failed", "busy", retry_after=5 * DAY)))
    assert not is_due(busy, NOW + 5 * DAY - 1, 0)
    assert is_due(busy, NOW + 5 * DAY, OLDER_THAN)
    assert is_due(after((0, FOUND)), NOW, 0)
