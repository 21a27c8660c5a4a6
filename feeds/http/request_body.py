"""The bodies of requests to the hub and the canary, which alone are read: bounded in bytes and time."""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment

from feeds.errors import FeedsError
from feeds.feed.site import CANARY_PATH, HUB_PATH

MAX_REQUEST_BODY = 16_384  # bytes
BODY_SECONDS = 5.0  # for a whole body
THREAD_BODY_SECONDS = 1.0  # the same if a thread of the server has to wait for it

Receive = Callable[[], Awaitable[dict[str, Any]]]


class BodyTooLarge(FeedsError):
    """The body has more than MAX_REQUEST_BODY bytes."""

    def __init__(self) -> None:
        super().__init__("body", f"larger than {MAX_REQUEST_BODY} bytes", "send a shorter form")


class BodyIncomplete(FeedsError):
    """The body did not arrive in time, or is shorter than its Content-Length."""

    def __init__(self) -> None:
        super().__init__("body", "did not arrive in time", "send it at once")


class LengthRequired(FeedsError):
    """A server that cannot bound a body of unknown length got one."""

    def __init__(self) -> None:
        super().__init__("body", "of unknown length", "send a Content-Length")


class ClientGone(Exception):
    """The client closed its connection before its request was complete."""


def takes_body(method: str, path: str) -> bool:
    """Return whether a request has a body that a view reads; *path* is decoded."""
    return method == "POST" and path in (HUB_PATH, CANARY_PATH)


def read_body(environ: WSGIEnvironment) -> bytes:
    """Return the body of a request. Raises BodyTooLarge, BodyIncomplete and LengthRequired.

    gunicorn's workers bound the time of a read. Granian does not, so that few threads should read at a
    time.
    """
    if not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in environ:
        raise LengthRequired
    length = _declared(environ)
    if length > MAX_REQUEST_BODY:
        raise BodyTooLarge
    try:
        body = bytes(environ["wsgi.input"].read(length)) if length else b""
    except OSError as error:
        raise BodyIncomplete from error
    if len(body) < length:
        raise BodyIncomplete
    return body


def _declared(environ: WSGIEnvironment) -> int:
    """The length of the body in its header, 0 if there is none."""
    written = environ.get("CONTENT_LENGTH", "")
    return int(written) if written.isdecimal() else 0


async def receive_body(environ: WSGIEnvironment, receive: Receive) -> None:
    """Put the body of an ASGI request into *environ*, as far as ``read_body`` reads it.

    Raises ClientGone.
    """
    if _declared(environ) > MAX_REQUEST_BODY:
        return
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            await _receive(body, receive)
        length = len(body)
    except TimeoutError:
        length = max(1, len(body))
        del body[length - 1 :]  # less than its length arrived
    environ["CONTENT_LENGTH"] = str(length)
    environ["wsgi.input"] = BytesIO(body)


async def _receive(body: bytearray, receive: Receive) -> None:
    """Extend *body* up to its end, or until it is too large."""
    while len(body) <= MAX_REQUEST_BODY:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        body += message.get("body", b"")
        if not message.get("more_body"):
            return
