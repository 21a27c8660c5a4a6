"""Feeds as readers get them: each defect on the way has exactly its line, a healthy server none."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from pathlib import Path

import pytest

from feeds.doctor.altered import OwnResponse
from feeds.doctor.finding import FindingGroup
from feeds.doctor.headers import certificate_findings, header_findings
from feeds.doctor.public import AddressCheck
from feeds.doctor.reach import reach_findings
from feeds.doctor.readers import MARK, READER_PROFILES
from feeds.doctor.requests import PoliteRequests, RequestBounds
from feeds.doctor.response import MAX_DECODED, MAX_ENCODED, FeedResponse, Redirect
from feeds.doctor.visits import FeedVisits, ReaderVisit
from tests.doctor.chained_certificate import ChainedCertificate
from tests.doctor.scripted_feed import (
    MODIFIED,
    NOW,
    PLAIN,
    Alter,
    Scripted,
    ScriptedFeed,
    atom,
    rss,
    scripted_feed,
)
from tests.error_form import assert_form

CHALLENGE = b"<!DOCTYPE html><html><title>Just a moment...</title><p>Checking your browser</p></html>"
KEEP = "let what is in front of the server keep and pass on validators"
ONCE = "let only one of the server and what is in front of it compress"

BOUNDS = RequestBounds()
WITH_GZIP = ", ".join(each.name for each in READER_PROFILES if "gzip" in each.codings)

Check = Callable[..., list[str]]


@pytest.fixture
def feed() -> Iterator[ScriptedFeed]:
    with scripted_feed() as made:
        yield made


@pytest.fixture
def check(feed: ScriptedFeed) -> Check:
    """Check an address, by default that of the RSS feed; return the lines that are not ok."""

    def check(path: str = "/feed.rss", url: str = "", bounds: RequestBounds = BOUNDS) -> list[str]:
        found = [*AddressCheck(PoliteRequests(bounds), NOW).address(url or feed.url + path)]
        assert found
        lines = [f"{each.level}: {each.message}" for each in found if each.group != "clock"]
        for each in found:
            if each.level != "ok":
                assert_form(each.message)
        return [line.replace(feed.url, "") for line in lines if not line.startswith("ok")]

    return check


@pytest.mark.parametrize("path", ["/feed.rss", "/feed.atom", "/feed.json"])
def test_a_healthy_feed_has_no_line(check: Check, path: str) -> None:
    assert check(path) == []


def test_requests_are_sent_one_after_another_and_name_us(check: Check, feed: ScriptedFeed) -> None:
    check()
    assert feed.most_open == 1
    assert all(MARK in each for each in feed.agents)
    assert all(any(each.agent in sent for sent in feed.agents) for each in READER_PROFILES)
    assert len(feed.agents) <= 2 * len(READER_PROFILES) + 6


def test_the_feeds_of_a_page_are_checked(check: Check, feed: ScriptedFeed) -> None:
    links = (
        '<base href="/"><link rel="alternate" type="application/rss+xml" href="feed.rss">'
        '<link rel=alternate type=application/atom+xml href="feed.atom">'
    )
    page = f"<html><head>{links}</head></html>"
    feed.documents["/about/"] = (page, "text/html")
    feed.documents["/feed.atom"] = (atom(id="<id>short</id>"), "application/atom+xml")
    assert check("/about/") == ["warning: id: no IRI ('One'); write an address, or tag:… or urn:…"]


def test_a_page_without_feeds_is_a_failure(check: Check, feed: ScriptedFeed) -> None:
    feed.documents["/"] = ("<html>Welcome</html>", "text/html")
    assert check("/") == [
        "failure: /: an HTML page that links to no feed; "
        'give the address of a feed, or add <link rel="alternate">'
    ]


def for_agent(name: str, alter: Alter) -> Alter:
    """Alter the answers to one reader."""

    def altered(answer: Scripted) -> None:
        if name in answer.agent:
            alter(answer)

    return altered


def compress_again(answer: Scripted) -> None:
    if answer.coding != PLAIN:
        answer.body = gzip.compress(answer.body)


def in_plain(**headers: str) -> Alter:
    """Change the headers of answers without a coding."""

    def altered(answer: Scripted) -> None:
        if answer.coding == PLAIN:
            answer.headers |= {name.replace("_", "-"): value for name, value in headers.items()}

    return altered


def without_validators(answer: Scripted) -> None:
    for name in ("ETag", "Last-Modified"):
        del answer.headers[name]


AFTER: dict[str, tuple[Alter, list[str]]] = {
    "a challenge for one reader": (
        for_agent("Miniflux", lambda answer: answer.replace(403, CHALLENGE)),
        [
            "failure: Miniflux: a challenge for browsers instead of the feed (status 403); "
            "turn bot protection off for the addresses of feeds"
        ],
    ),
    "a challenge with a status of success": (
        for_agent("Miniflux", lambda answer: answer.replace(200, CHALLENGE)),
        [
            "failure: Miniflux: a challenge for browsers instead of the feed (status 200); "
            "turn bot protection off for the addresses of feeds"
        ],
    ),
    "a challenge that only a header names": (
        lambda answer: answer.replace(503, b"wait", "text/plain", cf_mitigated="challenge"),
        [
            "failure: every reader: a challenge for browsers instead of the feed (status 503); "
            "turn bot protection off for the addresses of feeds"
        ],
    ),
    "an error for two readers": (
        lambda answer: (
            answer.replace(403, b"forbidden", "text/plain")
            if "inoreader" in answer.agent or "Overcast" in answer.agent
            else None
        ),
        [
            "failure: Inoreader, Overcast: status 403 instead of the feed; "
            "allow these clients, or name the address of a feed"
        ],
    ),
    "an error for all": (
        lambda answer: answer.replace(500, b"broken"),
        [
            "failure: every reader: status 500 instead of the feed; "
            "allow these clients, or name the address of a feed"
        ],
    ),
    "a page for one reader": (
        for_agent("Thunderbird", lambda answer: answer.replace(200, b"<html>Welcome</html>")),
        [
            "failure: Thunderbird: an HTML page instead of the feed (status 200); "
            "send feeds as they are to every client"
        ],
    ),
    "something else": (
        lambda answer: answer.replace(200, b"hello", "text/plain"),
        [
            "failure: every reader: no feed that is known (text/plain); "
            "send RSS, Atom or JSON Feed"
        ],
    ),
    "ETag and Last-Modified lost": (
        without_validators,
        [
            f"warning: ETag and Last-Modified: missing, so that readers get whole copies; {KEEP}"
        ],
    ),
    "an ETag that differs each time": (
        lambda answer: answer.headers.update(ETag=f'"{answer.number}"'),
        [
            'warning: ETag: differs between two copies of the same content: "2", "22"; '
            "make it from the content alone, alike on all servers"
        ],
    ),
    "Vary dropped": (
        lambda answer: answer.headers.pop("Vary") and None,
        [
            "warning: Vary: lacks Accept-Encoding, although the coding of the feed depends on it; "
            "add it, so that caches send nobody another coding"
        ],
    ),
    "compressed twice": (
        compress_again,
        [
            f"failure: {WITH_GZIP}: compressed twice; {ONCE}"
        ],
    ),
    "a Content-Encoding lost": (
        lambda answer: answer.headers.pop("Content-Encoding", ""),
        [
            f"failure: {WITH_GZIP}: compressed without a Content-Encoding that says so; {ONCE}"
        ],
    ),
    "a Content-Encoding that is not true": (
        in_plain(Content_Encoding="gzip"),
        [
            "failure: Overcast: a body that cannot be read: not in the Content-Encoding gzip; " + ONCE
        ],
    ),
    "a Content-Type changed": (
        lambda answer: answer.headers.update({"Content-Type": "text/html"}),
        ["warning: Content-Type: text/html for RSS; send application/rss+xml"],
    ),
    "no-store": (
        lambda answer: answer.headers.update({"Cache-Control": "no-store"}),
        ["warning: Cache-Control: no-store, so that readers may keep no validator; use max-age"],
    ),
    "kept for a month": (
        lambda answer: answer.headers.update({"Cache-Control": "public, max-age=2592000"}),
        [
            "warning: Cache-Control: max-age=2592000, so that readers see news after 720 hours; "
            "use at most a day for feeds"
        ],
    ),
    "an old copy": (
        lambda answer: answer.headers.update({"Age": "5000"}),
        [
            "warning: Age: 5000 s, older than the 300 s for which caches may send the feed; "
            "let caches ask the server again by then"
        ],
    ),
    "HEAD refused": (
        lambda answer: answer.replace(405, b"") if answer.method == "HEAD" else None,
        ["warning: HEAD: status 405, but 200 for GET; answer HEAD as GET, without the body"],
    ),
    "HEAD with other headers": (
        lambda answer: answer.headers.pop("ETag") and None if answer.method == "HEAD" else None,
        ["warning: HEAD: not the ETag of GET; answer HEAD as GET, without the body"],
    ),
    "a limit of requests": (
        lambda answer: answer.replace(429, b"slow down") if answer.number > 4 else None,
        [
            "warning: Inoreader: status 429 after 4 requests from one address; "
            "allow more, as people share addresses; try again later"
        ],
    ),
    "a body that ends early": (
        in_plain(Content_Length="99999"),
        [
            "failure: Overcast: a body that cannot be read: cut off before its Content-Length of 99999; "
            + ONCE
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AFTER)
def test_each_defect_of_an_answer_has_its_line(check: Check, feed: ScriptedFeed, name: str) -> None:
    feed.after, expected = AFTER[name]
    assert check() == expected


def without(field: str) -> Alter:
    """Make a server that ignores a condition, if it stands alone."""

    def altered(answer: Scripted) -> None:
        other = {"If-None-Match": "If-Modified-Since", "If-Modified-Since": "If-None-Match"}[field]
        answer.confirms = answer.sent[other] is not None

    return altered


BEFORE: dict[str, tuple[Alter, list[str]]] = {
    "304 stripped": (
        lambda answer: setattr(answer, "confirms", False),
        [
            "warning: If-None-Match and If-Modified-Since: answered with 200 although nothing changed; "
            + KEEP
        ],
    ),
    "If-None-Match ignored": (
        without("If-None-Match"),
        [
            "warning: If-None-Match: answered with 200 although nothing changed, "
            f'for the ETag "version-1-gzip"; {KEEP}'
        ],
    ),
    "If-Modified-Since ignored": (
        without("If-Modified-Since"),
        [f"warning: If-Modified-Since: answered with 200 although nothing changed; {KEEP}"],
    ),
    "304 stripped for one reader": (
        for_agent("Newsboat".lower(), lambda answer: setattr(answer, "confirms", False)),
        [f"warning: Newsboat: whole copies although nothing changed; {KEEP}"],
    ),
    "no compression": (
        lambda answer: setattr(answer, "compresses", False),
        [
            f"warning: {WITH_GZIP}: not compressed although gzip is accepted (9 kB); "
            "compress feeds, and pass on Accept-Encoding"
        ],
    ),
    "content that differs each time": (
        lambda answer: setattr(answer, "content", answer.content + f"<!--{answer.number}-->".encode())
        or setattr(answer, "confirms", False),
        [
            "warning: content: differs between two requests, so that no reader ever gets 304; "
            "leave out what changes each time, such as the time"
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BEFORE)
def test_each_defect_of_a_server_has_its_line(check: Check, feed: ScriptedFeed, name: str) -> None:
    feed.before, expected = BEFORE[name]
    assert check() == expected


def test_a_coding_that_was_not_accepted_is_a_failure(check: Check, feed: ScriptedFeed) -> None:
    def compress(answer: Scripted) -> None:
        if answer.coding == PLAIN and answer.status == 200:
            answer.body = gzip.compress(answer.body)
            answer.headers["Content-Encoding"] = "gzip"

    feed.after = compress
    assert check() == [
        "failure: Overcast: sent in gzip, which is not accepted; "
        "let caches keep a copy for each Accept-Encoding"
    ]


@pytest.mark.parametrize("number", [3, 4, 21, 22, 23, 24, 25])
def test_an_update_between_two_requests_is_no_defect(
    check: Check, feed: ScriptedFeed, number: int
) -> None:
    """The 22nd request is the first of those that test one header."""

    def update(answer: Scripted) -> None:
        if answer.number >= number:
            answer.tag = '"version-2{}"'
            answer.content = rss(title="<title>New</title>").encode()

    feed.before = update
    assert check() == []


def test_redirects_for_now_are_told(check: Check, feed: ScriptedFeed) -> None:
    feed.after = lambda answer: (
        answer.replace(302, b"", Location="/feed.rss") if answer.path == "/old" else None
    )
    assert check("/old") == [
        "warning: redirect: 302, so that readers ask /old first each time; "
        "use 301 or 308 for an address that has moved"
    ]


def test_redirects_for_good_are_no_defect(check: Check, feed: ScriptedFeed) -> None:
    feed.after = lambda answer: (
        answer.replace(301, b"", Location=f"{feed.url}/feed.rss") if answer.path == "/old" else None
    )
    assert check("/old") == []


@pytest.mark.parametrize(
    ("location", "reason"),
    [("/old", "redirects lead back to /old"), ("/old{}", "more than 5 redirects")],
)
def test_redirects_in_a_circle_are_a_failure(
    check: Check, feed: ScriptedFeed, location: str, reason: str
) -> None:
    feed.after = lambda answer: answer.replace(301, b"", Location=location.format(answer.number))
    assert check("/old") == [f"failure: redirect: {reason}; correct the redirects"]


def test_a_redirect_from_https_to_http_is_told() -> None:
    """Others on the way can then read and alter the feed."""
    moved = (Redirect(301, "https://feeds.example/old"),)
    answer = FeedResponse(
        "http://feeds.example/feed.rss", 200, (("Content-Type", "application/rss+xml"),), b"", moved,
        content=rss().encode(),
    )  # fmt: skip
    found = FeedVisits(answer.url, (ReaderVisit(READER_PROFILES[0], answer),), base=answer)
    assert [each.message for each in header_findings(FindingGroup("feed"), found)] == [
        "redirect: from https to http://feeds.example/feed.rss; redirect to https"
    ]


def test_redirects_in_a_circle_at_one_feed_hide_no_other_feed(feed: ScriptedFeed) -> None:
    def alter(answer: Scripted) -> None:
        if answer.path == "/feed.rss":
            answer.replace(301, b"", Location="/feed.rss")
        elif answer.path == "/feed.json":
            answer.replace(500, b"broken")

    feed.after = alter
    found = AddressCheck(PoliteRequests(), NOW).server(feed.url)
    problems = [(each.group, each.message) for each in found if each.level != "ok"]
    assert problems == [
        (
            f"{feed.url}/feed.rss",
            f"redirect: redirects lead back to {feed.url}/feed.rss; correct the redirects",
        ),
        (
            f"{feed.url}/feed.json",
            "every reader: status 500 instead of the feed; "
            "allow these clients, or name the address of a feed",
        ),
    ]


def hang_up(_: Scripted) -> None:
    raise ConnectionAbortedError


def test_a_reader_whose_connection_ends_without_an_answer_is_named(
    check: Check, feed: ScriptedFeed
) -> None:
    feed.after = for_agent("Overcast", hang_up)
    (line,) = check()
    assert line == (
        "failure: Overcast: cannot be reached: the connection ended without an answer; "
        "see the log of the server"
    )


def test_a_server_without_an_answer_to_head_is_compared_in_all_else(
    check: Check, feed: ScriptedFeed
) -> None:
    def alter(answer: Scripted) -> None:
        if answer.method == "HEAD":
            hang_up(answer)
        answer.headers["Content-Type"] = "text/html"

    feed.after = alter
    assert check() == ["warning: Content-Type: text/html for RSS; send application/rss+xml"]


def test_a_server_without_tls_at_an_address_with_https_is_a_failure(
    check: Check, feed: ScriptedFeed
) -> None:
    url = feed.url.replace("http:", "https:")
    (line,) = check(url=f"{url}/feed.rss")
    host = url.removeprefix("https://")
    assert line.startswith(f"failure: {host}: cannot be reached: no secure connection: ")


def test_a_server_that_is_not_there_is_a_failure(check: Check) -> None:
    assert check(url="http://127.0.0.1:9/feed.rss") == [
        "failure: 127.0.0.1:9: cannot be reached: nothing listens there; "
        "see that the server runs and is reachable"
    ]
    assert check(url="http://nowhere.invalid/feed.rss") == [
        "failure: nowhere.invalid: cannot be reached: its name has no address; "
        "see the network and DNS of this host"
    ]
    # The system makes no connection to a broadcast address.
    assert check(url="http://255.255.255.255/feed.rss") == [
        "failure: 255.255.255.255: cannot be reached: no way leads there; "
        "see the network and DNS of this host"
    ]


@pytest.mark.parametrize(
    "url", ["ftp://feeds.example/feed.rss", "feed.rss", "file:///etc/passwd", "http://[::1"]
)
def test_only_addresses_of_the_web_are_requested(check: Check, url: str) -> None:
    (line,) = check(url=url)
    assert line.startswith(f"failure: {url}: no address with http:// or https://")


def test_an_address_in_letters_that_urls_do_not_have_is_requested(
    check: Check, feed: ScriptedFeed
) -> None:
    paths = set[str]()
    feed.before = lambda answer: paths.add(answer.path)
    check(path="/café feed.rss?été=1")
    assert "/caf%C3%A9%20feed.rss?%C3%A9t%C3%A9=1" in paths


@pytest.mark.parametrize("host", ["a..b", "a" * 300])
def test_a_host_that_is_no_name_is_refused(check: Check, host: str) -> None:
    (line,) = check(url=f"http://{host}/feed.rss")
    assert (
        line
        == f"failure: http://{host}/feed.rss: no name of a host; write https://, the host and the path"
    )


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        (RequestBounds(step=0.2), "no answer within 0.2 s"),
        (RequestBounds(step=5, whole=0.2), "no whole answer within 0.2 s"),
    ],
)
def test_a_server_that_hangs_is_a_failure(check: Check, bounds: RequestBounds, reason: str) -> None:
    """Nothing accepts the connection, which the system does by itself."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        found = check(url=f"http://127.0.0.1:{port}/", bounds=bounds)
    assert found == [
        f"failure: 127.0.0.1:{port}: cannot be reached: {reason}; "
        "see that the server runs and is reachable"
    ]


