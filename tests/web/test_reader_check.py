"""The check of feed readers: its page, and its one-time feed as readers of all kinds use it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from feeds.formats import FOR_READERS
from feeds.http.content_language import LANGUAGES
from feeds.settings.sections import HttpSettings
from tests import agents
from tests.entrypoints import RESPONSE_CACHE
from tests.formats.reading import READ
from tests.harness import Harness
from tests.table import for_each

# One at a time: an answer depends on the requests before.
pytestmark = pytest.mark.parametrize("entrypoint", [RESPONSE_CACHE])

HTML = "text/html"


class Reader:
    """A reader that polls the feed of a check in *harness*: a good one, unless a test says otherwise.

    *keep* returns the validators to send next, given the last answer and those sent before.
    """

    def __init__(
        self,
        harness: Harness,
        extension: str = "rss",
        *,
        follows: bool = True,
        learns: tuple[int, ...] = (301,),
        waits: int = 60,
        keep: Callable[[TestResponse, dict[str, str]], dict[str, str]] | None = None,
        **headers: str,
    ) -> None:
        self.harness = harness
        self.page = begin(harness)
        self.address = f"{self.page}/feed.{extension}"
        self._follows, self._learns, self._waits = follows, learns, waits
        self._keep = keep or _both
        self._validators: dict[str, str] = {}
        self._headers = {
            "User_Agent": agents.READER, "Accept": "application/atom+xml", "Accept_Encoding": "gzip",
        } | headers  # fmt: skip

    def poll(self, times: int = 1) -> TestResponse:
        """Request the feed, after max-age is over; return the last answer."""
        for _ in range(times):
            self.harness.now += self._waits
            answer = self._get(self.address)
            if answer.status_code in (301, 302) and self._follows:
                target = answer.headers["Location"].removeprefix("https://feeds.example")
                if answer.status_code in self._learns:
                    self.address = target
                answer = self._get(target)
        return answer

    def _get(self, address: str) -> TestResponse:
        answer = self.harness.get(address, **self._headers | self._validators)
        if answer.status_code in (200, 304):
            self._validators = self._keep(answer, self._validators)
        return answer

    def findings(self) -> dict[str, str]:
        """The code of the finding about each subject."""
        return {each["subject"]: each["code"] for each in self.report()["findings"]}

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.harness.get(f"{self.page}/findings.json").data)
        return found


def _both(answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return {
        "If_None_Match": answer.headers["ETag"], "If_Modified_Since": answer.headers["Last-Modified"],
    }  # fmt: skip


def _first(answer: TestResponse, sent: dict[str, str]) -> dict[str, str]:
    return sent or _both(answer, sent)


def _nothing(_answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return {}


def _unquoted(answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return {"If_None_Match": answer.headers["ETag"].strip('"')}


def _of_its_clock(_answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return {"If_Modified_Since": "Fri, 01 Jan 2027 00:00:00 GMT"}


def _of_its_file(answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return _of_its_clock(answer, {}) | {"If_None_Match": answer.headers["ETag"]}


def _date(answer: TestResponse, _sent: dict[str, str]) -> dict[str, str]:
    return {"If_Modified_Since": answer.headers["Last-Modified"]}


def begin(harness: Harness) -> str:
    """Begin a check; return the path of its page."""
    answer = harness.get("/reader-check/new")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.headers["Location"].removeprefix("https://feeds.example")


def text_of(answer: TestResponse) -> str:
    return " ".join(re.sub(r"(?s)<[^>]+>", " ", answer.text).split())


def test_a_good_reader_hears_of_no_fault(served: Harness) -> None:
    reader = Reader(served, A_IM="feed")
    reader.poll(13)
    assert reader.findings() == {
        "conditional": "both", "validators": "good", "compression": "good", "temporary": "good",
        "permanent": "good", "refused": "good", "gone": "good", "interval": "good", "changes": "good",
        "agent": "good", "accept": "good", "protocol": "good", "cookies": "good", "referrer": "good",
    }  # fmt: skip
    assert {each["level"] for each in reader.report()["findings"]} == {"good"}
    assert "Nothing to fix so far." in text_of(served.get(reader.page))
    assert "Requests by python-reader" in text_of(served.get(reader.page))


@for_each(
    ("subject", "code", "habit"),
    [
        ("conditional", "none", {"keep": _nothing}),
        ("conditional", "date", {"keep": _date}),
        ("validators", "latched", {"keep": _first}),
        ("validators", "mangled", {"keep": _unquoted}),
        ("validators", "invented", {"keep": _of_its_clock}),
        ("validators", "clock", {"keep": _of_its_file}),
        ("compression", "none", {"Accept_Encoding": "identity"}),
        ("temporary", "ignored", {"follows": False}),
        ("permanent", "ignored", {"follows": False}),
        ("temporary", "forgotten", {"learns": (301, 302)}),
        ("permanent", "forgotten", {"learns": ()}),
        ("refused", "early", {"waits": 30}),
        ("interval", "early", {"waits": 30}),
        ("agent", "none", {"User_Agent": ""}),
        ("agent", "browser", {"User_Agent": agents.QUITERSS}),
        ("agent", "address", {"User_Agent": agents.NEWSBOAT}),
        ("accept", "any", {"Accept": "*/*"}),
        ("accept", "html", {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9"}),
        ("referrer", "sent", {"Referer": "https://reader.example/"}),
    ],
)
def test_every_fault_is_found_and_no_good_habit_beside_it(
    served: Harness, subject: str, code: str, habit: dict[str, Any]
) -> None:
    reader = Reader(served, **habit)
    reader.poll(13)
    assert reader.findings()[subject] == code
    found = next(each for each in reader.report()["findings"] if each["subject"] == subject)
    assert found["text"] in text_of(served.get(reader.page, Accept_Language="en")).replace("&#39;", "'")
    faults = {each["subject"] for each in reader.report()["findings"] if each["level"] == "bad"}
    related = {"temporary", "permanent"} if "follows" in habit else {subject}
    assert faults <= related | ({"conditional"} if subject == "validators" else set())


def test_cookies_are_found(served: Harness) -> None:
    reader = Reader(served)
    reader.poll()
    assert reader.findings()["cookies"] == "good"
    served.main.client.set_cookie("a", "1", domain="localhost")
    reader.poll()
    assert reader.findings()["cookies"] == "sent"


def test_an_old_protocol_is_found(served: Harness) -> None:
    reader = Reader(served)
    reader.poll()
    assert reader.findings()["protocol"] == "good"
    old = {"SERVER_PROTOCOL": "HTTP/1.0"}
    served.main.client.get(reader.address, headers={"User-Agent": agents.READER}, environ_overrides=old)
    assert reader.findings()["protocol"] == "old"


def test_an_empty_header_is_none(served: Harness) -> None:
    reader = Reader(served, keep=_nothing, Referer="", If_None_Match="")
    reader.poll(2)
    assert (reader.findings()["conditional"], reader.findings()["referrer"]) == ("none", "good")


def test_arguments_that_a_reader_adds_are_found(served: Harness) -> None:
    reader = Reader(served)
    reader.poll()
    assert "arguments" not in reader.findings()
    reader.address += "?_=1234"
    reader.poll()
    assert reader.findings()["arguments"] == "added"


def test_a_reader_that_asks_after_the_end_is_told_of_it(served: Harness) -> None:
    reader = Reader(served)
    assert reader.poll(13).status_code == 410
    assert reader.findings()["gone"] == "good"
    assert reader.poll(2).status_code == 410
    assert reader.findings()["gone"] == "again"
    assert "Requests after the end: 2." in text_of(served.get(reader.page))


def test_a_reader_that_sends_validators_now_and_then_is_told_of_it(served: Harness) -> None:
    reader = Reader(served, keep=_nothing)
    reader.poll(2)
    assert reader.findings()["conditional"] == "none"
    reader.poll()
    served.get(reader.address, If_None_Match='"0"')
    assert reader.findings()["conditional"] == "some"
    assert "in 1 of 3 requests" in text_of(served.get(reader.page))


def test_the_feed_changes_moves_refuses_and_ends(served: Harness) -> None:
    reader = Reader(served, follows=False, learns=())
    answers = [reader.poll() for _ in range(14)]
    assert [each.status_code for each in answers] == [
        200, 304, 200, 304, 304, 304, 302, 200, 429, 304, 301, 301, 410, 410,
    ]  # fmt: skip
    assert answers[8].headers["Retry-After"] == "60"
    assert answers[6].headers["Location"].endswith("/elsewhere.rss")
    assert answers[10].headers["Location"].endswith("/moved.rss")


@pytest.mark.parametrize("extension", [each.extension for each in FOR_READERS])
def test_readers_find_a_valid_feed_with_an_entry_for_each_version(
    served: Harness, extension: str
) -> None:
    reader = Reader(served, extension, Accept_Encoding="identity")
    first, _, changed = (reader.poll() for _ in range(3))
    before, after = ([item.id for item in READ[extension](each.data).items] for each in (first, changed))
    assert len(before) == 1
    assert after[1:] == before
    assert first.headers["ETag"] != changed.headers["ETag"]
    assert first.headers["Last-Modified"] != changed.headers["Last-Modified"]


def test_a_question_is_open_until_a_request_answers_it(served: Harness) -> None:
    reader = Reader(served)
    assert reader.findings() == {}
    assert "Waiting for the first request" in text_of(served.get(reader.page))
    reader.poll()
    codes = reader.findings()
    opened = {"conditional", "validators", "temporary", "permanent", "refused", "gone", "interval"}
    assert {subject for subject, code in codes.items() if code == "open"} == opened
    assert "1 of 13 steps are done" in text_of(served.get(reader.page))


def test_no_cache_of_any_kind_keeps_an_answer_of_a_check(served: Harness) -> None:
    reader = Reader(served)
    assert reader.poll().headers["Cache-Control"] == "private, max-age=60"
    assert len(reader.report()["requests"]) == 1
    reader.poll()
    assert len(reader.report()["requests"]) == 2
    for path in reader.page, f"{reader.page}/findings.json", "/reader-check":
        answer = served.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_browser_that_opens_the_feed_is_no_reader(served: Harness) -> None:
    reader = Reader(served)
    reader.poll()
    opened = served.get(reader.address, Sec_Fetch_Dest="document", Accept=HTML)
    assert (opened.status_code, opened.mimetype) == (200, "text/xml")
    assert len(reader.report()["requests"]) == 1


def test_a_head_request_is_a_step_with_the_get_that_follows(served: Harness) -> None:
    reader = Reader(served, keep=_nothing)
    reader.poll()
    for method, steps in ("HEAD", 2), ("HEAD", 3), ("GET", 3), ("GET", 4):
        answer = served.get(reader.address, method)
        assert (answer.status_code, bool(answer.data)) == (200, method == "GET")
        assert reader.report()["steps"] == steps
    assert reader.findings()["conditional"] == "head"


def test_a_get_after_a_redirected_head_is_redirected_too(served: Harness) -> None:
    reader = Reader(served)
    reader.poll(6)
    for method in "HEAD", "GET":
        answer = served.get(reader.address, method)
        assert answer.status_code == 302
    assert reader.findings()["temporary"] == "open"
    served.get(answer.headers["Location"])
    assert reader.findings()["temporary"] == "followed"
    reader.poll()
    assert reader.findings()["temporary"] == "good"


def test_a_reader_that_is_at_the_temporary_address_is_not_sent_there(served: Harness) -> None:
    other = Reader(served, follows=False)
    elsewhere = other.poll(7).headers["Location"].removeprefix("https://feeds.example" + other.page)
    reader = Reader(served)
    reader.poll(6)
    assert served.get(reader.page + elsewhere, User_Agent=agents.READER).status_code == 200


def test_every_worker_knows_the_requests_to_the_others(served: Harness) -> None:
    reader = Reader(served, keep=_nothing)
    reader.poll(2)
    other = served.process()
    assert json.loads(other.get(f"{reader.page}/findings.json").data) == reader.report()
    assert READ["rss"](other.get(f"{reader.page}/feed.rss").data).items[0].title.startswith("Version 2")


def test_a_check_ends_after_an_hour(served: Harness) -> None:
    reader = Reader(served)
    reader.poll()
    served.now += 3600
    gone = served.get(reader.address)
    assert (gone.status_code, gone.headers["Cache-Control"]) == (410, "no-store")
    assert "This check has ended." in text_of(served.get(reader.page))
    Reader(served).poll()  # which deletes the requests of the former
    assert reader.report()["requests"] == []


@for_each("name", ["", "x", "0" * 41, "f" * 40, "no/where"])
@for_each("path", ["", "/feed.rss", "/findings.json"])
def test_a_name_that_nobody_got_is_no_check(served: Harness, name: str, path: str) -> None:
    if name or path:
        assert served.get(f"/reader-check/{name}{path}").status_code == 404


def test_two_checks_know_nothing_of_each_other(served: Harness) -> None:
    one, other = Reader(served), Reader(served)
    assert one.page != other.page
    one.poll(3)
    assert other.report()["requests"] == []


def test_long_headers_are_cut_and_the_address_of_the_reader_is_not_kept(served: Harness) -> None:
    reader = Reader(served, User_Agent="x" * 5000)
    served.main.get(reader.address, peer="198.51.100.7", User_Agent="x" * 5000)
    [kept] = reader.report()["requests"]
    assert len(kept["agent"]) == 300
    assert "198.51.100.7" not in json.dumps(kept)
    assert all(
        b"198.51.100.7" not in file.read_bytes() for file in served.folder.glob("store.db.checks*")
    )


def test_nothing_is_written_until_a_reader_asks(served: Harness) -> None:
    file = served.folder / "store.db.checks"
    page = begin(served)
    served.get(page)
    assert not file.exists()
    served.get(f"{page}/feed.rss")
    assert file.exists()


def test_markup_in_a_header_is_text_on_the_page(served: Harness) -> None:
    reader = Reader(served, User_Agent="<script>alert(1)</script>")
    served.get(reader.address, If_None_Match="<script>alert(1)</script>", User_Agent="<script>/1")
    assert "<script>alert" not in served.get(reader.page).text


@for_each("language", LANGUAGES)
def test_the_page_has_every_language(served: Harness, language: str) -> None:
    reader = Reader(served, waits=30, Accept_Encoding="identity")
    reader.poll(13)
    for path in "/reader-check", reader.page:
        shown, english = (served.get(path, Accept_Language=each) for each in (language, "en"))
        assert f'<html lang="{language}"' in shown.text
        assert (text_of(shown) == text_of(english)) == (language == "en")
    about = served.get("/reader-check", Accept_Language=language).text
    assert '<form action="/reader-check/new">' in about


def test_a_chosen_language_stays_chosen(served: Harness) -> None:
    assert served.get("/reader-check/new?ui=de").headers["Location"].endswith("?ui=de")


def test_a_page_reloads_without_scripts_while_the_check_lives(served: Harness) -> None:
    page = begin(served)
    assert '<noscript><meta http-equiv="refresh"' in served.get(page).text
    served.now += 3600
    assert "http-equiv" not in served.get(page).text


def test_it_can_be_turned_off(served: Harness) -> None:
    page = begin(served)
    served.restart(http=HttpSettings(reader_check=False))
    for path in "/reader-check", "/reader-check/new", page, f"{page}/feed.rss", f"{page}/findings.json":
        assert served.get(path).status_code == 404
