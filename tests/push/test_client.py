"""Requests of push: bounded in time and size, to checked addresses alone."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.http.public_address import allowing, is_public
from feeds.push.client import MAX_RESPONSE, Reply, Sender, SendingLimits
from feeds.push.destinations import OwnServer
from feeds.push.names import NameResolver
from feeds.push.turns import TurnLimits
from tests.push.certificates import Certificate
from tests.push.hostile import (
    OK,
    Behaviour,
    Server,
    answers_and_reads_nothing,
    answers_and_stays,
    answers_before_the_body,
    answers_once,
    closes,
    drips,
    hangs,
    head,
    reads_nothing,
    resets_after,
    says,
    says_and_closes,
    serving,
)
from tests.push.name_server import naming
from tests.skipping import skip
from tests.waiting import eventually_in_loop

LIMITS = SendingLimits(connect=5, whole=10, drain=0.05)
SHORT = replace(LIMITS, whole=0.2)
HERE = allowing(["127.0.0.0/8"])
STRANGER = OwnServer("feeds.example")


async def unknown(_: str) -> list[str]:
    raise AssertionError("no name may be looked up")


@cache
def no_authorities() -> ssl.SSLContext:
    """A check of certificates that trusts nobody, and needs no time to be made."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def sender(limits: SendingLimits = LIMITS, **options: Any) -> Sender:
    usual = {"is_allowed": HERE, "own": STRANGER, "look_up": unknown, "tls": no_authorities()}
    return Sender(limits, **usual | options)


def replies(
    behaviour: Behaviour,
    ask: Callable[[Sender, Server], Awaitable[Any]],
    limits: SendingLimits = LIMITS,
    **options: Any,
) -> tuple[Any, Server]:
    """The result of *ask* with a sender and a server, and the server afterwards."""

    async def run() -> tuple[Any, Server]:
        async with serving(behaviour) as server, sender(limits, **options) as sending:
            return await ask(sending, server), server

    return uvloop.run(run())


def get(behaviour: Behaviour, limits: SendingLimits = LIMITS) -> Reply:
    reply, _ = replies(behaviour, lambda sending, server: sending.get(server.url()), limits)
    assert isinstance(reply, Reply)
    return reply


def post(behaviour: Behaviour, limits: SendingLimits = LIMITS, body: bytes = b"<feed/>") -> Reply:
    reply, _ = replies(
        behaviour, lambda sending, server: sending.post(server.url(), body, {"X-A": "b"}), limits
    )
    assert isinstance(reply, Reply)
    return reply


def test_a_request_has_the_url_as_it_is_written_and_no_headers_that_nobody_set() -> None:
    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url(), b"<feed/>", {"Content-Type": "a/b", "X-A": "1"})

    reply, server = replies(says(OK), ask, headers={"User-Agent": "feeds"})
    assert reply == Reply(200, {"content-length": "2"})
    [request] = server.requests
    first, *headers = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert first == "POST /callback?x=%2f HTTP/1.1"
    assert {each.partition(":")[0] for each in headers} - {"Connection"} == {
        *("Host", "User-Agent", "Accept", "Accept-Encoding", "Content-Type", "X-A", "Content-Length")
    }
    assert request.endswith(b"\r\n\r\n<feed/>")


def test_a_get_has_the_body_of_the_answer() -> None:
    assert get(says(OK)).body == b"ok"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
    reply, server = replies(says(answer.encode()), lambda sending, to: sending.get(to.url()))
    assert (reply.status, reply.headers["location"], len(server.requests)) == (status, "/other", 1)


LATE = "no answer within 0.2 s"
CLOSED = "connection closed before an answer"
NO_HTTP = "no HTTP answer"
FAILURES = {
    "no answer": (hangs, LATE),
    "headers that drip": (drips(b"HTTP/1.1 200 OK\r\nX: y"), LATE),
    "interim answers alone": (says(b"HTTP/1.1 100 Continue\r\n\r\n" * 99), LATE),
    "a closed connection": (closes, CLOSED),
    "half a status line": (says_and_closes(b"HTTP/1.1 20"), CLOSED),
    "a reset connection": (resets_after(b""), CLOSED),
    "HTTP/0.9": (says_and_closes(b"<p>hello"), NO_HTTP),
    "another protocol": (says_and_closes(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_HTTP),
    "no number as status": (says(b"HTTP/1.1 abc OK\r\n\r\n"), NO_HTTP),
    "a version that is none": (says(b"HTTP/x 200 OK\r\n\r\n"), NO_HTTP),
    "a header without name": (says(b"HTTP/1.1 200 OK\r\n: x\r\n\r\n"), NO_HTTP),
    "a huge header": (says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), NO_HTTP),
    "many headers": (says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000 + b"\r\n"), NO_HTTP),
    "two lengths": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        NO_HTTP,
    ),
}


