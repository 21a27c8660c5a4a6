"""The hubs and the own address of each feed and list: in the Link header and in the document."""

import json
from pathlib import Path

import msgspec
import pytest

from feeds.article import Taxonomy
from feeds.bootstrap import subscriptions_of
from feeds.formats import FORMATS
from feeds.formats.document import CODINGS
from feeds.settings.sections import PushSettings, SiteSettings
from feeds.store import Changes
from feeds.store.subscriptions import PushChanges
from tests import harness
from tests.builders import article
from tests.codings import DECODE
from tests.formats.reading import find, links, parse
from tests.harness import Harness
from tests.table import for_each, pairs
from tests.web.conftest import ADDRESSES

URL = "https://feeds.example"
OWN = f"{URL}/hub"
OTHER = "https://hub.example/"
LISTS = ("/opml", "/opml/topics", "/opml?format=atom")


def hubs(served: Harness, path: str, method: str = "GET", **headers: str) -> list[str]:
    """The hubs in the Link header of the response to a request."""
    response = served.get(path, method, **headers)
    assert response.status_code == 200
    return [url for rel, url in links(response) if rel == "hub"]


def hubs_within(served: Harness, path: str, coding: str = "identity") -> list[str]:
    """The hubs in the document at *path*, empty for a format without a head."""
    body = DECODE[coding](served.get(path, Accept_Encoding=coding).data)
    if path.endswith(".json"):
        return [each["url"] for each in json.loads(body).get("hubs", [])]
    return [] if path.endswith(".ndjson") else find(parse(body), "//atom:link[@rel='hub']/@href")


def with_hubs(extension: str, *expected: str) -> list[str]:
    return [*expected] if FORMATS[extension].has_head else []


@for_each(("path", "coding"), pairs(ADDRESSES, CODINGS))
def test_every_feed_announces_the_hub_of_this_server(shared: Harness, path: str, coding: str) -> None:
    extension = path.rpartition(".")[2]
    for method in ("GET", "HEAD"):
        assert hubs(shared, path, method, Accept_Encoding=coding) == [OWN]
    assert hubs_within(shared, path, coding) == with_hubs(extension, OWN)
    assert ("self", f"{URL}{path}") in links(shared.get(path))


def test_a_feed_for_a_browser_announces_the_hub_too(shared: Harness) -> None:
    for path in ("/feed.rss", "/feed.atom", "/opml"):
        assert hubs(shared, path, Sec_Fetch_Dest="document") == [OWN]


@for_each("path", LISTS)
def test_every_list_announces_the_hub_and_its_own_address(shared: Harness, path: str) -> None:
    assert hubs(shared, path) == [OWN]
    assert ("self", f"{URL}{path}") in links(shared.get(path))
    tag = shared.get(path).headers["ETag"]
    again = shared.get(path, If_None_Match=tag)
    assert (again.status_code, links(again)) == (304, links(shared.get(path)))


def test_a_list_of_requested_feeds_has_one_address(shared: Harness) -> None:
    own = f"{URL}/opml?feed=topics/oceans&feed=topics/reefs"
    for path in ("/opml?topic=oceans,reefs", "/opml/topics?topic=Oceans&topic=reefs", own[len(URL) :]):
        assert ("self", own) in links(shared.get(path))


def test_archives_announce_no_hub(shared: Harness) -> None:
    for extension in FORMATS:
        (older,) = {url for rel, url in links(shared.get(f"/feed.{extension}?limit=1")) if "prev" in rel}
        assert hubs(shared, older.removeprefix(URL)) == []
        assert hubs_within(shared, older.removeprefix(URL)) == []


def test_changes_announce_the_hub(served: Harness) -> None:
    tag = served.get("/feed.atom").headers["ETag"]
    served.edit(article(9))
    changes = served.get("/feed.atom", A_IM="feed", If_None_Match=tag)
    assert changes.status_code == 226
    assert ("hub", OWN) in links(changes)


def test_the_own_hub_comes_before_others(tmp_path: Path) -> None:
    site = msgspec.structs.replace(harness.SITE, hubs=(OTHER, OWN))
    made = Harness(tmp_path, site=site)
    made.put(article(1))
    assert hubs(made, "/feed.rss") == hubs_within(made, "/feed.rss") == [OWN, OTHER]
    made.restart(push=PushSettings(hub="off"))
    assert hubs(made, "/feed.rss") == hubs_within(made, "/feed.rss") == [OTHER]
    assert hubs(made, "/opml") == [OTHER]
    made.close()


