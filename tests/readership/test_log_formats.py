"""Access logs: every format gives the same requests, and bad lines are refused with a reason."""

from collections.abc import Iterable

import pytest

from feeds.readership.log_formats import parser_for
from feeds.readership.log_line import BadLine
from feeds.readership.request import ClientRequest, client_hash
from tests.readership.log_lines import CLOUDFRONT_HEADER, LOG_FORMATS, WITH_HEADERS, combined, log
from tests.readership.week import MONDAY, RSS, Client, Hit, agents_of, merged, requests
from tests.table import for_each

AGENT = agents_of("app")[0]
HASHED = client_hash(b"key")
HIT = Hit(MONDAY + 61, "192.0.2.7", f"{RSS}?limit=9", AGENT, 200, 1234)


def read(text: str) -> Iterable[ClientRequest | None]:
    lines = text.splitlines()
    parser = parser_for(lines[0], HASHED, lambda target: True)
    return [parser.parse(line) for line in lines]


@for_each("name", LOG_FORMATS)
def test_every_format_has_the_same_requests(name: str) -> None:
    clients = [
        Client("192.0.2.1", agents_of("hosted")[0]),
        Client("2001:db8::1", agents_of("browser")[0], manner="dated"),
        Client("192.0.2.2", "", manner="none", target=f"{RSS}?limit=5&q=a", method="HEAD"),
        Client("192.0.2.3", 'a "quoted" \\ name; [x]', coding=""),
    ]
    hits = merged(clients)
    expected = list(requests(hits, with_headers=name in WITH_HEADERS))
    found = [each for each in read(log(name, hits)) if each]
    assert len(found) > 100
    assert [_known(each) for each in found] == [_known(each) for each in expected]


def _known(request: ClientRequest) -> tuple[object, ...]:
    """The facts, in which "-" stands for what was not sent."""
    texts = (request.agent, request.none_match, request.modified_since, request.etag, request.modified)
    return (
        request.time, request.client, request.target, request.status, request.size, request.method,
        *("-" if each == "" else each for each in (*texts, request.coding)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stamp", "time"),
    [
        ("28/Sep/2026:00:01:01 +0000", MONDAY + 61),
        ("28/Sep/2026:05:31:01 +0530", MONDAY + 61),
        ("27/Sep/2026:20:31:01 -0330", MONDAY + 61),
    ],
)
def test_a_time_has_a_zone(stamp: str, time: int) -> None:
    (found,) = read(combined(HIT).replace("28/Sep/2026:00:01:01 +0000", stamp))
    assert found is not None
    assert found.time == time


def test_a_log_with_other_fields_behind_it_has_no_headers() -> None:
    (found,) = read(f'{combined(HIT)} "10.0.0.1" 0.004')
    assert found is not None
    assert (found.agent, found.none_match) == (AGENT, None)


@pytest.mark.parametrize(
    "request_line", ["\\x16\\x03\\x01", "-", "", "GET /feed.rss", "GET / x HTTP/1.1"]
)
def test_what_is_no_request_is_left_out(request_line: str) -> None:
    line = combined(HIT).replace(f"GET {HIT.target} HTTP/1.1", request_line)
    assert read(line) == [None]


@for_each("name", LOG_FORMATS)
def test_unwanted_lines_are_left_out(name: str) -> None:
    lines = log(name, [HIT]).splitlines()
    parser = parser_for(lines[0], HASHED, lambda target: "limit" not in target)
    assert [parser.parse(each) for each in lines] == [None] * len(lines)


def test_a_size_that_a_log_does_not_know_is_none() -> None:
    (found,) = read(LOG_FORMATS["cloudfront json"](HIT).replace("1234", "-"))
    assert found is not None
    assert (found.status, found.size) == (200, 0)


def test_events_of_caddy_without_a_request_are_left_out() -> None:
    assert read('{"level":"warn","ts":1.5,"msg":"something else"}') == [None]


def test_the_times_of_caddy_may_be_dates() -> None:
    line = LOG_FORMATS["caddy"](HIT).replace(str(float(HIT.time)), '"2026-09-28T00:01:01Z"')
    (found,) = read(line)
    assert found is not None
    assert found.time == HIT.time


@for_each(
    ("line", "problem"),
    [
        ("hello", "not of the format combined"),
        ("\x00" * 99, "not of the format combined"),
        (combined(HIT)[:60], "not of the format combined"),
        (combined(HIT).replace("Sep", "Sex"), "not a time"),
        (combined(HIT).partition(' "-"')[0], "no User-Agent"),
        (combined(HIT).replace(" 1234 ", f" {'9' * 30} "), "not of the format combined"),
        ('{"ts":', "not a line of Caddy's log"),
        ('{"request":5}', "not a line of Caddy's log"),
        ('{"ts":"soon","request":{"uri":"/feed.rss"}}', "not a time"),
        ('{"c-ip":"192.0.2.1"}', "without 'cs-uri-stem'"),
        ('{"c-ip":', "not a line of CloudFront"),
        (CLOUDFRONT_HEADER + "2026-09-28\t00:00:01", "without 'cs-uri-stem'"),
        ("#Version: 1.0\n2026-09-28\t00:00:01", "no line #Fields"),
        (LOG_FORMATS["cloudfront json"](HIT).replace("2026-09-28", "2026-13-xx"), "not a time"),
        (LOG_FORMATS["cloudfront json"](HIT).replace("2026-09-28", "28.9.2026"), "not a time"),
        (LOG_FORMATS["cloudfront json"](HIT).replace("1234", "9" * 30), "not a number"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_a_reason(line: str, problem: str) -> None:
    with pytest.raises(BadLine, match=problem):
        read(line)
