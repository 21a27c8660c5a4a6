"""The language of a page: chosen with ``ui=``, else preferred by the client, else that of the corpus."""

import re
from typing import Any
from urllib.parse import urlencode

from flask import request

from feeds.article.expressions import expression
from feeds.feed.paging import FROM
from feeds.feed.search import PAGE_KEY
from feeds.http.content_language import LANGUAGES, choose_language
from feeds.push.topics import HUB_TOPIC
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.query.wording import Wording
from feeds.web.form import ANY
from feeds.web.presentation import READ
from feeds.web.programs import has_language
from feeds.web.texts import names, texts
from feeds.web.wording import wording

UI = "ui"
ACCEPT_LANGUAGE = "Accept-Language"

# The arguments that links to the same page in another language keep.
_KEPT = {*PARAMETERS, *WINDOW, *READ, PAGE_KEY, FROM, HUB_TOPIC, "src", "width"}

_CHOSEN = expression(rb"(?:^|&)ui=([a-z]+)(?:&|$)")  # also in a query string that is not UTF-8

# Each match ends before the next tag, so that the time is linear in the length of any text.
_LINK = expression(r'(<a [^<>]*?href=")(/[^"<>#]*)')
_FORM = expression(r"<form [^<>]*>")


def chosen_language() -> str:
    """Return the language that the request chooses with ``ui=``, or an empty string."""
    found = _CHOSEN.search(request.query_string)
    written = found[1].decode() if found else ""
    return written if written in LANGUAGES else ""


def page_language(site_language: str) -> str:
    """Return the language of the page for this request; *site_language* is that of the corpus."""
    wanted = chosen_language() or choose_language(request.headers.get(ACCEPT_LANGUAGE))
    return texts(wanted or site_language).language


def language_key() -> str:
    """Return the part of a cache key that differs between the forms of a page for different clients."""
    chosen = chosen_language()
    return f"{UI}={chosen}" if chosen else choose_language(request.headers.get(ACCEPT_LANGUAGE))


def page_vary() -> str:
    """Return the headers of the request on which a page depends."""
    return "Accept-Encoding" if chosen_language() else f"Accept-Encoding, {ACCEPT_LANGUAGE}"


def language_values(site_language: str, *, arguments: bool) -> dict[str, Any]:
    """Return the values of a template that depend on the language.

    The links of the switch keep the *arguments* of the request, or none.
    """
    kept = [*_kept_arguments()] if arguments else []
    return {
        "t": texts(page_language(site_language)),
        "languages": {f"?{urlencode([*kept, (UI, tag)])}": (tag, name) for tag, name in names().items()},
    }


def page_wording(site_language: str) -> Wording:
    """Return the phrases about queries of the page for this request."""
    return wording(page_language(site_language))


def _kept_arguments() -> list[tuple[str, str]]:
    given = request.args.items(multi=True)
    return [(key, value) for key, value in given if value and key.removeprefix(ANY) in _KEPT]


def with_language(address: str) -> str:
    """Return *address* of a page with the chosen language, if the request chooses one."""
    chosen = chosen_language()
    if not chosen:
        return address
    return f"{address}{'&' if '?' in address else '?'}{UI}={chosen}"


def with_language_kept(html: str, base: str) -> str:
    """Return the page *html* with the chosen language in its links to pages and in its forms.

    The links to feeds stay as they are: ``ui=`` must not become a part of a subscription.
    """
    chosen = chosen_language()
    if not chosen:
        return html

    def link(found: re.Match[str]) -> str:
        path, mark, _ = found[2].partition("?")
        if not _leads_to_page(path, base) or found[2].startswith("//"):
            return found[0]
        return f"{found[0]}{'&amp;' if mark else '?'}{UI}={chosen}"

    field = f'<input type="hidden" name="{UI}" value="{chosen}">'
    return _FORM.sub(lambda found: found[0] + field, _LINK.sub(link, html))


def _leads_to_page(path: str, base: str) -> bool:
    return path.startswith(f"{base}/") and has_language(path.removeprefix(base))
