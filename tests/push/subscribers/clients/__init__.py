"""Subscribers of WebSub as others wrote them, each driven as its user would, behind one Protocol."""

import shutil
from pathlib import Path
from typing import NamedTuple, Protocol, Self

NODE_MODULES = Path(__file__).parent.parent / "node_modules"


class Place(NamedTuple):
    """The place of a subscriber: a folder for its files, and the certificate that it has to trust."""

    home: Path
    certificate: Path


class Subscriber(Protocol):
    """A subscriber with one subscription at a time, which runs within its context.

    Attributes say what it does otherwise than most, so that one test holds for every subscriber.
    """

    needs: tuple[str, ...] = ()  # programs by name, anything else by its path
    extension: str  # of the feed that it subscribes to
    algorithm: str  # of signatures that it accepts from a hub that follows its request
    renews_at_pushes = False  # and only then
    can_unsubscribe = True

    def __init__(self, place: Place) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def subscribe(self, topic: str, hub: str) -> None:
        """Ask for a subscription; those that discover the hub take no notice of *hub*."""

    def renew(self) -> None:
        """Ask for the subscription again before its lease ends."""

    def unsubscribe(self) -> None:
        """Ask for the end of the subscription."""

    def confirmed(self) -> list[str]:
        """The modes of requests that it has confirmed to the hub, in order."""

    def signatures(self) -> list[str]:
        """The algorithms of the signatures of all accepted pushes, in order."""

    def titles(self) -> list[str]:
        """The titles of the articles in accepted pushes, in order of arrival."""

    @classmethod
    def missing(cls) -> list[str]:
        """The programs and files of *needs* that are not installed."""
        return [need for need in cls.needs if not (shutil.which(need) or Path(need).exists())]
