"""The application for a WSGI server; the first access to ``app`` starts the server process."""

import os
import sys
from functools import cache
from threading import Lock
from typing import NamedTuple
from wsgiref.types import WSGIApplication

from feeds.bootstrap import (
    ServerProcess,
    accept,
    end_with_parent,
    fair_polling_of,
    first_worker,
    has_surrogate_keys,
    is_accepted,
    is_first_start,
    log_access,
    note_hub_fetches,
    reader_checks_of,
    settings_in_force,
    start_line,
    stream_limits,
    wait_for_end,
    wait_for_others,
)
from feeds.errors import CorpusError, SettingsError, StoreError, message
from feeds.http.client_address import ClientAddresses, client_addresses
from feeds.http.draining import is_stopping
from feeds.http.response_cache import ResponseCache
from feeds.logs.events import EventLog
from feeds.logs.lines import write_log
from feeds.push.streams import Streams
from feeds.settings import log_format
from feeds.web import create_app

log = EventLog(__name__)

APP_LOAD_ERROR = 4  # the exit status of a worker that makes gunicorn stop


app: ResponseCache
flask: WSGIApplication  # the same without the response cache
streams: Streams
server: ServerProcess
clients: ClientAddresses

_starting = Lock()  # functools.cache lets threads call a function at the same time


class Applications(NamedTuple):
    """The application of a process, with and without the response cache, its *streams* and its objects.

    *clients* finds the addresses of its clients.

    A WSGI server cannot keep a response open without a thread: only feeds.asgi uses the streams.
    """

    app: ResponseCache
    flask: WSGIApplication
    streams: Streams
    server: ServerProcess
    clients: ClientAddresses


def applications(server: ServerProcess) -> Applications:
    """Return the application of *server*; its responses from the cache are counted as well."""
    in_fleet = bool(server.settings.fleet.dsn)
    clients = client_addresses(server.settings.http.trusted_proxies)
    fair = fair_polling_of(server.settings, clients)
    made = create_app(
        server.pipeline,
        server.site,
        server.settings.http,
        server.assets,
        server.clock,
        article_pages=server.settings.site.article_pages,
        monitor=server.monitor,
        shared_files=server.shared_files,
        hub=server.hub,
        reader_checks=reader_checks_of(server.settings),
        in_fleet=in_fleet,
        has_surrogate_keys=has_surrogate_keys(server.settings),
        fair=fair,
    )
    log_access(server.settings, clients, server.exchanges)
    note_hub_fetches(server.settings, server.clock, server.exchanges)
    response_cache = ResponseCache(
        made,
        server.current_index,
        server.clock,
        server.settings.cache.max_bytes,
        server.exchanges.add,
        in_fleet=in_fleet,
        fair=fair,
    )
    server.metrics.gauges["answers"] = lambda: response_cache.size
    if server.settings.push.purge:
        server.metrics.gauges["served"] = lambda: response_cache.served
    streams = Streams(server.pipeline, server.clock, is_stopping, stream_limits(server.settings))
    server.metrics.gauges["streams"] = lambda: streams.count
    server.metrics.totals["stream_resets"] = lambda: streams.resets
    if fair:
        server.metrics.totals |= fair.totals
    return Applications(response_cache, made, streams, server, clients)


def __getattr__(name: str) -> object:
    """Start the server when a WSGI server looks up the application: an import alone has no effect."""
    if name not in Applications._fields:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        with _starting:
            return getattr(_start(), name)
    except AttributeError as error:  # else a WSGI server would report a missing name
        text = message("application", "cannot be started", "see the cause above")
        raise RuntimeError(text) from error


@cache
def _start() -> Applications:
    write_log(log_format(os.environ))
    end_with_parent()
    has_master = is_accepted()
    first, starts = first_worker(), not has_master and is_first_start(os.environ)
    try:
        settings = accept(os.environ) if starts else settings_in_force(os.environ)
        server = ServerProcess(settings)
        server.start()
    except (SettingsError, CorpusError, StoreError) as error:  # a restart would not help
        if starts and first != os.getpid():  # the first worker logs the same, and ends the server
            wait_for_end(first)
            sys.exit()
        log.critical("server.refused", str(error))
        if starts:
            wait_for_others()
        sys.exit(APP_LOAD_ERROR)
    made = applications(server)
    if first == os.getpid() and not has_master:
        log.info("server.started", start_line(settings))
    return made
