"""The URL map, which all applications of a process share."""

from collections.abc import Iterator
from functools import cache

from werkzeug.routing import Map, Rule

from feeds.formats import FORMATS
from feeds.http.request_body import takes_body


@cache
def url_map(paths: tuple[str, ...]) -> Map:
    """Return the map of *paths*; a path that ends in ``*`` has a rule for each format.

    The endpoints are the paths. A map takes longer to make than the rest of an application, so
    ``create_app`` replaces the map that Flask makes for each application by this one. That works as long
    as neither Flask nor Werkzeug adds a rule to the map or keeps the state of an application in it.
    """
    # Either option would redirect to any Host that a client sends.
    return Map([*_rules(paths)], merge_slashes=False, redirect_defaults=False)


def _rules(paths: tuple[str, ...]) -> Iterator[Rule]:
    for path in paths:
        for extension in FORMATS if path.endswith("*") else [""]:
            yield Rule(
                path.removesuffix("*") + extension,
                endpoint=path,
                methods=["GET", "OPTIONS", *(["POST"] if takes_body("POST", path) else [])],
                defaults={"extension": extension} if extension else None,
                # Else an empty path, which HTTP allows, would be redirected to "/" in the same way.
                strict_slashes=path != "/",
            )
