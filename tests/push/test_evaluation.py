"""Topics touched by changes of a real corpus: no change of a state is overlooked."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.errors import FeedsError
from feeds.index import Index
from feeds.index.builder import build
from feeds.index.changed_facets import ChangedFacets, changed_facets
from feeds.push.evaluation import changes_since, evaluate, is_same, is_touched, rebased, state_of
from feeds.push.topics import FeedTopic, ListTopic, PushTopic
from feeds.query import Query
from feeds.query.grammar import parse, read
from feeds.query.selection import select
from feeds.store import Record
from feeds.store.subscriptions import Cursor, TopicState
from tests.builders import LATER, article, index, record, snapshot
from tests.harness import WriteSide, written
from tests.query_strategies import questions

FIELDS = {
    "title": st.sampled_from(["climate change", "change", "Café solar", "power C++", "東京"]),
    "topics": st.lists(st.sampled_from(["AI", "ML", "Go", "Rust"]), max_size=2),
    "provider": st.builds(
        lambda domain, authors: {"domain": domain, "authors": [{"name": each} for each in authors]},
        st.sampled_from(["a.example", "b.example"]),
        st.lists(st.sampled_from(["Ada", "Bo Díaz"]), max_size=1),
    ),
    "type": st.sampled_from(["news", "video", ""]),
    "language": st.sampled_from(["en", "de", "pt-BR", ""]),
    "quality": st.integers(0, 3),
    "heat": st.sampled_from([0, 10, 50, 90]),
}

BY_ADA, BY_BO = ({"authors": [{"name": name}]} for name in ("Ada", "Bo Díaz"))


class Put(NamedTuple):
    """Write the file of an article; *later* are hours from now to its date."""

    number: int
    fields: dict[str, Any]
    later: int


class Erase(NamedTuple):
    """Delete the file of an article."""

    number: int


class Rate(NamedTuple):
    """Change nothing but the heat of an article."""

    number: int
    heat: int


class Wait(NamedTuple):
    """Let hours pass."""

    hours: int


numbers = st.integers(0, 3)
puts = st.builds(Put, numbers, st.fixed_dictionaries(FIELDS), st.sampled_from([-48, -5, 0, 0, 3, 30]))
steps = st.lists(
    st.one_of(
        puts,
        st.builds(Erase, numbers),
        st.builds(Rate, numbers, st.integers(0, 99)),
        st.builds(Wait, st.sampled_from([1, 5, 40])),
    ),
    min_size=5,
    max_size=12,
)
ASKED = [
    *("/feed", "/topics/ai", "/topics/go", "/topics/rust", "/feed?topic=go,rust", "/feed?topic=-go"),
    *("/providers/a.example", "/feed?author=ada", "/feed?type=news", "/feed?lang=de", "/feed?limit=1"),
    *("/feed?sort=heat", "/feed?min_heat=50", "/feed?per_provider=1", "/feed?q=climate", "/feed/daily"),
    *("/feed?since=1d", "/feed?until=1d", "/topics/go?type=video&min_quality=2", "/feed?collapse=story"),
]


class Newspaper:
    """A corpus that changes by steps, and the index of its store as a reader of the store has it."""

    def __init__(self, folder: Path) -> None:
        self.side = WriteSide(folder / "corpus", folder / "store.db")
        self._written: dict[int, dict[str, Any]] = {}
        self.side.describe("ai", name="AI", aliases=["artificial-intelligence"])
        self.side.describe("ml", name="ML", parent="ai")
        self.step(Put(99, {"title": "climate"}, 0))

    def step(self, step: Put | Erase | Rate | Wait) -> None:
        self.side.now += 1
        match step:
            case Put(number, fields, later):
                date = written(int(self.side.now) + later * 3600)
                self._written[number] = fields | {"publishedDateTime": date}
                self.side.publish(number, **self._written[number])
            case Erase(number) if self._written.pop(number, None):
                self.side.withdraw(number)
            case Rate(number, heat) if fields := self._written.get(number):
                fields["heat"] = heat
                self.side.publish(number, **fields)
            case Wait(hours):
                self.side.now += hours * 3600

    def cursor(self) -> Cursor:
        return Cursor(self.side.store.identity, self.side.store.latest(self.side.now - 3600))

    def index(self) -> Index:
        return build(self.side.store.load(), self.side.now, self.side.store.search)


@pytest.fixture
def paper(tmp_path: Path) -> Any:
    made = Newspaper(tmp_path)
    yield made
    made.side.close()


def feed(query: Query) -> FeedTopic:
    return FeedTopic(query.address("atom"), query, "atom")


def topic(place: str) -> FeedTopic:
    return feed(read(place))


def topics(*places: str) -> dict[str, PushTopic]:
    return {place: topic(place) for place in places}


def states(index: Index, asked: list[Query], now: float) -> list[TopicState | None]:
    """The state of each query, None if there is no such feed."""
    found: list[TopicState | None] = []
    for query in asked:
        try:
            found.append(state_of(select(index, query), now))
        except FeedsError:
            found.append(None)
    return found


def no_list(topic: ListTopic) -> TopicState:
    raise AssertionError("no list is subscribed to")


def changed(before: list[TopicState | None], after: list[TopicState | None]) -> list[int]:
    """The places of the states that changed; a feed that is known for the first time has none."""
    pairs = enumerate(zip(before, after, strict=True))
    return [place for place, (one, other) in pairs if one and other and not is_same(one, other)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(questions(), max_size=5), steps, st.integers(0, 11))
@pytest.mark.slow
def test_a_topic_whose_state_changed_is_touched(
    asked: list[list[tuple[str, str]]], story: list[Any], kept: int
) -> None:
    queries = [*map(read, ASKED), *map(parse, asked)]
    with TemporaryDirectory() as folder:
        paper = Newspaper(Path(folder))
        try:
            first, cursor = paper.index(), paper.cursor()
            before = at_restart = states(first, queries, paper.side.now)
            older = cursor
            for number, step in enumerate(story):
                paper.step(step)
                after_cursor, after = paper.cursor(), paper.index()
                found = states(after, queries, paper.side.now)
                changes = changes_since(after, cursor, after_cursor)
                for place in changed(before, found):
                    assert is_touched(after, feed(queries[place]), changes), (step, queries[place])
                if number < kept:  # where a deliverer was killed
                    older, at_restart = after_cursor, found
                before, cursor = found, after_cursor
                missed = changes_since(after, older, after_cursor)
                for place in changed(at_restart, found):
                    assert is_touched(after, feed(queries[place]), missed), (step, queries[place])
        finally:
            paper.side.close()


def test_a_change_touches_no_topic_without_its_articles(paper: Newspaper) -> None:
    paper.step(Put(1, {"topics": ["Go"], "provider": BY_ADA}, 0))
    paper.step(Put(2, {"topics": ["Rust"], "provider": BY_BO}, 0))
    before = paper.cursor()
    paper.step(Put(1, {"topics": ["Go"], "provider": BY_ADA, "title": "New"}, 0))
    found = evaluate(
        paper.index(),
        topics("/feed", "/topics/go", "/topics/rust", "/topics/go?author=ada", "/feed?author=bo-diaz"),
        changes_since(paper.index(), before, paper.cursor()),
        paper.side.now,
        no_list,
    )
    assert [*found.states] == ["/feed", "/topics/go", "/topics/go?author=ada"]


def test_a_change_touches_the_topics_above(paper: Newspaper) -> None:
    before = paper.cursor()
    paper.step(Put(1, {"topics": ["ML"]}, 0))
    changes = changes_since(paper.index(), before, paper.cursor())
    assert is_touched(paper.index(), topic("/topics/ai"), changes)
    assert is_touched(paper.index(), topic("/topics/artificial-intelligence"), changes)


def test_an_article_that_leaves_a_topic_touches_it(paper: Newspaper) -> None:
    paper.step(Put(1, {"topics": ["Go"]}, 0))
    before = paper.cursor()
    paper.step(Put(1, {"topics": ["Rust"]}, 0))
    changes = changes_since(paper.index(), before, paper.cursor())
    assert is_touched(paper.index(), topic("/topics/go"), changes)


def test_an_article_that_returns_elsewhere_touches_the_topic_that_listed_it_as_removed(
    paper: Newspaper,
) -> None:
    paper.step(Put(1, {"topics": ["Go"]}, 0))
    paper.step(Erase(1))
    removed = paper.cursor()
    paper.step(Put(1, {"topics": ["Rust"]}, 0))
    back = paper.cursor()
    assert is_touched(paper.index(), topic("/topics/go"), changes_since(paper.index(), removed, back))
    paper.step(Erase(1))
    changes = changes_since(paper.index(), back, paper.cursor())
    assert is_touched(paper.index(), topic("/topics/go"), changes)


def test_a_scheduled_article_touches_its_topic_at_its_date_and_not_before(paper: Newspaper) -> None:
    paper.step(Put(1, {"topics": ["Go"]}, 3))
    scheduled = paper.cursor()
    assert not is_touched(
        paper.index(), topic("/topics/go"), changed_facets(paper.index(), scheduled.moment)
    )
    paper.step(Wait(4))
    changes = changes_since(paper.index(), scheduled, paper.cursor())
    assert is_touched(paper.index(), topic("/topics/go"), changes)
    assert changes.first is None


def test_a_rating_touches_ranked_topics_only(paper: Newspaper) -> None:
    paper.step(Put(1, {"topics": ["Go"]}, 0))
    before = paper.cursor()
    paper.step(Rate(1, 40))
    changes = changes_since(paper.index(), before, paper.cursor())
    assert is_touched(paper.index(), topic("/feed?sort=heat"), changes)
    assert is_touched(paper.index(), topic("/topics/rust/daily"), changes)
    assert not is_touched(paper.index(), topic("/topics/go"), changes)


def test_a_reading_by_a_new_version_touches_nothing() -> None:
    before = record(article(1, topics=("Go",)))
    reread = msgspec.structs.replace(before, version=b"other bytes 16..")
    one, other = (build(snapshot_of(each), LATER) for each in (before, reread))
    assert changed_facets(other, before.moment) == ChangedFacets()
    query = read("/feed")
    assert is_same(state_of(select(one, query), 5000), state_of(select(other, query), 5000))


def snapshot_of(*records: Record) -> Any:
    return msgspec.structs.replace(snapshot(), records=[*records])


def test_every_topic_is_touched_once_the_store_was_replaced(paper: Newspaper) -> None:
    now, found = paper.cursor(), paper.index()
    assert changes_since(found, now, now) == ChangedFacets()
    assert changes_since(found, Cursor("another", now.moment), now).everything
    assert changes_since(found, Cursor(now.identity, now.moment + 1), now).everything


def test_every_topic_is_touched_by_a_change_of_a_description(paper: Newspaper) -> None:
    before = paper.cursor()
    paper.side.now += 1
    paper.side.describe("ml", name="ML")
    changes = changes_since(paper.index(), before, paper.cursor())
    assert is_touched(paper.index(), topic("/topics/go"), changes)


def test_formats_of_one_feed_have_one_state() -> None:
    found = index(article(1), article(2))
    both: dict[str, PushTopic] = {
        extension: FeedTopic(extension, read("/feed"), extension) for extension in ("atom", "json")
    }
    made = evaluate(found, both, changed_facets(found, 0), LATER, no_list)
    assert made.states["atom"] == made.states["json"]


def test_lists_are_touched_by_any_change() -> None:
    found = index(article(1))
    listed: dict[str, PushTopic] = {"list": ListTopic("list", "", (), "rss")}
    state = TopicState(1, b"rendered")
    made = evaluate(found, listed, changed_facets(found, 0), LATER, lambda _: state)
    assert made.states == {"list": state}
    assert not evaluate(found, listed, ChangedFacets(), LATER, no_list).states


def test_a_topic_that_ended_is_gone_and_an_unknown_one_waits(paper: Newspaper) -> None:
    paper.step(Put(1, {"topics": ["Go"]}, 0))
    paper.side.now += 1
    paper.side.describe("ml", name="ML", removed=True)
    before = Cursor()
    found = evaluate(
        paper.index(),
        topics("/topics/ml", "/topics/never", "/topics/go"),
        changes_since(paper.index(), before, paper.cursor()),
        paper.side.now,
        no_list,
    )
    assert found.gone == {"/topics/ml"}
    assert [*found.states] == ["/topics/go"]


def test_the_moment_of_a_state_is_not_ahead_of_the_clock() -> None:
    found = index(article(1))
    moment = select(found, Query()).moment
    early, late = (state_of(select(found, Query()), now) for now in (moment - 1.5, moment + 9.5))
    assert (early.moment, late.moment) == (moment - 2, moment)
    assert is_same(early, late)


def test_a_base_is_before_every_change_that_was_recorded_late() -> None:
    state = TopicState(100, b"x")
    assert rebased(state, None) == state
    assert rebased(state, 101) == state
    assert rebased(state, 100).moment == 99
    assert rebased(state, 0).moment == 0
