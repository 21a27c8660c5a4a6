"""Packages that are imported when they are first used: most commands end without any of them."""

from importlib import import_module
from typing import Any


class _Later:
    """The module *name*, imported when one of its names is looked up."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


def later(name: str) -> Any:
    """Return the module *name*, which is not imported yet. Import it for type checkers too."""
    return _Later(name)
