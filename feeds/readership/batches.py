"""RequestBatch: the requests of one process in about a second, without the addresses of its clients."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from feeds.readership.request import SECONDS_PER_DAY, ClientRequest

NOT_SAMPLED = -1
DAYS_PER_WEEK = 7
_MONDAY = 3  # 1970-01-01 was a Thursday


class SentResponse(Struct, frozen=True, array_like=True, gc=False):
    """The facts of a response; see ClientRequest."""

    status: int
    size: int
    etag: str
    modified: str
    coding: str


class RequestRow(Struct, frozen=True, array_like=True, gc=False):
    """Equal requests, with the places of their User-Agent, target and response in the lists of the batch.

    *elder* and *younger* are the hashes of the client with both keys, NOT_SAMPLED if the client is not in
    the sample of that key.
    """

    time: float
    elder: int
    younger: int
    agent: int
    target: int
    response: int
    is_head: bool
    none_match: str
    modified_since: str
    times: int


class RequestBatch(Struct, array_like=True):
    """Requests for feeds. The *younger* key began in *week*, the *elder* one in the week before.

    *left_out* requests are not in it, because there were too many different ones. *level* is the level of
    sampling that more than half of the last batches of this process needed, else 0. *lost* earlier
    batches could not be written.
    """

    week: int
    level: int = 0
    left_out: int = 0
    agents: list[str] = []
    targets: list[str] = []
    responses: list[SentResponse] = []
    rows: list[RequestRow] = []
    lost: int = 0

    def requests(self, week: int) -> Iterator[ClientRequest]:
        """Yield the requests, with clients hashed by the key that began in *week*, if they have it."""
        if week not in (self.week, self.week - 1):
            return
        for row in self.rows:
            client = row.younger if week == self.week else row.elder
            if client != NOT_SAMPLED:
                yield self._request(row, client)

    def _request(self, row: RequestRow, client: int) -> ClientRequest:
        response = self.responses[row.response]
        return ClientRequest(
            row.time,
            client,
            self.targets[row.target],
            response.status,
            response.size,
            self.agents[row.agent],
            "HEAD" if row.is_head else "GET",
            row.none_match,
            row.modified_since,
            response.etag,
            response.modified,
            response.coding,
            row.times,
        )


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(RequestBatch)


def encoded(batch: RequestBatch) -> bytes:
    """Return *batch* as bytes."""
    return _ENCODER.encode(batch)


def decoded_batch(content: bytes) -> RequestBatch:
    """Return the batch in *content*. Raises msgspec.DecodeError."""
    return _DECODER.decode(content)


def week_of(time: float) -> int:
    """Return the week of *time*, which begins on Monday in UTC, counted from 1970."""
    return (int(time // SECONDS_PER_DAY) + _MONDAY) // DAYS_PER_WEEK


def first_day_of(week: int) -> int:
    """Return the first day of *week*, counted from 1970."""
    return week * DAYS_PER_WEEK - _MONDAY
