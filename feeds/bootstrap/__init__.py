"""Settings -> running objects: the only package that imports every backend."""

from feeds.bootstrap.access_log import log_access
from feeds.bootstrap.clock import SaneClock
from feeds.bootstrap.deliverer_process import begin_child
from feeds.bootstrap.fair import fair_polling_of, share_budgets
from feeds.bootstrap.first_start import (
    ACCEPTED_BY,
    first_worker,
    is_first_start,
    wait_for_end,
    wait_for_others,
)
from feeds.bootstrap.fleet import host_of, journal_of
from feeds.bootstrap.hub import note_hub_fetches
from feeds.bootstrap.inherited import system_clock
from feeds.bootstrap.listening import ip_address, refuse_address, refuse_socket
from feeds.bootstrap.objects import (
    corpus_of,
    delivers,
    has_hub,
    has_surrogate_keys,
    site_of,
    stream_limits,
)
from feeds.bootstrap.open_files import allow_connections, connections_with
from feeds.bootstrap.parent_process import end_with_parent
from feeds.bootstrap.prefork import (
    accept,
    drain_seconds,
    forget,
    is_accepted,
    preload,
    refuse_start,
    settings_in_force,
    start_line,
)
from feeds.bootstrap.readership import reader_count_of, requested_feeds_of
from feeds.bootstrap.sealing import sealer_of
from feeds.bootstrap.server_process import Refreshed, ServerProcess
from feeds.bootstrap.store_location import located, store_name
from feeds.bootstrap.stores import (
    back_up_store,
    check_store,
    existing_store,
    reader_checks_of,
    readership_of,
    required_store,
    restore_store,
    state_of,
    store_of,
    subscriptions_of,
)

__all__ = [
    "ACCEPTED_BY",
    "Refreshed",
    "SaneClock",
    "ServerProcess",
    "accept",
    "allow_connections",
    "back_up_store",
    "begin_child",
    "check_store",
    "connections_with",
    "corpus_of",
    "delivers",
    "drain_seconds",
    "end_with_parent",
    "existing_store",
    "fair_polling_of",
    "first_worker",
    "forget",
    "has_hub",
    "has_surrogate_keys",
    "host_of",
    "ip_address",
    "is_accepted",
    "is_first_start",
    "journal_of",
    "located",
    "log_access",
    "note_hub_fetches",
    "preload",
    "reader_checks_of",
    "reader_count_of",
    "readership_of",
    "refuse_address",
    "refuse_socket",
    "refuse_start",
    "requested_feeds_of",
    "required_store",
    "restore_store",
    "sealer_of",
    "settings_in_force",
    "share_budgets",
    "site_of",
    "start_line",
    "state_of",
    "store_name",
    "store_of",
    "stream_limits",
    "subscriptions_of",
    "system_clock",
    "wait_for_end",
    "wait_for_others",
]
