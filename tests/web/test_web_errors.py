"""Statuses and texts of errors."""

import logging

import pytest

from feeds.errors import FeedsError, QueryError, StoreError
from feeds.web.errors import STATUSES, plain
from tests.builders import article
from tests.entrypoints import FLASK_CALLS
from tests.error_form import assert_form
from tests.harness import Harness
from tests.table import for_each

# Errors that are raised at the start or collected, never while a request is handled.
NO_ANSWER = {
    "SettingsError",
    "CorpusError",
    "ArticleError",
    "UnreadableFile",
    "StoreError",
    "StoreDamaged",
    "StoreRefused",
    "CounterReplaced",
    "ExportError",
    "CommandLineError",
    "AddressError",
    "PassedOver",
    "JournalError",
    "LeaseLost",
    "DelivererReplaced",
    "Killed",
}


def kinds(of: type[FeedsError] = FeedsError) -> list[type[FeedsError]]:
    """Every subclass of *of* that ``feeds`` defines."""
    found = [kind for kind in of.__subclasses__() if kind.__module__.startswith("feeds.")]
    return [*found, *(below for kind in found for below in kinds(kind))]


def test_every_error_has_a_status_or_a_reason_not_to() -> None:
    assert {kind.__name__ for kind in kinds()} == {kind.__name__ for kind in STATUSES} | NO_ANSWER
    assert not NO_ANSWER & {kind.__name__ for kind in STATUSES}


@pytest.mark.parametrize(
    "error",
    [
        StoreError("/srv/secret.db", "disk is full", "free some space"),
        ZeroDivisionError("secret"),
        KeyError("secret"),
    ],
)
def test_an_internal_error_is_logged_and_not_shown(
    empty: Harness, error: Exception, entrypoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    empty.main.fail_with(error)
    with caplog.at_level(logging.ERROR):
        answer = empty.get("/build")
    assert answer.status_code == 500
    assert answer.text == "server: internal error, see its log; try again later\n"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    logged = "GET /build: unexpected error; answered with 500"
    assert caplog.messages == [logged] * FLASK_CALLS[entrypoint]
    assert str(error) in caplog.text


def test_a_failed_request_does_not_affect_the_next(served: Harness) -> None:
    served.main.fail_with(RuntimeError("broken"))
    assert served.get("/build").status_code == 500
    assert served.get("/feed.rss").status_code == 200


def test_no_text_can_break_out_of_its_line(empty: Harness) -> None:
    empty.main.fail_with(QueryError("limit", "bad", "use 1\r\nX-Evil: 1\N{LINE SEPARATOR}\x1b[2J\udcff"))
    answer = empty.get("/build")
    assert answer.status_code == 400
    assert answer.text == "limit: bad; use 1 X-Evil: 1 \\x1b[2J\\udcff\n"


def test_only_a_temporary_error_has_retry_after() -> None:
    assert plain("later", 503).headers["Retry-After"] == "5"
    assert "Retry-After" not in plain("never", 404).headers


def test_an_unsatisfiable_range_is_refused_in_one_line(served: Harness) -> None:
    (served.assets / "one.png").write_bytes(b"12345")
    answer = served.get("/assets/one.png", Range="bytes=99-")
    assert (answer.status_code, answer.text) == (
        416,
        "request: requested range not satisfiable; correct the request\n",
    )
    assert served.get("/assets/one.png", Range="bytes=1-2").data == b"23"


def test_an_error_hides_nothing_that_was_there_before(served: Harness) -> None:
    assert served.get("/topics/later.rss").status_code == 404
    served.put(article(9, topics=("Later",)), at=int(served.now))
    assert served.get("/topics/later.rss").status_code == 200


@for_each(
    ("address", "status"),
    [
        ("/nothing", 404), ("/topics/none.rss", 404), ("/feed/1999-01.rss", 404), ("/opml/none", 404),
        ("/explain", 400), ("/explain?article=none", 404), ("/opml?format=x", 400),
        ("/feed.rss?limit=0", 400),
        ("/oembed", 400), ("/oembed?url=x", 404), ("/oembed?url=x&format=x", 501),
        ("/oembed?url=x&maxwidth=x", 400), ("/topics/none", 404), ("/assets/none.png", 404),
        ("/qr/none", 400),
    ],
)  # fmt: skip
def test_every_answer_with_an_error(served: Harness, address: str, status: int) -> None:
    answer = served.get(address)
    assert (answer.status_code, answer.text.count("\n")) == (status, 1)
    assert_form(answer.text.removesuffix("\n"))


def test_the_answer_before_the_first_load(empty: Harness) -> None:
    answer = empty.get("/feed.rss")
    assert answer.status_code == 503
    assert_form(answer.text.removesuffix("\n"))


def test_every_other_answer_with_an_error(served: Harness) -> None:
    for answer, status in (
        (served.get("/feed.rss", "POST"), 405),
        (served.get("/feed.rss", Accept_Encoding="identity;q=0, *;q=0"), 406),
        (served.get("/status", X_Forwarded_For="192.0.2.1"), 403),
    ):
        assert answer.status_code == status
        assert_form(answer.text.removesuffix("\n"))
