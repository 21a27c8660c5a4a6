"""The standard logs of Amazon CloudFront: tab-separated with a line of fields, or in JSON."""

from calendar import timegm
from typing import Any
from urllib.parse import unquote

import msgspec

from feeds.readership.log_line import BadLine, Hash, IsWanted, bounded
from feeds.readership.request import ClientRequest

_FIELDS = "#Fields:"
_DATE_LENGTH, _TIME_LENGTH = 10, 8


class CloudFrontLog:
    """Parser of CloudFront's logs in both forms."""

    def __init__(self, hashed: Hash, is_wanted: IsWanted) -> None:
        self._hashed = hashed
        self._is_wanted = is_wanted
        self._fields: list[str] = []
        self._decoder = msgspec.json.Decoder(dict[str, Any])

    def parse(self, line: str) -> ClientRequest | None:
        """Return the request in *line*, None if it has none that is wanted. Raises BadLine."""
        if line.startswith("#"):
            if line.startswith(_FIELDS):
                self._fields = line.removeprefix(_FIELDS).split()
            return None
        values = self._values(line)
        try:
            return self._request(values)
        except (KeyError, IndexError) as error:
            raise BadLine(f"a line of CloudFront without {error}") from None

    def _values(self, line: str) -> dict[str, str]:
        if line.startswith("{"):
            try:
                return {key: str(value) for key, value in self._decoder.decode(line).items()}
            except (msgspec.DecodeError, UnicodeError) as error:
                raise BadLine(f"not a line of CloudFront: {error}") from error
        if not self._fields:
            raise BadLine("no line #Fields before it")
        return dict(zip(self._fields, line.rstrip("\r\n").split("\t"), strict=False))

    def _request(self, values: dict[str, str]) -> ClientRequest | None:
        query = values.get("cs-uri-query", "-")
        target = values["cs-uri-stem"] + ("" if query in ("-", "") else f"?{query}")
        if not self._is_wanted(target):
            return None
        return ClientRequest(
            _time(values["date"], values["time"]),
            self._hashed(values["c-ip"]),
            target,
            bounded(values["sc-status"]),
            bounded(values["sc-bytes"]),
            _decoded(values["cs(User-Agent)"]),
            values.get("cs-method", "GET"),
        )


def _decoded(agent: str) -> str:
    """A User-Agent, which CloudFront encodes, and encoded twice in older logs."""
    decoded = unquote(agent, errors="replace")
    return unquote(decoded, errors="replace") if "%20" in decoded else decoded


def _time(date: str, time: str) -> float:
    if len(date) != _DATE_LENGTH or len(time) != _TIME_LENGTH:
        raise BadLine(f"not a time: {f'{date} {time}'[:40]!r}")
    try:
        numbers = (date[:4], date[5:7], date[8:], time[:2], time[3:5], time[6:])
        return float(timegm((*map(int, numbers), 0, 0, 0)))
    except ValueError:
        raise BadLine(f"not a time: {f'{date} {time}'[:40]!r}") from None
