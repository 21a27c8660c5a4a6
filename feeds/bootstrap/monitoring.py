"""Settings -> the source of the status of a server."""

from collections.abc import Callable
from functools import partial

from feeds.bootstrap.hub import push_status_of
from feeds.bootstrap.objects import site_of
from feeds.bootstrap.readership import readers_of, readers_status_of
from feeds.http.draining import is_stopping
from feeds.index.current import CurrentIndex
from feeds.monitoring.metrics import Metrics
from feeds.monitoring.monitor import Monitor
from feeds.settings import Settings
from feeds.store import Store


def monitor_of(
    settings: Settings,
    metrics: Metrics,
    current_index: CurrentIndex,
    open_store: Callable[[Settings], Store],
    clock: Callable[[], float],
) -> Monitor:
    """The monitor of a process."""
    published = settings.readership.count and settings.readership.badge
    return Monitor(
        metrics,
        current_index,
        lambda: open_store(settings),
        clock,
        settings.cache.max_bytes,
        max_lag=settings.fleet.max_lag,
        is_stopping=is_stopping,
        readers_of=partial(readers_of, settings, clock) if published else None,
        readers_status=partial(readers_status_of, settings),
        push_status=partial(push_status_of, settings, site_of(settings), current_index, clock),
    )
