"""The page with the rules of polling."""

from flask import Response

from feeds.http.polling_budgets import COPIES_OF_CHANGE, GENEROUS, MAX_PROGRAMS, REPEATED_A_DAY
from feeds.index import Index
from feeds.web.languages import page_language
from feeds.web.pages import named_page, rendered
from feeds.web.responses import Context
from feeds.web.texts import texts
from feeds.web.units import span


class PollingPages:
    """The view of this page; the rules are the same if nobody is refused."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def rules(self) -> Response:
        """Respond with the rules of polling, and the numbers in force."""
        return named_page(self._context, "polling", self._rules)

    def _rules(self, _index: Index) -> bytes:
        site, http = self._context.described_site, self._context.http
        t = texts(page_language(site.language))
        return rendered(
            self._context,
            "polling.html",
            site=site,
            is_limited=http.fair == "on",
            least=span(http.max_age, t),
            most=span(max(http.max_age, http.most_age), t),
            repeated=REPEATED_A_DAY,
            devices=COPIES_OF_CHANGE,
            programs=MAX_PROGRAMS,
            times=GENEROUS,
            has_hub=site.own_hub in site.hubs,
        )
