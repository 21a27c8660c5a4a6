"""The limits of streams, apart from their code: commands read settings without an event loop."""

from msgspec import Struct


class StreamLimits(Struct, frozen=True):
    """The most open streams of one process, and of one client in it."""

    streams: int = 10_000
    per_client: int = 100
