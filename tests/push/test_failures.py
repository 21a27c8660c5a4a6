"""The reasons of failed requests, as operators read them."""

import errno

import aiohttp

from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.push.failures import MALFORMED_URL, failure
from tests.table import for_each


@for_each(
    ("error", "kind", "reason"),
    [
        (aiohttp.InvalidURL("http://a..b/"), RequestRefused, MALFORMED_URL),
        (UnicodeError("label too long"), RequestRefused, MALFORMED_URL),
        (OSError(errno.ENETUNREACH, "x"), RequestFailed, "no route to host"),
        (OSError(errno.EHOSTUNREACH, "x"), RequestFailed, "no route to host"),
        (OSError(errno.EPIPE, "x"), RequestFailed, "connection closed before an answer"),
        (ConnectionRefusedError(), RequestFailed, "connection refused"),
    ],
)
def test_an_address_that_is_none_is_refused_and_other_failures_have_a_reason(
    error: Exception, kind: type[RequestFailed], reason: str
) -> None:
    found = failure(error)
    assert (type(found), str(found)) == (kind, reason)
