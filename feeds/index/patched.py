"""A large mapping and its copies with a few changes, which share all that did not change."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_Default = TypeVar("_Default")
_Derived = TypeVar("_Derived")

MIN_RATIO = 64  # entries of a mapping to each change that is kept apart


class Patched(Generic[_Key, _Value]):
    """A mapping, which its owner may change; values are never None.

    ``copy`` takes time for the changes since the mapping was made, not for all entries: copying a dict of
    a million articles takes a tenth of a second, and writes to the memory that forked processes share.
    """

    __slots__ = ("_base", "_derived", "_patch")

    def __init__(self, base: dict[_Key, _Value], patch: dict[_Key, _Value | None] | None = None) -> None:
        """Take over *base*, which must not change; *patch* replaces some values, and None removes one."""
        self._base = base
        self._patch = {} if patch is None else patch
        self._derived: list[Any] = []

    def copy(self) -> "Patched[_Key, _Value]":
        """A copy, which shares all but the changes; if these are many, it has none of its own."""
        if MIN_RATIO * len(self._patch) <= len(self._base):
            copy = Patched(self._base, self._patch.copy())
            copy._derived = self._derived
            return copy
        merged = self._base | self._patch
        return Patched({key: value for key, value in merged.items() if value is not None})

    def __getitem__(self, key: _Key) -> _Value:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    @overload
    def get(self, key: _Key) -> _Value | None: ...
    @overload
    def get(self, key: _Key, default: _Default) -> _Value | _Default: ...
    def get(self, key: _Key, default: _Default | None = None) -> _Value | _Default | None:
        """The value of *key*, or *default*."""
        found = self._patch[key] if key in self._patch else self._base.get(key)
        return default if found is None else found

    def several(self, keys: Iterable[_Key]) -> list[_Value]:
        """The values of *keys*, which are all here and can be iterated again."""
        base = self._base
        if not self._patch:
            return [*map(base.__getitem__, keys)]
        return [*map(self._patch.get, keys, map(base.get, keys))]  # type: ignore[list-item]

    def derived(self, make: Callable[[Mapping[_Key, _Value]], _Derived]) -> _Derived:
        """The result of *make* for the mapping without its ``changes``, made once for all copies.

        Each call must pass the same function.
        """
        # Without a lock, as in Timeline: at worst, two threads make the same.
        if not self._derived:
            self._derived[:] = [make(self._base)]
        found: _Derived = self._derived[0]
        return found

    def changes(self) -> Iterator[_Value]:
        """Yield the values that were set since the shared mapping was made."""
        return (value for value in self._patch.values() if value is not None)

    def differing(self, other: "Patched[_Key, _Value]") -> set[_Key]:
        """The keys with other values in *other*; of a copy or an origin, only changes are compared."""
        keys = self._patch.keys() | other._patch.keys()
        if self._base is not other._base:
            keys |= self._base.keys() | other._base.keys()
        return {key for key in keys if self.get(key) is not other.get(key)}

    def __contains__(self, key: _Key) -> bool:
        return self.get(key) is not None

    def items(self) -> Iterator[tuple[_Key, _Value]]:
        """Yield every key and value, in no order after a change."""
        patch = self._patch
        yield from (item for item in self._base.items() if item[0] not in patch)
        yield from ((key, value) for key, value in patch.items() if value is not None)

    def values(self) -> Iterator[_Value]:
        """Yield every value, in the order of ``items``."""
        if not self._patch:
            return iter(self._base.values())
        return (value for _, value in self.items())

    def __setitem__(self, key: _Key, value: _Value) -> None:
        self._patch[key] = value

    def pop(self, key: _Key) -> _Value | None:
        """Remove *key* and return its value, or None if it is not here."""
        found = self.get(key)
        if key in self._base:
            self._patch[key] = None
        else:
            self._patch.pop(key, None)
        return found
