"""Settings -> fair polling, with the table that all processes of this host share."""

import random
from collections.abc import Mapping
from pathlib import Path

from feeds.bootstrap.inherited import inherited
from feeds.bootstrap.prefork import settings_in_force
from feeds.errors import reason_of
from feeds.http.client_address import ClientAddresses
from feeds.http.fair import FairPolling, Program
from feeds.http.polling_budgets import SLOTS, PollingBudgets
from feeds.http.shared_slots import FileSlots, MemorySlots, SharedSlots
from feeds.logs.events import EventLog
from feeds.readership.agents import Classifier
from feeds.readership.crawlers import crawlers
from feeds.readership.known_readers import known_readers
from feeds.settings import Settings

log = EventLog(__name__)


def fair_polling_of(settings: Settings, clients: ClientAddresses) -> FairPolling | None:
    """The limit to full copies of feeds, None if it is off."""
    if settings.http.fair == "off":
        return None
    classifier = Classifier(known_readers(), crawlers())

    def described(agent: str) -> Program:
        found = classifier.classify(agent)
        return Program(found.family, found.kind == "hosted")

    return FairPolling(
        PollingBudgets(_shared_slots(settings)),
        clients,
        described,
        chance=random.random,
        site_url=settings.site.url,
        dry_run=settings.http.fair == "dry-run",
    )


def share_budgets(environment: Mapping[str, str]) -> None:
    """Make the table of budgets for the processes that are forked from this one, unless there is one."""
    if inherited.budgets is None and settings_in_force(environment).http.fair != "off":
        inherited.budgets = MemorySlots(SLOTS)


def _shared_slots(settings: Settings) -> SharedSlots:
    """The table in the memory that this process inherited, else in a file beside the store."""
    if inherited.budgets:
        return inherited.budgets
    file = Path(f"{settings.store_path}.polling")
    try:
        return FileSlots(file, SLOTS)
    except OSError as error:
        reason = reason_of(error)
        log.warning(
            "budgets.unusable",
            f"{file}: unusable: {reason}; each process has budgets of its own",
            path=file,
            reason=reason,
        )
        return MemorySlots(SLOTS)
