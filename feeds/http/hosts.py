"""The check of a Host header: the response cache must not serve a host that the application refuses."""

from functools import lru_cache


@lru_cache(256)
def is_host(name: str | None) -> bool:
    """Return whether Werkzeug accepts the host *name*; None if the client sent none, but had to.

    ``werkzeug.routing.Map.bind`` raises BadHost, a 400, if the codec idna cannot encode the Host.
    Werkzeug has no function for the check alone. With a port, this check may be stricter: Werkzeug then
    decides.
    """
    if name is None or "," in name:
        return False
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True


def problem_of(name: str | None, protocol: str) -> str:
    """The problem of a Host header that RFC 9112, 3.2 requires to be refused, else an empty string.

    Several Host headers arrive as one, joined by a comma. Granian passes on an empty one if none was
    sent; the host of an http address is never empty (RFC 9110, 4.2.1).
    """
    if not name:
        return "missing" if protocol == "HTTP/1.1" else ""
    return "more than one" if "," in name else ""
