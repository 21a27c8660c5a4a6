"""The contents of an export: its pages and lists name these only, and nothing that needs the server."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from feeds.feed.context import FeedContext
from feeds.formats import DEFAULT, FOR_READERS, FORMATS, Format
from feeds.period import Period

NEEDS_SERVER = "/needs-server"  # the path of the page for everything that needs the server


class Exported(Struct, frozen=True):
    """The pages of an export by their paths, archives excepted.

    *archives* is true if the export has archives. *endings* are added to the addresses of files that have
    no suffix on the server, by the first part of their paths. *formats* are the extensions of its feeds,
    at least one.
    """

    pages: frozenset[str]
    archives: bool = True
    endings: Mapping[str, str] = {}
    formats: tuple[str, ...] = tuple(FORMATS)

    def months(self, context: FeedContext, older: Period | None) -> FeedContext:
        """*context* without months that are not exported; *older* is the newest archive of the feed.

        All articles of a later month are on the current page.
        """
        last = older.name[:7] if older and self.archives else ""
        months = tuple(each for each in context.months if each.query.archive <= last)
        return msgspec.structs.replace(context, months=months)


# The pages in the menu, by the names of their texts.
_MENU = {"home": "/", "latest": "/feed", "topics": "/topics", "providers": "/providers"}
_MENU_OF_SERVER = {"build": "/build", "embed": "/embed"}


def formats_of(exported: Exported | None) -> Mapping[str, Format]:
    """The formats of the feeds of an export, by extension, or of a server."""
    return {each: FORMATS[each] for each in exported.formats} if exported else FORMATS


def default_format(exported: Exported | None) -> Format:
    """The format of feeds in QR codes and lists if none is named: DEFAULT, or the first one there is."""
    offered = formats_of(exported)
    return offered.get(DEFAULT.extension) or next(iter(offered.values()))


def template_globals(exported: Exported | None) -> dict[str, Any]:
    """The globals of templates: what an export has, and the endings of its files."""
    offered = formats_of(exported)
    formats = {
        "formats": [each for each in FOR_READERS if each.extension in offered],
        "default_format": default_format(exported),
    }
    if not exported:
        return formats | {
            "exported": False,
            "menu": _MENU | _MENU_OF_SERVER,
            "has_archives": True,
            "linked": lambda _path: True,
            "endings": {},
        }
    return formats | {
        "exported": True,
        "menu": _MENU,
        "has_archives": exported.archives,
        "linked": exported.pages.__contains__,
        "endings": exported.endings,
        "needs_server": NEEDS_SERVER,
    }
