"""State that is not articles: the known facts of pictures on other sites.

It has a home of its own beside the store, because commands write it while a server is the only writer of
the store. On one host it is a SQLite file; every backend fulfils the protocol SharedState.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from feeds.article import Image

ProbeStatus = Literal["ok", "dead", "unknown"]


class Probe(Struct, frozen=True):
    """The result of the last probe of the picture at *url*, at the second *at*.

    - *reason*: the reason why *status* is not ``ok``
    - *failures*, *since*: the number of failures one after the other, and the second of the first of
      them; both are 0 after a success
    - *not_before*: no request is sent to the host before this second, because the host asked for a delay
    - *length*, *type*, *width*, *height*: facts of the last success; zeros and an empty type are unknown
    """

    url: str
    at: int
    status: ProbeStatus
    reason: str = ""
    failures: int = 0
    since: int = 0
    not_before: int = 0
    length: int = 0
    type: str = ""
    width: int = 0
    height: int = 0

    @property
    def facts(self) -> Image:
        """The picture as it was found."""
        return Image(self.url, self.width, self.height, self.type, length=self.length)


def facts_of(probes: Mapping[str, Probe]) -> dict[str, Image]:
    """The facts that *probes* found, by URL; a picture without any fact is left out."""
    found = {url: probe.facts for url, probe in probes.items()}
    return {url: facts for url, facts in found.items() if facts != Image(url, type="")}


class SharedState(Protocol):
    """The protocol of every backend. Any method may raise StoreError.

    Any number of objects, in any number of processes, may use the same state. Changes are durable once a
    method has returned.
    """

    def version(self) -> object:
        """A value that differs after every change, and is quick to get; None if there is no state."""

    def probes(self) -> dict[str, Probe]:
        """The last result of each picture, by URL."""

    def record_probes(self, probes: Sequence[Probe]) -> None:
        """Replace the results of the pictures in *probes*."""

    def forget_probes(self, urls: Iterable[str]) -> None:
        """Delete the results of the pictures at *urls*."""

    def acquire_prober(self) -> bool:
        """Become the only process that probes; return whether it is this one now, until ``close``."""

    def close(self) -> None:
        """Release all resources, and let another process probe."""
