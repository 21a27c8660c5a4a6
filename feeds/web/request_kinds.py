"""The kinds of responses, as they are counted, by view."""

from collections.abc import Callable

from flask import Request, Response

from feeds.monitoring.counts import IDENTITY, OTHER_KIND, CountedResponse, RequestKind
from feeds.monitoring.metrics import Metrics, feed_address
from feeds.web.api import Api
from feeds.web.articles import Articles
from feeds.web.builder import Builder
from feeds.web.embeds import Embeds
from feeds.web.files import Files
from feeds.web.pages import Pages
from feeds.web.polling import PollingPages
from feeds.web.requests import FeedRequest
from feeds.web.search import SearchPages
from feeds.web.views import Views

_PAGE, _PICTURE = RequestKind("page", "html"), RequestKind("picture")

# All views that are not here are others. A feed has the format of its address.
COUNTED_KINDS: dict[Callable[..., Response], RequestKind] = {
    Views.feed: RequestKind("feed"),
    Views.opml: RequestKind("list", "opml"),
    Views.feed_list: RequestKind("list", "json"),
    Pages.home: _PAGE,
    Pages.feeds: _PAGE,
    Pages.page: _PAGE,
    SearchPages.page: _PAGE,
    Builder.build: _PAGE,
    Articles.page: _PAGE,
    Articles.markdown: RequestKind("page", "md"),
    Embeds.configure: _PAGE,
    Embeds.embed: _PAGE,
    Api.about: _PAGE,
    PollingPages.rules: _PAGE,
    Files.asset: _PICTURE,
    Files.media: _PICTURE,
}


class RequestKinds:
    """The kinds of the responses to requests; *routes* are the views by endpoint."""

    def __init__(self, routes: dict[str, Callable[..., Response]]) -> None:
        self._by_endpoint = {path: COUNTED_KINDS.get(view, OTHER_KIND) for path, view in routes.items()}

    def of(self, request: Request) -> RequestKind:
        """The kind of the response to *request*, which is one of a fixed number."""
        kind = self._by_endpoint.get(request.endpoint or "", OTHER_KIND)
        extension = (request.view_args or {}).get("extension")
        return kind._replace(format=extension) if extension else kind


def count(
    metrics: Metrics, request: FeedRequest, response: Response, links: str, kind: RequestKind
) -> None:
    """Count *response*, one of *kind* to *request* with the Link header *links*."""
    has_body = request.method != "HEAD" and response.status_code not in (204, 304)
    size = _size(response) if has_body else 0
    coding = response.headers.get("Content-Encoding", IDENTITY)
    counted = CountedResponse(response.status_code, feed_address(links), kind, coding, size)
    metrics.count(counted, request.seconds)


def _size(response: Response) -> int:
    """The size of the body, 0 if it is unknown as that of a stream; no part of it is made for this."""
    if response.is_sequence:
        return sum(map(len, response.iter_encoded()))
    return response.content_length or 0