@pytest.mark.parametrize("asking", [get, post])
@pytest.mark.parametrize("case", FAILURES)
def test_a_server_without_an_answer_is_a_failure(case: str, asking: Callable[..., Reply]) -> None:
    behaviour, reason = FAILURES[case]
    with pytest.raises(RequestFailed) as failure:
        asking(behaviour, SHORT if reason == LATE else LIMITS)
    assert str(failure.value) == reason
    assert "callback" not in "".join(format_exception(failure.value))  # which may be a secret


LONG = 10_000_000
ANSWERS = {
    "a body that drips": drips(head(Content_Length=LONG) + b"x"),
    "10 MB": says(head(Content_Length=LONG) + b"x" * LONG),
    "a gzip bomb": says(head(Content_Length=LONG, Content_Encoding="gzip") + b"x" * LONG),
    "no length": says_and_closes(head() + b"x" * 20_000),
    "chunks": says(head(Transfer_Encoding="chunked") + b"2710\r\n" + b"x" * 10_000 + b"\r\n0\r\n\r\n"),
    "a reset": resets_after(head(Content_Length=LONG) + b"x" * 10),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_a_delivery_ends_with_the_status(case: str) -> None:
    """The body of the answer does not matter, so that it is no reason to deliver again."""
    assert post(ANSWERS[case]).status == 200


@pytest.mark.parametrize("case", ["10 MB", "a gzip bomb", "no length", "chunks"])
def test_a_body_ends_after_4_kilobytes_as_it_was_sent(case: str) -> None:
    assert get(ANSWERS[case]).body == b"x" * MAX_RESPONSE


@pytest.mark.parametrize("case", ["a body that drips", "a reset"])
def test_a_body_that_does_not_end_is_a_failure_of_a_get(case: str) -> None:
    with pytest.raises(RequestFailed):
        get(ANSWERS[case], SHORT)


def test_an_answer_may_come_before_the_body_was_sent() -> None:
    assert post(answers_before_the_body, body=b"x" * 3_000_000).status == 413


def test_an_interim_answer_is_none() -> None:
    assert (
        get(says(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: <x>\r\n\r\n" + OK)).body
        == b"ok"
    )


def test_cookies_are_not_kept() -> None:
    async def ask(sending: Sender, server: Server) -> None:
        for _ in range(2):
            await sending.get(server.url())

    _, server = replies(says(head(Set_Cookie="a=b", Content_Length=0)), ask)
    assert len(server.requests) == 2
    assert not [each for each in server.requests if b"cookie" in each.lower()]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(says(OK)).status == 200


NOT_PUBLIC = [
    "127.0.0.1", "127.0.0.1.", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0", "10.0.0.1",
    "169.254.169.254", "100.64.0.1", "255.255.255.255", "224.0.0.1", "[::1]", "[::]",
    "[::ffff:10.0.0.1]", "[::ffff:7f00:1]", "[fe80::1]", "[fe80::1%lo]", "[fe80::1%25lo]", "[fd00::1]",
    "[64:ff9b::a00:1]", "[2002:a00:1::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(RequestRefused, match="not a public address"):
        uvloop.run(once(f"http://{host}:9/", is_allowed=is_public))


async def once(url: str, **options: Any) -> Reply:
    async with sender(**options) as sending:
        return await sending.post(url, b"x", {})


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/passwd", "a.example", "http://", "http:///x", "",
     "http://u:p@a.example/", "http://a.example:99999/", "http://a.example:0/",
     "http://a.example\\@b.example/", "http://a.example/a b", "http://a.example/\r\nX: y",
     "http://a.example/ä", "http://ä.example/", "http://[::1/", "http://a.example/" + "x" * 9000],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RequestRefused, match="not an address"):
        uvloop.run(once(url))


def looking_up(*answers: list[str]) -> Callable[[str], Awaitable[list[str]]]:
    """A look-up with another of *answers* each time."""
    left = iter(answers)

    async def look_up(_: str) -> list[str]:
        return next(left)

    return look_up


@pytest.mark.parametrize("other", ["10.0.0.1", "::1", "fe80::1%lo", "169.254.169.254", "::ffff:10.0.0.1"])
def test_a_name_with_one_address_that_is_not_public_is_refused(other: str) -> None:
    with pytest.raises(RequestRefused, match="not a public address"):
        uvloop.run(
            once("http://a.example/", look_up=looking_up(["93.184.215.14", other]), is_allowed=is_public)
        )


def test_a_name_is_looked_up_once_for_an_attempt_and_again_for_the_next() -> None:
    """A name server may give a public address first, and a private one the next time."""

    async def ask(sending: Sender, server: Server) -> Reply:
        url = server.url("a.example")
        reply = await sending.post(url, b"", {})
        with pytest.raises(RequestRefused, match="not a public address"):
            await sending.post(url, b"", {})
        return reply

    reply, server = replies(says(OK), ask, look_up=looking_up(["127.0.0.1"], ["127.0.0.1", "10.0.0.1"]))
    assert reply.status == 200
    assert f"\r\nHost: a.example:{server.port}\r\n".encode() in server.requests[0]


def test_a_name_without_addresses_is_no_host() -> None:
    with pytest.raises(RequestFailed, match="no such host"):
        uvloop.run(once("http://a.example/", look_up=looking_up([])))


def test_the_next_address_is_used_if_the_first_refuses() -> None:
    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url("a.example"), b"", {})

    reply, _ = replies(says(OK), ask, look_up=looking_up(["127.0.0.2", "127.0.0.1"]))
    assert reply.status == 200


def test_names_are_looked_up_as_the_machine_is_configured() -> None:
    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url("localhost"), b"", {})

    here = allowing(["127.0.0.0/8", "::1/128"])
    reply, _ = replies(says(OK), ask, look_up=None, is_allowed=here)
    assert reply.status == 200
    with pytest.raises(RequestRefused, match="not a public address"):
        uvloop.run(once("http://localhost/", look_up=None))


