"""The finding of a check."""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from feeds.errors import FeedsError, message, one_line

Level = Literal["ok", "warning", "failure"]
"""A failure keeps readers from articles, or the server from its work; a warning costs time or bytes."""


class Finding(Struct, frozen=True):
    """The result of a check in *group*: what was found, or else ``subject: problem; remedy``."""

    group: str
    level: Level
    message: str


class FindingGroup(Struct, frozen=True):
    """The findings of one subject, such as ``store``."""

    name: str

    def ok(self, found: str) -> Finding:
        """The finding that a part is right."""
        return Finding(self.name, "ok", one_line(found))

    def warning(self, subject: str, problem: str, remedy: str) -> Finding:
        """A problem that costs time or bytes, or will become a failure."""
        return Finding(self.name, "warning", message(subject, problem, remedy))

    def failure(self, subject: str, problem: str, remedy: str) -> Finding:
        """A problem that keeps readers from articles, or the server from its work."""
        return Finding(self.name, "failure", message(subject, problem, remedy))

    def warnings(self, messages: Iterable[str]) -> Iterator[Finding]:
        """Findings with whole *messages*."""
        return (Finding(self.name, "warning", one_line(each)) for each in messages)

    def error(self, error: FeedsError) -> Finding:
        """A failure that an exception describes."""
        return Finding(self.name, "failure", str(error))


def worst(findings: Iterable[Finding]) -> Level:
    """The most serious level among *findings*."""
    levels = {each.level for each in findings}
    return "failure" if "failure" in levels else "warning" if "warning" in levels else "ok"
