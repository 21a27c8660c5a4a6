"""One request for the beginning of a resource on another site, bounded in time, size and redirects."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Timer
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from feeds.corpus.urls import absolute
from feeds.http.outgoing import PORTS, Destination, RequestFailed, RequestRefused, destination
from feeds.http.public_address import HostRefused, IPAddress, is_public, resolve
from feeds.ingest.probe.courtesy import Courtesy

MAX_REDIRECTS = 5
MAX_BODY = 65_536  # of a body

_REDIRECTS = (301, 302, 303, 307, 308)


class RequestLimits(Struct, frozen=True):
    """The limits of a request: seconds for each step and for all of it, and the allowed addresses.

    *pause* is the number of seconds between two requests to one host.
    """

    step: float = 10
    whole: float = 30
    pause: float = 1
    is_allowed: Callable[[IPAddress], bool] = is_public
    tls: Callable[[], ssl.SSLContext] = cache(ssl.create_default_context)


class Response(Struct, frozen=True):
    """The final response to a request; *headers* have names in lower case. *host* is its sender."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    host: str


class Client(Struct, frozen=True):
    """Sends requests with *headers* within *limits*, with *courtesy* to the hosts."""

    headers: Mapping[str, str]
    limits: RequestLimits
    courtesy: Courtesy

    def request(self, method: str, url: str, **headers: str) -> Response:
        """Send a request, and follow its redirects; the body ends after MAX_BODY.

        The address of every redirect is checked like the first one. Raises RequestFailed.
        """
        for _ in range(MAX_REDIRECTS + 1):
            response = self._request_once(method, url, {**self.headers, **headers})
            location = response.headers.get("location", "").strip()
            if response.status not in _REDIRECTS or not location:
                return response
            try:
                url = absolute(urljoin(url, _decoded(location)), "").partition("#")[0]
            except (ValueError, UnicodeError) as error:
                raise RequestRefused("redirect to no address") from error
        raise RequestFailed(f"more than {MAX_REDIRECTS} redirects")

    def _request_once(self, method: str, url: str, headers: Mapping[str, str]) -> Response:
        step = self.limits.step
        try:
            to = destination(url)
            with self.courtesy.turn(to.host), _connected(to, self.limits) as connection:
                parts = urlsplit(url)
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request(method, target, headers=dict(headers))
                response = connection.getresponse()
                body = b"" if method == "HEAD" else response.read(MAX_BODY)
                sent = {name.lower(): value for name, value in response.getheaders()}
                return Response(response.status, sent, body, to.host)
        except HostRefused as error:
            raise RequestRefused("not a public address") from error
        except socket.gaierror as error:
            raise RequestFailed("no such host") from error
        except TimeoutError as error:
            raise RequestFailed(f"no answer within {step:g} s") from error
        except ssl.SSLError as error:
            raise RequestFailed(f"no secure connection: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            raise RequestFailed(f"no answer: {type(error).__name__}") from error
        except ValueError as error:
            raise RequestRefused("not an address") from error


def _decoded(header: str) -> str:
    """The text of *header*, which http.client decodes as Latin-1; most servers write UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


@contextmanager
def _connected(to: Destination, limits: RequestLimits) -> Iterator["_Connection"]:
    """Yield a connection, which is cut off when the time for the whole request has passed."""
    connection = _Connection(to, limits)
    timer = Timer(limits.whole, connection.cut_off)
    timer.daemon = True
    timer.start()
    try:
        yield connection
    except (OSError, http.client.HTTPException) as error:
        if connection.is_cut_off:
            raise RequestFailed(f"no whole answer within {limits.whole:g} s") from error
        raise
    finally:
        timer.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to one of the allowed addresses of a host, instead of to its name.

    The name is resolved once: a second look-up could lead to a private address (DNS rebinding).
    """

    def __init__(self, to: Destination, limits: RequestLimits) -> None:
        super().__init__(to.host, to.port, timeout=limits.step)
        self.default_port = PORTS[to.scheme]
        self.is_cut_off = False
        self._is_secure = to.is_secure
        self._limits = limits

    def connect(self) -> None:
        """Connect to the first address that accepts a connection."""
        failure: OSError | None = None
        for address in resolve(self.host, self.port, self._limits.is_allowed):
            try:
                self.sock = socket.create_connection((address, self.port), self._limits.step)
            except OSError as error:
                failure = error
                continue
            if self._is_secure:
                self.sock = self._limits.tls().wrap_socket(self.sock, server_hostname=self.host)
            return
        raise failure or OSError("no address")

    def cut_off(self) -> None:
        """End the connection from another thread."""
        self.is_cut_off = True
        if sock := self.sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
