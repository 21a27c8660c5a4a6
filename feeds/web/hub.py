"""The hub: the requests of subscribers, its page for people, and its health for programs."""

from functools import partial
from threading import BoundedSemaphore

import msgspec
from flask import Response, request
from werkzeug.exceptions import NotFound

from feeds.errors import GoneFeed, NotReady, QueryError, StoreError, UnknownFeed
from feeds.formats import FORMATS
from feeds.http.client_address import client_addresses
from feeds.http.request_body import read_body
from feeds.logs.events import EventLog
from feeds.pipeline import coded
from feeds.push.health import HubHealth, health
from feeds.push.hub import Hub, HubBusy
from feeds.push.topics import HUB_TOPIC
from feeds.query import Query
from feeds.web.errors import STATUSES, plain
from feeds.web.languages import page_language, page_vary
from feeds.web.pages import RULES, rendered
from feeds.web.responses import HTML, Context, accepted_coding, sent
from feeds.web.status import is_operator
from feeds.web.texts import texts
from feeds.web.units import span

log = EventLog(__name__)

EXAMPLE = "atom"  # the extension of the topic in the example
MAX_READERS = 4  # threads that read bodies, half of those of a server
FOR_A_READER = 0.05  # seconds
BUSY = 1  # seconds until the next attempt
JSON_TYPE = "application/json; charset=utf-8"


class HubPages:
    """The views of the hub."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._readers = BoundedSemaphore(MAX_READERS)
        self._clients = client_addresses(context.http.trusted_proxies)

    def hub(self) -> Response:
        """Respond with the page about the hub, or accept the request of a subscriber (WebSub).

        The page says whether the address in ``hub.topic=`` is one that can be subscribed to.
        """
        hub = self._hub()
        return self._received(hub) if request.method == "POST" else self._page(hub)

    def health(self) -> Response:
        """Respond with the health of the hub as JSON.

        Topics and hosts of callbacks are listed for clients that may see the status of the server.
        """
        self._hub()
        is_named = is_operator(self._context.http)
        body = msgspec.json.format(msgspec.json.encode(self._health(names=is_named))) + b"\n"
        response = Response(body, content_type=JSON_TYPE)
        response.headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        if is_named:  # no other site may read it in the browser of an operator
            response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def canary(self) -> Response:
        """Respond to this server's own subscription as a subscriber does; refuse everybody else."""
        canary = self._hub().canary
        try:
            if request.method == "POST":
                accepted = canary.receives(self._body(), request.headers.get("X-Hub-Signature", ""))
                return plain(
                    "delivered" if accepted else "not a delivery of this server", 200 if accepted else 403
                )
            if canary.confirms(request.args):
                return _challenge(canary.challenge(request.args))
        except StoreError as error:
            log.warning("canary.unanswered", f"{error}; the canary is not answered")
            raise HubBusy("its keys cannot be read now", BUSY) from error
        return plain("not a subscription of this server", 404)

    def _hub(self) -> Hub:
        """The hub. Raises NotFound if it is off."""
        if not self._context.hub:
            raise NotFound
        return self._context.hub

    def _received(self, hub: Hub) -> Response:
        client = self._clients.public(
            request.environ.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
        )
        accepted = hub.receive(self._body(), request.headers.get("Content-Type", ""), client)
        response = plain(accepted.text, accepted.status)
        if accepted.status == 204:
            response.set_data(b"")
            del response.headers["Content-Type"]
        return response

    def _body(self) -> bytes:
        """The body of the request, for which a slow client may let few threads wait. Raises HubBusy."""
        if not self._readers.acquire(timeout=FOR_A_READER):
            raise HubBusy("busy", BUSY)
        try:
            return read_body(request.environ)
        finally:
            self._readers.release()

    def _health(self, *, names: bool) -> HubHealth:
        """The health of the hub. Raises HubBusy."""
        hub, site = self._hub(), self._context.described_site
        announced = site.own_hub in site.hubs
        now = self._context.clock()
        return health(hub.report(), hub.counts(), now, announced=announced, names=names)

    def _page(self, hub: Hub) -> Response:
        """Respond with the page, which no cache stores: its numbers change at any time."""
        asked, status, wrong = request.args.get(HUB_TOPIC, "").strip(), 200, None
        if asked:
            try:
                hub.topic(asked)
            except (QueryError, UnknownFeed, GoneFeed, NotReady) as error:
                status, wrong = STATUSES[type(error)], error
        try:
            seen = self._health(names=False)
        except HubBusy:
            seen = None
        site = self._context.described_site
        body = rendered(
            self._context,
            "hub.html",
            arguments_kept=True,
            site=site,
            example=f"{site.url}{Query().address(EXAMPLE)}",
            format=FORMATS[EXAMPLE].name,
            asked=asked,
            wrong=wrong,
            health=seen,
            span=partial(span, t=texts(page_language(site.language))),
        )
        coding = accepted_coding()
        headers = RULES | {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Vary": page_vary()}
        return sent(coded(body, coding), coding, HTML, headers, status)


def _challenge(challenge: str) -> Response:
    """Repeat *challenge*, which confirms a subscription (WebSub, 5.3.1)."""
    response = Response(challenge, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
