"""HAProxy and nginx spread requests over the hosts of a fleet, with the examples as they are."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.settings.packaged import example
from tests.builders import write_article
from tests.deployment.container import private_network
from tests.deployment.journal import journal
from tests.fleet.servers import FleetServer
from tests.nginx import running_nginx
from tests.postgres import find
from tests.server import Program, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow

HAPROXY = example("haproxy").decode()
NGINX = example("nginx-cache").decode()
HOSTS = re.findall(
    r"^    server host\d ([\d.]+):8000$", HAPROXY.partition("\nbackend first")[0], re.MULTILINE
)
BALANCER, CACHE = "http://127.0.0.1:8080", "http://127.0.0.1:8081"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[FleetServer]]:
    """Two of the three hosts of the examples, behind both."""
    folder = tmp_path_factory.mktemp("balancers")
    haproxy = find("haproxy")
    write_article(folder / "corpus", title="One", topics=["Oceans"])
    (folder / "haproxy.cfg").write_text(HAPROXY)
    with private_network(*HOSTS), journal("feeds") as database:
        first, second = (host(number, folder, database) for number in range(2))
        balancer = Program(
            [haproxy, "-db", "-f", str(folder / "haproxy.cfg")],
            folder / "haproxy.log",
            f"{BALANCER}/ready",
        )
        with first, second, balancer, running_nginx(folder / "nginx", several(folder), f"{CACHE}/ready"):
            yield [first, second]


def host(number: int, folder: Path, database: str) -> FleetServer:
    return FleetServer(
        f"host{number + 1}", folder / "corpus", folder / f"host{number + 1}", database,
        address=HOSTS[number], port=8000, logs_requests=True,
    )  # fmt: skip


def several(folder: Path) -> str:
    """The configuration of nginx with the commented hosts instead of the one on its machine."""
    text = NGINX.replace("    server 127.0.0.1:8000;\n", "").replace("    # server 10.", "    server 10.")
    assert re.findall(r"^    server ([\d.]+):8000 ", text, re.MULTILINE) == HOSTS
    return text.replace("/var/cache/feeds", str(folder / "kept"))


def asked(hosts: list[FleetServer], path: str) -> list[str]:
    """The names of the hosts that got requests for *path*, which is used once."""
    return [each.name for each in hosts if any(path in request.path for request in each.requests())]


def test_readers_are_spread_over_the_hosts_and_notice_nothing_when_one_stops(
    hosts: list[FleetServer],
) -> None:
    """Checks of readers go to one host. nginx asks the host that is left too."""
    eventually(lambda: all(each.shows("One") for each in hosts))

    def both() -> bool:
        return (
            get(f"{BALANCER}/topics/oceans.atom").status == 200 and len(asked(hosts, "oceans.atom")) == 2
        )

    eventually(both)
    assert {get(f"{BALANCER}/reader-check").status for _ in range(6)} == {200}
    eventually(lambda: asked(hosts, "/reader-check"))
    assert asked(hosts, "/reader-check") == ["host1"]

    first = hosts[0]
    first.send(signal.SIGTERM)
    eventually(lambda: get(f"{first.url}/ready").status == 503)
    answers: dict[str, list[int]] = {BALANCER: [], CACHE: []}

    def has_ended() -> bool:
        for url, statuses in answers.items():
            statuses.append(get(f"{url}/topics/oceans.rss?n={len(statuses)}").status)
        return not first.is_running()

    eventually(has_ended, every=0.04)
    assert {*answers[BALANCER], *answers[CACHE]} == {200}
    assert get(f"{BALANCER}/reader-check").status == 200
    eventually(lambda: "host2" in asked(hosts, "/reader-check"))
    assert {get(f"{CACHE}/topics/oceans.atom?n={number}").status for number in range(6)} == {200}


def test_nginx_needs_no_folder_that_it_does_not_make(tmp_path: Path) -> None:
    """Debian's package has no /var/cache/nginx."""
    (tmp_path / "feeds.conf").write_text(NGINX)
    main = f"pid {tmp_path}/pid; events {{}} http {{ include {tmp_path}/feeds.conf; }}"
    (tmp_path / "main.conf").write_text(main)
    script = f"mount -t tmpfs none /var/cache && {find('nginx')} -t -c {tmp_path}/main.conf"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
