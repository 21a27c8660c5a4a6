"""Access to the status of the server, and its content."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from lxml import html

from feeds.bootstrap import store_of
from feeds.errors import StoreError
from feeds.http import draining
from feeds.monitoring.fleet import FleetHostState, FleetState
from feeds.monitoring.process_registry import Problem, Refresh
from feeds.settings import Settings
from feeds.settings.sections import HttpSettings
from feeds.store import File, Store
from feeds.web import create_app
from feeds.web.status import NumberFormats
from feeds.web.texts import texts
from tests.builders import LATER, article
from tests.entrypoints import FLASK, RESPONSE_CACHE
from tests.harness import Harness
from tests.table import for_each
from tests.web.conftest import ADDRESSES, PAGES, filled

TOKEN = "correct-horse-battery"
BOTH = ("/status", "/status.json")
HERE = ("127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")


def basic(password: str, user: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def is_refused(served: Harness, status: int, **asked: str) -> None:
    for path in BOTH:
        for method in "GET", "HEAD":
            answer = served.get(path, method, **asked)
            assert answer.status_code == status
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert len(answer.text) < 200


def is_shown(served: Harness, **asked: str) -> None:
    assert [served.get(path, **asked).status_code for path in BOTH] == [200, 200]


@for_each("peer", HERE)
def test_without_a_token_clients_on_this_machine_see_the_status(shared: Harness, peer: str) -> None:
    for host in "localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "a.localhost":
        is_shown(shared, peer=peer, Host=host)


def test_without_a_token_no_other_client_sees_the_status(shared: Harness) -> None:
    """Clients of a Unix socket have no address."""
    for peer in (
        "",
        "10.0.0.1",
        "192.0.2.1",
        "::",
        "2001:db8::1",
        "::ffff:192.0.2.1",
        "localhost",
        "0.0.0.0",
    ):
        is_refused(shared, 403, peer=peer)


@for_each(
    "header",
    [
        "X_Forwarded_For",
        "Forwarded",
        "X_Real_IP",
        "Via",
        "X_Forwarded_Proto",
        "X_Forwarded",
        "CF_Connecting_IP",
    ],
)
def test_without_a_token_no_client_of_a_proxy_sees_the_status(shared: Harness, header: str) -> None:
    for value in "127.0.0.1", "for=127.0.0.1", "192.0.2.1", "", "1.1 a":
        is_refused(shared, 403, **{header: value})


@for_each(
    "host",
    [
        "feeds.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.0.2.1",
        "[::2]",
        "[",
        "]:",
    ],
)
def test_without_a_token_no_foreign_host_name_leads_to_the_status(shared: Harness, host: str) -> None:
    """A page in a browser on this machine could otherwise read it, if its own name resolved to here."""
    for path in BOTH:
        assert shared.get(path, Host=host).status_code in (400, 403)


def test_a_proxy_without_headers_is_detected_by_its_protocol_version(served: Harness) -> None:
    for version, status in ("1.0", 403), ("1.1", 200), ("2", 200):
        spoken = {"REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": f"HTTP/{version}"}
        answers = [served.main.client.get(path, environ_overrides=spoken) for path in BOTH]
        assert [answer.status_code for answer in answers] == [status, status]


@pytest.mark.parametrize(
    "given", [f"Bearer {TOKEN}", f"bearer {TOKEN}", basic(TOKEN), basic(TOKEN, "anybody")]
)
def test_with_a_token_its_holder_sees_the_status_from_anywhere(served: Harness, given: str) -> None:
    served.restart(http=HttpSettings(status_token=TOKEN))
    asked = {"Authorization": given, "X_Forwarded_For": "192.0.2.1", "Host": "feeds.example"}
    for peer in "192.0.2.1", "127.0.0.1", "":
        is_shown(served, peer=peer, **asked)


def test_with_a_token_no_other_client_sees_the_status(served: Harness) -> None:
    served.restart(http=HttpSettings(status_token=TOKEN))
    is_refused(served, 401)
    for given in (
        "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN.upper()}",
        basic(""), basic("x"), basic("", TOKEN), basic(f"x:{TOKEN}"), "Basic", "Basic !", "Basic /w==",
        f"Digest {TOKEN}", f'Digest password="{TOKEN}"', "Bearer größer", "Bearer " + "x" * 5000, TOKEN,
    ):  # fmt: skip
        asked = {"Authorization": given.encode().decode("latin-1")}
        is_refused(served, 401, **asked)
        answer = served.get("/status", **asked)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")  # so that browsers ask
        assert "Bearer" in answer.headers["WWW-Authenticate"]
        assert TOKEN not in answer.text


def test_an_application_without_a_monitor_has_no_status(served: Harness) -> None:
    server = served.server
    app = create_app(server.pipeline, server.site, server.settings.http, server.assets, server.clock)
    assert [app.test_client().get(path).status_code for path in BOTH] == [404, 404]


@for_each("path", BOTH)
def test_the_status_is_not_cached_indexed_or_readable_by_other_sites(shared: Harness, path: str) -> None:
    answer = shared.get(path, Origin="https://evil.example", If_None_Match="*")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not {"ETag", "Last-Modified", "Set-Cookie"} & set(answer.headers.keys())
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    asked = shared.get(path, "OPTIONS", Origin="https://evil.example")
    assert "Access-Control-Allow-Origin" not in asked.headers
    for public in (*PAGES, "/opml", "/catalog.json", "/robots.txt"):
        assert "/status" not in shared.get(public).text


def status(served: Harness) -> dict[str, object]:
    return json.loads(served.get("/status.json").data)


def test_the_status_counts_articles_topics_and_providers(served: Harness) -> None:
    served.put(article(900, published=article(1).published.replace(year=2030)))
    told = status(served)
    assert told["corpus"] == {
        "articles": 3,
        "topics": 4,
        "providers": 2,
        "scheduled": 1,
        "next_scheduled": "2030-01-02T12:00:00Z",
        "changed": None,
    }
    assert told["store"]["revision"] == 2
    assert told["store"]["bytes"] > 10_000
    assert told["store"]["schema"] >= 3
    assert told["store"]["changed"] == "2026-01-04T12:00:00Z"
    assert told["now"] == told["started"] == "2027-01-01T12:00:00Z"
    assert (told["trouble"], told["loading"]) == ("", None)


def test_the_status_shows_the_progress_of_the_first_load(empty: Harness) -> None:
    empty.loading(500, 2000)
    told = status(empty)
    assert told["loading"] == {"files_read": 500, "files": 2000}
    assert told["corpus"]["articles"] == 0
    assert "500 of 2,000 files" in empty.get("/status").text


@pytest.mark.parametrize("entrypoint", [FLASK, RESPONSE_CACHE])
def test_every_response_is_counted_except_the_status(served: Harness) -> None:
    before = status(served)["requests"]["total"]
    asked = [*ADDRESSES, "/nothing", "/opml", "/feed.rss?limit=x"]
    for path in asked:
        served.get(path)
    for _ in range(3):
        served.get("/status")
        told = status(served)
    assert told["requests"]["total"] - before == len(asked)
    assert told["requests"]["by_status"]["4xx"] == 2
    assert told["feeds"]["requests"] == len(ADDRESSES)


@pytest.mark.parametrize("entrypoint", [FLASK, RESPONSE_CACHE])
def test_a_feed_is_counted_under_its_canonical_address(served: Harness) -> None:
    for query in ("", "?utm_source=x", "?limit=50", "?nothing=1&sort=newest"):
        served.get(f"/feed.rss{query}")
    tag = served.get("/feed.rss").headers["ETag"]
    served.get("/feed.rss", If_None_Match=tag)
    told = status(served)["feeds"]
    assert told["top"] == [{"address": "https://feeds.example/feed.rss", "requests": 6}]
    assert told["not_modified"] == 1
    assert told["not_modified_ratio"] == round(1 / 6, 4)


def test_files_held_back_are_listed_with_line_and_reason(served: Harness) -> None:
    served.change(
        files=[
            File("b.md", (1, 2, 3), line=4, problem="title: an article needs one\nno-title"),
            File("a.md", (1, 2, 3), problem="published: false\nunpublished", withheld=True),
            File("c.md", (1, 2, 3), problem="removed: true\nremoved", withheld=True),
            File("fine.md", (1, 2, 3), id="x"),
        ]
    )
    served.put(article(900, published=article(1).published.replace(year=2030)))
    served.server.metrics.set_refresh(
        Refresh(
            finished=LATER,
            seconds=0.25,
            files=4,
            bad=1,
            problems=[Problem("_data/x.yml", 2, "bad", "mend")],
        )
    )
    told = status(served)
    held = told["held_back"]
    assert (held["bad"], held["withheld"], held["scheduled"]) == (2, 2, 1)
    assert [(each["path"], each["line"], each["kind"], each["reason"]) for each in held["files"]] == [
        ("_data/x.yml", 2, "bad", "bad"),
        ("b.md", 4, "bad", "title: an article needs one"),
        ("a.md", 0, "withheld", "published: false"),
        ("c.md", 0, "withheld", "removed: true"),
        ("tag:example.org,2020:900.md", 0, "scheduled", "scheduled for 2030-01-02 12:00 UTC"),
    ]
    assert all(each["help"] for each in held["files"])
    assert told["refresh"] == {
        "finished": "2027-01-01T12:00:00Z", "seconds": 0.25, "files": 4, "recorded": None,
    }  # fmt: skip
    page = served.get("/status").text
    assert "b.md:4" in page
    assert "2 files have errors." in page
    assert "title of 900" not in page.lower()


def test_of_many_files_held_back_the_first_are_listed_and_all_counted(served: Harness) -> None:
    files = [
        File(f"{number:04}.md", (1, 2, 3), line=1, problem="no front matter") for number in range(500)
    ]
    served.change(files=files)
    held = status(served)["held_back"]
    assert held["bad"] == 500
    assert [each["path"] for each in held["files"]] == [f"{number:04}.md" for number in range(100)]
    assert "The first 100 are listed here" in served.get("/status").text


def test_hostile_names_and_reasons_are_text(served: Harness) -> None:
    hostile = "<script>alert(1)</script>\u202e\"' onload=x {{ 7 * 7 }}\n<img src=x>"
    served.change(files=[File(f"{hostile}.md", (1, 2, 3), line=1, problem=hostile * 50)])
    served.server.metrics.set_refresh(Refresh(finished=LATER, trouble=hostile))
    page = served.get("/status")
    tree = html.fromstring(page.text)
    assert not tree.xpath("//main//script | //@onload | //main//img | //@style")
    assert "\u202e" not in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert status(served)["held_back"]["files"][0]["path"] == f"{hostile}.md"


def test_an_unreadable_store_is_reported_beside_the_rest_of_the_status(
    tmp_path: Path, entrypoint: str
) -> None:
    disk_failed = Event()

    def open_store(settings: Settings) -> Store:
        if disk_failed.is_set():
            raise StoreError(Path("store.db"), "cannot be opened: <disk>", "check it")
        return store_of(settings)

    served = filled(Harness(tmp_path, entrypoint, parts={"open_store": open_store}))
    disk_failed.set()
    told = status(served)
    assert told["trouble"] == "store.db: cannot be opened: <disk>; check it"
    assert told["store"] is None
    assert told["corpus"]["articles"] == 3
    assert "cannot be opened: &lt;disk&gt;" in served.get("/status").text
    served.close()


def test_the_status_reveals_no_setting(served: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_ENVIRONMENT", "hidden-in-environment")
    served.restart(http=HttpSettings(status_token=TOKEN, no_changes_for=("hidden-agent",)))
    for path in "/status", "/status.json":
        text = served.get(path, Authorization=f"Bearer {TOKEN}").text
        for secret in TOKEN, "hidden-in-environment", "hidden-agent":
            assert secret not in text


def test_every_table_has_a_caption_and_headers(shared: Harness) -> None:
    shared.get("/feed.rss")
    tree = html.fromstring(shared.get("/status").text)
    tables = tree.xpath("//main//table")
    assert len(tables) >= 6
    for table in tables:
        assert table.xpath("string(./caption)").strip()
        assert table.xpath(".//th")
        assert not table.xpath(".//th[not(@scope)]")


@for_each(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345, "12.3 kB"), (99_960, "100 kB"),
     (999_600, "1.0 MB"), (123_456_789, "123 MB"), (5e9, "5.0 GB"), (5e12, "5.0 TB"), (5e15, "5000 TB")],
)  # fmt: skip
def test_sizes_have_three_digits_and_a_unit(count: float, said: str) -> None:
    assert NumberFormats(texts("en")).size(count) == said


def test_the_page_says_in_words_when_files_feeds_and_this_server_changed(served: Harness) -> None:
    five_minutes_ago = LATER - 300
    served.change(files=[File("a.md", (five_minutes_ago * 1_000_000_000, 2, 3), id="x")])
    served.server.metrics.set_refresh(
        Refresh(finished=LATER - 7200, seconds=0.25, files=4, recorded=LATER - 7200)
    )
    told = status(served)
    assert told["corpus"]["changed"] == "2027-01-01T11:55:00Z"
    assert told["refresh"]["finished"] == "2027-01-01T10:00:00Z"
    assert facts(served)["Last change of a file"] == "5 minutes ago (11:55 UTC)"
    assert facts(served)["Last change of a feed"] == "362 days ago (2026-01-04 12:00 UTC)"
    said = facts(served)["Last recorded by this server"]
    assert said == "2 hours ago (10:00 UTC)4 files in 0.25 s"


def test_a_server_that_changed_nothing_says_so_and_when_it_checked(served: Harness) -> None:
    served.server.metrics.set_refresh(Refresh(finished=LATER - 2))
    assert facts(served)["Last recorded by this server"] == "nothing since its start"
    assert facts(served)["Last check of all files"] == "just now (11:59 UTC)"
    assert facts(served)["Last change of a file"] == "not yet"


def test_a_new_writer_that_found_no_changes_hides_no_earlier_ones(served: Harness) -> None:
    served.server.metrics.set_refresh(Refresh(finished=LATER - 300, files=4, recorded=LATER - 300))
    served.server.metrics.set_refresh(Refresh(finished=LATER))
    assert facts(served)["Last recorded by this server"] == "5 minutes ago (11:55 UTC)"
    assert status(served)["refresh"]["recorded"] == "2027-01-01T11:55:00Z"


def facts(served: Harness) -> dict[str, str]:
    """The values in the tables of the page, by their names."""
    rows = html.fromstring(served.get("/status").text).xpath("//table[@class='facts']//tr")
    return {row.xpath("string(th)"): row.xpath("string(td)") for row in rows}


@for_each(
    ("date", "said"),
    [
        ("2026-06-01T12:00:00", "just now (12:00 UTC)"),
        ("2026-06-01T11:59:00", "60 seconds ago (11:59 UTC)"),
        ("2026-06-01T00:00:00", "12 hours ago (00:00 UTC)"),
        ("2026-05-31T23:59:59", "12 hours ago (2026-05-31 23:59 UTC)"),
        ("2026-06-01T12:05:00", "in 5 minutes (12:05 UTC)"),
        ("2026-06-09T12:00:00", "in 8 days (2026-06-09 12:00 UTC)"),
    ],
)
def test_times_are_told_by_their_distance_and_the_clock(date: str, said: str) -> None:
    now, at = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in ("2026-06-01T12:00:00", date))
    assert NumberFormats(texts("en")).when(at, now) == said


@for_each(
    ("seconds", "said"),
    [(0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7200, "2 hours"),
     (47 * 3600, "47 hours"), (48 * 3600, "2 days"), (86_400 * 1234, "1,234 days")],
)  # fmt: skip
def test_spans_are_whole_numbers_of_a_unit(seconds: float, said: str) -> None:
    assert NumberFormats(texts("en")).span(seconds) == said


@for_each(
    ("ratio", "said"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50%"),
        (0.9339, "93.4%"),
        (0.0001, "<0.1%"),
        (0.99995, ">99.9%"),
    ],
)
def test_a_share_is_rounded_neither_to_none_nor_to_all(ratio: float, said: str) -> None:
    assert NumberFormats(texts("en")).share(ratio) == said


def test_the_status_is_not_kept_by_the_response_cache(served: Harness, entrypoint: str) -> None:
    told = [served.get("/status.json") for _ in range(2)]
    served.put(article(7))
    assert told[0].data == told[1].data
    assert status(served)["corpus"]["articles"] == 4


def test_the_failure_of_a_part_is_shown_with_its_process(served: Harness) -> None:
    served.server.metrics.troubles = lambda: {"follower": "store.db: <gone>", "clock": "ahead"}
    served.server.metrics.set_refresh(Refresh(finished=LATER, trouble="corpus: no such folder"))
    told = status(served)
    [worker] = told["workers"]
    assert worker["troubles"] == {"follower": "store.db: <gone>", "clock": "ahead"}
    assert told["trouble"] == (
        f"corpus: no such folder; worker {worker['pid']}: follower: store.db: <gone>; "
        f"worker {worker['pid']}: clock: ahead"
    )
    page = served.get("/status").text
    assert "Degraded: follower: store.db: &lt;gone&gt;" in page


def test_ready_lists_the_parts_that_do_not_work(served: Harness, empty: Harness) -> None:
    assert served.get("/ready").text == "ready: 3 articles at revision 1\n"
    served.server.metrics.troubles = lambda: {"follower": "store.db: cannot be\nopened"}
    served.server.metrics.set_refresh(Refresh(finished=LATER, trouble="corpus: no such folder"))
    served.server.metrics.read_others(now=True)
    answer = served.get("/ready")
    assert answer.status_code == 200
    assert answer.text == (
        "ready: 3 articles at revision 1; degraded: follower: store.db: cannot be opened; "
        "degraded: writer: corpus: no such folder\n"
    )


def test_ready_gives_reasons_only_to_clients_that_may_see_the_status(served: Harness) -> None:
    def troubles() -> dict[str, str]:
        return {"follower": "/srv/store.db: gone", "clock": "ahead"}

    served.server.metrics.troubles = troubles
    for asked in ({"peer": "192.0.2.1"}, {"X_Forwarded_For": "192.0.2.1"}):
        answer = served.get("/ready", **asked)
        assert answer.text == "ready: 3 articles at revision 1; degraded: follower; degraded: clock\n"
    served.restart(http=HttpSettings(status_token=TOKEN))
    served.server.metrics.troubles = troubles
    assert "/srv" not in served.get("/ready").text
    assert "/srv" in served.get("/ready", Authorization=f"Bearer {TOKEN}").text


def in_fleet(served: Harness, **fields: Any) -> None:
    """Publish that the host is in a fleet, which another process of it follows."""
    other = served.process().server.metrics
    other.set_fleet(
        FleetState(**{"at": LATER, "host": "a", "role": "follower", "position": 7, "head": 9, **fields})
    )
    other.begin()
    served.server.metrics.read_others(now=True)


def test_strict_readiness_needs_a_writer(served: Harness) -> None:
    answer = served.get("/ready?strict=writer", peer="192.0.2.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.text == "not ready: no process writes the store\n"
    assert served.get("/ready").status_code == 200
    writer = served.process().server.metrics
    writer.set_refresh(Refresh(finished=LATER))
    writer.begin()
    assert served.get("/ready?strict=writer").text == "ready: 3 articles at revision 1\n"
    assert served.get("/ready?strict=leader").status_code == 400


def test_strict_readiness_needs_the_leader_of_a_fleet(served: Harness) -> None:
    in_fleet(served, leader="b")
    answer = served.get("/ready?strict=writer")
    assert (answer.status_code, answer.text) == (503, "not ready: leader is b\n")
    in_fleet(served, role="leader", leader="a", at=LATER + 1)
    assert served.get("/ready?strict=writer").status_code == 200


def test_a_host_that_is_too_far_behind_its_journal_is_not_ready_but_serves(served: Harness) -> None:
    behind = LATER - 31
    in_fleet(served, behind_since=behind)
    answer = served.get("/ready", peer="192.0.2.1")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.text == "not ready: 31 s behind the journal (limit 30 s)\n"
    assert served.get("/feed.rss").status_code == 200
    in_fleet(served, behind_since=behind, reachable=False, at=LATER + 1)
    assert served.get("/ready").status_code == 200


def test_a_stopping_server_is_not_ready_but_serves(
    served: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    drain = draining.Drain()
    monkeypatch.setattr(draining, "inherited_drains", [drain])
    assert served.get("/ready").status_code == 200
    drain.begin()
    answer = served.get("/ready", peer="192.0.2.1")
    assert (answer.status_code, answer.text) == (503, "not ready: stopping\n")
    assert [served.get(path).status_code for path in ("/feed.rss", "/health")] == [200, 200]


def test_the_status_shows_the_fleet(served: Harness) -> None:
    assert status(served)["fleet"] is None
    assert "Fleet" not in served.get("/status").text
    other = FleetHostState(host="b<", role="leader", position=9, edition="f", seen=LATER, trouble="full")
    in_fleet(
        served, leader="b<", journal="db/feeds", behind_since=LATER - 4, offset=-1.5, edition="e",
        reachable=False, trouble="journal db/feeds: gone", hosts=[other],
    )  # fmt: skip
    fleet = status(served)["fleet"]
    warnings = fleet.pop("warnings")
    [shown] = fleet.pop("hosts")
    assert fleet == {
        "host": "a",
        "role": "follower",
        "leader": "b<",
        "journal": "db/feeds",
        "reachable": False,
        "position": 7,
        "head": 9,
        "lag_seconds": 4.0,
        "offset_seconds": -1.5,
        "edition": "e",
        "trouble": "journal db/feeds: gone",
    }
    assert [each.partition(":")[0] for each in warnings] == ["clock of a", "settings"]
    assert (shown["host"], shown["role"], shown["trouble"]) == ("b<", "leader", "full")
    assert status(served)["trouble"] == "journal db/feeds: gone"
    page = html.fromstring(served.get("/status").data).text_content()
    for text in ("a (follower)", "db/feeds: cannot be reached", "7 of 9", "4 seconds", *warnings, "b<"):
        assert text in page


def test_not_ready_gives_the_reason(empty: Harness) -> None:
    empty.server.metrics.troubles = lambda: {"follower": "store.db: cannot be opened"}
    answer = empty.get("/ready")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.text == "not ready; degraded: follower: store.db: cannot be opened\n"
