"""The events for clients at a position, made once for all streams of the same feeds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from feeds.errors import GoneFeed, NotReady, StoreError, UnknownFeed
from feeds.index import Index
from feeds.logs.events import EventLog
from feeds.pipeline import Pipeline
from feeds.push.changes import ChangesSince
from feeds.push.events import StreamedFeed, evaluate, written
from feeds.push.position import StreamPosition
from feeds.query import Query

log = EventLog(__name__)


class Wanted(NamedTuple):
    """The *feeds* and the *base* of clients; *former* are the contents of the feeds there, if known."""

    feeds: tuple[StreamedFeed, ...]
    base: StreamPosition
    former: Mapping[Query, bytes]


class Answer(NamedTuple):
    """The *events* for clients, empty if nothing changed, and the *contents* of their feeds.

    So many *resets* are among the events.
    *is_late* means that the index is at an earlier position, or that the store cannot be read now;
    *is_ended* means that a feed is no more.
    """

    events: bytes = b""
    contents: Mapping[Query, bytes] = {}
    is_late: bool = False
    is_ended: bool = False
    resets: int = 0


def answers(pipeline: Pipeline, index: Index, several: Sequence[Wanted]) -> list[Answer]:
    """Return the answer for each of *several*, after which its clients are at the position of *index*."""
    target = StreamPosition.of(index)
    since = {base: ChangesSince(index, base) for base in {wanted.base for wanted in several}}
    return [_answer(pipeline, since[wanted.base], wanted, target) for wanted in several]


def _answer(pipeline: Pipeline, since: ChangesSince, wanted: Wanted, target: StreamPosition) -> Answer:
    if not wanted.base.is_reached(since.index):
        return Answer(is_late=True)
    try:
        found = evaluate(pipeline, since, wanted.feeds, wanted.former)
        resets = sum(each.name == "reset" for each in found.events)
        events = written(found.events, wanted.base, target)
        return Answer(events, found.contents, resets=resets)
    except (StoreError, NotReady):  # a search needs the store
        return Answer(is_late=True)
    except (UnknownFeed, GoneFeed):
        return Answer(is_ended=True)
    except (
        Exception
    ) as error:  # any error: the client connects again, and gets the response to that error
        log.error("stream.failed", "stream: unexpected error; ended", error)
        return Answer(is_ended=True)
