"""The format "combined" of nginx and Apache, also with the host in front, or with validators behind it.

log_format feeds '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                 '"$http_referer" "$http_user_agent" "$http_if_none_match" "$http_if_modified_since" '
                 '"$sent_http_etag" "$sent_http_last_modified" "$sent_http_content_encoding"';
"""

import re
from calendar import timegm

from feeds.article.expressions import expression
from feeds.readership.log_line import BadLine, Hash, IsWanted
from feeds.readership.request import ClientRequest

_QUOTED = r'"([^"\\]*(?:\\.[^"\\]*)*)"'
_LINE = expression(
    rf"(?:[^\s:]+:\d+ )?(\S+) [^\[]*\[([^\]]{{26}})\] {_QUOTED} (\d{{3}}) (\d{{1,18}}|-)"
    rf"(?: {_QUOTED} {_QUOTED}(.*))?$"
)
_FIELD = expression(_QUOTED)
_ESCAPE = expression(r"\\(?:x([0-9a-fA-F]{2})|(.))")
_REQUEST_PARTS = 3
_VALIDATORS = 5
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}


class CombinedLog:
    """Parser of "combined"."""

    def __init__(self, hashed: Hash, is_wanted: IsWanted) -> None:
        self._hashed = hashed
        self._is_wanted = is_wanted
        self._minute = ""
        self._seconds = 0

    def parse(self, line: str) -> ClientRequest | None:
        """Return the request in *line*, None if it has none that is wanted. Raises BadLine."""
        found = _LINE.match(line)
        if found is None:
            raise BadLine("not of the format combined")
        client, stamp, request, status, size, _, agent, rest = found.groups()
        has_escapes = "\\" in line
        parts = (unescaped(request) if has_escapes else request).split(" ")
        if len(parts) != _REQUEST_PARTS or not self._is_wanted(parts[1]):
            return None  # a scanner wrote no request
        if agent is None:
            raise BadLine("no User-Agent, as in the format common; log in the format combined")
        headers: tuple[str | None, ...] = (None,) * _VALIDATORS
        if rest and len(fields := _FIELD.findall(rest)) == _VALIDATORS:
            headers = tuple(map(unescaped, fields))
        return ClientRequest(
            self._time(stamp),
            self._hashed(client),
            parts[1],
            int(status),
            0 if size == "-" else int(size),
            unescaped(agent) if has_escapes else agent,
            parts[0],
            headers[0], headers[1], headers[2], headers[3], headers[4],
        )  # fmt: skip

    def _time(self, stamp: str) -> float:
        """The time in *stamp*, such as ``29/Nov/2026:19:58:16 +0000``. Raises BadLine."""
        minute = stamp[:17] + stamp[20:]
        try:
            if minute != self._minute:
                self._seconds, self._minute = _minute(stamp), minute
            return float(self._seconds + int(stamp[18:20]))
        except (ValueError, KeyError):
            raise BadLine(f"not a time: {stamp!r}") from None


def unescaped(text: str) -> str:
    r"""*text* without the escapes of nginx and Apache, such as ``\x22`` and ``\"``."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _minute(stamp: str) -> int:
    """The seconds from 1970 until the minute of *stamp*. Raises ValueError or KeyError."""
    day, month, year = int(stamp[:2]), _MONTHS[stamp[3:6]], int(stamp[7:11])
    hour, minute = int(stamp[12:14]), int(stamp[15:17])
    zone = int(stamp[22:24]) * 3600 + int(stamp[24:26]) * 60
    local = timegm((year, month, day, hour, minute, 0, 0, 0, 0))
    return local + zone if stamp[21] == "-" else local - zone
