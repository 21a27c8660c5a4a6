"""The first responses to readers: which of them get the feed, in which coding, and how quickly."""

from collections.abc import Iterator, Sequence
from statistics import median

from msgspec import Struct

from feeds.doctor.finding import Finding, FindingGroup, Level
from feeds.doctor.kinds import is_challenge, kind_of
from feeds.doctor.readers import ReaderProfile
from feeds.doctor.response import MAX_ENCODED, FeedResponse
from feeds.doctor.visits import LIMITED, FeedVisits, ReaderVisit
from feeds.errors import counted

MIN_COMPRESSED = 1_400  # bytes: less fits into one packet anyway
SLOW_AFTER = 2.0  # seconds until the end of a feed

_ONCE = "let only one of the server and what is in front of it compress"
_NOT_TEXT = "send feeds as they are to every client"


class _Defect(Struct, frozen=True):
    """A defect that several readers may see."""

    level: Level
    problem: str
    remedy: str


def reach_findings(group: FindingGroup, found: FeedVisits) -> Iterator[Finding]:
    """The readers that do not get the feed, or not as they asked for it."""
    seen: dict[_Defect, list[str]] = {}
    for visit in found.visits:
        if defect := _defect(visit, found.limited):
            seen.setdefault(defect, []).append(visit.reader.name)
    for defect, names in seen.items():
        report = group.failure if defect.level == "failure" else group.warning
        yield report(_named(names, len(found.visits)), defect.problem, defect.remedy)
    yield from _varied(group, [each.feed for each in found.visits if each.feed])
    yield from _slow(group, [each.first for each in found.visits if each.first])


def _named(names: Sequence[str], count: int) -> str:
    return "every reader" if len(names) == count else ", ".join(names)


def _defect(visit: ReaderVisit, limited: int) -> _Defect | None:
    """The most serious defect of the responses to a reader."""
    response = visit.first
    if response is None:
        return _Defect("failure", f"cannot be reached: {visit.problem}", "see the log of the server")
    if LIMITED in (response.status, visit.again.status if visit.again else 0):
        problem = f"status 429 after {counted(limited, 'request')} from one address"
        return _Defect("warning", problem, "allow more, as people share addresses; try again later")
    if is_challenge(response):
        problem = f"a challenge for browsers instead of the feed (status {response.status})"
        return _Defect("failure", problem, "turn bot protection off for the addresses of feeds")
    if response.status != 200:
        problem = f"status {response.status} instead of the feed"
        return _Defect("failure", problem, "allow these clients, or name the address of a feed")
    return _undecodable(response) or _of_content(response) or _of_coding(response, visit.reader)


def _undecodable(response: FeedResponse) -> _Defect | None:
    if response.trouble:
        return _Defect("failure", f"a body that cannot be read: {response.trouble}", _ONCE)
    if response.is_cut:
        problem = f"longer than {MAX_ENCODED // 1_000_000} MB"
        return _Defect("failure", problem, "list fewer entries in it")
    if response.is_still_compressed or len(response.codings) > 1:
        how = "twice" if response.codings else "without a Content-Encoding that says so"
        return _Defect("failure", f"compressed {how}", _ONCE)
    return None


def _of_content(response: FeedResponse) -> _Defect | None:
    match kind_of(response.content):
        case "html":
            return _Defect("failure", "an HTML page instead of the feed (status 200)", _NOT_TEXT)
        case "":
            kind = response.media_type or "no Content-Type"
            return _Defect("failure", f"no feed that is known ({kind})", "send RSS, Atom or JSON Feed")
    return None


def _of_coding(response: FeedResponse, reader: ReaderProfile) -> _Defect | None:
    accepted = {each.strip() for each in reader.codings.split(",")}
    if foreign := [each for each in response.codings if each not in accepted and each != "identity"]:
        problem = f"sent in {', '.join(foreign)}, which is not accepted"
        return _Defect("failure", problem, "let caches keep a copy for each Accept-Encoding")
    if "gzip" in accepted and not response.codings and len(response.body) > MIN_COMPRESSED:
        size = f"{max(1, len(response.body) // 1000):,} kB"
        return _Defect(
            "warning",
            f"not compressed although gzip is accepted ({size})",
            "compress feeds, and pass on Accept-Encoding",
        )
    return None


def _varied(group: FindingGroup, responses: Sequence[FeedResponse]) -> Iterator[Finding]:
    """Yield a warning if the content coding of *responses* differs, but Vary lacks Accept-Encoding."""
    if len({(*each.codings,) for each in responses}) < 2:
        return
    varies = [each.header("Vary").lower() for each in responses]
    if not all("accept-encoding" in each or "*" in each for each in varies):
        problem = "lacks Accept-Encoding, although the coding of the feed depends on it"
        yield group.warning("Vary", problem, "add it, so that caches send nobody another coding")


def _slow(group: FindingGroup, responses: Sequence[FeedResponse]) -> Iterator[Finding]:
    middle = median(each.seconds for each in responses) if responses else 0
    if middle > SLOW_AFTER:
        yield group.warning("time", f"{middle:.1f} s for the feed", "see the load of the server")
