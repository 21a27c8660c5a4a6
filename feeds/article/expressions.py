"""Regular expressions that are compiled when they are first used: no command needs all of them."""

import re
from functools import cached_property
from operator import attrgetter
from typing import AnyStr, Generic, cast


class _Expression(Generic[AnyStr]):
    """A regular expression with the methods of ``re.Pattern``; each is looked up once."""

    def __init__(self, pattern: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[AnyStr]:
        return re.compile(self.pattern, self._flags)

    match = cached_property(attrgetter("_compiled.match"))
    fullmatch = cached_property(attrgetter("_compiled.fullmatch"))
    search = cached_property(attrgetter("_compiled.search"))
    split = cached_property(attrgetter("_compiled.split"))
    findall = cached_property(attrgetter("_compiled.findall"))
    finditer = cached_property(attrgetter("_compiled.finditer"))
    sub = cached_property(attrgetter("_compiled.sub"))
    subn = cached_property(attrgetter("_compiled.subn"))


def expression(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return the regular expression *pattern*, which is not compiled yet."""
    return cast("re.Pattern[AnyStr]", _Expression(pattern, flags))
