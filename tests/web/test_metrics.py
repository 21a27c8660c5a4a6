"""Access to the metrics, and their format."""

import base64

from feeds.settings.sections import HttpSettings
from feeds.web import create_app
from tests.harness import Harness
from tests.table import for_each

TOKEN = "correct-horse-battery"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@for_each(
    ("accept", "media_type"),
    [
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        ("application/openmetrics-text", OPENMETRICS),
        ("Application/OpenMetrics-Text; version=x; escaping=y", OPENMETRICS),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.9", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("text/html, */*", TEXT),
        ("*/*", TEXT),
        ("", TEXT),
        ("application/json", TEXT),
        ("text/plain; version=9999999999999999999999.1.b", TEXT),
    ],
)
def test_the_format_is_the_one_that_a_client_prefers(
    shared: Harness, accept: str, media_type: str
) -> None:
    found = shared.get("/metrics", Accept=accept)
    assert (found.status_code, found.headers["Content-Type"]) == (200, media_type)
    assert found.headers["Vary"] == "Accept"
    assert found.text.endswith("# EOF\n") == (media_type == OPENMETRICS)


def test_metrics_are_not_cached_or_read_by_other_sites(shared: Harness) -> None:
    found = shared.get("/metrics")
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["X-Robots-Tag"] == "noindex"
    assert "Access-Control-Allow-Origin" not in found.headers
    assert "ETag" not in found.headers


def test_head_has_the_headers_without_a_body(shared: Harness) -> None:
    found = shared.get("/metrics", "HEAD")
    assert (found.status_code, found.data) == (200, b"")
    assert found.headers["Content-Type"] == TEXT


@for_each("method", ["POST", "PUT", "DELETE"])
def test_metrics_can_only_be_read(shared: Harness, method: str) -> None:
    assert shared.get("/metrics", method).status_code == 405


def test_without_a_token_only_clients_on_this_machine_see_metrics(shared: Harness) -> None:
    for peer in "127.0.0.1", "::1":
        sent = {"X_Prometheus_Scrape_Timeout_Seconds": "10"}
        assert shared.get("/metrics", peer=peer, Host="localhost:8000", **sent).status_code == 200
    for asked in (
        {"peer": "192.0.2.1"},
        {"peer": ""},
        {"Host": "feeds.example"},
        {"X_Forwarded_For": "127.0.0.1"},
    ):
        found = shared.get("/metrics", **asked)
        assert found.status_code == 403
        assert found.text.startswith("metrics: ")
        assert found.headers["Cache-Control"] == "no-store"


def test_with_a_token_its_holder_sees_metrics_from_anywhere(served: Harness) -> None:
    served.restart(http=HttpSettings(status_token=TOKEN))
    password = base64.b64encode(f"prometheus:{TOKEN}".encode()).decode()
    for given in f"Bearer {TOKEN}", f"Basic {password}":
        found = served.get("/metrics", peer="192.0.2.1", Host="feeds.example", Authorization=given)
        assert found.status_code == 200
    for given in "", "Bearer x", f"Bearer {TOKEN}x":
        assert served.get("/metrics", Authorization=given).status_code == 401


def test_a_request_for_metrics_is_not_counted(served: Harness) -> None:
    before = served.server.metrics.collect().counts.total
    served.get("/metrics")
    assert served.server.metrics.collect().counts.total == before


def test_without_a_monitor_there_are_no_metrics(served: Harness) -> None:
    server = served.server
    app = create_app(
        server.pipeline, server.site, server.settings.http, server.assets, lambda: served.now
    )
    assert app.test_client().get("/metrics").status_code == 404
