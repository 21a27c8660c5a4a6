"""Files of the corpus in a fleet without fleet.assets: hosts without a corpus folder serve copies."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from feeds.article import NamedFile
from feeds.corpus.local_files import media_path
from feeds.fleet.fetcher import MAX_FETCH_WAIT
from feeds.store import Tombstone
from tests.builders import NOON, article, named_file
from tests.corpus.media_files import mp3, png
from tests.entrypoints import FLASK
from tests.error_form import assert_form
from tests.fleet.asset_host import AssetHost
from tests.fleet.memory_assets import SharedAssets

SOUND = mp3()
PICTURE = "/assets/in/a%20b.png"


class Fleet:
    """A *leader* with a corpus folder, and a *follower* without one; ``put`` records articles on both."""

    def __init__(self, start: Callable[[str], AssetHost], shared: SharedAssets) -> None:
        self.leader, self.follower = start("leader"), start("follower")
        self.shared = shared
        self.talk = named_file(self.leader.root, "static/a talk.mp3", SOUND)
        (self.leader.assets / "in").mkdir()
        self.picture = self.leader.assets / "in" / "a b.png"
        self.picture.write_bytes(png())
        self.follower.lose_corpus()
        self.put(self.talk)

    def put(self, *files: NamedFile, number: int = 1) -> None:
        for host in (self.leader, self.follower):
            host.put(article(number, local=files))

    def keep(self) -> None:
        self.leader.lead()
        self.follower.follow()

    @property
    def media(self) -> str:
        return media_path(self.talk)


@pytest.fixture
def shared() -> SharedAssets:
    """The journal of all hosts."""
    return SharedAssets()


@pytest.fixture
def start(tmp_path: Path, entrypoint: str, shared: SharedAssets) -> Iterator[Callable[[str], AssetHost]]:
    """Start a host with that name."""
    made: list[AssetHost] = []

    def started(name: str) -> AssetHost:
        made.append(AssetHost(tmp_path / name, shared, entrypoint))
        return made[-1]

    yield started
    for each in made:
        each.close()


@pytest.fixture
def fleet(start: Callable[[str], AssetHost], shared: SharedAssets) -> Fleet:
    return Fleet(start, shared)


REQUESTS: dict[str, dict[str, str]] = {
    "whole": {},
    "range": {"Range": "bytes=1-5"},
    "suffix": {"Range": "bytes=-5"},
    "ranges": {"Range": "bytes=1-2,4-5"},
    "beyond": {"Range": "bytes=99999999-"},
    "other range": {"Range": "bytes=1-5", "If_Range": '"other"'},
    "other": {"If_None_Match": '"other"'},
    "later": {"If_Modified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
}


@pytest.mark.parametrize("request_headers", REQUESTS.values(), ids=REQUESTS)
def test_all_hosts_send_the_same(fleet: Fleet, request_headers: dict[str, str]) -> None:
    os.utime(fleet.picture, (1_700_000_000, 1_700_000_000))
    fleet.keep()
    for path in (PICTURE, fleet.media):
        for method in ("GET", "HEAD"):
            one, two = (h.get(path, method, **request_headers) for h in (fleet.leader, fleet.follower))
            del one.headers["Date"], two.headers["Date"]
            assert (one.status, dict(one.headers), one.data) == (two.status, dict(two.headers), two.data)
    assert fleet.follower.waits == []


def test_a_copy_has_the_headers_of_the_file(fleet: Fleet) -> None:
    os.utime(fleet.picture, (1_700_000_000, 1_700_000_000))
    fleet.keep()
    picture, talk = fleet.follower.get(PICTURE), fleet.follower.get(fleet.media)
    assert (picture.data, talk.data) == (png(), SOUND)
    assert picture.headers["Last-Modified"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert picture.headers["Cache-Control"] == "public, max-age=86400"
    assert talk.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert fleet.follower.get(PICTURE, If_None_Match=picture.headers["ETag"]).status_code == 304


def test_copies_are_served_while_the_journal_is_down(fleet: Fleet) -> None:
    fleet.keep()
    fleet.shared.is_down = True
    for path, content in ((PICTURE, png()), (fleet.media, SOUND)):
        assert fleet.follower.get(path).data == content
    assert fleet.follower.get("/assets/none.png").status_code == 404
    assert fleet.follower.waits == []


def test_a_request_fetches_what_was_not_copied_yet(fleet: Fleet) -> None:
    fleet.leader.lead()
    for path, content in ((PICTURE, png()), (fleet.media, SOUND)):
        assert fleet.follower.get(path).data == content
    fleet.shared.is_down = True
    assert fleet.follower.get(fleet.media).data == SOUND


def test_a_request_waits_for_what_the_leader_is_about_to_publish(fleet: Fleet) -> None:
    for path, content in ((PICTURE, png()), (fleet.media, SOUND)):
        fleet.follower.while_waiting = fleet.leader.lead
        assert fleet.follower.get(path).data == content
    assert 0 < len(fleet.follower.waits) <= 2


def test_a_published_file_that_cannot_be_had_is_not_called_missing(fleet: Fleet) -> None:
    for path in (PICTURE, fleet.media):
        answer = fleet.follower.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert answer.headers["Cache-Control"] == "no-store"
        assert_form(answer.text.strip())
        fleet.follower.waits.clear()
        fleet.follower.main.get(path, entrypoint=FLASK)
        assert 0 < sum(fleet.follower.waits) <= MAX_FETCH_WAIT


def test_no_request_waits_for_a_journal_that_is_down(fleet: Fleet) -> None:
    fleet.shared.is_down = True
    for path in (PICTURE, fleet.media):
        assert fleet.follower.get(path).status_code == 503
    assert fleet.follower.waits == []


def test_only_published_files_are_in_the_journal(fleet: Fleet) -> None:
    draft = named_file(fleet.leader.root, "draft.png", png(9, 9))
    scheduled = named_file(fleet.leader.root, "later.png", png(8, 8))
    fleet.leader.put(article(2, local=(scheduled,), published=NOON.replace(year=2099)))
    (fleet.leader.assets / "notes.txt").write_text("secret")
    (fleet.leader.assets / "link.png").symlink_to(fleet.leader.root / "draft.png")
    fleet.keep()
    names = {"assets/in/a b.png", fleet.media[1:]}
    assert {name for name, (_, asset) in fleet.shared.names.items() if asset} == names
    assert not {draft.digest, scheduled.digest} & fleet.shared.contents.keys()
    for path in (media_path(draft), media_path(scheduled), "/assets/notes.txt", "/assets/link.png"):
        assert [h.get(path).status_code for h in (fleet.leader, fleet.follower)] == [404, 404], path


def test_a_file_that_is_no_longer_published_answers_as_on_the_leader(fleet: Fleet) -> None:
    fleet.keep()
    fleet.picture.unlink()
    tombstone = Tombstone(int(fleet.leader.now), None)
    for host in (fleet.leader, fleet.follower):
        host.retire(article(1, local=(fleet.talk,)), tombstone=tombstone)
    fleet.keep()
    for path in (PICTURE, fleet.media):
        assert [h.get(path).status_code for h in (fleet.leader, fleet.follower)] == [404, 404], path


def test_a_replaced_picture_has_its_new_content_on_all_hosts(fleet: Fleet) -> None:
    fleet.keep()
    tag = fleet.follower.get(PICTURE).headers["ETag"]
    fleet.picture.write_bytes(png(grey=9))
    fleet.put(fleet.talk, number=2)
    fleet.keep()
    for host in (fleet.leader, fleet.follower):
        assert host.get(PICTURE, If_None_Match=tag).data == png(grey=9)


def test_an_outdated_corpus_folder_shows_no_other_pictures_than_the_leader(
    fleet: Fleet, start: Callable[[str], AssetHost]
) -> None:
    outdated = start("outdated")
    (outdated.assets / "in").mkdir()
    (outdated.assets / "in" / "a b.png").write_bytes(png(grey=9))
    (outdated.assets / "removed.png").write_bytes(png())
    outdated.put(article(1))
    fleet.keep()
    outdated.follow()
    assert outdated.get(PICTURE).data == png()
    assert outdated.get("/assets/removed.png").status_code == 404


def test_a_host_with_the_folder_serves_it_before_it_knows_more(fleet: Fleet) -> None:
    fleet.shared.is_down = True
    answer = fleet.leader.get(PICTURE)
    assert (answer.data, "Last-Modified" in answer.headers) == (png(), False)
    assert fleet.leader.get(fleet.media).data == SOUND
    assert fleet.leader.waits == []


def test_a_host_sends_its_own_picture_while_that_of_the_leader_cannot_be_had(fleet: Fleet) -> None:
    fleet.keep()
    fleet.picture.write_bytes(png(grey=9))
    fleet.shared.is_down = True
    answer = fleet.leader.get(PICTURE)
    assert (answer.data, "Last-Modified" in answer.headers) == (png(grey=9), False)


def test_equal_files_are_copied_once(fleet: Fleet) -> None:
    (fleet.leader.assets / "copy.png").write_bytes(png())
    fleet.keep()
    assert len(fleet.shared.contents) == 2
    assert fleet.follower.get("/assets/copy.png").data == png()


def test_a_file_that_is_gone_before_it_was_published_is_not_named(fleet: Fleet) -> None:
    (fleet.leader.root / fleet.talk.path).unlink()
    fleet.keep()
    assert [*fleet.leader.copies.names().named] == ["assets/in/a b.png"]


def test_no_file_is_published_before_the_first_load(start: Callable[[str], AssetHost]) -> None:
    host = start("a")
    host.lead()
    assert host.shared.open().names("").revision == -1


def test_a_copy_that_cannot_be_written_is_not_called_missing(fleet: Fleet) -> None:
    fleet.leader.lead()
    (fleet.follower.folder / "store.db.assets").write_text("no folder")
    assert fleet.follower.get(fleet.media).status_code == 503
    fleet.follower.follow()
    assert "cannot be written" in fleet.follower.keeper.trouble


def test_a_host_with_the_folder_copies_nothing(fleet: Fleet) -> None:
    fleet.keep()
    fleet.leader.follow()
    assert fleet.leader.copies.missing().keys() == {"assets/in/a b.png", fleet.media[1:]}


def test_unneeded_copies_are_deleted_after_the_grace_period(fleet: Fleet) -> None:
    fleet.keep()
    fleet.picture.unlink()
    fleet.put(fleet.talk, number=2)
    fleet.keep()
    copies = fleet.follower.copies
    assert len(copies.missing()) == 0
    copies.sweep(60)
    kept = sorted(each.name for each in (fleet.follower.folder / "store.db.assets").glob("??/*"))
    assert len(kept) == 2
    fleet.follower.now += 61
    copies.sweep(60)
    kept = sorted(each.name for each in (fleet.follower.folder / "store.db.assets").glob("??/*"))
    assert kept == [fleet.talk.digest]


def test_a_damaged_copy_is_not_kept(fleet: Fleet) -> None:
    fleet.leader.lead()
    fleet.shared.contents[fleet.talk.digest] = [b"other"]
    assert fleet.follower.get(fleet.media).status_code == 503
    assert not fleet.follower.copies.has(fleet.talk.digest)


def test_a_corpus_folder_that_is_not_mounted_removes_nothing(fleet: Fleet) -> None:
    fleet.keep()
    fleet.leader.lose_corpus()
    fleet.put(fleet.talk, number=2)
    fleet.keep()
    for host in (fleet.leader, fleet.follower):
        assert host.get(PICTURE).data == png()


def test_a_file_that_is_too_large_is_reported_once_and_not_copied(
    fleet: Fleet, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.fleet.assets.MAX_ASSET_BYTES", len(SOUND) - 1)
    fleet.keep()
    fleet.put(fleet.talk, number=2)
    fleet.keep()
    assert caplog.text.count("larger than") == 1
    assert fleet.talk.digest not in fleet.shared.contents
    assert fleet.leader.get(fleet.media).data == SOUND
    assert fleet.follower.get(fleet.media).status_code == 503
    assert fleet.follower.waits == []
