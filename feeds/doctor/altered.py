"""The feed at the public address, compared with the response that this server itself gives."""

from collections.abc import Callable, Iterator, Mapping

from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.headers import seconds_of
from feeds.doctor.response import FeedResponse
from feeds.doctor.visits import FeedVisits
from feeds.http.conditional import instant, keys

OwnResponse = Callable[[str, Mapping[str, str]], FeedResponse | None]
"""Returns the response of this server to a request for a URL with headers, None if it has none now."""

MAX_LATE = 60.0  # seconds that a change may take, beside those for which caches may keep a copy
_FRONT = "correct what is in front of the server"


def altered_findings(
    group: FindingGroup, found: FeedVisits, own_response: OwnResponse, now: float
) -> Iterator[Finding]:
    """The changes that proxies in front of the server made, and a copy that is stale at *now*."""
    base = found.base
    own = own_response(found.url, found.reader.headers) if found.reader else None
    if base is None or own is None or own.status != 200:
        return
    yield from _etag(group, base, own)
    yield from _other_headers(group, base, own)
    if base.content == own.content:
        yield from _control(group, base.header("Cache-Control"), own.header("Cache-Control"))
    else:
        yield from _older(group, base, own, now)


def _etag(group: FindingGroup, base: FeedResponse, own: FeedResponse) -> Iterator[Finding]:
    sent, made = base.header("ETag"), own.header("ETag")
    if made and not sent:
        yield group.warning("ETag", "removed in front of the server", _FRONT)
    elif sent.startswith("W/") and not made.startswith("W/"):
        yield group.warning("ETag", f"weakened in front of the server: {sent}", _FRONT)
    elif base.content == own.content and keys(sent) != keys(made):
        yield group.warning("ETag", f"changed in front of the server from {made} to {sent}", _FRONT)


def _other_headers(group: FindingGroup, base: FeedResponse, own: FeedResponse) -> Iterator[Finding]:
    if own.header("Last-Modified") and not base.header("Last-Modified"):
        yield group.warning("Last-Modified", "removed in front of the server", _FRONT)
    kinds = [each.header("Content-Type").lower().replace(" ", "") for each in (base, own)]
    if kinds[0] != kinds[1]:
        problem = f"changed in front of the server from {kinds[1]} to {kinds[0] or 'nothing'}"
        yield group.warning("Content-Type", problem, _FRONT)
    lost = _names(own.header("Vary")) - _names(base.header("Vary"))
    if lost:
        problem = f"changed in front of the server, lacks {', '.join(sorted(lost))}"
        yield group.warning("Vary", problem, _FRONT)


def _control(group: FindingGroup, sent: str, made: str) -> Iterator[Finding]:
    """Compare Cache-Control; a copy that a cache kept has a shorter max-age, as the server had then."""
    most, own = seconds_of(sent).get("max-age", 0), seconds_of(made).get("max-age", 0)
    has_other_words = _words(sent) != _words(made)
    if has_other_words or most > own + MAX_LATE or (own and not most):
        problem = f"changed in front of the server from {made or 'nothing'} to {sent or 'nothing'}"
        yield group.warning("Cache-Control", problem, _FRONT)


def _older(group: FindingGroup, base: FeedResponse, own: FeedResponse, now: float) -> Iterator[Finding]:
    """Check that a copy of an earlier state is not older than caches may send it."""
    sent, made = instant(base.header("Last-Modified")), instant(own.header("Last-Modified"))
    if sent is None or made is None:
        return
    seconds = seconds_of(base.header("Cache-Control"))
    allowed = seconds.get("max-age", 0) + seconds.get("stale-while-revalidate", 0) + MAX_LATE
    if sent > made:
        problem = f"newer by {sent - made:,.0f} s than the store of this host"
        yield group.warning("content", problem, "see that this host has the store of that server")
    elif sent < made and now - made > allowed:
        problem = (
            f"{made - sent:,.0f} s older than the state that this server has had for {now - made:,.0f} s"
        )
        yield group.failure("content", problem, "purge the caches in front of the server")
    elif sent == made:
        yield group.warning("content", "another one than this server's, of the same time", _FRONT)


def _names(header: str) -> set[str]:
    return {each.strip().lower() for each in header.split(",") if each.strip()}


def _words(control: str) -> set[str]:
    """The names of the directives."""
    return {each.partition("=")[0] for each in _names(control)}