def test_a_slow_server_is_told() -> None:
    answer = FeedResponse("http://feeds.example/", 200, (), b"", seconds=3.25, content=rss().encode())
    visits = FeedVisits(answer.url, tuple(ReaderVisit(each, answer) for each in READER_PROFILES))
    assert [each.message for each in reach_findings(FindingGroup("feed"), visits)] == [
        "time: 3.2 s for the feed; see the load of the server"
    ]


@pytest.mark.parametrize(
    ("make", "headers", "reason"),
    [
        (lambda: bytes(MAX_ENCODED + 1), {}, "longer than 10 MB; list fewer entries in it"),
        (
            lambda: gzip.compress(bytes(MAX_DECODED)),  # not in each process that collects tests
            {"Content_Encoding": "gzip"},
            f"a body that cannot be read: more than 100 MB of content; {ONCE}",
        ),
        (
            lambda: gzip.compress(gzip.compress(rss().encode())),
            {"Content_Encoding": "gzip, gzip"},
            f"compressed twice; {ONCE}",
        ),
    ],
    ids=["long", "bomb", "twice"],
)
def test_no_body_is_read_without_bounds(
    check: Check, feed: ScriptedFeed, make: Callable[[], bytes], headers: dict[str, str], reason: str
) -> None:
    body = make()

    def replace(answer: Scripted) -> None:
        if "Overcast" in answer.agent:
            answer.replace(200, body, Vary="Accept-Encoding", **headers)

    feed.after = replace
    assert check() == [f"failure: Overcast: {reason}"]


