"""Fair polling: full copies that a client was sent before are refused, and nothing else."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from email.utils import formatdate
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from feeds.http.asgi_adapter import AsgiAdapter
from feeds.http.fair import POLLING, retry_after
from feeds.http.polling_budgets import REPEATED_A_DAY
from feeds.period import DAY
from feeds.settings.sections import HttpSettings
from tests import agents
from tests.builders import article
from tests.entrypoints import FLASK, RESPONSE_CACHE, through
from tests.examples import examples
from tests.harness import SITE, Harness
from tests.table import for_each

PUBLIC = "8.8.8.8"
SPENT = 1 + REPEATED_A_DAY  # full copies, after which there are no more
FEEDBIN = "Feedbin feed-id:1 - 142 subscribers"


class Readers:
    """Readers of a server with *fair*, through one entry point; each request has an address in *peer*."""

    def __init__(self, folder: Path, entrypoint: str, fair: Any = "on", **http: Any) -> None:
        self.harness = Harness(folder, http=HttpSettings(fair=fair, **http))
        self.harness.put(article(1))
        self._runner = asyncio.Runner()
        main = self.harness.main
        self._client = {
            FLASK: Client(main.app),
            RESPONSE_CACHE: Client(main.response_cache),
            "asgi": Client(through(AsgiAdapter(main.response_cache), self._runner)),
        }[entrypoint]

    def get(
        self, path: str = "/feed.rss", method: str = "GET", peer: str = PUBLIC, **headers: str
    ) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.open(
            path, method=method, headers=named, environ_overrides={"REMOTE_ADDR": peer}, buffered=True
        )

    def statuses(self, times: int, path: str = "/feed.rss", **request: str) -> list[int]:
        """The statuses of so many requests."""
        return [self.get(path, **request).status_code for _ in range(times)]

    def status(self) -> dict[str, Any]:
        """The part of /status.json about feeds."""
        found: dict[str, Any] = self.harness.get("/status.json").json
        return found["feeds"]

    def close(self) -> None:
        self._runner.close()
        self.harness.close()


@pytest.fixture(params=[FLASK, RESPONSE_CACHE, "asgi"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Readers]]:
    """Makes the readers of a server, with settings of http."""
    made: list[Readers] = []

    def start(**http: Any) -> Readers:
        made.append(Readers(tmp_path, request.param, **http))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def readers(start: Callable[..., Readers]) -> Readers:
    return start()


def test_a_feed_is_sent_once_for_each_version_and_four_times_more_a_day(readers: Readers) -> None:
    assert readers.statuses(7) == [200] * SPENT + [429] * 2
    readers.harness.edit(article(2))
    assert readers.statuses(2) == [200, 429]


def test_a_refusal_says_why_and_how_to_do_better(readers: Readers) -> None:
    full = readers.get()
    readers.statuses(REPEATED_A_DAY)
    refused = readers.get()
    assert refused.status_code == 429
    reason, rules = refused.text.splitlines()
    seconds = refused.headers["Retry-After"]
    assert reason == (
        f"feed: this version was sent to you before; send its ETag as If-None-Match, or wait {seconds} s"
    )
    assert rules == f"{SITE.url}{POLLING}"
    assert 21_600 <= int(seconds) <= 26_400
    sent = refused.headers
    assert sent["ETag"] == full.headers["ETag"]
    assert sent["Cache-Control"] == "no-store"
    assert sent["Content-Type"] == "text/plain; charset=utf-8"
    for name in ("Access-Control-Allow-Origin", "Access-Control-Expose-Headers"):
        assert sent[name] == full.headers[name]
    assert f'<{SITE.url}/feed.rss>; rel="self"' in sent["Link"]
    assert f'<{SITE.url}{POLLING}>; rel="help"' in sent["Link"]
    assert "alternate" not in sent["Link"]


def test_a_client_may_learn_the_etag_from_a_refusal(readers: Readers) -> None:
    readers.statuses(SPENT)
    etag = readers.get().headers["ETag"]
    assert readers.statuses(20, If_None_Match=etag) == [304] * 20


@pytest.mark.parametrize(
    ("validator", "remedy"),
    [
        ({}, "send its ETag as If-None-Match"),
        ({"If_None_Match": '"another"'}, "send its ETag as If-None-Match, as it was received"),
        ({"If_Modified_Since": "yesterday"}, "send its ETag as If-None-Match, as it was received"),
    ],
)
def test_the_remedy_fits_what_was_sent(readers: Readers, validator: dict[str, str], remedy: str) -> None:
    readers.statuses(SPENT, **validator)
    assert f"; {remedy}, or wait" in readers.get(**validator).text


def test_a_client_that_names_the_same_old_version_again_and_again_is_told_so(readers: Readers) -> None:
    old = readers.get().headers["ETag"]
    readers.harness.edit(article(2))
    readers.statuses(SPENT + REPEATED_A_DAY, If_None_Match=old)
    refused = readers.get(If_None_Match=old)
    assert refused.status_code == 429
    assert "send the ETag of the last response, not an earlier one" in refused.text
    assert readers.status()["refused"] == {"earlier version": 1}


def test_devices_behind_one_address_get_every_version(readers: Readers) -> None:
    readers.statuses(SPENT + 1)
    etags = [readers.get(If_None_Match="").headers["ETag"]] * 5
    for number in range(2, 8):
        readers.harness.edit(article(number))
        answers = [readers.get(If_None_Match=etag) for etag in etags]
        assert [each.status_code for each in answers] == [200] * 5
        etags = [each.headers["ETag"] for each in answers]


def test_nothing_but_full_copies_of_feeds_is_limited(readers: Readers) -> None:
    full = readers.get()
    readers.statuses(SPENT)
    assert readers.statuses(9, If_None_Match=full.headers["ETag"]) == [304] * 9
    assert readers.statuses(9, If_Modified_Since=full.headers["Last-Modified"]) == [304] * 9
    assert readers.statuses(9, method="HEAD") == [200] * 9
    assert readers.statuses(9, "/topics/nothing.rss") == [404] * 9
    for path in ("/", "/feed", "/opml", "/catalog.json", "/robots.txt", "/health", "/static/icon.svg"):
        assert readers.statuses(9, path) == [200] * 9, path
    assert readers.statuses(1) == [429]


def test_changes_alone_are_not_limited(readers: Readers) -> None:
    old = readers.get().headers["ETag"]
    readers.statuses(SPENT)
    readers.harness.edit(article(2))
    assert readers.statuses(9, If_None_Match=old, A_IM="feed") == [226] * 9


def test_each_address_has_a_budget_of_its_own(readers: Readers) -> None:
    readers.statuses(SPENT + 1)
    for path in ("/feed.json", "/topics/tests.rss", "/feed.rss?q=title", "/feed/daily.rss"):
        assert readers.statuses(SPENT + 1, path) == [200] * SPENT + [429], path


def test_every_coding_of_a_version_is_the_same_version(readers: Readers) -> None:
    codings = ["gzip", "br", "identity", "zstd", "gzip", "br", "identity"]
    statuses = [readers.get(Accept_Encoding=each).status_code for each in codings]
    assert statuses == [200] * SPENT + [429] * 2


def test_another_network_and_another_program_have_budgets_of_their_own(readers: Readers) -> None:
    readers.statuses(SPENT + 1, User_Agent=agents.NEWSBOAT)
    assert readers.statuses(1, User_Agent=agents.NEWSBOAT.replace("2.21", "2.40")) == [429]
    assert readers.statuses(1, User_Agent=agents.RSS_GUARD) == [200]
    assert readers.statuses(1, User_Agent=agents.NEWSBOAT, peer="9.9.9.9") == [200]


def test_one_ipv6_network_is_one_client(readers: Readers) -> None:
    readers.statuses(SPENT, peer="2606:2800:220:1::7")
    assert readers.statuses(1, peer="2606:2800:220:1:ffff::8") == [429]
    assert readers.statuses(1, peer="2606:2800:220:2::7") == [200]


def test_a_forged_header_makes_no_new_client(readers: Readers) -> None:
    forged = (f"1.1.1.{number}" for number in count(1))
    answers = [readers.get(X_Forwarded_For=next(forged)).status_code for _ in range(SPENT + 2)]
    assert answers == [200] * SPENT + [429] * 2


def test_behind_our_proxy_the_client_is_the_one_that_the_proxy_saw(readers: Readers) -> None:
    for client, statuses in ((PUBLIC, [200] * SPENT + [429]), ("9.9.9.9", [200])):
        for number, status in enumerate(statuses):
            forwarded_for = f"1.1.1.{number}, {client}"  # the first part is forged
            answer = readers.get(peer="127.0.0.1", X_Forwarded_For=forwarded_for)
            assert answer.status_code == status


@for_each(
    ("peer", "forwarded_for"),
    [
        ("", ""),  # a Unix socket, behind a proxy that does not name its clients
        ("127.0.0.1", ""),
        ("172.17.0.1", ""),  # the network of containers, in which all clients have one address
        ("10.0.0.2", PUBLIC),  # a proxy that is not in http.trusted_proxies
        ("127.0.0.1", "192.168.1.7"),
        ("127.0.0.1", "not an address"),
    ],
)
def test_an_unknown_client_is_never_limited(readers: Readers, peer: str, forwarded_for: str) -> None:
    headers = {"X_Forwarded_For": forwarded_for} if forwarded_for else {}
    assert readers.statuses(30, peer=peer, **headers) == [200] * 30


@for_each("header", [{"Surrogate_Capability": 'nginx="Surrogate/1.0"'}, {"CDN_Loop": "cloudflare"}])
def test_a_cache_that_fetches_for_others_is_never_limited(
    readers: Readers, header: dict[str, str]
) -> None:
    assert readers.statuses(30, **header) == [200] * 30


def test_a_person_who_opens_the_feed_in_a_browser_is_never_limited(readers: Readers) -> None:
    assert readers.statuses(30, Sec_Fetch_Dest="document") == [200] * 30


def test_services_for_many_readers_get_five_times_as_much(readers: Readers) -> None:
    assert readers.statuses(22, User_Agent=FEEDBIN) == [200] * 21 + [429]


def test_a_network_of_six_programs_gets_five_times_as_much(readers: Readers) -> None:
    names = (agents.NEWSBOAT, agents.RSS_GUARD, agents.READER, agents.NODE, agents.FEEDPARSER)
    for name in names:
        assert readers.statuses(SPENT + 1, User_Agent=name) == [200] * SPENT + [429]
    assert readers.statuses(22, User_Agent=agents.RSS2EMAIL) == [200] * 21 + [429]
    readers.harness.now += 1  # a refusal stands for the rest of its second
    assert readers.statuses(17, User_Agent=agents.NEWSBOAT) == [200] * 16 + [429]


def test_a_dry_run_only_counts(start: Callable[..., Readers]) -> None:
    readers = start(fair="dry-run")
    assert readers.statuses(9) == [200] * 9
    found = readers.status()
    assert found["would_refuse"] == {"no validator": 9 - SPENT}
    assert found["refused"] == {}


def test_refusals_are_counted_by_what_the_client_sent(readers: Readers) -> None:
    readers.statuses(7)
    readers.statuses(3, If_None_Match='"another"')
    found = readers.status()
    assert found["refused"] == {"no validator": 2, "unknown validator": 3}
    assert found["would_refuse"] == {}
    requests = readers.harness.get("/status.json").json["requests"]["by_status"]
    assert (requests["2xx"], requests["4xx"]) == (5, 5)


def test_off_is_the_default_and_limits_nothing(tmp_path: Path) -> None:
    assert HttpSettings().fair == "off"
    readers = Readers(tmp_path, RESPONSE_CACHE, "off")
    assert readers.statuses(30) == [200] * 30
    assert readers.status()["would_refuse"] == {}
    readers.close()


def test_no_client_has_to_wait_for_less_than_max_age(start: Callable[..., Readers]) -> None:
    readers = start(max_age=40_000, most_age=DAY)
    readers.statuses(SPENT)
    assert 40_000 <= int(readers.get().headers["Retry-After"]) <= 48_900


@settings(max_examples=examples(50))
@given(st.integers(1, 2 * DAY), st.floats(0, 1))
def test_retry_after_is_spread_and_never_too_early(wait: int, chance: float) -> None:
    found = retry_after(wait, chance)
    assert min(wait, DAY) <= found <= min(wait * 11 / 9 + 1, DAY)
    assert retry_after(9000, 0) == 9000
    assert retry_after(9000, 0.5) == 10_000
    assert retry_after(9000, 1) == 11_000


def test_a_date_of_an_earlier_version_counts_as_a_validator(readers: Readers) -> None:
    old = readers.get().headers["Last-Modified"]
    readers.harness.edit(article(2))
    readers.statuses(SPENT + REPEATED_A_DAY, If_Modified_Since=old)
    assert "not an earlier one" in readers.get(If_Modified_Since=old).text
    assert readers.statuses(1, If_Modified_Since=formatdate(readers.harness.now, usegmt=True)) == [304]


def test_a_private_peer_that_names_clients_is_logged_once(
    start: Callable[..., Readers], request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    other = f"192.0.2.{len(request.node.name)}/32"  # other settings than those of other tests
    readers = start(trusted_proxies=("127.0.0.0/8", "::1/128", other))
    caplog.set_level(logging.WARNING)
    for number in range(40):
        readers.get(peer=f"10.0.0.{number % 20}", X_Forwarded_For=f"8.8.8.{number}")
        readers.get(peer=PUBLIC, X_Forwarded_For=f"9.9.9.{number}")
        readers.get(peer="127.0.0.1", X_Forwarded_For=f"9.9.9.{number}")
    assert caplog.messages[0] == (
        "requests from 10.0.0.0: X-Forwarded-For is not believed; "
        "if it is a proxy of yours, add it to http.trusted_proxies"
    )
    assert len(caplog.messages) == len({*caplog.messages}) == 16
