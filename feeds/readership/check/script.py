"""The script of a check: how the one-time feed answers each request of a reader, to learn all about it.

The feed is unchanged at first, changes, and stays so, which shows the validators of the reader. Then it
moves for one request, refuses one, moves for good, and ends.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from typing import NamedTuple

import msgspec

from feeds.http.conditional import is_current
from feeds.store.reader_checks import CheckedRequest

CHECK_FEED = "feed"
CHECK_ELSEWHERE = "elsewhere"  # where a temporary redirect leads
CHECK_MOVED = "moved"  # where a permanent redirect leads
CHECK_PLACES = (CHECK_FEED, CHECK_ELSEWHERE, CHECK_MOVED)

CHECK_MAX_AGE = 60  # seconds that the responses say they are fresh
CHECK_RETRY_AFTER = 60  # seconds that the refused request says to wait

TEMPORARY, PERMANENT, REFUSED, ENDED = 302, 301, 429, 410
REDIRECTS = {TEMPORARY: CHECK_ELSEWHERE, PERMANENT: CHECK_MOVED}


class ScriptStep(NamedTuple):
    """The *version* of the feed at one step, and the *status* of the response, 200 for a feed."""

    version: int
    status: int = 200


SCRIPT = (
    ScriptStep(1),
    ScriptStep(1),
    ScriptStep(2),
    ScriptStep(2),
    ScriptStep(2),
    ScriptStep(2),  # the third request with the validators of version 1, if they are latched
    ScriptStep(2, TEMPORARY),
    ScriptStep(3),
    ScriptStep(3, REFUSED),
    ScriptStep(3),
    ScriptStep(3, PERMANENT),
    ScriptStep(3),
    ScriptStep(3, ENDED),
)
VERSIONS = max(step.version for step in SCRIPT)

# Long past, so that no host takes it for the date of a later state of its articles.
_FIRST_VERSION = int(datetime(2001, 1, 1, tzinfo=UTC).timestamp())
_DAY = 86_400


def polls(requests: Iterable[CheckedRequest]) -> list[CheckedRequest]:
    """Return the requests that a step of the script answered.

    No step answers a request to the target of a redirect after it, or a GET after a HEAD.
    """
    found: list[CheckedRequest] = []
    former: CheckedRequest | None = None
    for each in requests:
        if not former or not _belongs_to(each, former):
            found.append(each)
        former = each
    return found


def _belongs_to(request: CheckedRequest, former: CheckedRequest) -> bool:
    """Return whether *request* is of the same poll as the *former* one."""
    return request.place == REDIRECTS.get(former.status) or is_pair(former, request)


def is_pair(head: CheckedRequest, get: CheckedRequest) -> bool:
    """Return whether the requests are a HEAD and the GET for the same."""
    return (head.method, get.method, head.place) == ("HEAD", "GET", get.place)


def answered(request: CheckedRequest, before: Sequence[CheckedRequest], check: str) -> CheckedRequest:
    """Return *request* for the feed of *check* with status, version and validators of its response."""
    step = _step(request, before)
    made = msgspec.structs.replace(request, status=step.status, version=step.version)
    if step.status != 200:
        return made
    key, modified = key_of(check, step.version), modified_at(step.version)
    known = is_current(key, modified, request.none_match, request.modified_since, request.time)
    return msgspec.structs.replace(
        made, status=304 if known else 200, modified=formatdate(modified, usegmt=True)
    )


def key_of(check: str, version: int) -> str:
    """The key in the ETags of a *version*, in a form that keys of articles do not have."""
    return f"check-{check[-8:]}-{version}"


def modified_at(version: int) -> int:
    """The date in Last-Modified of a *version*, in seconds since 1970."""
    return _FIRST_VERSION + version * _DAY


def _step(request: CheckedRequest, before: Sequence[CheckedRequest]) -> ScriptStep:
    asked = polls(before)
    if before and _belongs_to(request, before[-1]):
        step = SCRIPT[min(len(asked), len(SCRIPT)) - 1]
        return step if is_pair(before[-1], request) else step._replace(status=200)
    step = SCRIPT[min(len(asked), len(SCRIPT) - 1)]
    if step.status == ENDED:
        return step
    moved = any(each.status == PERMANENT for each in asked)
    if moved and request.place != CHECK_MOVED:
        return step._replace(status=PERMANENT)
    if REDIRECTS.get(step.status) == request.place:
        return step._replace(status=200)  # it is there already
    return step
