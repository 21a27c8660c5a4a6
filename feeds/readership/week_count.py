"""WeekCount: the readers and pollers since the beginning of one week, in parts that can be saved."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

import msgspec
from msgspec import Struct

from feeds.readership.agents import Classifier
from feeds.readership.batches import RequestBatch
from feeds.readership.counted_feed import CountedFeed
from feeds.readership.pollers import Poller, Pollers, PollerTotals
from feeds.readership.readership import Readership, ReadershipTotals
from feeds.readership.requested_feeds import RequestedFeeds
from feeds.store.readership import CountState

MAX_LIVE_POLLERS = 8192  # pairs of a client and a feed; about 8 MB
_KEY_BYTES = 16


class _Totals(Struct, tag="totals"):
    """The state beside that of feeds and pollers."""

    readership: ReadershipTotals
    pollers: PollerTotals
    left_out: int = 0
    lost: int = 0


class _SavedFeed(Struct, tag="feed"):
    """One feed."""

    name: str
    feed: CountedFeed


class _SavedPoller(Struct, tag="poller"):
    """One poller with its weight."""

    weight: int
    poller: Poller


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Totals | _SavedFeed | _SavedPoller)
_VERSION = b"\x01"  # of the saved parts, to be changed with their form: others are not read
_TOTALS_KEY = bytes(_KEY_BYTES)


class WeekCount:
    """The count that began in *week*, whose clients are hashed with the key of that week."""

    def __init__(self, week: int, names: RequestedFeeds, classifier: Classifier) -> None:
        self.week = week
        self.readership = Readership(names, classifier, weeks={})
        self.pollers = Pollers(names, classifier, MAX_LIVE_POLLERS)
        self.left_out = self.lost = 0  # requests and batches; see RequestBatch
        self._saved_feeds: dict[str, bytes] = {}
        self._saved_pollers: dict[tuple[int, str], bytes] = {}

    def add(self, batch: RequestBatch) -> None:
        """Count the requests in *batch* that have the key of this week."""
        if self.week not in (batch.week, batch.week - 1):
            return
        self.left_out += batch.left_out
        self.lost += batch.lost
        if batch.level:
            self.readership.sample(batch.level)
        for request in batch.requests(self.week):
            self.readership.add(request)
            self.pollers.add(request)

    def restore(self, states: Iterable[CountState]) -> None:
        """Begin with the parts of this week in *states*. Raises msgspec.DecodeError."""
        for state in states:
            if state.week == self.week:
                self._restore(state)

    def unsaved(self) -> Iterator[CountState]:
        """Yield the parts that have changed since they were saved; they count as saved now."""
        totals = _Totals(self.readership.totals, self.pollers.totals, self.left_out, self.lost)
        yield CountState(self.week, _TOTALS_KEY, _encoded(totals))
        for name, feed in self.readership.feeds.items():
            if not feed.is_saved:
                feed.is_saved = True
                key = self._saved_feeds[name] = _key("feed", name)
                yield CountState(self.week, key, _encoded(_SavedFeed(name, feed)))
        for weight, poller in self.pollers.unsaved():
            poller.is_saved = True
            key = self._saved_pollers[poller.visitor, poller.feed] = _poller_key(poller)
            yield CountState(self.week, key, _encoded(_SavedPoller(weight, poller)))

    def dropped(self) -> list[tuple[int, bytes]]:
        """Return the keys of saved parts that are no more; they count as deleted now."""
        feeds = [each for each in self._saved_feeds if each not in self.readership.feeds]
        pollers = [each for each in self._saved_pollers if each not in self.pollers]
        keys = [self._saved_feeds.pop(each) for each in feeds]
        keys += [self._saved_pollers.pop(each) for each in pollers]
        return [(self.week, key) for key in keys]

    def share(self, push: Mapping[str, int], weeks: Mapping[str, list[int]]) -> None:
        """Take over the subscribers by push, and the readers in earlier weeks; see Readership."""
        self.readership.push, self.readership.weeks = push, weeks

    def _restore(self, state: CountState) -> None:
        if not state.value.startswith(_VERSION):
            return
        match _DECODER.decode(memoryview(state.value)[len(_VERSION) :]):
            case _Totals(readership=readership, pollers=pollers, left_out=left_out, lost=lost):
                self.left_out, self.lost = left_out, lost
                self.readership.restore_totals(readership)
                self.pollers.restore_totals(pollers)
            case _SavedFeed(name=name, feed=feed):
                self.readership.restore(name, feed)
                self._saved_feeds[name] = state.key
            case _SavedPoller(weight=weight, poller=poller):
                self.pollers.restore(weight, poller)
                self._saved_pollers[poller.visitor, poller.feed] = state.key


def _encoded(part: _Totals | _SavedFeed | _SavedPoller) -> bytes:
    return _VERSION + _ENCODER.encode(part)


def _poller_key(poller: Poller) -> bytes:
    return _key("poller", f"{poller.visitor:x} {poller.feed}")


def _key(kind: str, name: str) -> bytes:
    return blake2b(f"{kind} {name}".encode(errors="replace"), digest_size=_KEY_BYTES).digest()
