"""The check of a callback when its subscription is requested, before anything is sent to it."""

from urllib.parse import urlsplit

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.errors import QueryError
from feeds.http.outgoing import Destination, destination
from feeds.push.destinations import Destinations

HUB_CALLBACK = "hub.callback"
MAX_CALLBACK_LENGTH = 2_000  # characters

# Ports of protocols that a request must not be sent to (https://fetch.spec.whatwg.org/#port-blocking).
_BLOCKED_PORTS = frozenset(
    (
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
        102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
        465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
        993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670),
        6679, 6697, 10080,
    )
)  # fmt: skip
_ADDRESS = expression(r"[!$-;=?-\[\]_a-z~]+")  # RFC 3986, without the # of a fragment


class Callbacks(Struct, frozen=True):
    """The callbacks to which *destinations* allow requests."""

    destinations: Destinations

    def check(self, address: str) -> None:
        """Raise QueryError if *address* is no callback. Its host is not looked up."""
        if len(address) > MAX_CALLBACK_LENGTH:
            raise _refused(f"longer than {MAX_CALLBACK_LENGTH} characters", "use a shorter address")
        if "#" in address:
            raise _refused("an address with a fragment", "delete it from the # on")
        if not _ADDRESS.fullmatch(address):
            raise _refused("not an address", "percent-encode its characters and begin with https://")
        to = _destination(address)
        if to.port in _BLOCKED_PORTS:
            raise _refused(f"port {to.port}, which is not for HTTP", "use another port")
        if self.destinations.own.is_canary(address):
            return
        if reason := self.destinations.refusal(to):
            raise _refused(reason, "use an address that everybody can reach")


def _destination(address: str) -> Destination:
    try:
        if "@" in urlsplit(address).netloc:
            raise _refused("an address with a user name", "put a secret into its path or query")
        if urlsplit(address).port == 0:
            raise _refused("port 0, which is not for HTTP", "use another port")
        return destination(address)
    except ValueError as error:
        remedy = "begin with http:// or https://, and a host"
        raise _refused("not an http or https address", remedy) from error


def _refused(problem: str, remedy: str) -> QueryError:
    return QueryError(HUB_CALLBACK, problem, remedy)