def test_the_end_of_a_certificate_is_told(tmp_path: Path) -> None:
    """It is valid for two days."""
    authority = ChainedCertificate(tmp_path, days=2)
    bounds = RequestBounds(tls=authority.trusted)
    with scripted_feed(authority.server(), "localhost") as secure:
        found = [*AddressCheck(PoliteRequests(bounds), time.time()).address(f"{secure.url}/feed.rss")]
    lines = [each.message for each in found if each.group != "clock"]
    assert lines[0] == "certificate: expires in 2 days; renew it"


def test_a_certificate_is_to_be_renewed_two_weeks_before_its_end() -> None:
    for days, level, found in (
        (15, "ok", "certificate: valid for 15 more days"),
        (13, "warning", "certificate: expires in 13 days; renew it"),
    ):
        answer = FeedResponse("https://feeds.example/", 200, (), b"", expires=NOW + days * 86_400)
        (line,) = certificate_findings(FindingGroup("feed"), answer, NOW)
        assert (line.level, line.message) == (level, found)


@pytest.mark.parametrize(
    ("days", "sends_chain", "name", "trusts", "reason"),
    [
        (2, True, "localhost", False, "signed by an authority of its own"),
        (2, True, "127.0.0.1", True, "for another address"),
        (-1, True, "localhost", True, "expired"),
        (
            2, False, "localhost", True,
            "of an unknown authority, or sent without the intermediate certificates",
        ),
    ],
)  # fmt: skip
def test_a_certificate_that_is_refused_is_named(
    check: Check, tmp_path: Path, days: int, sends_chain: bool, name: str, trusts: bool, reason: str
) -> None:
    made = ChainedCertificate(tmp_path, days, sends_chain=sends_chain)
    bounds = RequestBounds(tls=made.trusted) if trusts else RequestBounds()
    with scripted_feed(made.server(), name) as secure:
        found = check(url=f"{secure.url}/feed.rss", bounds=bounds)
        host = secure.url.removeprefix("https://")
    assert found == [f"failure: certificate: {reason}; renew or correct that of {host}"]


