"""The access log of Caddy in JSON, which has the headers of requests and answers."""

from datetime import datetime
from typing import NoReturn

import msgspec
from msgspec import Struct

from feeds.readership.log_line import BadLine, Hash, IsWanted
from feeds.readership.request import ClientRequest

_Headers = dict[str, list[str]]


class _Asked(Struct):
    uri: str
    method: str = "GET"
    client_ip: str = ""
    remote_ip: str = ""
    remote_addr: str = ""  # of version 2.4 and older
    headers: _Headers = {}


class _Line(Struct):
    ts: float | str = 0.0
    request: _Asked | None = None
    status: int = 0
    size: int = 0
    resp_headers: _Headers | None = None


class CaddyLog:
    """Parser of Caddy's log; lines about other events than requests are left out."""

    def __init__(self, hashed: Hash, is_wanted: IsWanted) -> None:
        self._hashed = hashed
        self._is_wanted = is_wanted
        self._decoder = msgspec.json.Decoder(_Line)

    def parse(self, line: str) -> ClientRequest | None:
        """Return the request in *line*, None if it has none that is wanted. Raises BadLine."""
        try:
            entry = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeError) as error:
            _refuse(error)
        asked = entry.request
        if asked is None or not self._is_wanted(asked.uri):
            return None
        answered = entry.resp_headers
        return ClientRequest(
            _time(entry.ts),
            self._hashed(asked.client_ip or asked.remote_ip or asked.remote_addr.rpartition(":")[0]),
            asked.uri,
            entry.status,
            max(entry.size, 0),
            _first(asked.headers, "User-Agent"),
            asked.method,
            _first(asked.headers, "If-None-Match"),
            _first(asked.headers, "If-Modified-Since"),
            None if answered is None else _first(answered, "Etag"),
            None if answered is None else _first(answered, "Last-Modified"),
            None if answered is None else _first(answered, "Content-Encoding"),
        )


def _refuse(error: Exception) -> NoReturn:
    raise BadLine(f"not a line of Caddy's log: {error}") from error


def _first(headers: _Headers, name: str) -> str:
    return (headers.get(name) or [""])[0]


def _time(written: float | str) -> float:
    if isinstance(written, float):
        return written
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        raise BadLine(f"not a time: {written[:40]!r}") from None
