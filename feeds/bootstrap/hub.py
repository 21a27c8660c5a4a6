"""Settings -> the hub of this server, the notes about external hubs, and the status of push."""

from collections.abc import Callable
from contextlib import closing, suppress
from pkgutil import resolve_name
from urllib.parse import urlsplit

from feeds.bootstrap.listening import listening_ports
from feeds.bootstrap.objects import delivers, has_hub, pinged_hubs
from feeds.bootstrap.sealing import sealer_of
from feeds.bootstrap.stores import subscriptions_of
from feeds.errors import NotReady
from feeds.feed.site import Site, completed
from feeds.http.exchanges import ExchangeQueue
from feeds.http.outgoing import PORTS
from feeds.http.public_address import allowing
from feeds.index.current import CurrentIndex
from feeds.monitoring.status import PushStatus
from feeds.pipeline import Pipeline
from feeds.push.callbacks import Callbacks
from feeds.push.destinations import Destinations, OwnServer
from feeds.push.health import push_status
from feeds.push.hub import Hub
from feeds.push.report import decoded
from feeds.settings import Settings


def own_server(site: Site, ports: frozenset[int]) -> OwnServer:
    """The addresses of this server, to which no request of a stranger leads.

    It listens on *ports*, and at ``site.url`` perhaps on another one, or behind a proxy.
    """
    address = urlsplit(site.url)
    public = address.port or PORTS[address.scheme]
    return OwnServer(address.hostname or "", ports | {public}, site.canary)


def hub_of(settings: Settings, pipeline: Pipeline, site: Site, clock: Callable[[], float]) -> Hub | None:
    """The hub, None if it is off; nothing is opened or created.

    Raises SettingsError in a fleet without ``push.key``.
    """
    if not has_hub(settings):
        return None
    return Hub(
        pipeline,
        site,
        Callbacks(Destinations(allowing(settings.push.allow), own_server(site, listening_ports()))),
        lambda: subscriptions_of(settings),
        sealer=sealer_of(settings),
        clock=clock,
    )


def note_hub_fetches(settings: Settings, clock: Callable[[], float], exchanges: ExchangeQueue) -> None:
    """Note the requests of external hubs among *exchanges*."""
    hubs = pinged_hubs(settings)
    if not hubs:
        return
    # Servers without external hubs start sooner without these modules.
    hub, fetches = map(
        resolve_name, ("feeds.push.external_hubs:ExternalHub", "feeds.push.hub_fetches:HubFetches")
    )
    made = fetches(map(hub, hubs), settings.site.url, lambda: subscriptions_of(settings), clock)
    exchanges.observers.append(made.add)


def push_status_of(
    settings: Settings,
    site: Site,
    current_index: CurrentIndex,
    clock: Callable[[], float],
    started: float,
) -> PushStatus | None:
    """The status of push now, of a server that *started* then; None if it delivers nothing.

    Raises StoreError.
    """
    if not delivers(settings):
        return None
    with suppress(NotReady):
        site = completed(site, current_index.index().taxonomy)
    with closing(subscriptions_of(settings)) as subscriptions:
        report, counts = decoded(subscriptions.report()), subscriptions.counts()
    announced, own = site.own_hub in site.hubs, has_hub(settings)
    return push_status(report, counts, clock(), announced=announced, has_hub=own, started=started)