def test_a_closed_port_is_a_refused_connection() -> None:
    async def ask(sending: Sender, server: Server) -> str:
        return server.url()

    url, _ = replies(says(OK), ask)
    with pytest.raises(RequestFailed, match="connection refused"):
        uvloop.run(once(url))


def test_the_site_and_the_ports_of_this_server_are_refused() -> None:
    own = OwnServer("feeds.example", frozenset({9}))
    for url in ("http://feeds.example/", "https://FEEDS.example.:8443/x", "http://127.0.0.1:9/"):
        with pytest.raises(RequestRefused, match="an address of this server"):
            uvloop.run(once(url, own=own))
    with pytest.raises(RequestRefused, match="an address of this server"):
        uvloop.run(once("http://a.example:9/", own=own, look_up=looking_up(["127.0.0.1"])))


def test_another_port_of_a_machine_whose_site_is_localhost_may_be_requested() -> None:
    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url("localhost"), b"", {})

    own = OwnServer("localhost", frozenset({9}))
    reply, _ = replies(says(OK), ask, own=own, look_up=looking_up(["127.0.0.1"]))
    assert reply.status == 200


def test_only_the_canary_may_be_at_an_address_of_this_server() -> None:
    async def run() -> tuple[Reply, str]:
        async with serving(says(OK)) as server:
            own = OwnServer("127.0.0.1", frozenset({server.port}), server.url(path="/canary"))
            async with sender(own=own, is_allowed=is_public) as sending:
                reply = await sending.get(server.url(path="/canary?hub.challenge=x"))
                with pytest.raises(RequestRefused) as refusal:
                    await sending.get(server.url(path="/canary/x"))
                return reply, str(refusal.value)

    reply, reason = uvloop.run(run())
    assert reply.body == b"ok"
    assert reason == "not a public address"


