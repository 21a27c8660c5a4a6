"""Surrogate keys: what a response depends on, and what a change purges."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.article import tombstone_facets
from feeds.http.surrogate_keys import changed_keys
from feeds.index.changed_facets import EVERYTHING, changed_facets
from feeds.settings.sections import HttpSettings
from feeds.store import Tombstone
from tests.builders import article, image
from tests.harness import Harness
from tests.table import for_each

HTTP = HttpSettings(surrogate_keys=True)


@pytest.fixture
def served(tmp_path: Path, entrypoint: str) -> Iterator[Harness]:
    made = Harness(tmp_path, entrypoint, http=HTTP)
    made.put(
        article(1, topics=("Oceans",), authors=("Ada",)),
        article(2, topics=("Art", "Oceans"), authors=("Grace",), heat=50),
        article(3, topics=("Art",), language="de"),
    )
    yield made
    made.close()


def keys(served: Harness, path: str) -> list[str]:
    sent = served.get(path).headers
    assert sent.get("xkey") == sent.get("Surrogate-Key")
    return sent.get("xkey", "").split()


@for_each(
    ("path", "expected"),
    [
        ("/feed.rss", "feeds all"),
        ("/topics/oceans.atom", "feeds topic:oceans"),
        ("/feed.json?topic=art,oceans", "feeds topic:art topic:oceans"),
        ("/authors/ada.rss?topic=art,oceans", "feeds author:ada"),
        ("/providers/example.org.rss?q=title", "feeds provider:example.org"),
        ("/topics/oceans.rss?topic=-art", "feeds topic:oceans"),
        ("/feed.rss?lang=de", "feeds all"),
        ("/topics/oceans/daily.rss", "feeds all"),
        ("/topics/oceans.rss?sort=heat", "feeds all"),
        ("/topics/oceans/2026-01.rss", "feeds topic:oceans"),
        ("/", "feeds all"),
        ("/topics/oceans", "feeds all"),
        ("/opml", "feeds all"),
        ("/catalog.json", "feeds all"),
        ("/static/style.css", ""),
        ("/health", ""),
        ("/topics/none.rss", ""),
    ],
)
def test_a_response_names_what_it_depends_on(served: Harness, path: str, expected: str) -> None:
    assert keys(served, path) == expected.split()


def test_responses_have_no_keys_unless_they_are_wanted(tmp_path: Path) -> None:
    served = Harness(tmp_path)
    served.put(article(1))
    assert (keys(served, "/feed.rss"), keys(served, "/")) == ([], [])
    served.close()


def edited(served: Harness) -> None:
    served.edit(article(1, topics=("Oceans",), authors=("Ada",), title="Another"))


def moved(served: Harness) -> None:
    facets = tombstone_facets(article(1, topics=("Oceans",), authors=("Ada",)))
    made = article(1, topics=("Art",), authors=("Grace",))
    gone = Tombstone(int(served.now) + 1, facets, made.id, int(made.published.timestamp()))
    served.edit(made, tombstones=(gone,))


def rated(served: Harness) -> None:
    served.edit(article(1, topics=("Oceans",), authors=("Ada",), heat=99))


def added(served: Harness) -> None:
    served.edit(article(4, topics=("Music",), provider=None))


def pictured(served: Harness) -> None:
    served.edit(article(3, topics=("Art",), language="fr", images=(image(),)))


@pytest.mark.parametrize("change", [edited, moved, rated, added, pictured])
def test_a_change_purges_each_response_that_it_alters(
    served: Harness, change: Callable[[Harness], None]
) -> None:
    paths = [
        "/feed.json", "/topics/oceans.json", "/topics/art.rss", "/authors/ada.json?topic=oceans",
        "/authors/grace.atom", "/feed.json?lang=de", "/topics/art.json?lang=de", "/feed.json?sort=heat",
        "/topics/oceans.json?min_heat=60", "/providers/example.org.json", "/topics/oceans/daily.json",
        "/feed.json?has=image", "/topics/art.rss?has=image", "/feed.json?topic=-oceans", "/",
        "/topics/art", "/opml", "/catalog.json", "/sitemap.xml", "/articles/1",
    ]  # fmt: skip
    before = {path: (served.get(path).data, keys(served, path)) for path in paths}
    moment = served.main.index().last_change
    change(served)
    purged = {*changed_keys(changed_facets(served.main.index(), moment))}
    altered = [path for path in paths if served.get(path).data != before[path][0]]
    assert altered
    assert [path for path in altered if not purged & {*before[path][1]}] == []


def test_a_change_of_everything_purges_everything_and_none_nothing(served: Harness) -> None:
    assert changed_keys(EVERYTHING) == ["feeds"]
    index = served.main.index()
    assert changed_keys(changed_facets(index, index.last_change)) == []