def own(**changed: str) -> OwnResponse:
    """The answers of the server behind, with changed headers."""

    def answer(url: str, headers: Mapping[str, str]) -> FeedResponse:
        is_coded = "gzip" in headers["Accept-Encoding"]
        made = {
            "Content-Type": "application/rss+xml; charset=utf-8",
            "ETag": f'"version-1{"-gzip" if is_coded else ""}"',
            "Cache-Control": "max-age=300",
            "Vary": "Accept-Encoding",
            "Last-Modified": MODIFIED,
        } | {name.replace("_", "-"): value for name, value in changed.items() if name != "text"}
        text = changed.get("text", rss())
        return FeedResponse(url, 200, tuple(made.items()), b"", content=text.encode())

    return answer


LATER = formatdate(NOW - 1800, usegmt=True)
FRONT = "correct what is in front of the server"


@pytest.mark.parametrize(
    ("changed", "alter", "found"),
    [
        ({}, in_plain(), []),
        (
            {},
            lambda answer: answer.headers.update({"Cache-Control": "max-age=14400"}),
            [
                "warning: Cache-Control: changed in front of the server "
                f"from max-age=300 to max-age=14400; {FRONT}"
            ],
        ),
        (
            {"Vary": "Accept-Encoding, A-IM"},
            in_plain(),
            [f"warning: Vary: changed in front of the server, lacks a-im; {FRONT}"],
        ),
        (
            {},
            lambda answer: answer.headers.update({"ETag": f"W/{answer.headers['ETag']}"}),
            [f'warning: ETag: weakened in front of the server: W/"version-1-gzip"; {FRONT}'],
        ),
        (
            {},
            lambda answer: answer.headers.pop("ETag"),
            [f"warning: ETag: removed in front of the server; {FRONT}"],
        ),
        (
            {"ETag": '"5d-6e"'},
            in_plain(),
            [
                'warning: ETag: changed in front of the server from "5d-6e" to "version-1-gzip"; '
                f"{FRONT}"
            ],
        ),
        (
            {},
            lambda answer: answer.headers.pop("Last-Modified"),
            [f"warning: Last-Modified: removed in front of the server; {FRONT}"],
        ),
        (
            {},
            lambda answer: answer.headers.update({"Content-Type": "application/xml"}),
            [
                "warning: Content-Type: changed in front of the server "
                f"from application/rss+xml;charset=utf-8 to application/xml; {FRONT}"
            ],
        ),
        (
            {"text": rss(title="<title>New</title>"), "ETag": '"2"', "Last-Modified": LATER},
            in_plain(),
            [
                "failure: content: 1,800 s older than the state that this server has had for 1,800 s; "
                "purge the caches in front of the server"
            ],
        ),
        (
            {
                "text": rss(title="<title>New</title>"),
                "ETag": '"2"',
                "Last-Modified": formatdate(NOW - 10, usegmt=True),
            },
            in_plain(),
            [],
        ),
        (
            {
                "text": rss(title="<title>Old</title>"),
                "ETag": '"0"',
                "Last-Modified": formatdate(NOW - 7200, usegmt=True),
            },
            in_plain(),
            [
                "warning: content: newer by 3,600 s than the store of this host; "
                "see that this host has the store of that server"
            ],
        ),
        (
            {"text": rss(title="<title>Other</title>"), "ETag": '"0"'},
            in_plain(),
            [f"warning: content: another one than this server's, of the same time; {FRONT}"],
        ),
        (
            {"text": rss(title="<title>Other</title>"), "ETag": '"0"', "Last-Modified": ""},
            in_plain(),
            [],
        ),
    ],
    ids=[
        "nothing", "Cache-Control", "Vary", "weak ETag", "no ETag", "other ETag", "no Last-Modified",
        "Content-Type", "stale", "not stale yet", "newer", "another", "of an unknown time",
    ],
)  # fmt: skip
def test_a_change_in_front_of_our_server_has_its_line(
    feed: ScriptedFeed, changed: dict[str, str], alter: Alter, found: list[str]
) -> None:
    def after(answer: Scripted) -> None:
        if answer.status == 200:
            alter(answer)

    feed.after = after
    findings = AddressCheck(PoliteRequests(), NOW, own(**changed)).address(f"{feed.url}/feed.rss")
    lines = [f"{each.level}: {each.message}" for each in findings if each.group != "clock"]
    assert [line for line in lines if not line.startswith("ok")] == found


@pytest.mark.parametrize("status", [None, 503], ids=["no answer", "no feed"])
def test_without_a_feed_from_our_server_nothing_is_compared(
    feed: ScriptedFeed, status: int | None
) -> None:
    def answer(url: str, _headers: Mapping[str, str]) -> FeedResponse | None:
        return FeedResponse(url, status, (("ETag", '"0"'),), b"") if status else None

    found = AddressCheck(PoliteRequests(), NOW, answer).address(f"{feed.url}/feed.rss")
    assert {each.level for each in found if each.group != "clock"} == {"ok"}
