"""Metrics of a real server of two workers, read by a real Prometheus; the dashboard and the alerts."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from shutil import which
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from feeds.sample import write_sample
from feeds.settings.packaged import example
from tests.paths import ROOT
from tests.server import Program, Server, free_port, get
from tests.skipping import skip_without
from tests.waiting import eventually

TOKEN = "a-token-of-some-length"
PAUSE = 0.05  # seconds between two reads of the counters
SCRAPED_WITH = {"Authorization": f"Bearer {TOKEN}"}
ONLY_IN_A_FLEET = {"feeds_fleet_lag_seconds", "feeds_fleet_reachable"}
ONLY_WITH_TROUBLE = {"feeds_troubles", "feeds_limited_total"}
ONLY_AFTER_A_MINUTE = {
    "feeds_readers",
    "feeds_readers_counted_timestamp",
    "feeds_readers_lost_seconds",
    "feeds_wasted_bytes",
}

Counters = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def counters(server: Server) -> Counters:
    """All samples of counters and histograms, by name and labels."""
    text = server.get("/metrics", **SCRAPED_WITH).body.decode()
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(text)
        if family.type in ("counter", "histogram")
        for each in family.samples
    }


def requests(server: Server, **labels: str) -> float:
    """The number of requests with *labels*."""
    return sum(
        value
        for (name, found), value in counters(server).items()
        if name == "feeds_requests_total" and labels.items() <= dict(found).items()
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("metrics")
    write_sample(folder / "corpus", 60, 1, lambda _done: None)
    settings = {"FEEDS_HTTP_STATUS_TOKEN": TOKEN, "FEEDS_PUSH_HUB": "on"}
    with Server(folder / "corpus", folder / "run", "asgi", 2, at_own_address=True, **settings) as made:
        yield made


@pytest.fixture(scope="module")
def prometheus(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Prometheus that reads *server*, with our alerts."""
    program = which("prometheus") or skip_without("prometheus")
    folder, url = tmp_path_factory.mktemp("prometheus"), f"127.0.0.1:{free_port()}"
    (folder / "alerts.yml").write_bytes(example("alerts"))
    host = server.url.removeprefix("http://")
    job = {
        "job_name": "feeds",
        "authorization": {"credentials": TOKEN},
        "static_configs": [{"targets": [host]}],
    }
    configured = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["alerts.yml"],
        "scrape_configs": [job],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configured))
    command = [program, "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command += [f"--web.listen-address={url}", "--log.level=warn"]
    with Program(command, folder / "log", f"http://{url}/-/ready", folder):
        yield f"http://{url}"


def result(prometheus: str, expression: str) -> list[dict[str, Any]]:
    """The result of a query."""
    response = get(f"{prometheus}/api/v1/query?{urlencode({'query': expression})}")
    found: dict[str, Any] = json.loads(response.body)
    assert found["status"] == "success", expression
    samples: list[dict[str, Any]] = found["data"]["result"]
    return samples


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(example("grafana"))["panels"]
    return found


def expressions() -> list[str]:
    """The queries of the dashboard, with values in place of its variables."""
    written = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    values = {"$job": ".*", "$instance": ".*", "$__rate_interval": "1m"}
    return [re.sub(r"\$\w+", lambda found: values[found[0]], each) for each in written]


def alerts() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(example("alerts"))["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def names(expression: str) -> set[str]:
    """The metrics in *expression*, by the names of their families."""
    found = re.findall(r"\bfeeds_\w+", expression)
    return {re.sub(r"_seconds_(bucket|sum|count)$", "_seconds", name) for name in found}


def documented(section: str) -> str:
    document = (ROOT / "docs" / "operations.md").read_text().partition(f"\n## {section}\n")[2]
    return document.partition("\n## ")[0]


@pytest.mark.slow
def test_the_sums_are_those_of_both_workers_from_each_of_them(server: Server) -> None:
    before = requests(server, kind="feed", format="rss")
    for _ in range(25):
        tag = server.get("/feed.rss").headers["ETag"]
        assert server.get("/feed.rss", If_None_Match=tag).status == 304
    eventually(
        lambda: all(requests(server, kind="feed", format="rss") == before + 50 for _ in range(8)), 15
    )
    assert requests(server, format="rss", status="304", kept="true") >= 20


@pytest.mark.slow
def test_no_counter_goes_back_when_workers_are_killed_or_replaced(server: Server) -> None:
    ended, back = Event(), []

    def watch() -> None:
        last: Counters = {}
        while not ended.wait(PAUSE):
            try:
                server.get("/feed.rss")
                found = counters(server)
            except OSError:
                continue  # of the worker that was killed
            back.extend(
                (key, value, found.get(key)) for key, value in last.items() if found.get(key, 0) < value
            )
            last = found

    watching = Thread(target=watch)
    watching.start()
    try:
        for _ in range(3):
            server.replace_workers(server.workers()[0])
        former = {*server.workers()}
        server.send(signal.SIGHUP)
        eventually(lambda: not former & {*server.workers()} and len(server.workers()) == 2)
    finally:
        ended.set()
        watching.join()
    assert not back


@pytest.mark.slow
def test_prometheus_reads_the_server_and_finds_no_alert(server: Server, prometheus: str) -> None:
    tag = server.get("/feed.rss").headers["ETag"]
    server.get("/feed.rss", If_None_Match=tag)
    eventually(lambda: result(prometheus, 'up{job="feeds"} == 1'))
    eventually(lambda: result(prometheus, "max(feeds_writer) == 1"))
    found = json.loads(get(f"{prometheus}/api/v1/rules").body)["data"]["groups"][0]["rules"]
    assert [each["name"] for each in found] == [each["alert"] for each in alerts()]
    eventually(lambda: result(prometheus, "max(feeds_hub_delivering) == 1"))
    firing = result(prometheus, 'ALERTS{alertstate="firing"}')
    assert not {each["metric"]["alertname"] for each in firing} - {"FeedsSilent", "FeedsMoreSilent"}


@pytest.mark.slow
def test_prometheus_has_every_metric_of_the_dashboard(server: Server, prometheus: str) -> None:
    server.get("/feed.rss")
    wanted = {name for each in expressions() for name in re.findall(r"\bfeeds_\w+", each)}
    missing = ONLY_IN_A_FLEET | ONLY_WITH_TROUBLE | ONLY_AFTER_A_MINUTE
    for name in sorted(wanted - missing):
        eventually(lambda name=name: result(prometheus, name))
    for expression in expressions():
        if not names(expression) & missing:
            eventually(lambda each=expression: result(prometheus, each))
        else:
            result(prometheus, expression)


def test_the_alerts_are_valid_rules() -> None:
    promtool = which("promtool") or skip_without("promtool")
    file = ROOT / "feeds" / "settings" / "config" / "prometheus-alerts.yml"
    checked = subprocess.run(
        [promtool, "check", "rules", str(file)], check=False, capture_output=True, text=True, timeout=30
    )
    assert checked.returncode == 0, checked.stderr
    assert f"{len(alerts())} rules found" in checked.stdout


def test_each_alert_fires_when_it_should_and_not_otherwise() -> None:
    promtool = which("promtool") or skip_without("promtool")
    folder, files = ROOT / "tests" / "monitoring", ("alerts.yml", "alerts-of-days.yml")
    checked = subprocess.run(
        [promtool, "test", "rules", *files],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tests = [test for file in files for test in yaml.safe_load((folder / file).read_text())["tests"]]
    rules = [each for test in tests for each in test["alert_rule_test"]]
    tested = [(each["alertname"], bool(each["exp_alerts"])) for each in rules]
    assert sorted(tested) == sorted(
        (rule["alert"], fires) for rule in alerts() for fires in (True, False)
    )


def test_the_documents_explain_each_alert() -> None:
    rows = re.findall(r"^\| `(Feeds\w+)` \| (\w+) \|", documented("Alerts"), re.MULTILINE)
    assert rows == [(each["alert"], each["labels"]["severity"]) for each in alerts()]


def test_the_dashboard_and_the_alerts_use_metrics_that_exist() -> None:
    known = set(re.findall(r"`(feeds_\w+)`", documented("Metrics")))
    used = {
        name for each in [*expressions(), *(rule["expr"] for rule in alerts())] for name in names(each)
    }
    assert used - known == set()
    assert known - {name for each in expressions() for name in names(each)} == set()


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    places = [panel["gridPos"] for panel in panels()]
    taken = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    numbers = [panel["id"] for panel in panels()]
    assert len(numbers) == len(set(numbers))
