"""Polite requests for the checks: one at a time, with bounds for bytes, seconds and redirects."""

import errno
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import cache
from threading import Timer
from urllib.parse import quote, urljoin, urlsplit

import msgspec
from msgspec import Struct

from feeds.doctor.response import MAX_ENCODED, FeedResponse, Redirect, Undecodable, decoded
from feeds.http.outgoing import RequestFailed, RequestRefused, destination

MAX_REDIRECTS_FOLLOWED = 5

_OF_URLS = "%/:=&?~#+!$,;'@()*[]"  # characters that need no escape, besides letters and digits
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_NETWORK = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
# OpenSSL's codes of certificates that are not accepted (X509_V_ERR_...).
_REFUSED = {
    9: "not valid yet",
    10: "expired",
    18: "signed by itself",
    19: "signed by an authority of its own",
    20: "of an unknown authority, or sent without the intermediate certificates",
    21: "sent without the intermediate certificates",
    62: "for another name",
    64: "for another address",
}


class NoNetwork(RequestFailed):
    """No request can leave this host, or the name of the server cannot be resolved."""


class CertificateRefused(RequestFailed):
    """The certificate of a server is not accepted; the text is the reason."""


class RedirectLoop(RequestFailed):
    """A redirect leads to an address that was requested before, or there are too many."""


class RequestBounds(Struct, frozen=True):
    """The bounds of a request: seconds for each step, and for all of it."""

    step: float = 10
    whole: float = 30
    tls: Callable[[], ssl.SSLContext] = cache(ssl.create_default_context)


class PoliteRequests:
    """Sends requests, one after another, and counts them."""

    def __init__(
        self, bounds: RequestBounds | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._bounds = bounds or RequestBounds()
        self._clock = clock
        self.count = 0

    def fetch(self, url: str, headers: Mapping[str, str], method: str = "GET") -> FeedResponse:
        """Request *url*, and follow redirects. Raises RequestFailed."""
        seen: list[Redirect] = []
        while True:
            response = self._fetch_once(url, headers, method, tuple(seen))
            location = response.header("Location").strip()
            if response.status not in _REDIRECTS or not location:
                return response
            seen.append(Redirect(response.status, url))
            url = urljoin(url, quote(location, _OF_URLS)).partition("#")[0]
            if any(each.url == url for each in seen):
                raise RedirectLoop(f"redirects lead back to {url}")
            if len(seen) > MAX_REDIRECTS_FOLLOWED:
                raise RedirectLoop(f"more than {MAX_REDIRECTS_FOLLOWED} redirects")

    def _fetch_once(
        self, url: str, headers: Mapping[str, str], method: str, redirects: tuple[Redirect, ...]
    ) -> FeedResponse:
        connection, target = self._connection(url)
        timer = Timer(self._bounds.whole, _cut_off, [connection])
        timer.daemon = True
        self.count += 1
        sent, started = self._clock(), time.monotonic()
        timer.start()
        try:
            connection.request(method, target, headers={"Connection": "close", **headers})
            expires = _expiry(connection)
            raw = connection.getresponse()
            received = self._clock()
            body = raw.read(MAX_ENCODED)
        except UnicodeError as error:
            raise RequestRefused("no name of a host") from error
        except (OSError, http.client.HTTPException) as error:
            spent = time.monotonic() - started
            raise self._failure(error, spent) from error
        finally:
            timer.cancel()
            connection.close()
        response = FeedResponse(
            url, raw.status, tuple(raw.getheaders()), body, redirects,
            sent, received, time.monotonic() - started, expires,
        )  # fmt: skip
        return _with_content(response)

    def _connection(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        """A connection to the server of *url*, and the target of the request."""
        try:
            to, parts = destination(url), urlsplit(url)
        except ValueError as error:
            raise RequestRefused("no address with http:// or https://") from error
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _OF_URLS)
        if not to.is_secure:
            return http.client.HTTPConnection(to.host, to.port, timeout=self._bounds.step), target
        context = self._bounds.tls()
        return http.client.HTTPSConnection(
            to.host, to.port, timeout=self._bounds.step, context=context
        ), target

    def _failure(self, error: Exception, spent: float) -> RequestFailed:
        """The reason of *error*, after so many seconds."""
        bounds = self._bounds
        if spent >= bounds.whole:
            return RequestFailed(f"no whole answer within {bounds.whole:g} s")
        match error:
            case ssl.SSLCertVerificationError():
                return CertificateRefused(_REFUSED.get(error.verify_code, error.verify_message.lower()))
            case ssl.SSLError():
                return RequestFailed(f"no secure connection: {error.reason or type(error).__name__}")
            case socket.gaierror():
                return NoNetwork("its name has no address")
            case TimeoutError():
                return RequestFailed(f"no answer within {bounds.step:g} s")
            case ConnectionRefusedError():
                return RequestFailed("nothing listens there")
            case ConnectionError():
                return RequestFailed("the connection ended without an answer")
            case OSError(errno=number) if number in _NO_NETWORK:
                return NoNetwork("no way leads there")
            case _:
                return RequestFailed(f"no answer: {type(error).__name__}")


def _expiry(connection: http.client.HTTPConnection) -> float:
    """The end of the certificate of the server, 0 without TLS."""
    if not isinstance(connection.sock, ssl.SSLSocket):
        return 0
    until = (connection.sock.getpeercert() or {}).get("notAfter")
    return ssl.cert_time_to_seconds(until) if isinstance(until, str) else 0


def _with_content(response: FeedResponse) -> FeedResponse:
    """Add the decoded content, or the reason why there is none."""
    if response.status == 304 or not response.body or response.is_cut:
        return response
    length = response.header("Content-Length")
    if length.isdigit() and len(response.body) < min(int(length), MAX_ENCODED):
        return msgspec.structs.replace(response, trouble=f"cut off before its Content-Length of {length}")
    try:
        return msgspec.structs.replace(response, content=decoded(response.body, response.codings))
    except Undecodable as error:
        return msgspec.structs.replace(response, trouble=str(error))


def _cut_off(connection: http.client.HTTPConnection) -> None:
    """End *connection* from another thread."""
    if sock := connection.sock:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
