"""A name server in the event loop of a test (RFC 1035): its answers change as a test says."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

KINDS = {4: 1, 6: 28}  # A and AAAA
SOA = 6
SERVFAIL, NXDOMAIN = 2, 3

Answers = Callable[[str], list[str] | None]
"""The addresses of a name: none if it has none or, for None, if it does not exist."""


class NameServer(asyncio.DatagramProtocol):
    """A server at *address*, with the number of *queries* for each name; a *silent* one answers
    none, a *failing* one with a failure (SERVFAIL)."""

    def __init__(self, answers: Answers) -> None:
        self.address = ""
        self.queries: list[tuple[str, int]] = []
        self.is_silent = False
        self.is_failing = False
        self._answers = answers

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.address = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, addr: object) -> None:
        name, kind, question = _question(data)
        self.queries.append((name, kind))
        if not self.is_silent:
            known = self._answers(name)
            found = [
                address.packed
                for each in known or []
                if KINDS[(address := ip_address(each)).version] == kind
            ]
            failure = SERVFAIL if self.is_failing else NXDOMAIN if known is None else 0
            head = data[:2] + struct.pack("!HHHHH", 0x8180 | failure, 1, len(found), not found, 0)
            records = [_record(kind, packed) for packed in found] or [_record(SOA, bytes(22))]
            self._transport.sendto(head + question + b"".join(records), addr)


def _record(kind: int, data: bytes) -> bytes:
    """A record of the name that is asked for, to be kept for no time."""
    return struct.pack("!HHHLH", 0xC00C, kind, 1, 0, len(data)) + data


def _question(data: bytes) -> tuple[str, int, bytes]:
    """The name and the kind that are asked for, and the bytes of the question."""
    labels, at = [], 12
    while length := data[at]:
        labels.append(data[at + 1 : at + 1 + length].decode().lower())
        at += 1 + length
    return ".".join(labels), int.from_bytes(data[at + 1 : at + 3]), data[12 : at + 5]


@asynccontextmanager
async def naming(answers: Answers) -> AsyncIterator[NameServer]:
    """Yield a name server."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
