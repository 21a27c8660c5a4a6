"""Settings -> running objects: the only package that imports every backend."""

from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.inherited import system_clock
from feeds.bootstrap.logs import configure_logging
from feeds.bootstrap.objects import corpus_of, site_of
from feeds.bootstrap.prefork import accept, forget, preload, settings_in_force, start_line
from feeds.bootstrap.server_process import Refreshed, ServerProcess
from feeds.bootstrap.store_location import located, store_name
from feeds.bootstrap.stores import (
    back_up_store,
    check_store,
    existing_store,
    required_store,
    restore_store,
    store_of,
)

__all__ = [
    "Refreshed",
    "SaneClock",
    "ServerProcess",
    "accept",
    "back_up_store",
    "check_store",
    "configure_logging",
    "corpus_of",
    "existing_store",
    "forget",
    "located",
    "preload",
    "required_store",
    "restore_store",
    "settings_in_force",
    "site_of",
    "start_line",
    "store_name",
    "store_of",
    "system_clock",
]
