"""The times of changes: never ahead of the clock, even after a wrong one."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec
import pytest

from feeds.article import Article
from feeds.http.conditional import MAX_LATER
from feeds.index.builder import apply, build
from feeds.ingest.clock_correction import MAX_AHEAD
from feeds.store import Record
from tests.examples import examples
from tests.formats.reading import deletions
from tests.harness import START, Harness, entries, serving, written
from tests.ingest.ingest_harness import NOW, ONE, THREE, TWO, IngestHarness, seconds

YEARS = 2 * 365 * 86_400
FORMATS = ["atom", "json", "rss"]


@pytest.fixture
def paced(ingest: IngestHarness) -> IngestHarness:
    """A harness whose clock advances only while its refresher waits."""

    def pause(wait: float) -> bool:
        ingest.now += wait
        return False

    ingest.use_refresher(pause=pause)
    return ingest


def modified(answer: object) -> float:
    return parsedate_to_datetime(answer.headers["Last-Modified"]).timestamp()  # type: ignore[attr-defined]


def test_steady_edits_are_never_stamped_ahead_of_the_clock(paced: IngestHarness) -> None:
    paced.now = float(NOW)
    stamps = []
    for number in range(40):
        paced.now += 0.1
        (paced.root / ONE).unlink(missing_ok=True)
        paced.write(title=f"Edit {number}")
        paced.refresher.refresh_paths({ONE})
        stamps.append(paced.store.latest(paced.now))
        assert stamps[-1] - paced.now < 1
        assert paced.record().changed <= paced.now
    assert stamps == sorted(set(stamps))


def test_last_modified_moves_with_every_revision(paced: IngestHarness) -> None:
    process = serving(paced.store.path, lambda: paced.now)
    last = 0.0
    for number in range(12):
        (paced.root / ONE).unlink(missing_ok=True)
        paced.write(title=f"Edit {number}")
        paced.refresher.refresh_paths({ONE})
        shown = modified(process.get("/feed.json"))
        assert last < shown <= paced.now
        last = shown
    process.close()


def test_stamps_are_not_set_back_while_etags_with_them_are_accepted() -> None:
    assert MAX_AHEAD >= MAX_LATER


def test_a_clock_that_is_hours_behind_is_not_waited_for(paced: IngestHarness) -> None:
    paced.now = float(NOW)
    paced.write(title="One")
    paced.refresher.refresh_all()
    paced.now -= MAX_AHEAD - 10
    before = paced.now
    paced.write(TWO, title="Two")
    paced.refresher.refresh_all()
    assert len(paced.records()) == 2
    assert paced.now - before < 5


# A clock that jumped ahead and came back.


class Jump:
    """A harness whose clock is years ahead for a while, and a process that follows it."""

    def __init__(self, folder: Path) -> None:
        self.harness = Harness(folder, now=START)
        self.harness.refresh_all()
        self.harness.publish(1, title="Before")
        self.harness.publish(
            2, title="Scheduled", publishedDateTime=written(int(self.harness.now) + 3 * 86_400)
        )
        self.harness.publish(3, title="Says", modifiedDateTime=written(int(self.harness.now) + 86_400))
        self.harness.publish(4, title="To go")
        self.harness.now += 60
        self.started = self.harness.now
        self.process = self.harness.process()

    def go_ahead(self) -> None:
        self.harness.now += YEARS
        published = written(int(self.started) - 86_400)
        self.harness.publish(1, title="Edited", publishedDateTime=written(int(self.started)))
        self.harness.publish(5, title="New", publishedDateTime=published)
        self.harness.publish(6, title="Rated", publishedDateTime=published, heat=1)
        self.harness.publish(6, title="Rated", publishedDateTime=published, heat=2)
        self.harness.withdraw(4)

    def come_back(self) -> None:
        self.harness.now = self.started + 3600
        self.harness.refresh_all()

    def records(self) -> dict[str, Record]:
        """The live articles by title."""
        found = self.process.server.store.load().records
        return {msgspec.msgpack.decode(each.content, type=Article).title: each for each in found}


@pytest.fixture
def jump(tmp_path: Path) -> Iterator[Jump]:
    made = Jump(tmp_path)
    yield made
    made.harness.close()


def test_no_stamp_is_ahead_once_a_clock_that_had_jumped_is_right(jump: Jump) -> None:
    jump.go_ahead()
    jump.come_back()
    now, store = jump.harness.now, jump.process.server.store
    assert store.latest(now) <= now
    for title, each in jump.records().items():
        if title == "Scheduled":
            continue
        assert max(each.changed, each.appeared, each.rated, each.updated) <= now, title
    assert all(left.at <= now for left in store.load().tombstones)
    assert store.stamped_after(int(now)) == []
    gone = store.entries([left.id for left in store.load().tombstones if left.id])
    assert len(gone) == 1
    assert all(0 < each.removed <= now for each in gone.values())


def test_a_scheduled_article_is_as_it_was_after_a_jump_of_the_clock(jump: Jump) -> None:
    """It was visible meanwhile, by the wrong clock, but its author gave it its date."""
    before = jump.records()["Scheduled"]
    jump.go_ahead()
    jump.come_back()
    assert jump.records()["Scheduled"] == before
    assert "Scheduled" not in entry_titles(jump.process.get("/feed.json").data, "json")
    jump.harness.now += 4 * 86_400
    assert "Scheduled" in entry_titles(jump.process.get("/feed.json").data, "json")


def entry_titles(body: bytes, extension: str) -> list[str]:
    return [title for _, title in entries(body, extension)]


def test_a_last_change_to_come_is_none_and_stays_none_after_a_jump_of_the_clock(jump: Jump) -> None:
    before = jump.records()["Says"].updated
    assert before == jump.records()["Says"].published < jump.started
    jump.go_ahead()
    jump.come_back()
    assert jump.records()["Says"].updated == before


@pytest.mark.parametrize("extension", FORMATS)
def test_feeds_have_a_last_modified_of_now_after_a_jump_of_the_clock(jump: Jump, extension: str) -> None:
    jump.go_ahead()
    jump.come_back()
    for process in (jump.process, jump.harness.process()):
        shown = modified(process.get(f"/feed.{extension}"))
        assert jump.started < shown <= jump.harness.now


def test_a_process_that_followed_and_one_that_begins_see_the_same_after_a_jump(jump: Jump) -> None:
    jump.go_ahead()
    jump.process.get("/feed.json")  # the process follows the store
    jump.come_back()
    fresh = jump.harness.process()
    for extension in FORMATS:
        followed, begun = jump.process.get(f"/feed.{extension}"), fresh.get(f"/feed.{extension}")
        assert followed.data == begun.data
        assert followed.headers["ETag"] == begun.headers["ETag"]
        assert followed.headers["Last-Modified"] == begun.headers["Last-Modified"]
    [left] = deletions(jump.process.get("/feed.json").data, "json").values()
    assert seconds(left) == jump.harness.now


def test_an_index_that_follows_is_that_of_the_whole_store_after_a_jump(jump: Jump) -> None:
    store = jump.process.server.store
    index = build(store.load(), jump.harness.now)
    jump.go_ahead()
    index = apply(index, store.changes_since(index.revision), jump.harness.now)
    jump.come_back()
    index = apply(index, store.changes_since(index.revision), jump.harness.now)
    whole = build(store.load(), jump.harness.now)
    assert index.revision == whole.revision
    for title, each in jump.records().items():
        assert index.find(each.id) == whole.find(each.id), title


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize("delta", [True, False])
def test_a_client_with_an_etag_of_the_time_ahead_is_sent_the_whole_feed(
    jump: Jump, extension: str, delta: bool
) -> None:
    jump.go_ahead()
    ahead = jump.process.get(f"/feed.{extension}").headers["ETag"]
    jump.come_back()
    asked = {"If_None_Match": ahead} | ({"A_IM": "feed"} if delta else {})
    answer = jump.process.get(f"/feed.{extension}", **asked)
    assert answer.status_code == 200
    assert {"Edited", "New", "Rated", "Says"} == {*entry_titles(answer.data, extension)}
    again = jump.process.get(f"/feed.{extension}", If_None_Match=answer.headers["ETag"])
    assert again.status_code == 304


def test_edits_after_a_jump_are_notified_as_before(jump: Jump) -> None:
    jump.go_ahead()
    jump.come_back()
    tag = jump.process.get("/feed.atom").headers["ETag"]
    jump.harness.now += 60
    jump.harness.publish(1, title="Edited again", publishedDateTime=written(int(jump.started)))
    answer = jump.process.get("/feed.atom", If_None_Match=tag, A_IM="feed")
    assert answer.status_code == 226
    assert [title for _, title in entries(answer.data, "atom")] == ["Edited again"]
    assert jump.records()["Edited again"].changed == jump.harness.now


def test_stamps_a_little_ahead_are_left_alone(jump: Jump) -> None:
    """Several changes in one second have such stamps."""
    before = jump.records()
    jump.harness.now -= MAX_AHEAD - 10
    jump.harness.refresh_all()
    assert jump.records() == before


@pytest.mark.parametrize("days", [3, 3000], ids=["due within the jump", "due after it"])
def test_a_scheduled_article_that_was_edited_during_a_jump_has_no_stamp_ahead_either(
    jump: Jump, days: int
) -> None:
    due = int(jump.started) + days * 86_400
    jump.harness.publish(2, title="Scheduled", publishedDateTime=written(due))
    jump.go_ahead()
    jump.harness.publish(2, title="Edited, scheduled", publishedDateTime=written(due))
    jump.come_back()
    after = jump.records()["Edited, scheduled"]
    assert after.published == due
    assert after.changed <= jump.harness.now
    assert after.updated == due
    jump.harness.now = float(due + 60)
    answer = jump.process.get("/feed.json")
    assert "Edited, scheduled" in entry_titles(answer.data, "json")
    assert modified(answer) == due


def test_changes_are_stamped_in_seconds_each_later_than_the_last(ingest: IngestHarness) -> None:
    ingest.limit(batch=2)
    ingest.now = NOW + 0.9
    for name in (ONE, TWO, THREE):
        ingest.write(name)
    ingest.refresher.refresh_all()
    assert sorted(each.changed for each in ingest.records().values()) == [NOW, NOW, NOW + 1]
    ingest.write(ONE, title="Edited")
    ingest.refresher.refresh_paths({ONE})
    assert max(each.changed for each in ingest.records().values()) == NOW + 2
    ingest.now = NOW - 5000  # the clock was put back
    (ingest.root / ONE).unlink()
    ingest.refresher.refresh_paths({ONE})
    assert ingest.tombstones()[-1].at == NOW + 3


def test_a_stamp_is_later_than_the_newest_article_that_may_be_seen(ingest: IngestHarness) -> None:
    """Every change after a response then has a later time than its Last-Modified."""
    ingest.write(ONE, publishedDateTime="2026-05-01T00:00:00Z")
    ingest.write(TWO, publishedDateTime="2026-07-01T00:00:00Z")
    ingest.refresh_all()
    ingest.now = seconds("2026-07-01T00:00:00Z") + 0.5  # just released
    ingest.write(ONE, title="Edited", publishedDateTime="2026-05-01T00:00:00Z")
    ingest.refresher.refresh_all()
    assert ingest.articles()["Edited"].updated.timestamp() == seconds("2026-07-01T00:00:01Z")


def test_the_changes_since_a_moment_are_the_records_with_a_later_one(ingest: IngestHarness) -> None:
    """Random changes with a slow clock, and a request after each."""
    rng = random.Random(5)
    ingest.now = NOW
    for _ in range(examples(50)):
        ingest.now += rng.choice([0, 0.2, 0.4, 1, 7])
        before = visible(ingest)
        validator = max([ingest.store.latest(ingest.now), *(moment(each) for each in before.values())])
        name = rng.choice([ONE, TWO, THREE])
        match rng.randrange(4):
            case 0:
                (ingest.root / name).unlink(missing_ok=True)
            case 1:
                ingest.write(name, secured=str(rng.random()))
            case 2:
                ingest.write(name, title=f"Edited {rng.random()}")
            case _:
                date = datetime.fromtimestamp(int(ingest.now) - rng.randrange(3), UTC)
                ingest.write(name, publishedDateTime=date.isoformat())
        ingest.refresher.refresh_paths({name})
        after = visible(ingest)
        changed = {id_ for id_ in after if after[id_] != before.get(id_)}
        assert {id_ for id_ in after if moment(after[id_]) > validator} == changed
        left = {each.id for each in ingest.tombstones() if each.at > validator}
        assert left == set(before) - set(after)


def visible(ingest: IngestHarness) -> dict[str, Record]:
    """The visible articles without their clusters, which no entry shows."""
    return {
        id_: msgspec.structs.replace(each, cluster="")
        for id_, each in ingest.records().items()
        if each.published <= ingest.now
    }


def moment(shown: Record) -> int:
    return max(shown.changed, shown.published)
