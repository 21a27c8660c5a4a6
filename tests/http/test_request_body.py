"""Bodies of requests: read by one route alone, and bounded in bytes and in time."""

import asyncio
from io import BytesIO
from typing import Any

import pytest

from feeds.http import request_body
from feeds.http.request_body import (
    MAX_REQUEST_BODY,
    BodyIncomplete,
    BodyTooLarge,
    ClientGone,
    LengthRequired,
    read_body,
    receive_body,
    takes_body,
)
from tests.table import for_each


@for_each(
    ("method", "path", "takes"),
    [
        ("POST", "/hub", True), ("GET", "/hub", False), ("PUT", "/hub", False), ("POST", "/hub/", False),
        ("POST", "/", False), ("POST", "/feed.rss", False), ("POST", "/hub/health", False),
    ],
)  # fmt: skip
def test_only_the_hub_takes_a_body(method: str, path: str, takes: bool) -> None:
    assert takes_body(method, path) == takes


def environ(body: bytes, **more: str) -> dict[str, Any]:
    return {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))} | more


def test_a_body_is_read_up_to_its_length() -> None:
    assert read_body(environ(b"a=b")) == b"a=b"
    assert read_body(environ(b"a=bGET /", CONTENT_LENGTH="3")) == b"a=b"
    assert read_body(environ(b"x" * MAX_REQUEST_BODY)) == b"x" * MAX_REQUEST_BODY
    assert read_body({"wsgi.input": BytesIO()}) == b""


def test_a_body_that_is_too_large_is_not_read() -> None:
    given = environ(b"x" * (MAX_REQUEST_BODY + 1))
    with pytest.raises(BodyTooLarge):
        read_body(given)
    assert given["wsgi.input"].tell() == 0


def test_a_body_that_ends_early_or_late_is_incomplete() -> None:
    class Slow(BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise TimeoutError

    with pytest.raises(BodyIncomplete):
        read_body(environ(b"a=", CONTENT_LENGTH="3"))
    with pytest.raises(BodyIncomplete):
        read_body(environ(b"a=b") | {"wsgi.input": Slow()})


def test_a_server_without_a_limit_of_its_own_needs_a_length() -> None:
    with pytest.raises(LengthRequired):
        read_body({"wsgi.input": BytesIO(b"a=b"), "HTTP_TRANSFER_ENCODING": "chunked"})


def received(*messages: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The environment after the body of an ASGI request came in *messages*, and then nothing more."""
    waiting = [*messages]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    made: dict[str, Any] = {"wsgi.input": BytesIO(), **given}
    asyncio.run(receive_body(made, receive))
    assert waiting == []
    return made


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_is_received_in_any_number_of_parts() -> None:
    assert read_body(received(part(b"a=b", more=False))) == b"a=b"
    assert (
        read_body(received(part(b"a", more=True), part(b"", more=True), part(b"=b", more=False)))
        == b"a=b"
    )
    assert read_body(received({"type": "http.request"})) == b""
    whole = b"x" * MAX_REQUEST_BODY
    assert read_body(received(part(whole, more=True), part(b"", more=False))) == whole


def test_a_body_of_unknown_length_is_received_up_to_the_limit() -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert read_body(received(part(b"a=b", more=False), **chunked)) == b"a=b"
    with pytest.raises(BodyTooLarge):
        read_body(received(*[part(b"x" * 4096, more=True)] * 5, **chunked))
    with pytest.raises(BodyTooLarge):
        read_body(received(part(b"x" * (MAX_REQUEST_BODY + 1), more=False)))


def test_a_body_that_does_not_come_is_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.01)
    for parts in ([], [part(b"a=", more=True)], [part(b"x" * MAX_REQUEST_BODY, more=True)]):
        with pytest.raises(BodyIncomplete):
            read_body(received(*parts))


def test_a_client_that_leaves_gets_no_answer() -> None:
    with pytest.raises(ClientGone):
        received(part(b"a=", more=True), {"type": "http.disconnect"})
