"""The probe of one picture: a HEAD request, then a GET of its beginning."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from io import BytesIO

from feeds.article import Image
from feeds.article.expressions import expression
from feeds.corpus.content_types import content_type
from feeds.corpus.picture_size import picture_size
from feeds.http.outgoing import RequestFailed, RequestRefused
from feeds.ingest.probe.outcomes import Outcome
from feeds.ingest.probe.request import MAX_BODY, Client, Response

MAX_RETRY_AFTER = 30 * 86_400  # seconds

_OK, _PARTIAL = 200, 206
_GONE = {404: "not found", 410: "gone"}
_CLOSED = {401: "not allowed", 402: "not allowed", 403: "not allowed", 451: "not allowed"}
_BUSY = (429, 503)
_NUMBER = expression(r"[0-9]{1,15}")
_RANGE = expression(r"bytes 0-[0-9]{1,15}/([0-9]{1,15})")


def probe(url: str, client: Client, clock: Callable[[], float], *, has_content: bool = True) -> Outcome:
    """Probe the picture at *url*. Without *has_content*, its length is enough, not its type and size."""
    try:
        head = client.request("HEAD", url)
        if head.status in _BUSY and (seconds := _retry_after(head, clock)):
            return Outcome("failed", _answer(head), retry_after=seconds, host=head.host)
        length = _length(head) if head.status == _OK else 0
        if length and not has_content:
            return Outcome("found", facts=Image(url, type="", length=length), host=head.host)
        # Some servers refuse HEAD for a picture that they send, or know nothing of its length.
        return _of(client.request("GET", url, Range=f"bytes=0-{MAX_BODY - 1}"), url, length, clock)
    except RequestRefused as error:
        return Outcome("refused", str(error))
    except RequestFailed as error:
        return Outcome("failed", str(error))


def _of(response: Response, url: str, length: int, clock: Callable[[], float]) -> Outcome:
    """The outcome if the response to a GET is *response*, and HEAD said *length*, 0 if it did not."""
    host, status = response.host, response.status
    if status in _GONE:
        return Outcome("gone", _answer(response), host=host)
    if status in _CLOSED:
        return Outcome("refused", _answer(response), host=host)
    if status not in (_OK, _PARTIAL):
        seconds = _retry_after(response, clock) if status in _BUSY else 0
        return Outcome("failed", _answer(response), retry_after=seconds, host=host)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return Outcome("refused", "compressed, although this was not asked for", host=host)
    media_type = content_type(response.body)
    if not media_type.startswith("image/"):
        return Outcome("failed", "no picture", host=host)
    width, height = picture_size(BytesIO(response.body), media_type)
    facts = Image(url, width, height, media_type, length=_total(response) or length)
    return Outcome("found", facts=facts, host=host)


def _answer(response: Response) -> str:
    reason = (_GONE | _CLOSED).get(response.status, "answer")
    return f"{reason} ({response.status})"


def _total(response: Response) -> int:
    """The size of the whole picture by the response to a GET, 0 if unknown."""
    if response.status == _PARTIAL:
        found = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
        return int(found[1]) if found else 0
    return _length(response) or (len(response.body) if len(response.body) < MAX_BODY else 0)


def _length(response: Response) -> int:
    written = response.headers.get("content-length", "").strip()
    is_plain = response.headers.get("content-encoding", "identity").lower() == "identity"
    return int(written) if is_plain and _NUMBER.fullmatch(written) else 0


def _retry_after(response: Response, clock: Callable[[], float]) -> int:
    """The seconds of ``Retry-After`` (RFC 9110, 10.2.3), a number or a date; 0 without it."""
    written = response.headers.get("retry-after", "").strip()
    if _NUMBER.fullmatch(written):
        return min(int(written), MAX_RETRY_AFTER)
    try:
        seconds = parsedate_to_datetime(written).timestamp() - clock()
    except (ValueError, OverflowError):
        return 0
    return int(min(max(seconds, 0), MAX_RETRY_AFTER))
