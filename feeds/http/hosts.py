"""The check of a Host header: the response cache must not serve a host that Werkzeug refuses."""

from functools import lru_cache


@lru_cache(256)
def is_host(name: str) -> bool:
    """Return whether Werkzeug accepts the host *name*.

    ``werkzeug.routing.Map.bind`` raises BadHost, a 400, if the codec idna cannot encode the Host.
    Werkzeug has no function for the check alone. With a port, this check may be stricter: Werkzeug then
    decides.
    """
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
