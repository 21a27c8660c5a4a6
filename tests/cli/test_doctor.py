"""feeds doctor: every part of a server has its line, and the status says whether it works."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import Result

from feeds.bootstrap import store_of, subscriptions_of
from feeds.cli.own_responses import own_responses
from feeds.push.report import Canary, PushReport
from feeds.settings import load
from feeds.store.subscriptions import PushChanges
from tests.builders import write_article
from tests.commands import invoke
from tests.doctor.scripted_feed import scripted_feed

Doctor = Callable[..., Result]


@pytest.fixture
def settings(corpus: Path, tmp_path: Path) -> dict[str, str]:
    """A server with one article and a public address."""
    write_article(corpus)
    found = {
        "FEEDS_CORPUS_PATH": str(corpus),
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
        "FEEDS_SITE_URL": "https://feeds.example",
        "FEEDS_PUSH_HUB": "off",
    }
    assert invoke("refresh", **found).exit_code == 0
    return found


@pytest.fixture
def doctor(settings: dict[str, str]) -> Doctor:
    """Run the command offline, with changed settings."""
    return lambda *words, **changed: invoke("doctor", "--offline", *words, **settings | changed)


def problems(done: Result) -> list[str]:
    """The level and the message of each finding that is not ok."""
    found = json.loads(done.stdout)["findings"]
    return [f"{each['level']}: {each['message']}" for each in found if each["level"] != "ok"]


def test_a_server_that_runs_has_nothing_but_ok(settings: dict[str, str], doctor: Doctor) -> None:
    with closing(store_of(load(settings))) as writer:
        assert writer.acquire_writer()
        done = doctor("--json", "--strict")
    assert (problems(done), done.exit_code) == ([], 0)
    groups = [each["group"] for each in json.loads(done.stdout)["findings"]]
    assert [*dict.fromkeys(groups)] == [
        "settings", "files", "host", "store", "clock", "hub", "extras", "corpus",
    ]  # fmt: skip


def test_it_changes_no_file(settings: dict[str, str], doctor: Doctor, tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        kept = {path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".db-shm"}
        return {str(path): path.read_bytes() for path in kept}

    before = files()
    assert doctor().exit_code == 0
    assert files() == before


def test_warnings_count_if_that_is_asked_for(doctor: Doctor, tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    done = doctor("--json")
    assert problems(done) == [f"warning: {store}: no process records changes in it; start the server"]
    assert (done.exit_code, doctor("--strict").exit_code) == (0, 1)


def test_it_prints_groups_within_80_columns(doctor: Doctor, tmp_path: Path) -> None:
    done = doctor(FEEDS_CORPUS_PATH="nowhere")
    assert done.exit_code == 1
    assert done.stdout.endswith(
        "corpus\n"
        "  failure  nowhere: no such folder; name the folder of the articles in\n"
        "             corpus.path\n"
    )
    assert done.stderr.splitlines()[-1] == "1 failure, 1 warning"
    wide = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert [line for line in wide if len(line[11:].split()) > 1] == []


def test_an_address_that_only_this_machine_reaches_is_told(doctor: Doctor) -> None:
    found = problems(doctor("--json", FEEDS_SITE_URL="http://127.0.0.1:8000"))
    assert (
        "warning: site.url: an address of this machine, which readers elsewhere cannot reach: "
        "http://127.0.0.1:8000; set it to the public address" in found
    )


def test_a_bad_file_is_counted(corpus: Path, doctor: Doctor) -> None:
    write_article(corpus, "_news/2026-01-03-bad.md", publishedDateTime="soon")
    found = problems(doctor("--json"))
    assert "warning: files: 1 bad, beside 1 article; see feeds check --explain" in found


def test_a_damaged_store_is_a_failure(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"no database" * 1000)
    done = doctor("--json")
    assert done.exit_code == 1
    assert any(each.startswith(f"failure: {tmp_path}/store.db: ") for each in problems(done))


def test_damaged_rows_are_listed_and_more_than_five_counted(
    corpus: Path, settings: dict[str, str], doctor: Doctor, tmp_path: Path
) -> None:
    for number in range(6):
        write_article(corpus, f"_news/2026-01-04-{number}.md")
    assert invoke("refresh", **settings).exit_code == 0
    store = tmp_path / "store.db"
    with closing(sqlite3.connect(store)) as database, database:
        database.execute("UPDATE articles SET payload = zeroblob(9)")
    done = doctor("--json")
    assert done.exit_code == 1
    damages = [each for each in problems(done) if each.startswith(f"failure: {store}: ")]
    assert len(damages) == 6
    assert " more damage" in damages[5]
    assert not any("more damage" in each or "intact" in each for each in damages[:5])
    checked = invoke("store", "check", **settings)
    assert checked.exit_code == 1
    assert len(checked.stdout.splitlines()) >= 7
    assert checked.stderr == (
        f"{store}: damaged; the next start of a server or feeds refresh repairs it\n"
    )


def test_a_missing_store_is_no_failure(doctor: Doctor, tmp_path: Path) -> None:
    other = tmp_path / "other" / "store.db"
    done = doctor("--json", FEEDS_STORE_PATH=str(other))
    assert problems(done) == [f"warning: {other}: no store yet; start the server, or run feeds refresh"]
    assert not other.parent.exists()


def test_the_hub_has_the_warnings_of_its_status(settings: dict[str, str], doctor: Doctor) -> None:
    report = PushReport(at=5, canary=Canary(trouble="status 403", failing=4))
    with closing(subscriptions_of(load(settings))) as subscriptions:
        subscriptions.take_over()
        subscriptions.record(PushChanges(report=report.encoded()))
    found = [each.split(", for")[0] for each in problems(doctor("--json", FEEDS_PUSH_HUB="on"))]
    assert [each for each in found if "store.db" not in each] == [
        f"warning: deliverer: no report{found[-2].partition('no report')[2]}",
        "warning: canary: status 403",
    ]


def test_a_fleet_whose_journal_cannot_be_reached_is_a_failure(doctor: Doctor) -> None:
    done = doctor("--json", FEEDS_FLEET_DSN="postgresql://127.0.0.1:9/none?connect_timeout=2")
    assert done.exit_code == 1
    groups = {each["group"]: each["level"] for each in json.loads(done.stdout)["findings"]}
    assert groups["fleet"] == "failure"


def test_a_public_address_without_a_server_is_one_failure(settings: dict[str, str]) -> None:
    done = invoke("doctor", "--json", **settings | {"FEEDS_SITE_URL": "http://127.0.0.1:9"})
    assert done.exit_code == 1
    assert [each for each in problems(done) if each.startswith("failure")] == [
        "failure: 127.0.0.1:9: cannot be reached: nothing listens there; "
        "see that the server runs and is reachable"
    ]


def test_settings_that_are_invalid_are_an_error(doctor: Doctor) -> None:
    done = doctor(FEEDS_WATCH_MODE="never")
    assert done.exit_code == 2
    assert done.stderr.startswith("feeds: FEEDS_WATCH_MODE: not one of")


def test_one_address_is_checked_in_whole_or_as_a_path(settings: dict[str, str]) -> None:
    with scripted_feed() as feed:
        for url in "/feed.rss", f"{feed.url}/feed.rss":
            done = invoke("doctor", "--json", url, **settings | {"FEEDS_SITE_URL": feed.url})
            assert any("in front of the server" in each for each in problems(done))
            groups = {each["group"] for each in json.loads(done.stdout)["findings"]}
            assert f"{feed.url}/feed.rss" in groups


def test_the_own_responses_are_those_of_the_server(settings: dict[str, str]) -> None:
    with own_responses(load(settings)) as answer:
        assert answer
        found = {
            path: answer(f"https://feeds.example{path}", {"Accept-Encoding": "gzip"})
            for path in ("/feed.rss", "/nothing.rss", "/assets/nothing.png")
        }
    assert {path: each and each.status for path, each in found.items()} == {
        "/feed.rss": 200, "/nothing.rss": 404, "/assets/nothing.png": 404,
    }  # fmt: skip
    assert found["/feed.rss"]
    assert b"<rss" in found["/feed.rss"].content
