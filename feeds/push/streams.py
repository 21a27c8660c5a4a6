"""Streams of server-sent events: all open ones of a process, woken together by a new index.

A stream is a position and a connection. It has no thread, task, timer or queue of its own: one timer
serves all streams, and a client that does not read gets the changes later.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from msgspec import Struct

from feeds.http.streaming import OpenResponse
from feeds.index import Index
from feeds.pipeline import Pipeline
from feeds.push.answers import Answer, Wanted, answers
from feeds.push.events import StreamedFeed
from feeds.push.position import StreamPosition
from feeds.push.stream import LOST, Channel, Stream, StreamRequest
from feeds.push.stream_limits import StreamLimits

MAX_WANTED = 256  # answers that are made at a time
MAX_WRITTEN = 500  # streams that are written to at a time, so that other requests need not wait
MAX_POSITION_AHEAD = (
    300  # seconds by which a position may be ahead of the clock; see feeds.http.conditional
)

_COMMENT = b":\n\n"

ChannelPosition = tuple[Channel, StreamPosition]


class StreamTimes(Struct, frozen=True):
    """Times in seconds; the last three are averages of random times.

    - *tick*: between looks at the index
    - *keep_alive*: between comments on a stream
    - *wait*: the longest wait of a stream until this process is at the position of its client
    - *unread*: the time after which a stream ends if its client does not read sent data
    - *age*: the age at which a stream ends
    - *retry*: the time after which its client connects again
    - *full*: the time after which a refused client may try again
    """

    tick: float = 0.1
    keep_alive: float = 15
    wait: float = 60
    unread: float = 60
    age: float = 3600
    retry: float = 5
    full: float = 60


STREAM_LIMITS, STREAM_TIMES = StreamLimits(), StreamTimes()


class Streams:
    """The streams of this process; see feeds.http.streaming.StreamHandler.

    *clock* returns seconds since 1970, and *is_stopping* whether the server is going to stop. All methods
    are called in one event loop; events are made in a thread.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        clock: Callable[[], float],
        is_stopping: Callable[[], bool] = lambda: False,
        limits: StreamLimits = STREAM_LIMITS,
        times: StreamTimes = STREAM_TIMES,
    ) -> None:
        self._pipeline = pipeline
        self._clock = clock
        self._is_stopping = is_stopping
        self._limits = limits
        self._times = times
        self._places = 0
        self._places_of: Counter[str] = Counter()  # clients
        self._channels: dict[tuple[StreamedFeed, ...], Channel] = {}
        self._slots: list[set[Stream]] = [set() for _ in range(self._ticks(times.keep_alive))]
        self._due: set[Stream] = set()  # they may need an answer
        self._tick = 0
        self._timer: asyncio.TimerHandle | None = None
        self._index: Index | None = None
        self._delivery: asyncio.Task[None] | None = None
        self._pool = ThreadPoolExecutor(1, "feeds-streams")
        self._has_ended = False
        self._resets = 0

    @property
    def resets(self) -> int:
        """The number of events ``reset`` that were sent."""
        return self._resets

    @property
    def count(self) -> int:
        """The number of streams, those included that are about to be open."""
        return self._places

    def reserve(self, client: str) -> int:
        """See StreamHandler; an empty *client* is unknown, and has no limit of its own."""
        places_of_client = self._places_of[client] if client else 0
        if self._places >= self._limits.streams or places_of_client >= self._limits.per_client:
            return max(1, round(_near(self._times.full)))
        self._places += 1
        self._places_of[client] += 1
        return 0

    def release(self, client: str) -> None:
        """See StreamHandler."""
        self._places -= 1
        self._places_of[client] -= 1
        if not self._places_of[client]:
            del self._places_of[client]

    def opening(self) -> bytes:
        """See StreamHandler: tell the client when to connect again, so that not all do it at once."""
        return b"retry: %d\n\n" % round(1000 * _near(self._times.retry))

    def add(self, accepted: StreamRequest, client: str, response: OpenResponse) -> None:
        """See StreamHandler."""
        channel = self._channels.get(accepted.feeds)
        if channel is None:
            channel = self._channels[accepted.feeds] = Channel(accepted.feeds)
        stream = Stream(self, channel, client, response, self._base(accepted.since))
        stream.received = accepted.since
        stream.ends = self._tick + self._ticks(_near(self._times.age))
        stream.slot = random.randrange(len(self._slots))  # noqa: S311
        response.listener = stream
        channel.streams.add(stream)
        self._slots[stream.slot].add(stream)
        if self._has_ended or self._is_stopping():
            response.end()
            return
        self._due.add(stream)
        if not self._timer:
            self._look()

    def resumed(self, stream: Stream) -> None:
        """See StreamOwner."""
        stream.unread = 0
        if stream in self._due:
            self._deliver()

    def lost(self, stream: Stream) -> None:
        """See StreamOwner."""
        channel = stream.channel
        channel.streams.discard(stream)
        if not channel.streams:
            self._channels.pop(channel.feeds, None)
        self._slots[stream.slot].discard(stream)
        self._due.discard(stream)
        self.release(stream.client)

    def end(self) -> None:
        """See StreamHandler."""
        self._has_ended = True
        self._end_all()

    def _base(self, since: StreamPosition | None) -> StreamPosition:
        if since is None:
            return StreamPosition.of(self._pipeline.current_index.index())
        return since if max(since) <= self._clock() + MAX_POSITION_AHEAD else LOST

    def _look(self) -> None:
        """Look for a new index, which concerns all streams, and send the comments that are due."""
        self._timer = None
        self._tick += 1
        if self._is_stopping():
            self._end_all()
            return
        index = self._pipeline.current_index.index()
        if index is not self._index:
            self._index = index
            self._due.update(self._all())
        self._deliver()
        for stream in [*self._slots[self._tick % len(self._slots)]]:
            self._keep_alive(stream)
        if self._channels:
            self._timer = asyncio.get_running_loop().call_later(self._times.tick, self._look)
        else:
            self._index = None

    def _keep_alive(self, stream: Stream) -> None:
        response = stream.response
        if response is None:
            return
        if response.is_blocked:
            stream.unread = stream.unread or self._tick
            if self._tick >= stream.unread + self._ticks(self._times.unread):
                response.abort()
        elif self._tick >= stream.ends:
            response.end()
        elif stream.late:
            response.write(_COMMENT)
            if self._tick >= stream.late + self._ticks(self._times.wait):
                stream.base = LOST
            self._due.add(stream)
        else:
            self._tell(stream)

    def _tell(self, stream: Stream) -> None:
        """Send a comment, with the position if the client does not know it."""
        assert stream.response
        is_known = stream.received == stream.base
        stream.response.write(_COMMENT if is_known else b":\nid: %s\n\n" % str(stream.base).encode())
        stream.received = stream.base

    def _deliver(self) -> None:
        if not self._delivery and self._due:
            self._delivery = asyncio.get_running_loop().create_task(self._deliver_all())

    async def _deliver_all(self) -> None:
        """Send the changes to every due stream."""
        try:
            while (index := self._index) and (groups := self._take_due()):
                wanted = [self._wanted(*group) for group in groups]
                loop = asyncio.get_running_loop()
                found = await loop.run_in_executor(self._pool, answers, self._pipeline, index, wanted)
                target = StreamPosition.of(index)
                for (group, streams), answer in zip(groups.items(), found, strict=True):
                    await self._send(group, streams, answer, target)
        finally:
            self._delivery = None

    def _take_due(self) -> dict[ChannelPosition, list[Stream]]:
        """Take streams that are due, by channel and position, except blocked ones."""
        groups: dict[ChannelPosition, list[Stream]] = defaultdict(list)
        for stream in [*self._due]:
            group = stream.channel, stream.base
            is_open = stream.response and not stream.response.is_blocked
            if is_open and (group in groups or len(groups) < MAX_WANTED):
                groups[group].append(stream)
                self._due.discard(stream)
        return groups

    @staticmethod
    def _wanted(channel: Channel, base: StreamPosition) -> Wanted:
        return Wanted(channel.feeds, base, channel.contents if channel.at == base else {})

    async def _send(
        self, group: ChannelPosition, streams: Iterable[Stream], answer: Answer, target: StreamPosition
    ) -> None:
        """Send *answer* to the *streams* of a *group*, which are at *target* then."""
        channel, base = group
        if not (answer.is_late or answer.is_ended):
            channel.at, channel.contents = target, {**answer.contents}
        left = iter(streams)
        while some := [*islice(left, MAX_WRITTEN)]:
            for stream in some:
                if stream.response and stream.base == base:
                    self._send_one(stream, stream.response, answer, target)
            await asyncio.sleep(0)

    def _send_one(
        self, stream: Stream, response: OpenResponse, answer: Answer, target: StreamPosition
    ) -> None:
        if answer.is_ended:
            response.end()
        elif answer.is_late:
            stream.late = stream.late or self._tick
        elif response.is_blocked:
            self._due.add(stream)
        else:
            stream.base, stream.late = target, 0
            if answer.events:
                response.write(answer.events)
                self._resets += answer.resets
                stream.received = target
            elif stream.received is None:
                self._tell(stream)

    def _all(self) -> list[Stream]:
        return [stream for channel in self._channels.values() for stream in channel.streams]

    def _end_all(self) -> None:
        for stream in self._all():
            if stream.response:
                stream.response.end()

    def _ticks(self, seconds: float) -> int:
        return max(1, round(seconds / self._times.tick))


def _near(mean: float) -> float:
    """A random time around *mean*, so that many clients do not come at once."""
    return mean * random.uniform(0.5, 1.5)  # noqa: S311
