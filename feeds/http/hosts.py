"""Host names that Werkzeug refuses, which the response cache must not answer."""

from functools import lru_cache


@lru_cache(256)
def is_host(name: str) -> bool:
    """Whether *name* is one that Werkzeug accepts.

    ``werkzeug.routing.Map.bind`` raises BadHost, a 400, if the codec idna cannot encode the Host, and has
    no function that only checks it. A port may make this stricter than Werkzeug, which then decides.
    """
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
