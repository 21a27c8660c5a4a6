"""Metrics of the server for Prometheus, and for other programs that read its formats."""

from pkgutil import resolve_name

from flask import Response, request
from werkzeug.exceptions import NotFound

from feeds.web.responses import Context
from feeds.web.status import private, refusal

OPENMETRICS = "application/openmetrics-text"


class MetricsPage:
    """The view of the metrics: for clients that may see /status."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def metrics(self) -> Response:
        """Respond with the metrics, in the format that the client prefers."""
        monitor = self._context.monitor
        if not monitor:
            raise NotFound
        if refused := refusal("metrics", self._context.http):
            return refused
        # Servers whose metrics nobody reads start sooner, and are smaller, without this module.
        exposition = resolve_name("feeds.monitoring.exposition:exposition")
        body, media_type = exposition(monitor.measurements(), metrics_format())
        response = private(body, media_type)
        response.headers["Vary"] = "Accept"
        return response


def metrics_format() -> str:
    """Return the format that the client prefers: OpenMetrics if it names it, unless it prefers text.

    Versions and other parameters have no effect, as there is one version of each.
    """
    wanted: dict[str, float] = {}
    for value, quality in request.accept_mimetypes:
        name = value.partition(";")[0].strip().lower()
        wanted[name] = max(quality, wanted.get(name, 0))
    text = max(wanted.get("text/plain", 0), wanted.get("text/*", 0))
    openmetrics = wanted.get(OPENMETRICS, 0)
    return "openmetrics" if openmetrics and openmetrics >= text else "text"
