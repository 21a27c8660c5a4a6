"""Readers by push: subscribers to new entries, except services that are counted already."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from feeds.readership.readership import ReadershipReport
from feeds.readership.services import ServiceCount

CallbackHosts = Mapping[str, Mapping[str, int]]
"""The number of subscriptions to each feed by the host of their callbacks."""


def readers_by_push(
    found: CallbackHosts, report: ReadershipReport, homes: Mapping[str, str]
) -> dict[str, int]:
    """Return the number of subscriptions to each feed, except of services that have readers in *report*.

    *homes* are the home pages of services by name.
    """
    domains = {feed.feed: _domains(feed.services, homes) for feed in report.feeds}
    counts = {
        feed: sum(number for host, number in hosts.items() if not _is_of(host, domains.get(feed, set())))
        for feed, hosts in found.items()
    }
    return {feed: number for feed, number in counts.items() if number}


def _domains(services: Iterable[ServiceCount], homes: Mapping[str, str]) -> set[str]:
    """The domains of the *services* that have readers."""
    found = {homes[each.name] for each in services if each.readers and each.name in homes}
    return {(urlsplit(home).hostname or "").removeprefix("www.") for home in found}


def _is_of(host: str, domains: set[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
