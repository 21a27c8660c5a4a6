"""Errors inside the frames of other sites: a small panel with a link, in the theme of the embed."""

from flask import render_template, request

from feeds.feed.site import Site
from feeds.web.embed_policy import embed_headers
from feeds.web.presentation import valid_part
from feeds.web.responses import Context
from feeds.web.texts import Texts

_PREFIX = "/embed/"


def is_embed(path: str) -> bool:
    """Return whether *path* is that of an embed."""
    return path.startswith(_PREFIX)


def error_panel(
    context: Context, site: Site, t: Texts, said: str, status: int
) -> tuple[str, dict[str, str]]:
    """The page that says *said* in a frame, and its headers.

    It links to the page of the feed, or to the home page if there is no such feed.
    """
    looks = valid_part(request.args.items(multi=True))
    place = "" if status in (404, 410) else request.path.removeprefix(_PREFIX)
    page = render_template(
        "embed-error.html",
        t=t,
        site=site,
        looks=looks,
        style=looks.colours,
        said=said,
        address=f"{context.site.url}/{place}",
        again=status == 503,
    )
    return page, embed_headers(context, looks.colours)
