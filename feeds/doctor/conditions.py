"""The responses to conditional requests: a reader that has the feed must get 304."""

from collections.abc import Iterator

from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.response import FeedResponse
from feeds.doctor.visits import FeedVisits

_KEEP = "let what is in front of the server keep and pass on validators"
_UNCHANGED = "answered with 200 although nothing changed"


def condition_findings(group: FindingGroup, found: FeedVisits) -> Iterator[Finding]:
    """The reasons why readers get whole copies of what they have."""
    base, same = found.base, found.same
    if base is None:
        return
    if not found.is_stable:
        problem = "differs between two requests, so that no reader ever gets 304"
        yield group.warning("content", problem, "leave out what changes each time, such as the time")
        return
    etag, modified = base.header("ETag"), base.header("Last-Modified")
    if not (etag or modified):
        yield group.warning("ETag and Last-Modified", "missing, so that readers get whole copies", _KEEP)
        return
    other = same.header("ETag") if same and same.status == 200 else etag
    if other != etag:
        problem = f"differs between two copies of the same content: {etag or 'none'}, {other or 'none'}"
        yield group.warning("ETag", problem, "make it from the content alone, alike on all servers")
        return
    yield from _lost(group, found, base)


def _lost(group: FindingGroup, found: FeedVisits, base: FeedResponse) -> Iterator[Finding]:
    by_etag, by_date = _is_whole(found.by_etag, base), _is_whole(found.by_date, base)
    ignored = [
        visit.reader.name for visit in found.visits
        if visit.feed and _is_whole(visit.again, visit.feed)
    ]  # fmt: skip
    if by_etag and by_date:
        yield group.warning("If-None-Match and If-Modified-Since", _UNCHANGED, _KEEP)
    elif by_etag:
        yield group.warning("If-None-Match", f"{_UNCHANGED}, for the ETag {base.header('ETag')}", _KEEP)
    elif by_date:
        yield group.warning("If-Modified-Since", _UNCHANGED, _KEEP)
    elif ignored:
        yield group.warning(", ".join(ignored), "whole copies although nothing changed", _KEEP)


def _is_whole(response: FeedResponse | None, base: FeedResponse) -> bool:
    """Return whether *response* is a whole copy of what the client had."""
    return response is not None and response.status == 200 and response.content == base.content
