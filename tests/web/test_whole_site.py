"""No link of the served site is dead, and none leads to a redirect."""

from collections import Counter, deque
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from lxml import html
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from feeds.sample import write_sample
from feeds.web.reader_check import NEW_CHECK
from tests.export.links import links_in
from tests.harness import SITE, Harness
from tests.pages.blog import write_blog

MAX_OF_A_ROUTE = 5  # addresses; filters and builders can be combined without end
EXTENSIONS = {"html": "html", "rss+xml": "rss", "atom+xml": "atom", "x-opml": "opml", "json": "json"}

HAVE_PARTS = ("text/html", "image/svg+xml")


class Site:
    """The answers of a served corpus, and the links between them."""

    def __init__(self, served: Harness) -> None:
        self._served = served
        self.answers: dict[str, TestResponse] = {}
        self.linked_from: dict[str, str] = {}
        self.fragments: dict[tuple[str, str], str] = {}
        self._routes: Counter[str] = Counter()
        self._urls = served.main.app.url_map.bind("")

    def crawl(self) -> None:
        """Follow internal links once each, from the home page, and some of each route."""
        coming = deque(["/"])
        self.linked_from["/"] = ""
        while coming:
            path = coming.popleft()
            answer = self.answers[path] = self._served.get(path, Accept="text/html,*/*", Host="localhost")
            for link in dict.fromkeys(_links(answer, path)):
                whole, fragment = urldefrag(link)
                if not f"{whole.partition('?')[0]}/".startswith(f"{SITE.url}/"):
                    continue
                target = whole.removeprefix(SITE.url) or "/"
                if fragment:
                    self.fragments.setdefault((target, fragment), path)
                if target not in self.linked_from and self._is_new(target):
                    self.linked_from[target] = path
                    coming.append(target)

    def _is_new(self, target: str) -> bool:
        try:
            route, _arguments = self._urls.match(unquote(urlsplit(target).path))
        except HTTPException:
            return True
        self._routes[route] += 1
        return self._routes[route] <= MAX_OF_A_ROUTE

    def with_status(self, first: int, last: int) -> list[str]:
        return [
            f"{answer.status_code} {path} in {self.linked_from[path]}"
            for path, answer in self.answers.items()
            if first <= answer.status_code <= last
        ]

    def dead_fragments(self) -> list[str]:
        """Links to parts of pages that have no element with that id."""
        return [
            f"{path}#{fragment} in {source}"
            for (path, fragment), source in self.fragments.items()
            if path in self.answers and fragment not in _ids(self.answers[path])
        ]


def _links(answer: TestResponse, path: str) -> list[str]:
    extension = EXTENSIONS.get(answer.mimetype.partition("/")[2], "")
    return list(links_in(extension, answer.data, SITE.url + path)) if answer.data else []


def _ids(answer: TestResponse) -> set[str]:
    return set(html.fromstring(answer.data).xpath("//@id")) if answer.mimetype in HAVE_PARTS else set()


@pytest.fixture(scope="module", params=["sample", "blog"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp(request.param)
    if request.param == "sample":
        write_sample(folder / "corpus", 20, 1, lambda _done: None)
    else:
        write_blog(folder / "corpus")
    served = Harness(folder)
    served.refresh_all()
    found = Site(served)
    found.crawl()
    served.close()
    return found


def test_no_link_is_dead(site: Site) -> None:
    assert site.with_status(400, 599) == []
    assert site.dead_fragments() == []


def test_no_link_leads_to_a_redirect(site: Site) -> None:
    found = site.with_status(300, 399)
    assert [each for each in found if NEW_CHECK not in each] == []  # a form, which leads to a new page


def test_every_kind_of_page_is_reached(site: Site) -> None:
    for kind in (
        "/feed",
        "/topics",
        "/authors",
        "/search",
        "/build",
        "/embed",
        "/about/api",
        "/about/polling",
        "/openapi.json",
    ):
        assert kind in site.answers
    for kind in "/articles/", "/topics/", "/authors/", "/embed/topics/", "/static/", "/qr/":
        assert any(path.startswith(kind) for path in site.answers), kind
