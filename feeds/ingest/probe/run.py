"""One run of probes: the pictures that are due, and their results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Event

from msgspec import Struct

from feeds.http.outgoing import host_of
from feeds.ingest.probe.courtesy import Courtesy
from feeds.ingest.probe.outcomes import Outcome, is_due, result
from feeds.ingest.probe.pictures import probe
from feeds.ingest.probe.request import Client, RequestLimits
from feeds.ingest.probe.schedule import probe_all
from feeds.ingest.probe.shown import ShownPicture
from feeds.store.state import Probe, SharedState


class Run(Struct, frozen=True):
    """Probes of *pictures*, for the program called *agent*.

    *clock* returns seconds since 1970. A success is probed again after *older_than* seconds.
    """

    state: SharedState
    pictures: Sequence[ShownPicture]
    agent: str
    clock: Callable[[], float]
    older_than: int
    limits: RequestLimits = RequestLimits()

    def due(self) -> list[ShownPicture]:
        """The pictures that it is time to probe, without those of hosts that asked for a delay."""
        former, now = self.state.probes(), int(self.clock())
        closed = {host_of(url) for url, each in former.items() if each.not_before > now}
        return [
            each
            for each in self.pictures
            if host_of(each.url) not in closed
            and (_lacks_content(each, former) or is_due(former.get(each.url), now, self.older_than))
        ]

    def results(self, due: Sequence[ShownPicture], stop: Event) -> Iterator[Probe]:
        """Probe the pictures that are *due*, and yield each result after recording it."""
        former = self.state.probes()
        described = {each.url for each in due if each.is_described}
        courtesy = Courtesy(self.limits.pause, stop.wait)
        headers = {"User-Agent": self.agent, "Accept": "image/*"}
        client = Client(headers, self.limits, courtesy)

        def outcome(url: str) -> Outcome:
            return probe(url, client, self.clock, has_content=url not in described)

        for url, found in probe_all([each.url for each in due], outcome, stop):
            made = result(url, former.get(url), found, int(self.clock()))
            self.state.record_probes([made])
            yield made

    def forget(self) -> int:
        """Delete the results of pictures that no article shows; return their number."""
        shown = {each.url for each in self.pictures}
        left = [url for url in self.state.probes() if url not in shown]
        if left:
            self.state.forget_probes(left)
        return len(left)


def _lacks_content(picture: ShownPicture, former: Mapping[str, Probe]) -> bool:
    """Return whether only the length of *picture* is known, and an article needs its type or size."""
    found = former.get(picture.url)
    return bool(found and found.status == "ok" and not found.type and not picture.is_described)
