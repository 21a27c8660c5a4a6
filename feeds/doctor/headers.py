"""The headers of a feed: its type, how long caches keep it, its redirects, and the headers of HEAD."""

from collections.abc import Iterator

from feeds.article.expressions import expression
from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.kinds import FORMAT_NAMES, kind_of
from feeds.doctor.response import FeedResponse
from feeds.doctor.visits import FeedVisits

MAX_FEED_AGE = 86_400  # seconds: a reader that keeps a feed longer shows no news of the day
DAYS_BEFORE = 14.0  # days before the end of a certificate, by when most programs have renewed it

_XML = {"application/xml", "text/xml"}
_TYPES = {
    "rss": _XML | {"application/rss+xml"},
    "rdf": _XML | {"application/rss+xml", "application/rdf+xml"},
    "atom": _XML | {"application/atom+xml"},
    "json": {"application/feed+json", "application/json"},
}
_USUAL = {
    "rss": "application/rss+xml", "rdf": "application/rdf+xml", "atom": "application/atom+xml",
    "json": "application/feed+json",
}  # fmt: skip
_SECONDS = expression(r"([a-z-]+)=\"?(\d+)")
_FOR_NOW = (302, 303, 307)


def header_findings(group: FindingGroup, found: FeedVisits) -> Iterator[Finding]:
    """The problems of the headers of the feed."""
    if base := found.base:
        yield from _typed(group, base)
        yield from _kept(group, base)
        yield from _redirected(group, base)
        if found.head:
            yield from _head(group, found, found.head, base)


def certificate_findings(group: FindingGroup, response: FeedResponse, now: float) -> Iterator[Finding]:
    """Check that the certificate of the server stays valid for some time after *now*."""
    if not response.expires:
        return
    days = (response.expires - now) / 86_400
    if days < DAYS_BEFORE:
        yield group.warning("certificate", f"expires in {max(0, days):.0f} days", "renew it")
    else:
        yield group.ok(f"certificate: valid for {days:.0f} more days")


def seconds_of(control: str) -> dict[str, int]:
    """The directives of a Cache-Control header that have a number of seconds."""
    return {name: int(value) for name, value in _SECONDS.findall(control.lower())}


def _typed(group: FindingGroup, base: FeedResponse) -> Iterator[Finding]:
    kind = kind_of(base.content)
    if base.media_type not in _TYPES[kind]:
        problem = f"{base.media_type or 'missing'} for {FORMAT_NAMES[kind]}"
        yield group.warning("Content-Type", problem, f"send {_USUAL[kind]}")


def _kept(group: FindingGroup, base: FeedResponse) -> Iterator[Finding]:
    control = base.header("Cache-Control")
    seconds = seconds_of(control)
    most = seconds.get("max-age", 0)
    if "no-store" in control.lower():
        yield group.warning(
            "Cache-Control", "no-store, so that readers may keep no validator", "use max-age"
        )
    if most > MAX_FEED_AGE:
        problem = f"max-age={most}, so that readers see news after {most // 3600:,} hours"
        yield group.warning("Cache-Control", problem, "use at most a day for feeds")
    age, until = base.header("Age"), seconds.get("s-maxage", most)
    until += seconds.get("stale-while-revalidate", 0)
    if age.isdigit() and (most or "s-maxage" in seconds) and int(age) > max(until, most):
        problem = f"{age} s, older than the {until} s for which caches may send the feed"
        yield group.warning("Age", problem, "let caches ask the server again by then")


def _redirected(group: FindingGroup, base: FeedResponse) -> Iterator[Finding]:
    for each in base.redirects:
        if each.status in _FOR_NOW:
            problem = f"{each.status}, so that readers ask {each.url} first each time"
            yield group.warning("redirect", problem, "use 301 or 308 for an address that has moved")
    if base.redirects and base.redirects[0].url.startswith("https:") and base.url.startswith("http:"):
        yield group.warning("redirect", f"from https to {base.url}", "redirect to https")


def _head(
    group: FindingGroup, found: FeedVisits, head: FeedResponse, base: FeedResponse
) -> Iterator[Finding]:
    """Compare the response to HEAD with *base*; an update between them is no difference."""
    remedy = "answer HEAD as GET, without the body"
    if head.status != base.status:
        yield group.warning("HEAD", f"status {head.status}, but {base.status} for GET", remedy)
        return
    after, same = found.by_etag or base, found.same or base
    names = [
        each for each in ("Content-Type", "ETag")
        if head.header(each) not in (base.header(each), after.header(each))
        and same.header(each) == base.header(each)
    ]  # fmt: skip
    if names:
        yield group.warning("HEAD", f"not the {' and '.join(names)} of GET", remedy)
