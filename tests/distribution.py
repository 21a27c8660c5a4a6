"""The order of the tests, and their distribution over processes."""

from typing import Any

from xdist.scheduler import LoadFileScheduling

PAGES = "tests/pages/"


def scope_of(node_id: str) -> str:
    """Name the tests that run in one process: those of a file, or all of PAGES, which share a browser."""
    return PAGES if node_id.startswith(PAGES) else node_id.partition("::")[0]


class ScopeScheduling(LoadFileScheduling):
    """Give each process one scope after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def sort_by_duration(items: list[Any]) -> None:
    """Begin with the longest scope, then the slow modules: no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (scope_of(item.nodeid) != PAGES, item.path not in slow, item.path))
