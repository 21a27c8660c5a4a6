"""The check of feed readers: its page, its one-time feed, and its findings for programs."""

from typing import Any

import msgspec
from flask import Response, request
from msgspec import Struct
from werkzeug.exceptions import NotFound

from feeds.formats import FOR_READERS, FORMATS
from feeds.formats.document import etag
from feeds.http.freshness import SAME_UNTIL
from feeds.pipeline import coded
from feeds.readership.check.feed import document
from feeds.readership.check.findings import ReaderFinding, ReaderLevel, findings, name_of
from feeds.readership.check.names import READER_CHECK, begun, new_name, seconds_left
from feeds.readership.check.script import (
    CHECK_FEED,
    CHECK_MAX_AGE,
    CHECK_PLACES,
    CHECK_RETRY_AFTER,
    ENDED,
    REDIRECTS,
    REFUSED,
    SCRIPT,
    answered,
    key_of,
    polls,
)
from feeds.store.reader_checks import CheckedRequest, ReaderChecks
from feeds.web.errors import plain
from feeds.web.hub import JSON_TYPE
from feeds.web.languages import page_vary, with_language
from feeds.web.pages import RULES, rendered
from feeds.web.responses import HTML, Context, NotModified, accepted_coding, sent
from feeds.web.texts import FALLBACK, Texts, texts
from feeds.web.views import USE

NEW_CHECK = f"{READER_CHECK}/new"
ANY_PLACE = f"<any({', '.join(CHECK_PLACES)}):step>"
MAX_KEPT_HEADER_LENGTH = 300  # characters that are kept of a header

_NEVER = float("-inf")
_RULES = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class WrittenFinding(Struct, frozen=True):
    """One finding in words."""

    subject: str
    code: str
    level: ReaderLevel
    text: str


class CheckReport(Struct, frozen=True):
    """The findings of a check about a *reader*, with its requests.

    *steps* of the script are done, of *all_steps*. Times of requests are in seconds since 1970.
    """

    reader: str
    seconds_left: int
    steps: int
    all_steps: int
    feeds: dict[str, str]
    findings: list[WrittenFinding]
    requests: list[CheckedRequest]


