"""The URL map, which all applications of a process share."""

from collections.abc import Iterator
from functools import cache

from werkzeug.routing import Map, Rule

from feeds.formats import FORMATS


@cache
def url_map(paths: tuple[str, ...]) -> Map:
    """Return the map of *paths*, one that ends in ``*`` for each format; its endpoints are the paths.

    A map takes longer to make than the rest of an application, so that ``create_app`` puts this one in
    place of the map that Flask makes for each. That works as long as neither Flask nor Werkzeug adds a
    rule to it or keeps the state of an application in it.
    """
    # Either option would redirect to whatever Host a client names.
    return Map([*_rules(paths)], merge_slashes=False, redirect_defaults=False)


def _rules(paths: tuple[str, ...]) -> Iterator[Rule]:
    for path in paths:
        for extension in FORMATS if path.endswith("*") else [""]:
            yield Rule(
                path.removesuffix("*") + extension,
                endpoint=path,
                methods=["GET", "OPTIONS"],
                defaults={"extension": extension} if extension else None,
                # Of an empty path, which HTTP allows, "/" would make a redirect as well.
                strict_slashes=path != "/",
            )
