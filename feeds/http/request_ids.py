"""Ids of requests: from a trusted proxy, else made where one is needed."""

import secrets
from wsgiref.types import WSGIEnvironment

from feeds.article.expressions import expression
from feeds.http.client_address import ClientAddresses

REQUEST_ID = "feeds.request_id"  # the key in a WSGI environment
HEADER = "X-Request-Id"
MAX_REQUEST_ID = 64  # characters
_SENT = expression(rf"[A-Za-z0-9._-]{{1,{MAX_REQUEST_ID}}}")


class RequestIds:
    """Finds the ids of requests; *clients* knows the proxies whose ids are taken. Thread-safe."""

    def __init__(self, clients: ClientAddresses) -> None:
        self._clients = clients

    def sent(self, peer: str, written: str) -> str:
        """Return the id *written* in a request of *peer*, empty if it is none, or not a trusted one."""
        return written if _SENT.fullmatch(written) and self._clients.is_proxy(peer) else ""

    def of(self, environ: WSGIEnvironment) -> str:
        """Return the id of the request in *environ*; make one if it has none."""
        found: str = environ.get(REQUEST_ID, "")
        if not found:
            sent = self.sent(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_REQUEST_ID", ""))
            found = environ[REQUEST_ID] = sent or secrets.token_hex(8)
        return found