class ReaderCheckPages:
    """The views of the check of feed readers."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def about(self) -> Response:
        """Respond with the page that explains the check, and links to a new one."""
        return self._page(check="")

    def begin(self) -> Response:
        """Redirect to a new check, which lives for an hour and leaves no trace until it is used."""
        self._checks()
        page = f"{self._context.base}{READER_CHECK}/{new_name(self._context.clock())}"
        response = plain(f"this is at {page}", 302)
        response.headers |= {"Location": with_language(page), "X-Robots-Tag": "noindex"}
        return response

    def page(self, check: str) -> Response:
        """Respond with the page of a check: addresses for the reader, and the findings so far."""
        self._left(check)
        return self._page(check)

    def report(self, check: str) -> Response:
        """Respond with the findings of a check as JSON; feeds.web.reader_check.CheckReport defines it."""
        left, requests = self._left(check), self._checks().requests(check)
        t = texts(FALLBACK)
        found = CheckReport(
            name_of(requests),
            max(int(left), 0),
            min(len(polls(requests)), len(SCRIPT)),
            len(SCRIPT),
            self._feeds(check),
            [WrittenFinding(e.subject, e.code, e.level, in_words(t, e)) for e in findings(requests)],
            requests,
        )
        body = msgspec.json.format(msgspec.json.encode(found)) + b"\n"
        response = Response(body, content_type=JSON_TYPE)
        response.headers |= _RULES
        return response

    def feed(self, check: str, step: str, extension: str) -> Response:
        """Respond with the one-time feed of a check, or as the script of the check requires.

        Browsers that open the feed are no readers, and see its first version.
        """
        if self._left(check) < 0:
            return self._private(plain("this check has ended; begin another one", ENDED))
        asked = _asked(step, self._context.clock())
        if request.headers.get(USE) == "document":
            return self._answer(check, extension, answered(asked, [], check))
        coding = accepted_coding()

        def answer(before: list[CheckedRequest]) -> CheckedRequest:
            made = answered(asked, before, check)
            if made.status not in (200, 304):
                return made
            tag = etag(key_of(check, made.version), coding)
            return msgspec.structs.replace(made, etag=tag, coding=coding)

        return self._answer(check, extension, self._checks().record(check, asked.time, answer))

    def _answer(self, check: str, extension: str, made: CheckedRequest) -> Response:
        """Return the response that *made* describes."""
        if target := REDIRECTS.get(made.status):
            address = f"{self._address(check)}/{target}.{extension}"
            response = plain(f"this is at {address}", made.status)
            response.headers["Location"] = address
            return self._private(response)
        if made.status == REFUSED:
            response = plain(f"too many requests; ask again in {CHECK_RETRY_AFTER} seconds", REFUSED)
            response.headers["Retry-After"] = str(CHECK_RETRY_AFTER)
            return self._private(response)
        if made.status == ENDED:
            return self._private(plain("this feed has ended for good", ENDED))
        coding = made.coding or "identity"
        headers = {
            "ETag": etag(key_of(check, made.version), coding),
            "Last-Modified": made.modified,
            "Cache-Control": f"private, max-age={CHECK_MAX_AGE}",
            "Vary": "Accept-Encoding, A-IM",
            "X-Robots-Tag": "noindex",
        }
        request.environ[SAME_UNTIL] = _NEVER  # each request is judged, and none answered by a cache
        if made.status == 304:
            return NotModified(headers)
        page = self._address(check)
        body = document(self._context.described_site, page, made.version, begun(check) or 0, extension)
        format_ = FORMATS[extension]
        opened = request.headers.get(USE) == "document" and format_.opened_as
        return sent(coded(body, coding), coding, opened or format_.media_type, headers)

    def _private(self, response: Response) -> Response:
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    def _page(self, check: str) -> Response:
        """Respond with the page about all checks, or of one, which no cache stores."""
        checks = self._checks()
        requests = checks.requests(check) if check else []
        found = findings(requests)
        values: dict[str, Any] = {"all_steps": len(SCRIPT), "begin": NEW_CHECK}
        if check:
            values |= {
                "check": f"{READER_CHECK}/{check}",
                "left": seconds_left(check, self._context.clock()),
                "feeds": {FORMATS[each].name: url for each, url in self._feeds(check).items()},
                "reader": name_of(requests),
                "findings": found,
                "faults": sum(each.level == "bad" for each in found),
                "requests": requests,
                "steps": min(len(polls(requests)), len(SCRIPT)),
                "begun": requests[0].time if requests else 0,
                "in_words": in_words,
            }
        site = self._context.described_site
        body = rendered(self._context, "reader-check.html", site=site, **values)
        coding = accepted_coding()
        headers = RULES | _RULES | {"Vary": page_vary()}
        return sent(coded(body, coding), coding, HTML, headers)

    def _checks(self) -> ReaderChecks:
        """The state of checks. Raises NotFound if checks are off."""
        if not self._context.reader_checks:
            raise NotFound
        return self._context.reader_checks

    def _left(self, check: str) -> float:
        """The seconds until *check* ends. Raises NotFound if it is no check."""
        self._checks()
        left = seconds_left(check, self._context.clock())
        if left is None:
            raise NotFound
        return left

    def _address(self, check: str) -> str:
        return f"{self._context.site.url}{READER_CHECK}/{check}"

    def _feeds(self, check: str) -> dict[str, str]:
        """The addresses of the one-time feed by extension."""
        page = self._address(check)
        return {each.extension: f"{page}/{CHECK_FEED}.{each.extension}" for each in FOR_READERS}


def in_words(t: Texts, finding: ReaderFinding) -> str:
    """Return *finding* in the language of texts *t*."""
    values = {name: t.number(v) if isinstance(v, int) else v for name, v in finding.values.items()}
    if finding.code == "open":
        return t("check.open")
    return t(f"check.{finding.subject}_{finding.code}", None, **values)


def _asked(step: str, now: float) -> CheckedRequest:
    """Return the request as a check keeps it: long headers are cut, and no address is kept."""
    get = request.headers.get

    def kept(name: str) -> str | None:
        value = get(name)
        return None if value is None else value[:MAX_KEPT_HEADER_LENGTH]

    return CheckedRequest(
        time=now,
        place=step,
        method=request.method,
        arguments=request.query_string.decode("latin-1")[:MAX_KEPT_HEADER_LENGTH],
        agent=kept("User-Agent") or "",
        accept=kept("Accept"),
        accept_encoding=kept("Accept-Encoding"),
        none_match=kept("If-None-Match"),
        modified_since=kept("If-Modified-Since"),
        manipulations=kept("A-IM"),
        has_cookie=bool(get("Cookie")),
        has_referrer=bool(get("Referer")),
        protocol=request.environ.get("SERVER_PROTOCOL", ""),
    )
