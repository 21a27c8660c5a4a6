"""Server-sent events as a client parses them (html.spec.whatwg.org, 9.2.6)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import Struct


class SentEvent(NamedTuple):
    """An event that a client dispatches; *id* is the last event id then."""

    id: str
    name: str
    data: Any

    @property
    def article(self) -> str:
        """The id of its article, empty if it is about a whole feed."""
        return str(self.data.get("id", ""))


class EventReader(Struct):
    """A client of a stream: *last_id* is what it sends when it connects again."""

    last_id: str = ""
    retry: int = 0
    comments: int = 0

    def read(self, stream: bytes) -> list[SentEvent]:
        """Parse whole blocks; a last one without its blank line is dropped, as by browsers."""
        *blocks, _rest = stream.decode().split("\n\n")
        return [event for block in blocks for event in self._event(block.splitlines())]

    def _event(self, lines: Iterable[str]) -> Iterator[SentEvent]:
        name, data = "message", []
        for line in lines:
            field, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match field:
                case "":
                    self.comments += 1
                case "event":
                    name = value
                case "data":
                    data.append(value)
                case "id":
                    self.last_id = value
                case "retry":
                    self.retry = int(value)
                case _:
                    raise AssertionError(f"unknown field: {line}")
        if data:
            yield SentEvent(self.last_id, name, json.loads("\n".join(data)))