def test_a_name_server_may_change_its_mind() -> None:
    answers = [
        ["127.0.0.2"], ["127.0.0.2", "10.0.0.1"], ["127.0.0.1"], ["::1"], ["169.254.169.254"],
        ["::ffff:10.0.0.1"], ["::ffff:127.0.0.1"], [],
    ]  # fmt: skip

    async def run() -> list[int | str]:
        def answer(_: str) -> list[str]:
            return answers[len(outcomes)]

        outcomes: list[int | str] = []
        async with serving(says(OK), host="127.0.0.2") as server, naming(answer) as names:
            resolver = NameResolver([names.address], keeps=0)
            is_allowed = allowing(["127.0.0.2/32"])
            async with sender(look_up=resolver.look_up, is_allowed=is_allowed) as sending:
                for _ in answers:
                    try:
                        outcomes.append((await sending.post(server.url("a.example"), b"", {})).status)
                    except RequestFailed as failure:
                        outcomes.append(str(failure))
            await resolver.close()
        return outcomes

    assert uvloop.run(run()) == [200, *["not a public address"] * 6, "no such host"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(tmp_path_factory.mktemp("tls"), "a.example")


async def over_tls(host: str, certificate: Certificate, **options: Any) -> Reply:
    options = {"look_up": looking_up(["127.0.0.1"]), "tls": certificate.trusted()} | options
    async with serving(says(OK), certificate.server()) as server, sender(**options) as sending:
        return await sending.post(server.url(host, scheme="https"), b"<feed/>", {})


def test_a_secure_request_names_its_host_and_checks_the_certificate(certificate: Certificate) -> None:
    assert uvloop.run(over_tls("a.example", certificate)).status == 200
    assert certificate.asked == ["a.example"]


def test_a_certificate_for_another_name_is_a_failure(certificate: Certificate) -> None:
    with pytest.raises(RequestFailed, match="no valid certificate"):
        uvloop.run(over_tls("b.example", certificate))
    with pytest.raises(RequestFailed, match="no valid certificate"):
        uvloop.run(over_tls("127.0.0.1", certificate))


def test_a_certificate_of_a_stranger_is_a_failure(certificate: Certificate) -> None:
    with pytest.raises(RequestFailed, match="no valid certificate"):
        uvloop.run(over_tls("a.example", certificate, tls=True))


def test_a_server_without_tls_is_a_failure_of_a_secure_request() -> None:
    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url(scheme="https"), b"", {})

    with pytest.raises(RequestFailed, match="no secure connection"):
        replies(answers_before_the_body, ask)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_is_silent_is_left_before_a_connection_stands(scheme: str) -> None:
    """With TLS, the connection stands after the handshake."""

    async def ask(sending: Sender, server: Server) -> Reply:
        return await sending.post(server.url(scheme=scheme), b"", {})

    limit, reason = {
        "http": ({"whole": 0.2}, LATE),
        "https": ({"connect": 0.2}, "no connection within 0.2 s"),
    }[scheme]
    with pytest.raises(RequestFailed) as failure:
        replies(hangs, ask, replace(LIMITS, **limit))
    assert str(failure.value) == reason


FILES = Path("/proc/self/fd")


def sockets() -> int:
    """The number of open sockets of this process."""
    if not FILES.exists():
        skip("no /proc here")
    return len([each for each in FILES.iterdir() if each.is_socket()])


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("behaviour", [reads_nothing, answers_and_reads_nothing, answers_and_stays])
def test_no_connection_stays_open_after_a_request(
    behaviour: Behaviour, scheme: str, certificate: Certificate
) -> None:
    """A server may read nothing of a long body, or not agree to end TLS."""
    options: dict[str, Any] = {"tls": certificate.trusted()} if scheme == "https" else {}

    async def run() -> None:
        body = b"<feed/>" if behaviour is answers_and_stays else b"x" * 8_000_000
        tls = certificate.server() if scheme == "https" else None
        look_up = looking_up(["127.0.0.1"])
        async with (
            serving(behaviour, tls) as server,
            sender(SHORT, look_up=look_up, **options) as sending,
        ):
            before = sockets()
            with suppress(RequestFailed):
                await sending.post(server.url("a.example", scheme=scheme), body, {})
            await eventually_in_loop(lambda: sockets() - before <= server.open)  # its own
            assert server.open

    uvloop.run(run())


def test_connections_are_kept_for_the_requests_of_a_busy_host() -> None:
    async def ask(sending: Sender, server: Server) -> None:
        left = [*range(60)]

        async def one_after_the_other() -> None:
            while left:
                left.pop()
                await sending.post(server.url(), b"", {})

        await asyncio.gather(*(one_after_the_other() for _ in range(LIMITS.turns.per_host)))

    _, server = replies(says(OK), ask)
    assert len(server.requests) == 60
    assert server.most <= LIMITS.turns.per_host
    assert server.connections < 20  # the first ones came when there were few


def test_single_requests_leave_no_connection() -> None:
    async def ask(sending: Sender, server: Server) -> None:
        for _ in range(3):
            await sending.post(server.url(), b"", {})
            await eventually_in_loop(lambda: not server.open)

    _, server = replies(says(OK), ask)
    assert server.connections == 3


