"""The form of a request to the hub (WebSub, 5.1; PubSubHubbub 0.3, 6.1)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from msgspec import Struct

from feeds.errors import FeedsError, QueryError
from feeds.push.callbacks import HUB_CALLBACK
from feeds.push.topics import HUB_TOPIC
from feeds.store.subscriptions import Algorithm

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_PARAMETERS = 100
MAX_LEASE = 10**9  # seconds; the deliverer grants less

_SINGLE = (
    "hub.mode", HUB_TOPIC, HUB_CALLBACK, "hub.lease_seconds", "hub.secret", "hub.verify_token",
)  # fmt: skip


class UnsupportedForm(FeedsError):
    """The body is not a form."""

    def __init__(self) -> None:
        super().__init__("Content-Type", "not a form in UTF-8", f"send {FORM_TYPE}")


class HubForm(Struct, frozen=True):
    """The parameters of a request; those that are unknown are ignored."""

    values: Mapping[str, tuple[str, ...]]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a parameter."""
        return self.values.get(name, ())

    def single(self, name: str) -> str:
        """The value of a parameter, empty if there is none."""
        return next(iter(self.all(name)), "")

    def required(self, name: str) -> str:
        """The value of a parameter. Raises QueryError if there is none."""
        if not (value := self.single(name)):
            raise missing(name)
        return value

    def lease(self) -> int:
        """The requested lease in seconds, 0 for none. Raises QueryError."""
        name, value = "hub.lease_seconds", self.single("hub.lease_seconds").strip()
        if value and not (value.isascii() and value.isdecimal()):
            raise QueryError(name, "not a number of seconds", "use digits alone, such as 864000", value)
        return min(int(value[:20]), MAX_LEASE) if value else 0

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of signatures: subscribers that speak PubSubHubbub 0.3 know SHA-1 alone."""
        is_former = "hub.verify" in self.values or "hub.verify_token" in self.values
        return "sha1" if is_former else "sha256"


def read_form(body: bytes, content_type: str) -> HubForm:
    """Parse *body*. Raises UnsupportedForm and QueryError."""
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(' "')
    if kind.strip() not in ("", FORM_TYPE) or charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnsupportedForm
    try:
        text = body.decode().strip("\r\n")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except UnicodeDecodeError as error:
        raise QueryError("body", "not in UTF-8", f"send {FORM_TYPE} in UTF-8") from error
    except ValueError as error:
        problem = f"more than {MAX_PARAMETERS} parameters"
        raise QueryError("body", problem, "leave out those that the hub does not know") from error
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    for name in _SINGLE:
        if len(values.get(name, ())) > 1:
            raise QueryError(name, "given more than once", "give it once")
    return HubForm(values)


def missing(name: str) -> QueryError:
    """The error of a request without the parameter *name*."""
    return QueryError(name, "missing", f"add {name}=")
