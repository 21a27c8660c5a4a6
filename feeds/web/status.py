"""The status of the server for operators: a page, and the same as JSON."""

import re
from datetime import datetime
from hmac import compare_digest
from ipaddress import ip_address

import msgspec
from flask import Response, render_template, request
from werkzeug.exceptions import NotFound

from feeds.article.expressions import expression
from feeds.errors import message, one_line
from feeds.monitoring import status
from feeds.settings.sections import HttpSettings
from feeds.web.errors import plain
from feeds.web.pages import POLICY
from feeds.web.responses import HTML, Context
from feeds.web.texts import Texts, texts
from feeds.web.units import UNITS

# Headers of proxies that name themselves or their client. A proxy that sends none of them uses HTTP/1.0,
# for a long time the default of nginx.
PROXIED = expression(
    r"X-Forwarded.*|Forwarded|Via|X-Real-IP|.*-Client-IP|.*-Connecting-IP", re.IGNORECASE
)
CHALLENGES = 'Basic realm="status", charset="UTF-8", Bearer realm="status"'
LANGUAGE = "en"  # of the page for operators
JUST_NOW = 5  # seconds
SPANS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


class StatusPages:
    """The views of the status: for clients with the token or, if none is set, on this machine."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._words = NumberFormats(texts(LANGUAGE))

    def page(self) -> Response:
        """Respond with the status as a page."""
        found = self._status()
        if isinstance(found, Response):
            return found
        site = self._context.described_site
        body = render_template(
            "status.html",
            t=texts(LANGUAGE),
            site=site,
            feed={"site": site},
            status=found,
            fair=self._context.http.fair,
            words=self._words,
            one_line=one_line,
        )
        response = private(body.encode(), HTML)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def json(self) -> Response:
        """Respond with the status as JSON; feeds.monitoring.status defines its members."""
        found = self._status()
        if isinstance(found, Response):
            return found
        return private(msgspec.json.format(msgspec.json.encode(found)), "application/json")

    def _status(self) -> status.Status | Response:
        """Return the status, or the response that refuses it. Raises NotFound without a monitor."""
        monitor = self._context.monitor
        if not monitor:
            raise NotFound
        return refusal("status", self._context.http) or monitor.status()


class NumberFormats:
    """Formats of numbers for people."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def size(self, count: float) -> str:
        """``12.3 MB``."""
        unit = 0
        while count >= 999.5 and unit < len(UNITS) - 1:
            count, unit = count / 1000, unit + 1
        number = f"{count:.1f}" if unit and count < 99.95 else f"{count:.0f}"
        return self._texts(f"size.{UNITS[unit]}", number=number)

    def span(self, seconds: float) -> str:
        """``3 days``: in the largest unit with a count of at least two, else in seconds."""
        name, unit = next(
            ((name, unit) for name, unit in SPANS.items() if seconds >= 2 * unit), ("seconds", 1)
        )
        return self._texts(f"status.{name}", int(seconds // unit))

    def delay(self, seconds: float) -> str:
        """``0.85 s``, and from two minutes on as ``span``."""
        return (
            self.span(seconds)
            if seconds >= 120
            else self._texts("status.delay", seconds=f"{seconds:.3g}")
        )

    def when(self, date: datetime, now: datetime) -> str:
        """``5 minutes ago (14:05 UTC)``, with the date if it is not that of *now*."""
        seconds = (now - date).total_seconds()
        clock = "%H:%M UTC" if date.date() == now.date() else "%Y-%m-%d %H:%M UTC"
        name = "just_now" if abs(seconds) < JUST_NOW else "ago" if seconds > 0 else "until"
        return self._texts(f"status.{name}", span=self.span(abs(seconds)), at=date.strftime(clock))

    def share(self, ratio: float) -> str:
        """``93.4 %``; a ratio that only rounds to 0 or 100 is ``<0.1 %`` or ``>99.9 %``."""
        percent = 100 * ratio
        if 0 < percent < 0.1:
            return self._texts("status.percent", number="<0.1")
        if 99.9 < percent < 100:
            return self._texts("status.percent", number=">99.9")
        return self._texts("status.percent", number=re.sub(r"\.0$", "", f"{percent:.1f}"))


def refusal(subject: str, http: HttpSettings) -> Response | None:
    """Return the response that refuses *subject* to a client that may not see /status, else None."""
    if is_operator(http):
        return None
    if http.status_token:
        response = plain(
            message(subject, "token required", "send it as a password with any user name"), 401
        )
        response.headers["WWW-Authenticate"] = CHALLENGES
        return response
    problem = "shown only on the server's machine and not through a proxy"
    return plain(message(subject, problem, "set http.status_token to see it from elsewhere"), 403)


def private(body: bytes, media_type: str) -> Response:
    """Respond with *body*, which must not be cached, indexed by search engines or embedded."""
    response = Response(body, content_type=media_type)
    response.headers |= {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return response


def is_operator(http: HttpSettings) -> bool:
    """Return whether the client may see /status: by the token if one is set, else by its address."""
    return _sends(http.status_token) if http.status_token else _is_from_here()


def _sends(token: str) -> bool:
    """Return whether the client sent *token*, compared in constant time."""
    given = request.authorization
    if not given:
        return False
    secret = given.token if given.type == "bearer" else given.type == "basic" and given.password
    return compare_digest((secret or "").encode(), token.encode())


def _is_from_here() -> bool:
    """Return whether the client is on this machine, as far as the request shows.

    The Host must also be a name of this machine: otherwise a page in a local browser could make its own
    host name resolve to this machine, and read the response (DNS rebinding).
    """
    if any(PROXIED.fullmatch(name) for name, _ in request.headers):
        return False
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return False
    host = re.sub(r":\d*$", "", request.host).strip("[]").lower()
    named = host == "localhost" or host.endswith(".localhost") or _is_loopback(host)
    return named and _is_loopback(request.environ.get("REMOTE_ADDR", ""))


def _is_loopback(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
