"""Validators: the judgement of the conditional requests of one client for one feed."""

from typing import Literal

from msgspec import Struct

from feeds.formats.document import latest_of
from feeds.http.conditional import instant, keys
from feeds.readership.request import ClientRequest

LATCHED_AFTER = 3  # requests with the same old validator, although a newer one was sent
MAX_REMEMBERED = 8  # validators that a client was sent
_UNSENT = ("", "-")

ValidatorVerdict = Literal["good", "none", "latched", "invented", "mangled", "304", "no 304", ""]


class Validators(Struct, array_like=True):
    """The validators that a client was sent, and those that it sends.

    *etag* and *modified* are the last ones that it was sent, *etags* and *dates* the last few. *repeated*
    counts the requests in succession with the same old validator.
    """

    etag: str = ""
    modified: str = ""
    etags: list[str] = []
    dates: list[str] = []
    old: str = ""
    repeated: int = 0
    good: int = 0
    none: int = 0
    latched: int = 0
    invented: int = 0
    mangled: int = 0

    def add(self, request: ClientRequest) -> None:
        """Judge the headers of a request, and note those of its response."""
        if request.none_match is not None or request.modified_since is not None:
            self._judge(_sent(request.none_match), _sent(request.modified_since), request.times)
        if request.status in (200, 226, 304):
            if tag := _sent(request.etag):
                self.etag = tag
                _remember(self.etags, tag)
            if date := _sent(request.modified):
                self.modified = date
                _remember(self.dates, date)

    @property
    def verdict(self) -> ValidatorVerdict:
        """The worst that the client does more than once; empty if nothing is known."""
        if self.latched:
            return "latched"
        worst: tuple[tuple[ValidatorVerdict, int], ...] = (
            ("mangled", self.mangled), ("invented", self.invented), ("none", self.none),
        )  # fmt: skip
        for name, times in worst:
            if times > 1 and times > self.good:
                return name
        return "good" if self.good else ""

    def _judge(self, none_match: str, modified_since: str, times: int) -> None:
        if none_match:
            self._judge_tag(none_match, times)
        elif modified_since:
            self._judge_date(modified_since, times)
        elif self.etag or self.modified:
            self.none += times

    def _judge_tag(self, written: str, times: int) -> None:
        if not self.etag or written == "*":
            return
        if written == self.etag or self.etag in written:
            self._is_good(times)
        elif _same(written, self.etag):
            self.mangled += times * (written not in self.etags)
            self.good += times * (written in self.etags)
            self.repeated = 0
        else:
            self.mangled += times * (not keys(written))
            self._is_old(written, times)

    def _judge_date(self, written: str, times: int) -> None:
        if not self.modified:
            return
        if written == self.modified or instant(written) == instant(self.modified) is not None:
            self._is_good(times)
        elif written in self.dates or written == self.old:
            self._is_old(written, times)
        else:
            self.invented += 1
            self.old = written
            if times > 1:
                self._is_old(written, times - 1)

    def _is_good(self, times: int) -> None:
        self.good += times
        self.old, self.repeated = "", 0

    def _is_old(self, written: str, times: int) -> None:
        """Count a validator that is not the last one; after an update, each client has one once."""
        self.repeated = self.repeated + times if written == self.old else times
        self.old = written
        self.latched += max(0, min(times, self.repeated - LATCHED_AFTER + 1))


def _sent(header: str | None) -> str:
    return "" if header is None or header in _UNSENT else header


def _remember(known: list[str], validator: str) -> None:
    if validator not in known:
        known.append(validator)
        del known[:-MAX_REMEMBERED]


def _same(written: str, etag: str) -> bool:
    """Return whether two tags are of the same content, or of the same moment in our own form."""
    unquoted = written.strip('"')
    one, other = keys(written) or keys(f'"{unquoted}"'), keys(etag)
    if not one or not other:
        return False
    moments = latest_of(one[0]), latest_of(other[0])
    return one[0] == other[0] or (moments[0] == moments[1] != 0)
