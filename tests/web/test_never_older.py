"""No host gives a client an older state than it has: in all formats, pages and lists."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import msgspec
import pytest
from werkzeug.test import TestResponse

from feeds.formats.document import CODINGS
from feeds.http.conditional import LATER_AGE, MAX_LATER
from feeds.monitoring.fleet import FleetState
from feeds.settings.sections import FleetSettings
from feeds.store import Tombstone
from tests.builders import LATER, article
from tests.harness import Harness
from tests.table import check_each, for_each, pairs
from tests.web.conftest import ADDRESSES, HTTP, PAGES, SITE, TAXONOMY, TIDAL, filled

NEW = "/topics/storms.atom"
ARCHIVES = ("/feed/2026-01.rss", "/feed/2026-01.json")
QUERIES = ("/feed.rss?q=title", "/feed.json?limit=1", "/topics/oceans.atom?not_topic=quiet")
LISTS = ("/opml", "/opml/topics", "/catalog.json", "/suggestions.json?q=edit", "/sitemap.xml")
OTHERS = (
    "/feed", "/topics", "/search?q=title", "/articles/1", "/articles/1.md", "/embed/feed", "/build",
)  # fmt: skip
EVERY = (*ADDRESSES, *ARCHIVES, *QUERIES, *LISTS, *PAGES, *OTHERS)
DATED = (*ADDRESSES, *ARCHIVES, *QUERIES, "/articles/1", "/articles/1.md")


class Hosts:
    """Two hosts with the same corpus; the *older* one is behind the *newer* one until ``catch_up``."""

    def __init__(self, folder: Path, entrypoint: str) -> None:
        self.newer, self.older = (self._host(folder / name, entrypoint) for name in ("newer", "older"))
        self._behind: list[tuple[float, Callable[[Harness], object]]] = []

    @staticmethod
    def _host(folder: Path, entrypoint: str) -> Harness:
        folder.mkdir()
        made = Harness(folder, entrypoint, site=SITE, http=HTTP, taxonomy=TAXONOMY)
        made.put(article(-5, url=""))
        # Only the side that serves is in a fleet: its journal would send the changes at once.
        filled(made).restart(fleet=FleetSettings(dsn="postgresql://db/feeds"))
        return made

    def change(self, *deeds: Callable[[Harness], object]) -> None:
        for deed in deeds:
            self._behind.append((self.newer.now, deed))
            deed(self.newer)
        self.older.now = self.newer.now

    def catch_up(self) -> None:
        for begun, deed in self._behind:
            self.older.now = begun
            deed(self.older)
        self._behind.clear()
        assert self.older.now == self.newer.now

    def close(self) -> None:
        self.newer.close()
        self.older.close()


@pytest.fixture
def hosts(tmp_path: Path, entrypoint: str) -> Iterator[Hosts]:
    made = Hosts(tmp_path, entrypoint)
    yield made
    made.close()


def edit(text: str) -> Callable[[Harness], object]:
    """Edit an article of every feed."""
    edited = article(
        1, topics=("Oceans", "Reefs"), provider=TIDAL, title=f"Title {text}", authors=("Zoe",),
        summary=text, quality=len(text),
    )  # fmt: skip
    updated = edited.published + timedelta(days=20, hours=len(text))
    new = article(9, topics=("Reefs", text), url="", title=f"Title {text}", updated=updated)
    return lambda host: host.edit(edited, new)


def keeps(host: Harness, address: str, tag: str = "", **headers: str) -> None:
    """Check that the client keeps what it has, with its own tag or none, and asks again soon."""
    for method in ("GET", "HEAD"):
        answer = host.get(address, method, **headers)
        assert (answer.status_code, answer.data) == (304, b""), (address, headers)
        assert answer.headers.get("ETag", "") == tag
        assert "Last-Modified" not in answer.headers
        [age] = re.findall(r"max-age=(\d+)", answer.headers["Cache-Control"])
        assert int(age) <= LATER_AGE
        assert "X-Accel-Expires" not in answer.headers
        assert "immutable" not in answer.headers["Cache-Control"]


def gets(host: Harness, address: str, expected: TestResponse, **headers: str) -> None:
    """Check that the client gets the *expected* content, or that it has it already."""
    answer = host.get(address, **headers)
    if answer.status_code != 304:
        assert answer.data == expected.data
    assert answer.headers["ETag"] == expected.headers["ETag"]


def test_a_client_that_goes_from_the_newer_host_to_the_older_one_and_back_sees_nothing_older(
    hosts: Hosts,
) -> None:
    first = {address: hosts.older.get(address) for address in EVERY}
    hosts.change(edit("edit once"))
    second = {address: hosts.newer.get(address) for address in EVERY}

    def check(address: str) -> None:
        before, after = first[address], second[address]
        assert after.data != before.data
        old, new = before.headers["ETag"], after.headers["ETag"]
        keeps(hosts.older, address, new, If_None_Match=new)
        assert hosts.older.get(address).data == before.data
        gets(hosts.older, address, before, If_None_Match=old)
        assert hosts.newer.get(address, If_None_Match=new).headers["ETag"] == new
        assert hosts.newer.get(address, If_None_Match=old).status_code == 200

    check_each(EVERY, check)
    hosts.catch_up()
    check_each(EVERY, lambda address: gets(hosts.older, address, second[address]))
    hosts.change(edit("edit twice"))
    hosts.catch_up()
    third = {address: hosts.newer.get(address) for address in EVERY}

    def check_again(address: str) -> None:
        new = second[address].headers["ETag"]
        assert third[address].data != second[address].data
        for host in (hosts.newer, hosts.older):
            answer = host.get(address, If_None_Match=new)
            assert (answer.status_code, answer.headers["ETag"][:30]) == (
                200, third[address].headers["ETag"][:30]
            )  # fmt: skip

    check_each(EVERY, check_again)


def test_a_later_tag_counts_in_every_form(hosts: Hosts) -> None:
    hosts.change(edit("edit once"))

    def check(case: tuple[str, str]) -> None:
        address, coding = case
        old = hosts.older.get(address).headers["ETag"]
        new = hosts.newer.get(address, Accept_Encoding=coding).headers["ETag"]
        for form in (f"W/{new}", f'"other", {new}', f"{new}, {old}", f"{old},W/{new}"):
            keeps(hosts.older, address, new, If_None_Match=form, Accept_Encoding=coding)
        keeps(hosts.older, address, new, If_None_Match=new, If_Modified_Since=formatdate(0))
        plain = hosts.newer.get(address).headers["ETag"]
        keeps(hosts.older, address, plain, If_None_Match=f'{plain[:-1]}--gzip"')

    addresses = (*ADDRESSES[:4], *ARCHIVES[:1], *LISTS[:1], *PAGES[:2], *OTHERS[:1])
    check_each(pairs(addresses, CODINGS), check)


def test_a_client_that_takes_changes_gets_no_older_ones(hosts: Hosts) -> None:
    old = {address: hosts.newer.get(address).headers["ETag"] for address in ADDRESSES}
    hosts.change(edit("edit once"))

    def check(address: str) -> None:
        partial = hosts.newer.get(address, If_None_Match=old[address], A_IM="feed")
        known = {"If_None_Match": partial.headers["ETag"], "A_IM": "feed"}
        keeps(hosts.older, address, partial.headers["ETag"], **known)
        assert hosts.newer.get(address, **known).status_code == 304

    check_each(ADDRESSES, check)


def test_a_widened_feed_is_later_too(hosts: Hosts) -> None:
    old = hosts.newer.get("/feed.rss?limit=1").headers["ETag"]
    hosts.change(edit("edit once"))
    wide = hosts.newer.get("/feed.rss?limit=1", If_None_Match=old).headers["ETag"]
    assert "." in wide
    keeps(hosts.older, "/feed.rss?limit=1", wide, If_None_Match=wide)


def test_a_feed_opened_in_a_browser_is_not_older_either(hosts: Hosts) -> None:
    hosts.change(edit("edit once"))
    for address in ("/feed.rss", "/opml"):
        asked = {"Sec_Fetch_Dest": "document"}
        new = hosts.newer.get(address, **asked).headers["ETag"]
        keeps(hosts.older, address, new, If_None_Match=new, **asked)
        assert hosts.newer.get(address, If_None_Match=new, **asked).status_code == 304


def test_what_is_new_is_not_missing_for_a_client_that_has_it(hosts: Hosts) -> None:
    hosts.change(edit("Storms"))
    addresses = (NEW, "/topics/storms", "/articles/9", "/articles/9.md")
    tags = {address: hosts.newer.get(address).headers["ETag"] for address in addresses}

    def check(address: str) -> None:
        assert hosts.older.get(address).status_code == 404
        answer = hosts.older.get(address, If_None_Match=tags[address])
        assert (answer.status_code, answer.headers["ETag"]) == (304, tags[address])

    check_each(addresses, check)
    hosts.catch_up()
    for address, tag in tags.items():
        gets(hosts.older, address, hosts.newer.get(address), If_None_Match=tag)


def test_a_date_of_the_newer_host_is_later_in_a_fleet(hosts: Hosts) -> None:
    first = {address: hosts.older.get(address) for address in DATED}
    hosts.change(edit("edit once"))

    def check(address: str) -> None:
        after = hosts.newer.get(address)
        date = after.headers["Last-Modified"]
        hosts.older.now = hosts.newer.now
        keeps(hosts.older, address, If_Modified_Since=date)
        hosts.older.now = hosts.newer.now - 2  # its clock is slow
        keeps(hosts.older, address, If_Modified_Since=date)
        gets(hosts.older, address, first[address])
        assert hosts.newer.get(address, If_Modified_Since=date).headers["ETag"] == after.headers["ETag"]
        asked = first[address].headers["Last-Modified"]
        assert hosts.newer.get(address, If_Modified_Since=asked).status_code == 200

    check_each(DATED, check)


GONE = article(3, topics=("Oceans", "Cities"), authors=("Zoe",))
DEEDS: dict[str, tuple[str, Callable[[Harness], object]]] = {
    "the newest article is removed": (
        "/feed.rss",
        lambda host: host.retire(GONE, tombstone=Tombstone(int(host.now) + 1, None)),
    ),
    "the newest match is edited so that it does not match": (
        "/feed.atom?q=3",
        lambda host: host.edit(msgspec.structs.replace(GONE, title="Title", summary="")),
    ),
    "the newest article gets an early date": (
        "/feed.json?limit=2",
        lambda host: host.edit(msgspec.structs.replace(GONE, published=GONE.published - timedelta(99))),
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_state_is_later_although_what_changed_last_left_the_feed(hosts: Hosts, deed: str) -> None:
    address, act = DEEDS[deed]
    for _ in range(2):
        hosts.change(lambda host: host.edit(msgspec.structs.replace(GONE, title="Title 3, edited")))
        hosts.catch_up()
    before = hosts.older.get(address)
    hosts.change(act)
    after = hosts.newer.get(address)
    assert after.data != before.data
    keeps(hosts.older, address, after.headers["ETag"], If_None_Match=after.headers["ETag"])
    assert hosts.newer.get(address, If_None_Match=before.headers["ETag"]).status_code in (200, 226)
    hosts.catch_up()
    gets(hosts.older, address, after, If_None_Match=after.headers["ETag"])


def test_several_changes_in_one_second_are_stamped_ahead_of_the_clock(hosts: Hosts) -> None:
    hosts.change(*(edit(f"edit {number}") for number in range(5)))
    hosts.older.now = hosts.newer.now = LATER
    new = hosts.newer.get("/feed.rss")
    assert "Last-Modified" not in new.headers
    keeps(hosts.older, "/feed.rss", new.headers["ETag"], If_None_Match=new.headers["ETag"])
    for _ in range(2):
        assert hosts.newer.get("/feed.rss", If_None_Match=new.headers["ETag"]).status_code == 304


@for_each("address", ["/feed.rss", "/", "/opml", "/articles/1"])
def test_a_state_that_no_sane_clock_allows_does_not_silence_the_server(
    hosts: Hosts, address: str
) -> None:
    ahead = int(hosts.older.now) + MAX_LATER

    def tag(moment: int) -> str:
        own = hosts.older.get(address).headers["ETag"]
        if address == "/feed.rss":
            return f'"{moment:08x}{own[9:]}'
        return f'{own[:-9]}{moment:08x}"'

    keeps(hosts.older, address, tag(ahead), If_None_Match=tag(ahead))
    expected = hosts.older.get(address)
    for moment in (ahead + 1, ahead + 10**9, (1 << 32) - 1):
        # A page has the same content with any moment; a feed does not.
        answer = hosts.older.get(address, If_None_Match=tag(moment))
        assert answer.status_code == (200 if address == "/feed.rss" else 304)
        assert answer.headers["ETag"] == expected.headers["ETag"]
    beyond = formatdate(ahead + 1, usegmt=True)
    assert hosts.older.get(address, If_Modified_Since=beyond).status_code == 200


def test_a_client_with_such_a_state_gets_the_whole_present_one(hosts: Hosts) -> None:
    hosts.change(edit("edit once"))
    moment = f"{int(hosts.older.now) + MAX_LATER + 1:08x}"

    def check(address: str) -> None:
        own = hosts.newer.get(address).headers["ETag"]
        known = f'"{moment}{own[9:]}' if address.startswith("/feed") else f'{own[:-9]}{moment}"'
        for asked in ({}, {"A_IM": "feed"}):
            answer = hosts.older.get(address, If_None_Match=known, **asked)
            assert (answer.status_code, answer.data) == (200, hosts.older.get(address).data)

    check_each(("/feed.rss", ARCHIVES[0], "/opml", "/catalog.json", "/topics"), check)


def test_a_host_with_a_slow_clock_goes_by_that_of_the_journal(hosts: Hosts) -> None:
    hosts.change(edit("edit once"))
    for address in ("/feed.rss", "/opml"):
        new = hosts.newer.get(address).headers["ETag"]
        hosts.older.now = hosts.newer.now - 3600
        state = FleetState(
            at=hosts.older.now, host="b", role="follower", position=1, head=2, offset=-3600
        )
        hosts.older.server.metrics.set_fleet(state)
        keeps(hosts.older, address, new, If_None_Match=new)


def test_other_settings_make_no_later_state(hosts: Hosts) -> None:
    """Hosts with different settings send different bytes for the same articles, and no 304."""
    titled = msgspec.structs.replace(SITE, title="Other")
    hosts.older.restart(site=titled)

    def check(address: str) -> None:
        for one, other in ((hosts.newer, hosts.older), (hosts.older, hosts.newer)):
            answer = one.get(address, If_None_Match=other.get(address).headers["ETag"])
            assert answer.data == one.get(address).data

    check_each((*ADDRESSES[::9], *PAGES[:2], "/opml", "/articles/1"), check)


def test_after_a_backup_is_restored_clients_wait_for_the_next_change(hosts: Hosts) -> None:
    hosts.change(edit("lost"))
    new = hosts.newer.get("/feed.rss").headers["ETag"]
    hosts.older.now = hosts.newer.now + 86_400
    keeps(hosts.older, "/feed.rss", new, If_None_Match=new)
    hosts.older.edit(article(4))
    answer = hosts.older.get("/feed.rss", If_None_Match=new)
    assert answer.status_code == 200
    assert b"Title 4" in answer.data


def test_files_of_the_program_have_no_state(hosts: Hosts) -> None:
    before = hosts.older.get("/static/style.css").headers["ETag"]
    hosts.change(edit("edit once"))
    assert hosts.newer.get("/static/style.css").headers["ETag"] == before