@pytest.mark.parametrize(
    ("url", "hub", "announced"),
    [
        ("https://feeds.example", "auto", True),
        ("http://192.0.2.1:8000", "auto", True),
        ("http://10.0.0.1", "auto", True),
        ("http://intranet/feeds", "auto", True),
        ("http://127.0.0.1:8000", "auto", False),
        ("http://127.8.9.1", "auto", False),
        ("http://localhost:8000", "auto", False),
        ("http://feeds.localhost/x", "auto", False),
        ("http://[::1]:8000", "auto", False),
        ("http://0.0.0.0:8000", "auto", False),
        ("http://127.0.0.1:8000", "on", True),
        ("https://feeds.example", "off", False),
    ],
)
def test_a_hub_is_on_if_others_can_reach_it(tmp_path: Path, url: str, hub: str, announced: bool) -> None:
    made = Harness(tmp_path, site=SiteSettings(url=url), push=PushSettings(hub=hub))  # type: ignore[arg-type]
    made.put(article(1))
    assert hubs(made, "/feed.rss") == [f"{url}/hub"] * announced
    assert ("self" in dict(links(made.get("/opml")))) == announced
    made.close()


def test_a_hub_that_is_turned_on_is_no_change_for_readers(tmp_path: Path) -> None:
    made = Harness(tmp_path, push=PushSettings(hub="off"))
    made.write(1)
    made.refresh_all()
    made.now += 60
    before = made.get("/feed.rss")
    made.close()
    again = Harness(tmp_path, now=made.now + 60, push=PushSettings(hub="on"))
    again.refresh_all()
    after = again.get("/feed.rss")
    assert OWN.encode() in after.data
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]
    again.close()


def withdraw(served: Harness, *, withdrawn: bool) -> None:
    taxonomy = msgspec.structs.replace(served.store.taxonomy(), hub_withdrawn=withdrawn)
    served.change(taxonomy=taxonomy)


@pytest.mark.parametrize("extension", FORMATS)
def test_a_withdrawn_hub_is_not_announced_and_no_change_for_readers(
    served: Harness, extension: str
) -> None:
    path = f"/feed.{extension}"
    announced = served.get(path)
    served.now += 60
    for withdrawn, expected in ((True, []), (False, [OWN])):
        before = served.get(path)
        withdraw(served, withdrawn=withdrawn)
        after = served.get(path)
        assert hubs(served, path) == expected
        assert hubs_within(served, path) == with_hubs(extension, *expected)
        assert after.headers["ETag"] != before.headers["ETag"]
        assert after.headers["Last-Modified"] == before.headers["Last-Modified"]
        # A client is sent no changes, because there are none.
        taken = served.get(path, A_IM="feed", If_None_Match=before.headers["ETag"])
        assert (taken.status_code, taken.data) == (200, after.data)
        dated = served.get(path, If_Modified_Since=before.headers["Last-Modified"])
        assert dated.status_code == 304
    assert after.data == announced.data
    assert after.headers["ETag"] == announced.headers["ETag"]


def test_archives_and_other_hubs_stay_when_the_hub_is_withdrawn(tmp_path: Path) -> None:
    made = Harness(tmp_path, site=msgspec.structs.replace(harness.SITE, hubs=(OTHER,)))
    made.put(article(1), article(2))
    older = dict(links(made.get("/feed.rss?limit=1")))["prev-archive"].removeprefix(URL)
    archive = made.get(older)
    withdraw(made, withdrawn=True)
    assert hubs(made, "/feed.rss") == hubs_within(made, "/feed.rss") == hubs(made, "/opml") == [OTHER]
    assert made.get(older).headers["ETag"] == archive.headers["ETag"]
    made.close()


def test_changes_after_a_withdrawal_are_sent_as_before(served: Harness) -> None:
    tag = served.get("/feed.atom").headers["ETag"]
    withdraw(served, withdrawn=True)
    served.edit(article(9))
    changes = served.get("/feed.atom", A_IM="feed", If_None_Match=tag)
    assert changes.status_code == 226
    assert len(find(parse(changes.data), "//atom:entry")) == 1


def test_an_earlier_taxonomy_announces_the_hub(served: Harness) -> None:
    served.change(taxonomy=Taxonomy())
    assert Changes(taxonomy=Taxonomy(hub_withdrawn=False)).taxonomy == served.store.taxonomy()
    assert hubs(served, "/feed.rss") == [OWN]


def test_every_process_follows_the_decision_of_the_deliverer(tmp_path: Path) -> None:
    made = Harness(tmp_path)
    made.write(1)
    made.refresh_all()
    other = made.process()
    subscriptions = subscriptions_of(made.settings)
    for withdrawn, expected in ((True, []), (False, [OWN])):
        before = made.get("/feed.rss")
        subscriptions.record(PushChanges(withdrawn=withdrawn))
        made.now += 60
        made.refresh_all()
        after = made.get("/feed.rss")
        assert hubs(made, "/feed.rss") == hubs_within(made, "/feed.rss") == expected
        assert other.get("/feed.rss").data == after.data
        assert after.headers["ETag"] != before.headers["ETag"]
        assert after.headers["Last-Modified"] == before.headers["Last-Modified"]
    subscriptions.close()
    made.close()