@pytest.mark.parametrize("behaviour", [answers_once, says_and_closes(OK)])
def test_a_request_on_a_kept_connection_that_ends_is_sent_again(behaviour: Behaviour) -> None:
    """A server may close a connection without a word, just when the next request is sent."""

    async def ask(sending: Sender, server: Server) -> list[Reply]:
        return await asyncio.gather(*(sending.post(server.url(), b"", {}) for _ in range(50)))

    answers, _ = replies(behaviour, ask)
    assert [each.status for each in answers] == [200] * 50


def test_a_request_without_a_connection_is_tried_once() -> None:
    """Also if more requests wait for the host."""
    looked_up: list[str] = []

    async def look_up(host: str) -> list[str]:
        looked_up.append(host)
        return ["10.0.0.1"]

    async def run() -> list[Any]:
        async with sender(look_up=look_up) as sending:
            asked = (sending.post("http://a.example/", b"", {}) for _ in range(20))
            return await asyncio.gather(*asked, return_exceptions=True)

    assert [str(each) for each in uvloop.run(run())] == ["not a public address"] * 20
    assert len(looked_up) == 20


def test_a_request_on_a_new_connection_is_sent_once() -> None:
    async def ask(sending: Sender, server: Server) -> None:
        with pytest.raises(RequestFailed):
            await sending.post(server.url(), b"", {})

    _, server = replies(resets_after(b""), ask)
    assert len(server.requests) == 1


def test_a_thousand_requests_to_a_silent_host_delay_no_other() -> None:
    async def run() -> Reply:
        names = looking_up_always("127.0.0.1")
        async with serving(hangs) as silent, serving(says(OK)) as quick, sender(look_up=names) as sending:
            waiting = [
                asyncio.create_task(sending.post(silent.url("slow.example"), b"", {}))
                for _ in range(1_000)
            ]
            await eventually_in_loop(lambda: silent.open)
            reply = await sending.post(quick.url("quick.example"), b"", {})
            assert silent.most <= LIMITS.turns.per_host
            assert not any(each.done() for each in waiting)
            await cancelled(waiting)
            return reply

    assert uvloop.run(run()).status == 200


def test_silent_hosts_delay_no_other() -> None:
    few = replace(LIMITS, turns=TurnLimits(overall=8, slow=200, patience=0.001), connect=60, whole=60)

    async def run() -> Reply:
        names = looking_up_always("127.0.0.1")
        async with (
            serving(hangs) as silent,
            serving(says(OK)) as quick,
            sender(few, look_up=names) as sending,
        ):
            waiting = [
                asyncio.create_task(sending.post(silent.url(f"{number}.example"), b"", {}))
                for number in range(100)
            ]
            reply = await sending.post(quick.url("quick.example"), b"", {})
            await eventually_in_loop(lambda: silent.open == 100)
            assert not any(each.done() for each in waiting)
            await cancelled(waiting)
            await eventually_in_loop(lambda: not silent.open)
            return reply

    assert uvloop.run(run()).status == 200


def looking_up_always(address: str) -> Callable[[str], Awaitable[list[str]]]:
    async def look_up(_: str) -> list[str]:
        return [address]

    return look_up


async def cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


PARTS = [
    b"HTTP/1.1 ", b"HTTP/1.0 ", b"HTTP/2 ", b"200 OK", b"204 No", b"100 C", b"999 ", b"-1", b"\r\n",
    b"\n", b"\r", b"\0", b"Content-Length: ", b"Transfer-Encoding: ", b"chunked", b"3", b"-3", b"9" * 20,
    b"abc", b"Connection: close", b"Upgrade: x", b"Content-Encoding: gzip", b"Location: //", b": ", b" ",
    b"\xff", b"0\r\n\r\n", b"\r\n\r\n", OK,
]  # fmt: skip
REASONS = {CLOSED, NO_HTTP}


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.binary(max_size=9)), max_size=20), st.booleans())
def test_every_answer_is_an_answer_or_a_failure_with_a_known_reason(
    parts: list[bytes], has_start: bool
) -> None:
    answer = b"".join([b"HTTP/1.1 200 OK\r\n"] * has_start + parts)
    for asking in (get, post):
        outcome = attempted(asking, answer)
        assert isinstance(outcome, Reply) or outcome in REASONS


def attempted(asking: Callable[..., Reply], answer: bytes) -> Reply | str:
    try:
        return asking(says_and_closes(answer))
    except RequestFailed as failure:
        return str(failure)
