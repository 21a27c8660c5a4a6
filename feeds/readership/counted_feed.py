"""CountedFeed: what was counted of one feed."""

from msgspec import Struct, field

from feeds.readership.audience import MAX_FORMATS, OTHER_FORMATS, Audience
from feeds.readership.request import ClientRequest

DAYS_OF_REQUESTS = 3
RECEIVED = frozenset((200, 206, 226, 304))  # the statuses with which a client has the feed


class DayRequests(Struct, array_like=True):
    """The requests of a day, and the bytes of the responses."""

    requests: int = 0
    bytes: int = 0

    def add(self, request: ClientRequest) -> None:
        """Add a request."""
        self.requests += request.times
        self.bytes += request.size * request.times


class CountedFeed(Struct):
    """The audience of one feed, and the clients that no longer find it.

    *days* has the requests of the last DAYS_OF_REQUESTS days by format. *is_saved* until more are
    counted.
    """

    audience: Audience = field(default_factory=Audience)
    lost: Audience | None = None
    status: int = 0
    good_day: int = -1
    lost_day: int = -1
    requests: int = 0
    days: dict[int, dict[str, DayRequests]] = {}
    is_saved: bool = False

    def note(self, request: ClientRequest, day: int, format_: str) -> None:
        """Count a request of that *day*, and mark this feed as not saved."""
        self.is_saved = False
        formats = self.days.get(day)
        if formats is None:
            formats = self.days[day] = {}
            for old in [each for each in self.days if each <= day - DAYS_OF_REQUESTS]:
                del self.days[old]
        if format_ not in formats and len(formats) >= MAX_FORMATS - 1:
            format_ = OTHER_FORMATS
        formats.setdefault(format_, DayRequests()).add(request)

    def audience_of(self, status: int, day: int, times: int) -> Audience:
        """The audience to which answers with *status* count."""
        self.requests += times
        if status in RECEIVED:
            self.good_day = max(self.good_day, day)
            return self.audience
        self.lost_day, self.status = max(self.lost_day, day), status
        if self.lost is None:
            self.lost = Audience()
            self.lost.visitors.level = self.audience.visitors.level
        return self.lost

    @property
    def audiences(self) -> list[Audience]:
        """Both, or the only one."""
        return [self.audience, self.lost] if self.lost else [self.audience]

    @property
    def is_lost(self) -> bool:
        """True if nobody has received the feed since the day of its last loss."""
        return self.lost is not None and self.lost_day > self.good_day
