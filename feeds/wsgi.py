"""The application, for a WSGI server: importing it starts this process's part of the work."""

import logging
import os
import sys

from feeds.bootstrap import Server, settings_in_force
from feeds.errors import SettingsError, StoreRefused
from feeds.http.response_cache import ResponseCache
from feeds.web import create_app

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
logging.getLogger("watchfiles").setLevel(logging.WARNING)

try:
    server = Server(settings_in_force(os.environ))
    server.start()
except (SettingsError, StoreRefused) as error:  # which waiting does not mend
    logging.getLogger(__name__).critical("%s", error)
    sys.exit(4)  # gunicorn takes it for an application that cannot be loaded, and gives up

flask = create_app(
    server.pipeline,
    server.site,
    server.settings.http,
    server.assets,
    server.clock,
    monitor=server.monitor,
)
app = ResponseCache(
    flask,
    server.current_index,
    server.clock,
    server.settings.cache.max_bytes,
    server.metrics.count_cached,
)
server.metrics.gauges["answers"] = lambda: app.size
