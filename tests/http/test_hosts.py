"""The hosts that the response cache answers are hosts that Werkzeug accepts."""

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadHost
from werkzeug.routing import Map
from werkzeug.test import EnvironBuilder

from feeds.http.hosts import is_host
from tests.table import for_each

REFUSED = ["a..b", ".", "a" * 64, "\xad.example"]
ACCEPTED = ["feeds.example", "FEEDS.example:8000", "127.0.0.1", "[::1]:8000", "münchen.example", ""]


def is_accepted(name: str) -> bool:
    """Return whether Werkzeug accepts *name* as the Host in a WSGI environment."""
    environ = EnvironBuilder().get_environ() | {"HTTP_HOST": name}
    try:
        Map().bind_to_environ(environ)
    except BadHost:
        return False
    return True


@for_each("name", REFUSED)
def test_a_host_that_werkzeug_refuses_is_none(name: str) -> None:
    assert not is_host(name)


@for_each("name", ACCEPTED)
def test_a_usual_host_is_one(name: str) -> None:
    assert is_host(name)
    assert is_accepted(name)


@given(st.text(st.characters(max_codepoint=255)) | st.text("ab.:[]-é", max_size=80))
def test_werkzeug_refuses_no_host_that_is_one(name: str) -> None:
    assert is_accepted(name) or not is_host(name)


def test_werkzeug_refuses_hosts_at_all() -> None:
    """Otherwise, the check would be superfluous."""
    assert not all(is_accepted(name) for name in REFUSED)
