"""feeds readers and feeds pollers: counts from access logs of other servers."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, cycle, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from feeds.cli import main
from feeds.cli.access_logs import MAX_LINE, AccessLogs
from feeds.cli.live_counts import freshness
from feeds.cli.pollers import span
from feeds.readership.agents import Classifier
from feeds.readership.crawlers import FewWords
from feeds.readership.known_readers import known_readers
from feeds.readership.live_report import LiveReport, decoded_report, encoded_report, totals_of
from feeds.readership.pollers import Pollers
from feeds.readership.readership import ReadershipReport
from feeds.readership.request import SECONDS_PER_DAY, client_hash
from feeds.readership.requested_feeds import RequestedFeeds
from tests.commands import invoke, run_python
from tests.readership.log_lines import LOG_FORMATS, WITH_HEADERS, combined, log
from tests.readership.week import ATOM, FEED, HOUR, MONDAY, RSS, Client, Hit, agents_of, merged, people
from tests.table import for_each

APP, OTHER_APP, BROWSER, BOT = (
    agents_of("app")[0], agents_of("app")[2], agents_of("browser")[0], agents_of("bot")[0]
)  # fmt: skip
FEEDBIN, FEEDLY = agents_of("hosted")[0], agents_of("hosted")[1]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, corpus: Path) -> Run:
    """Run a command on the log in *text*."""
    file = tmp_path / "access.log"

    def run(command: str, text: str, *words: str) -> Result:
        file.write_text(text)
        return invoke(command, "--access-log", file, *words, FEEDS_CORPUS_PATH=str(corpus))

    return run


def week() -> list[Hit]:
    """A week with 12 people, two services with 1,959 readers, a bot that wastes, and a lost feed."""
    clients = [
        *people(9, APP),
        *people(3, OTHER_APP, "10.2", target=ATOM, manner="dated"),
        Client("192.0.2.1", FEEDBIN),
        Client("192.0.2.2", FEEDLY, target=ATOM, every=HOUR),
        Client("192.0.2.3", BOT, manner="none", every=HOUR / 4, coding=""),
        Client("192.0.2.4", BROWSER),
        Client("192.0.2.5", agents_of("library")[3], end=1000),
    ]
    lost = [
        hit._replace(target="/topics/gone.rss", status=410, size=0)
        for hit in merged(people(4, APP, "10.3"))
    ]
    claim = Hit(MONDAY + 5, "192.0.2.9", RSS, "Spoof/9 (999999999 subscribers)", 200, 5)
    return sorted([*merged(clients), *lost, claim], key=lambda hit: hit.time)


@pytest.mark.parametrize("name", LOG_FORMATS)
def test_readers_are_the_same_from_every_log(run: Run, name: str) -> None:
    done = run("readers", log(name, week()))
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[:2] == [
        "readers: 1,971 (1,959 reported by 2 services, 12 apps)",
        "seven days until 2026-10-04; the logs begin at 2026-09-28",
    ]
    assert "  1,971     1,959      12    1,971       -  /topics/oceans" in lines
    assert "      1,571  Feedly                /topics/oceans" in lines
    assert "      999,999,999  Spoof                 /topics/oceans" in lines
    assert "          4  410  /topics/gone" in lines


@pytest.mark.parametrize("command", ["readers", "pollers"])
def test_tables_fit_80_columns(run: Run, command: str) -> None:
    hits = week() + [
        Hit(
            MONDAY + n * SECONDS_PER_DAY,
            "192.0.2.1",
            f"/{'long' * 60}.rss",
            f"{'Name' * 40}/1",
            200,
            10**12,
        )
        for n in range(2)
    ]
    done = run(command, log("combined", hits))
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_readers_as_json(run: Run) -> None:
    made = json.loads(run("readers", log("combined", week()), "--json").stdout)
    assert made["summary"] == "readers: 1,971 (1,959 reported by 2 services, 12 apps)"
    assert (made["first_day"], made["last_day"]) == ("2026-09-28", "2026-10-04")
    (feed,) = made["feeds"]
    assert feed["feed"] == FEED
    assert (feed["readers"], feed["reported"], feed["apps"], feed["push"]) == (1971, 1959, 12, 0)
    assert feed["formats"] == [{"format": "atom", "readers": 1574}, {"format": "rss", "readers": 397}]
    assert (feed["bots"], feed["browsers"]) == (671, 84)
    (lost,) = made["lost"]
    assert (lost["feed"], lost["status"], lost["readers"]) == ("/topics/gone", 410, 4)


def test_one_feed_is_chosen_as_people_write_it(run: Run) -> None:
    hits = week() + [
        Hit(MONDAY + n * SECONDS_PER_DAY, "192.0.2.1", "/feed.rss", APP, 200, 9) for n in range(2)
    ]
    text = log("combined", hits)
    for word in "topics/oceans.rss", "/topics/oceans.atom", "http://127.0.0.1:8000/topics/oceans.json":
        assert run("readers", text, word).stdout.startswith("readers: 1,971 ")
    assert run("readers", text, "/feed.json").stdout.startswith("readers: 1 ")


def test_a_table_has_forty_feeds_and_says_how_many_more_there_are(run: Run) -> None:
    hits = [
        Hit(MONDAY + day * SECONDS_PER_DAY, "192.0.2.1", f"/topics/{number}.rss", APP, 200, 9)
        for day in range(2) for number in range(42)
    ]  # fmt: skip
    lines = run("readers", log("combined", hits)).stdout.splitlines()
    assert len([line for line in lines if "/topics/" in line]) == 40
    assert "and 2 more; see --json" in lines


def test_a_chosen_path_need_not_look_like_a_feed(run: Run) -> None:
    hits = [Hit(MONDAY + n * SECONDS_PER_DAY, "192.0.2.1", "/latest", APP, 200, 9) for n in range(2)]
    assert run("readers", log("combined", hits)).stdout.startswith("readers: 0 ")
    assert run("readers", log("combined", hits), "/latest").stdout.startswith("readers: 1 ")


# ``readers`` reads every format; two have the headers of requests.
@pytest.mark.parametrize("name", ["cloudfront", *WITH_HEADERS])
def test_pollers_are_the_same_from_logs_with_and_without_headers(run: Run, name: str) -> None:
    done = run("pollers", log(name, week()), "--json")
    made = json.loads(done.stdout)
    worst = made["worst"][0]
    assert (worst["name"], worst["kind"], worst["feed"]) == ("Googlebot", "bot", FEED)
    assert (worst["requests"], worst["wasted"]) == (671, 656)
    assert made["few"] == 1
    assert worst["validators"] == ("none" if name in WITH_HEADERS else "no 304")
    assert worst["compressed"] is (False if name in WITH_HEADERS else None)
    good = next(each for each in made["worst"] if each["name"] == "FreshRSS")
    assert good["validators"] == ("good" if name in WITH_HEADERS else "304")
    assert good["wasted"] == 0
    assert abs(good["median"] - 2 * HOUR) < 100


def test_the_table_of_pollers(run: Run) -> None:
    lines = run("pollers", log("extended", week())).stdout.splitlines()
    assert lines[0].endswith("requests for feeds, 22 MB")
    assert lines[1].endswith("wasted")
    assert lines[2].startswith("1 client causes half of that, and ")
    assert lines[5].split()[2:5] == ["671", "671", "0"]
    assert lines[5].endswith("none")
    assert "Googlebot " in lines[6]
    assert lines[7].strip() == "not compressed"


def test_the_table_of_pollers_names_redirects_that_are_ignored(run: Run) -> None:
    hits = [
        Hit(MONDAY + number * HOUR + after, "192.0.2.1", RSS, APP, status, 900, etag='"1"')
        for number in range(4) for after, status in ((0, 301), (1, 200))
    ]  # fmt: skip
    lines = run("pollers", log("extended", hits)).stdout.splitlines()
    assert "3 redirects ignored" in lines[-1]


@for_each(("seconds", "text"), [(-1, "-"), (0, "0 s"), (59, "59 s"), (90, "1.5 min"), (900, "15 min")])
def test_a_time_has_the_largest_unit_that_it_fills(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_count_with_gaps_says_what_it_lacks() -> None:
    report = LiveReport(
        until=MONDAY, since="2026-09-01", sentence="", total=totals_of([]), left_out=3, lost=2,
        readers=ReadershipReport("", "", 0, [], []),
        polling=Pollers(RequestedFeeds(), Classifier(known_readers(), FewWords())).report(),
    )  # fmt: skip
    assert freshness(report) == (
        "counted from 2026-09-01 to 2026-09-28 00:00:00 UTC; "
        "an estimate: 3 requests of too many were not looked at; "
        "2 seconds of requests could not be counted"
    )
    saved = encoded_report(report)
    assert decoded_report(saved) == report
    assert decoded_report(saved[:-3]) is decoded_report(b"") is None


def test_one_feed_of_the_own_count_is_chosen(tmp_path: Path, corpus: Path) -> None:
    settings = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    for word in "/topics/oceans.rss", "topics/oceans.rss", "http://127.0.0.1:8000/topics/oceans.rss":
        assert invoke("readers", word, **settings).exit_code == 0
    done = invoke("readers", "/feed", "/other", **settings)
    assert done.exit_code == 2
    assert done.stderr == ("feeds: /other: more than one feed; name one, or files with --access-log\n")


@pytest.mark.parametrize("command", ["readers", "pollers"])
def test_without_a_log_and_a_count_the_command_says_so(
    command: str, tmp_path: Path, corpus: Path
) -> None:
    settings = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    done = invoke(command, **settings)
    assert done.exit_code == 0
    assert "no request was counted yet" in done.stdout
    assert [*tmp_path.glob("store.db*")] == []
    done = invoke(command, FEEDS_READERSHIP_COUNT="false", **settings)
    assert done.exit_code == 2
    assert done.stderr == (
        f"feeds: {command}: readers are not counted: readership.count is off; "
        "name an access log with --access-log\n"
    )


def test_rotated_and_compressed_logs_are_read_in_the_order_of_time(tmp_path: Path, corpus: Path) -> None:
    hits = week()
    third = len(hits) // 3
    newest, older, oldest = (
        tmp_path / "access.log",
        tmp_path / "access.log.1",
        tmp_path / "access.log.2.gz",
    )
    oldest.write_bytes(gzip.compress(log("combined", hits[:third]).encode()))
    older.write_text(log("extended", hits[third : 2 * third]))
    newest.write_text(log("caddy", hits[2 * third :]))
    settings = {"FEEDS_CORPUS_PATH": str(corpus)}
    done = invoke("readers", "--access-log", newest, older, oldest, **settings)
    assert done.stdout.startswith(
        "readers: 1,971 (1,959 reported by 2 services, 12 apps)\nseven days until"
    )
    made = json.loads(
        invoke("pollers", "--access-log", newest, older, oldest, "--json", **settings).stdout
    )
    assert made["worst"][0]["requests"] == 671
    assert made["worst"][0]["shortest"] == 900


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_standard_input_is_read(pack: Callable[[bytes], bytes], corpus: Path) -> None:
    text = pack(log("combined", week()).encode())
    done = CliRunner(env={"FEEDS_CORPUS_PATH": str(corpus)}).invoke(
        main, ["readers", "--access-log", "-"], input=text
    )
    assert done.stdout.startswith("readers: 1,971 ")


def test_lines_that_are_not_understood_are_counted_and_named(run: Run, tmp_path: Path) -> None:
    lines = log("combined", week()).splitlines()
    lines[2:2] = ["nonsense \x1b[31m", ""]
    lines += ["more"] * 9
    done = run("readers", "\n".join(lines))
    assert done.stdout.startswith("readers: 1,971 ")
    named = done.stderr.splitlines()
    assert named[0] == "10 lines not understood:"
    assert named[1] == f"  {tmp_path / 'access.log'}:3: not of the format combined"
    assert len(named) == 6


def test_a_log_of_another_format_is_an_error(run: Run) -> None:
    done = run("readers", "one\ntwo\n")
    assert done.exit_code == 2
    assert "--access-log: no line is of a known format; use combined of nginx or Apache" in done.stderr


def test_an_empty_log_has_no_readers(run: Run) -> None:
    done = run("readers", "")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (
        0,
        "readers: 0 (0 reported by 0 services, 0 apps)",
    )
    assert run("pollers", "").stdout == "0 requests for feeds, 0 B\nnone wasted\n"


def test_a_missing_log_is_an_error(tmp_path: Path) -> None:
    done = invoke("readers", "--access-log", tmp_path / "none.log")
    assert done.exit_code == 2
    assert done.stderr == (
        f"feeds: {tmp_path / 'none.log'}: cannot be read: no such file or directory;"
        " create it, or name another\n"
    )


def test_two_feeds_are_an_error(run: Run) -> None:
    done = run("readers", "", "/feed", "/other")
    assert done.exit_code == 2
    assert done.stderr == "feeds: /other: no such file; name files, and one feed\n"


def test_a_damaged_archive_counts_up_to_its_damage(tmp_path: Path, corpus: Path) -> None:
    file = tmp_path / "access.log.gz"
    file.write_bytes(gzip.compress(log("combined", week()).encode())[:-400])
    done = invoke("readers", "--access-log", file, FEEDS_CORPUS_PATH=str(corpus))
    assert done.stdout.startswith("readers: 1,9")
    assert "damaged after this line" in done.stderr


def requests_in(*files: Path) -> Iterator[tuple[str, str]]:
    """The targets and User-Agents in logs."""
    logs = AccessLogs([str(each) for each in files], client_hash(b"key"), lambda target: True)
    with closing(logs.requests(lambda done, total: None)) as found:
        for each in found:
            yield each.target, each.agent


HOSTILE = (
    "A" * 100_000, "\udcff\udcfe", "\x07\x1b[2J", "\u202e\u0000x", "9" * 5000 + " subscribers",
    "(" * 9000,
)  # fmt: skip


def test_a_hostile_line_is_a_line_of_its_own(tmp_path: Path, corpus: Path) -> None:
    agents = chain.from_iterable(zip(HOSTILE, repeat(None), repeat(None), strict=False))
    hits = [
        hit._replace(agent=agent or hit.agent) for hit, agent in zip(week(), cycle(agents), strict=False)
    ]
    file = tmp_path / "access.log"
    file.write_bytes(log("combined", hits).encode(errors="surrogateescape"))
    assert len([*requests_in(file)]) == len(hits)
    for command in "readers", "pollers":
        done = invoke(command, "--access-log", file, FEEDS_CORPUS_PATH=str(corpus))
        assert done.exit_code == 0
        assert all(line.isprintable() for line in done.stdout.splitlines())


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    hit = week()[0]
    file.write_text(f"{combined(hit)}\n{'x' * (3 * MAX_LINE)}\n{combined(hit)}\n")
    assert len([*requests_in(file)]) == 2


def test_progress_counts_bytes(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_text(f"{combined(week()[0])}\n" * 45_000)
    shown: list[tuple[int, int]] = []
    logs = AccessLogs([str(file)], client_hash(b"key"), lambda target: False)
    assert [*logs.requests(lambda done, total: shown.append((done, total)))] == []
    assert len(shown) == 2
    assert 0 < shown[0][0] <= shown[1][0] <= shown[1][1] == file.stat().st_size


def test_without_the_lists_common_bots_are_known_and_the_command_says_so(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_text(log("combined", week()))
    code = "import sys; sys.modules['crawlerdetect'] = None; from feeds.cli import main; main()"
    done = run_python("-c", code, "readers", "--access-log", file)
    assert done.stdout.startswith("readers: 1,971 ")
    assert done.stderr == "feeds: bots: only common ones are known; install the extra readers\n"
