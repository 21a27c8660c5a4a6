"""The reasons of requests without a response: short, always the same, and without a name of a host."""

import errno
import ssl

import aiohttp

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.push.connections import AddressRefused
from feeds.push.names import NoNameServer, NoSuchHost

MALFORMED_URL = "not an address"

_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL)


def failure(error: Exception) -> RequestFailed:
    """The failure of a request for an exception of aiohttp."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    match cause:
        case AddressRefused():
            return RequestRefused(str(cause))
        case aiohttp.InvalidURL() | UnicodeError():
            return RequestRefused(MALFORMED_URL)
        case _:
            return RequestFailed(_reason(cause))


def _reason(cause: Exception) -> str:
    match cause:
        case NoSuchHost():
            return "no such host"
        case NoNameServer():
            return "no answer from name servers"
        case ssl.SSLCertVerificationError() | aiohttp.ClientConnectorCertificateError():
            return "no valid certificate"
        case ssl.SSLError() | aiohttp.ClientSSLError():
            return "no secure connection"
        case ConnectionRefusedError():
            return "connection refused"
        case OSError(errno=number) if number in _NO_ROUTE:
            return "no route to host"
        case aiohttp.ClientResponseError():
            return "no HTTP answer"
        case _:
            return "connection closed before an answer"
