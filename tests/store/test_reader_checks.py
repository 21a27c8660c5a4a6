"""The state of checks of readers: its order, its bounds, and its failures."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from feeds.errors import StoreError
from feeds.store.reader_checks import (
    CHECK_SECONDS,
    MAX_CHECKED_REQUESTS,
    MAX_CHECKS,
    CheckedRequest,
    ReaderChecks,
)
from feeds.store.sqlite.reader_checks import SQLiteReaderChecks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db.checks"


@pytest.fixture
def checks(file: Path) -> ReaderChecks:
    return SQLiteReaderChecks(file)


def request(checks: ReaderChecks, check: str, now: float = 0, place: str = "feed") -> CheckedRequest:
    """Record a request, whose answer counts those before."""
    return checks.record(check, now, lambda before: CheckedRequest(now, place, version=len(before)))


def test_requests_are_kept_in_order_with_all_they_have(checks: ReaderChecks, file: Path) -> None:
    made = CheckedRequest(
        1.5, "moved", "HEAD", "a=1", "Example/1", "*/*", "gzip", '"1"', "a date", "feed",
        has_cookie=True, has_referrer=True, protocol="HTTP/2", status=304, version=2, etag='"2"',
        modified="another date", coding="br",
    )  # fmt: skip
    assert None not in msgspec.structs.astuple(made)
    assert checks.record("a", 1.5, lambda _before: made) == made
    request(checks, "a", 2)
    assert SQLiteReaderChecks(file).requests("a") == [made, CheckedRequest(2, "feed", version=1)]
    assert checks.requests("b") == []


def test_requests_at_the_same_time_follow_each_other(file: Path) -> None:
    """Each of them has a connection, as in another process."""
    with ThreadPoolExecutor(8) as threads:
        found = threads.map(lambda _number: request(SQLiteReaderChecks(file), "a").version, range(24))
        assert sorted(found) == [*range(24)]


def test_a_check_that_is_over_is_deleted(checks: ReaderChecks) -> None:
    request(checks, "a", 100)
    request(checks, "a", CHECK_SECONDS)
    request(checks, "b", CHECK_SECONDS + 100)
    assert len(checks.requests("a")) == 2
    request(checks, "b", CHECK_SECONDS + 101)
    assert checks.requests("a") == []
    assert len(checks.requests("b")) == 2


def test_more_requests_than_a_check_keeps_are_answered(checks: ReaderChecks) -> None:
    for number in range(MAX_CHECKED_REQUESTS + 2):
        assert request(checks, "a").version == min(number, MAX_CHECKED_REQUESTS)
    assert len(checks.requests("a")) == MAX_CHECKED_REQUESTS


def test_the_check_that_was_used_last_the_longest_ago_makes_room(checks: ReaderChecks) -> None:
    for number in range(MAX_CHECKS):
        request(checks, str(number), number)
    request(checks, "0", MAX_CHECKS)
    request(checks, "new", MAX_CHECKS + 1)
    assert checks.requests("1") == []
    assert all(checks.requests(name) for name in ("0", "2", "new"))


def test_a_failure_while_an_answer_is_made_keeps_nothing(checks: ReaderChecks) -> None:
    def fail(_before: list[CheckedRequest]) -> CheckedRequest:
        raise ValueError("no answer")

    request(checks, "a")
    with pytest.raises(ValueError, match="no answer"):
        checks.record("a", 0, fail)
    assert len(checks.requests("a")) == 1


def test_a_damaged_file_is_an_error_with_its_remedy(checks: ReaderChecks, file: Path) -> None:
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="delete it; checks of readers begin anew"):
        request(checks, "a")
