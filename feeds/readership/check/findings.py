"""Findings: the properties of a reader that the requests of its check show."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression
from feeds.formats.document import CODINGS
from feeds.http.content_coding import choose_coding
from feeds.readership.agents import name_in
from feeds.readership.check.script import (
    CHECK_ELSEWHERE,
    CHECK_FEED,
    CHECK_MAX_AGE,
    CHECK_MOVED,
    CHECK_RETRY_AFTER,
    ENDED,
    PERMANENT,
    REFUSED,
    TEMPORARY,
    is_pair,
    polls,
)
from feeds.readership.request import ClientRequest
from feeds.readership.validators import Validators
from feeds.store.reader_checks import CheckedRequest

ReaderLevel = Literal["good", "note", "bad", "open"]
"""A virtue, a remark, a fault, or a question that no request has answered yet."""

_CONTACT = expression(r"https?://|@|[a-z-]+\.[a-z]{2,}/\w")
_FEED_TYPE = expression(r"\b(?:rss|atom|rdf|feed)\b|/xml|/json")
_FIRST_HTML = expression(r"\s*text/html")

CheckedRequests = Sequence[CheckedRequest]


class ReaderFinding(Struct, frozen=True):
    """The result of a check about one *subject*: *code* names the text, *values* fill it."""

    subject: str
    code: str
    level: ReaderLevel
    values: dict[str, str | int] = {}


class _Redirect(NamedTuple):
    """A redirect of the script: where it leads, where a reader should ask next, else a fault."""

    subject: str
    status: int
    target: str
    next: str
    forgotten: ReaderLevel


_REDIRECTS = (
    _Redirect("temporary", TEMPORARY, CHECK_ELSEWHERE, CHECK_FEED, "bad"),
    _Redirect("permanent", PERMANENT, CHECK_MOVED, CHECK_MOVED, "note"),
)


def findings(requests: CheckedRequests) -> list[ReaderFinding]:
    """Return a finding about each subject, none before the first request."""
    asked = polls(requests)
    return [finding for find in _FINDERS for finding in find(requests, asked)] if asked else []


def name_of(requests: CheckedRequests) -> str:
    """Return the name of the reader in its last request, empty if it has none."""
    return name_in(requests[-1].agent) if requests and requests[-1].agent else ""


def _conditional(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    later = asked[1:]
    tags = sum(bool(each.none_match) for each in later)
    dates = sum(bool(each.modified_since) for each in later)
    some = sum(bool(each.none_match or each.modified_since) for each in later)
    subject = "conditional"
    if not later:
        yield ReaderFinding(subject, "open", "open")
    elif not some and any(each.method == "HEAD" for each in later):
        yield ReaderFinding(subject, "head", "note")
    elif not some:
        yield ReaderFinding(subject, "none", "bad")
    elif not tags:
        yield ReaderFinding(subject, "date", "note")
    elif some < len(later):
        yield ReaderFinding(subject, "some", "note", {"some": some, "all": len(later)})
    else:
        yield ReaderFinding(subject, "both" if dates else "tag", "good")


def _validators(requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    judged, dates, subject = Validators(), Validators(), "validators"
    for each in map(_client_request, requests):
        judged.add(each)
        dates.add(msgspec.structs.replace(each, none_match=""))
    # A validator that no response had is repeated, but not latched.
    faults = (("mangled", judged.mangled), ("invented", judged.invented), ("latched", judged.latched))
    fault = next((name for name, times in faults if times), "")
    if fault:
        yield ReaderFinding(subject, fault, "bad")
    elif dates.invented:
        yield ReaderFinding(subject, "clock", "note")
    elif judged.good and len({each.version for each in asked[:-1]}) > 1:
        yield ReaderFinding(subject, "good", "good")
    elif judged.good or len(asked) < 2:
        yield ReaderFinding(subject, "open", "open")


def _client_request(request: CheckedRequest) -> ClientRequest:
    return ClientRequest(
        time=request.time,
        client=0,
        target=request.place,
        status=request.status,
        size=0,
        agent=request.agent,
        method=request.method,
        none_match=request.none_match or "",
        modified_since=request.modified_since or "",
        etag=request.etag,
        modified=request.modified,
        coding=request.coding,
    )


def _compression(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    accepted = asked[-1].accept_encoding
    codings = [each for each in CODINGS if each != "identity" and _accepts(accepted, each)]
    if codings:
        yield ReaderFinding("compression", "good", "good", {"codings": ", ".join(codings)})
    else:
        yield ReaderFinding("compression", "none", "bad")


def _accepts(accept_encoding: str | None, coding: str) -> bool:
    """Return whether a client that sends this header gets *coding* if no other one is on offer."""
    if not accept_encoding:
        return False
    parts = [part for part in accept_encoding.split(",") if part.split(";")[0].strip() == coding]
    return any(choose_coding(part) == coding for part in parts)


def _redirects(requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    for redirect in _REDIRECTS:
        yield _redirected(redirect, requests, asked)


def _redirected(redirect: _Redirect, requests: CheckedRequests, asked: CheckedRequests) -> ReaderFinding:
    subject = redirect.subject
    at = next((number for number, each in enumerate(asked) if each.status == redirect.status), None)
    if at is None:
        return ReaderFinding(subject, "open", "open")
    after = requests[requests.index(asked[at]) + 1 :]
    if after and is_pair(asked[at], after[0]):
        after = after[1:]
    if not after:
        return ReaderFinding(subject, "open", "open")
    if after[0].place != redirect.target:
        return ReaderFinding(subject, "ignored", "bad")
    if at + 1 == len(asked):
        return ReaderFinding(subject, "followed", "open")
    if asked[at + 1].place == redirect.next:
        return ReaderFinding(subject, "good", "good")
    return ReaderFinding(subject, "forgotten", redirect.forgotten)


def _refused(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    at = next((number for number, each in enumerate(asked) if each.status == REFUSED), None)
    after = asked[at + 1 :] if at is not None else ()
    if at is None or not after:
        yield ReaderFinding("refused", "open", "open")
        return
    seconds = int(after[0].time - asked[at].time)
    values: dict[str, str | int] = {"seconds": seconds, "wait": CHECK_RETRY_AFTER}
    early = seconds < CHECK_RETRY_AFTER
    yield ReaderFinding("refused", "early" if early else "good", "note" if early else "good", values)


def _gone(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    ends = sum(each.status == ENDED for each in asked)
    if not ends:
        yield ReaderFinding("gone", "open", "open")
    elif ends == 1:
        yield ReaderFinding("gone", "good", "good")
    else:
        yield ReaderFinding("gone", "again", "note", {"number": ends - 1})


def _changes(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    accepted = any(each.manipulations for each in asked)
    yield ReaderFinding("changes", "good" if accepted else "none", "good" if accepted else "note")


def _agent(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    agent = asked[-1].agent
    if not agent:
        yield ReaderFinding("agent", "none", "bad")
    elif _CONTACT.search(agent):
        yield ReaderFinding("agent", "good", "good")
    elif agent.startswith("Mozilla/") and "compatible" not in agent:
        yield ReaderFinding("agent", "browser", "bad")
    else:
        yield ReaderFinding("agent", "address", "note")


def _accept(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    accept = asked[-1].accept or ""
    if not _FEED_TYPE.search(accept):
        yield ReaderFinding("accept", "any", "note")
    elif _FIRST_HTML.match(accept):
        yield ReaderFinding("accept", "html", "note")
    else:
        yield ReaderFinding("accept", "good", "good")


def _protocol(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    version = asked[-1].protocol
    if version == "HTTP/1.0":
        yield ReaderFinding("protocol", "old", "bad", {"version": version})
    elif version:
        yield ReaderFinding("protocol", "good", "good", {"version": version})


def _needless(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    sent = {
        "cookies": any(each.has_cookie for each in asked),
        "referrer": any(each.has_referrer for each in asked),
    }
    for subject, is_sent in sent.items():
        yield ReaderFinding(subject, "sent" if is_sent else "good", "bad" if is_sent else "good")
    if any(each.arguments for each in asked):
        yield ReaderFinding("arguments", "added", "bad")


def _interval(_requests: CheckedRequests, asked: CheckedRequests) -> Iterator[ReaderFinding]:
    gaps = [later.time - former.time for former, later in pairwise(asked) if former.status in (200, 304)]
    if not gaps:
        yield ReaderFinding("interval", "open", "open")
        return
    values: dict[str, str | int] = {"seconds": int(min(gaps)), "age": CHECK_MAX_AGE}
    early = min(gaps) < CHECK_MAX_AGE
    yield ReaderFinding("interval", "early" if early else "good", "note" if early else "good", values)


_Finder = Callable[[CheckedRequests, CheckedRequests], Iterator[ReaderFinding]]
_FINDERS: tuple[_Finder, ...] = (
    _conditional, _validators, _compression, _redirects, _refused, _gone, _interval, _changes, _agent,
    _accept, _protocol, _needless,
)  # fmt: skip
