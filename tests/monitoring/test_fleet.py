"""The part of a host in a fleet: its lag, and the warnings of its status."""

from typing import Any

import pytest

from feeds.monitoring.fleet import FleetHostState, FleetState, latest

NOW = 1_000_000.0


def state(**fields: Any) -> FleetState:
    return FleetState(**{"at": NOW, "host": "a", "role": "follower", "position": 7, "head": 9, **fields})


def host(name: str, **fields: Any) -> FleetHostState:
    return FleetHostState(**{"host": name, "role": "candidate", "position": 9, "seen": NOW, **fields})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ""),
        ({"behind_since": NOW - 30}, ""),
        ({"behind_since": NOW - 31}, "31 s behind the journal (limit 30 s)"),
        ({"behind_since": NOW + 5}, ""),  # the clock was set back
        ({"behind_since": NOW - 3600, "reachable": False}, ""),
    ],
)
def test_a_host_is_unready_if_it_is_behind_a_journal_that_it_can_reach(
    fields: dict[str, Any], reason: str
) -> None:
    assert state(**fields).unready(NOW, 30) == reason


def test_the_lag_grows_while_the_process_that_follows_the_journal_hangs() -> None:
    behind = state(behind_since=NOW - 1)
    assert [behind.status(NOW + later).lag_seconds for later in (0, 99)] == [1, 100]
    assert state().status(NOW + 99).lag_seconds == 0


@pytest.mark.parametrize(
    ("fields", "warnings"),
    [
        ({"offset": 1.0, "edition": "e"}, []),
        ({"offset": 1.2}, ["clock of a: 1.2 s ahead of the journal's; synchronize it"]),
        ({"hosts": [host("b", offset=-60)]}, ["clock of b: 60.0 s behind the journal's; synchronize it"]),
        ({"edition": "e", "hosts": [host("a", edition="former"), host("b", edition="e")]}, []),
        (
            {"edition": "e", "hosts": [host("c", edition="f"), host("b", edition="e")]},
            [
                "settings: not the same on all hosts (a, b / c); "
                "give all hosts the same settings and version"
            ],
        ),
        ({"edition": "e", "hosts": [host("b", edition="f", offset=9, seen=NOW - 61)]}, []),
        ({"edition": "e", "offset": 0.9, "hosts": [host("b", edition="e", seen=NOW - 60)]}, []),
    ],
)
def test_the_status_warns_of_wrong_clocks_and_of_different_settings(
    fields: dict[str, Any], warnings: list[str]
) -> None:
    assert state(**fields).status(NOW).warnings == warnings


def test_the_last_published_state_counts() -> None:
    assert latest([]) is None
    assert latest([state(at=2, head=3), state(at=1, head=9)]) == state(at=2, head=3)
