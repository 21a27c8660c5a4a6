"""Settings -> the hub of this server."""

from collections.abc import Callable
from urllib.parse import urlsplit

from feeds.bootstrap.listening import listening_ports
from feeds.bootstrap.objects import has_hub
from feeds.bootstrap.sealing import sealer_of
from feeds.bootstrap.stores import subscriptions_of
from feeds.feed import Site
from feeds.http.outgoing import PORTS
from feeds.http.public_address import allowing
from feeds.pipeline import Pipeline
from feeds.push.callbacks import Callbacks
from feeds.push.destinations import Destinations, OwnServer
from feeds.push.hub import Hub
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
