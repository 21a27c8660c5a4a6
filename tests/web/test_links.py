"""Every link on a page leads to something that exists."""

from collections import Counter, deque
from urllib.parse import urldefrag, urljoin

import pytest
from lxml import html

from feeds.formats import FOR_READERS
from tests.entrypoints import FLASK
from tests.harness import Harness
from tests.web.conftest import SITE

MAX_PAGES = 1000
MAX_QUERIES = 8  # followed of one kind of page, such as /embed: they repeat what stands on other pages


@pytest.mark.parametrize("entrypoint", [FLASK])
def test_every_link_of_every_page_leads_somewhere(served: Harness) -> None:
    waiting, seen, pages = deque(["/"]), set(), set()
    queries: Counter[str] = Counter()
    while waiting:
        path = waiting.popleft()
        if path in seen:
            continue
        if "?" in path:
            kind = path.split("?")[0].split("/")[1]
            queries[kind] += 1
            if queries[kind] > MAX_QUERIES:
                continue
        seen.add(path)
        assert len(seen) < MAX_PAGES, "pages without end"
        answer = served.get(path)
        assert answer.status_code < 400, (path, answer.text[:200])
        if answer.mimetype == "text/html":
            pages.add(path)
            for link in html.fromstring(answer.data).xpath("//@href | //@src"):
                address = urldefrag(urljoin(f"{SITE.url}{path}", link)).url
                if address.startswith(f"{SITE.url}/") and "ui=" not in address:  # see test_languages.py
                    waiting.append(address.removeprefix(SITE.url))
    for kind in ("/topics/oceans", "/providers/tidal.example", "/f/best", "/topics/oceans/daily"):
        assert kind in pages
        assert {f"{kind}.{made.extension}" for made in FOR_READERS} <= seen
    assert any(page.endswith("2026-01") for page in pages)
