"""Regular expressions that are compiled when they are first used: no command needs all of them."""

import sys
from functools import cached_property
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, AnyStr, Generic, cast

if TYPE_CHECKING:
    import re

    import regex


class _Expression(Generic[AnyStr]):
    """A regular expression of *module* with the methods of its patterns; each is looked up once."""

    def __init__(self, module: str, pattern: AnyStr, flags: int) -> None:
        self._module = module
        self.pattern: AnyStr = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> Any:
        if self._module == "re" and sys.version_info < (3, 11, 5):
            return _with_atomic_groups(self.pattern, self._flags)
        return import_module(self._module).compile(self.pattern, self._flags)

    match = cached_property(attrgetter("_compiled.match"))
    fullmatch = cached_property(attrgetter("_compiled.fullmatch"))
    search = cached_property(attrgetter("_compiled.search"))
    split = cached_property(attrgetter("_compiled.split"))
    findall = cached_property(attrgetter("_compiled.findall"))
    finditer = cached_property(attrgetter("_compiled.finditer"))
    sub = cached_property(attrgetter("_compiled.sub"))
    subn = cached_property(attrgetter("_compiled.subn"))


def _with_atomic_groups(pattern: str | bytes, flags: int) -> Any:
    """Compile *pattern* with ``(?>x*)`` in place of each ``x*+``, which means the same.

    Before version 3.11.5, Python's possessive quantifiers match texts that they must not match, and the
    other way round (https://github.com/python/cpython/issues/106052).
    """
    parser, compiler = import_module("re._parser"), import_module("re._compiler")

    def atomic(part: Any) -> Any:
        match part:
            case parser.SubPattern():
                return parser.SubPattern(part.state, [*map(atomic, part.data)])
            case (code, repeated) if code is parser.POSSESSIVE_REPEAT:
                greedy = parser.SubPattern(parsed.state, [(parser.MAX_REPEAT, atomic(repeated))])
                return parser.ATOMIC_GROUP, greedy
            case tuple() | list():
                return type(part)(map(atomic, part))
        return part

    parsed = parser.parse(pattern, flags)
    return compiler.compile(atomic(parsed), flags)


def expression(pattern: AnyStr, flags: int = 0) -> "re.Pattern[AnyStr]":
    """Return the regular expression *pattern*, which is not compiled yet."""
    return cast("re.Pattern[AnyStr]", _Expression("re", pattern, flags))


def unicode_expression(pattern: str) -> "regex.Pattern[str]":
    """Return the regular expression *pattern* with properties of Unicode; it is not compiled yet.

    ``(?V1)`` at its beginning allows operations on sets of characters. The package ``regex`` is imported
    with the first one that is used: most texts have ASCII letters alone.
    """
    return cast("regex.Pattern[str]", _Expression("regex", pattern, 0))
