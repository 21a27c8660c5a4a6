"""The services of compose.yaml run as processes, with its own settings, and answer through nginx."""

import json
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from feeds.gunicorn_conf import graceful_timeout
from feeds.settings.packaged import default_settings, example
from feeds.settings.sections import FleetSettings
from tests.builders import write_article
from tests.deployment import compose
from tests.deployment.container import Container, installed, private_network, volume
from tests.deployment.containerfile import CONTAINERFILE, image
from tests.deployment.journal import journal
from tests.postgres import USER, find
from tests.server import first_response, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow

# As .env has them on a host of a fleet.
VARIABLES = {
    "FEEDS_SITE_URL": "https://feeds.example.org",
    "FEEDS_FLEET_DSN": "postgresql://feeds:PASSWORD@database/feeds",
    "FEEDS_FLEET_HOST": "host1",
    "FEEDS_PUSH_KEY": "0123456789abcdef" * 4,
    "POSTGRES_PASSWORD": "PASSWORD",
}
# The image of nginx has such a main file.
NGINX = (
    "events {}\npid /run/nginx.pid;\nhttp {\naccess_log off;\n"
    + "".join(
        f"{name}_temp_path /var/cache/nginx/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    + "include /etc/nginx/conf.d/*.conf;\n}\n"
)
NGINX_URL = "http://127.0.0.1:8081"


class Stack(NamedTuple):
    """The running services."""

    services: dict[str, Any]
    server: Container
    nginx: Container


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("compose")
    nginx_program = find("nginx")
    write_article(folder / "articles", title="In a container", topics=["Oceans"])
    (folder / "feeds.yaml").write_bytes(default_settings())
    (folder / "nginx.conf").write_bytes(example("nginx-cache"))
    services = compose.services(VARIABLES)
    with private_network(), database(services["database"]):
        server = server_of(services["server"], folder)
        nginx = nginx_of(services["nginx"], folder, nginx_program)
        with server, nginx:
            yield Stack(services, server, nginx)


def server_of(service: Any, folder: Path) -> Container:
    made = image(CONTAINERFILE)
    assert service["build"]["dockerfile"] == "Containerfile"
    box = compose.box(service, folder, made.user, installed(folder / "opt"))
    command = [*made.entrypoint, *service["command"]]
    settings = compose.environment(service, made, VARIABLES)
    return Container(command, box, settings, folder / "server", "http://127.0.0.1:8000/ready")


def nginx_of(service: Any, folder: Path, program: str) -> Container:
    assert service["network_mode"] == "service:server"
    (folder / "main.conf").write_text(NGINX)
    more = {"/etc/nginx": volume(folder / "etc", service["user"])}
    (folder / "etc" / "conf.d").mkdir()
    shutil.copy(folder / "main.conf", folder / "etc" / "nginx.conf")
    box = compose.box(service, folder, service["user"], more)
    command = [program, "-e", "stderr", "-g", "daemon off; error_log stderr;"]
    return Container(command, box, {}, folder / "nginx", f"{NGINX_URL}/health")


def database(service: Any) -> AbstractContextManager[str]:
    """PostgreSQL at the port and with the names of *service*; its image makes the database."""
    assert service["profiles"] == ["fleet"]
    names = service["environment"]
    assert names["POSTGRES_USER"] == USER
    return journal(names["POSTGRES_DB"], int(service["ports"][0].rpartition(":")[2]))


def test_a_feed_comes_through_nginx_from_the_server(stack: Stack) -> None:
    answer = first_response(f"{NGINX_URL}/topics/oceans.json")
    assert (answer.status, "In a container" in answer.body.decode()) == (200, True)
    assert '"feed_url": "https://feeds.example.org/topics/oceans.json"' in answer.body.decode()
    assert get(f"{NGINX_URL}/topics/oceans.json").headers["X-Cache"] == "HIT"
    assert first_response(f"{NGINX_URL}/ready").status == 200


def test_the_server_leads_a_fleet_with_the_database(stack: Stack) -> None:
    def role() -> object:
        fleet = json.loads(get("http://127.0.0.1:8000/status.json").body)["fleet"]
        return fleet and (fleet["host"], fleet["role"])

    eventually(lambda: role() == ("host1", "leader"))


def test_the_checks_of_health_succeed_while_the_services_run(stack: Stack) -> None:
    kind, *nginx = stack.services["nginx"]["healthcheck"]["test"]
    assert kind == "CMD"
    for done in (stack.server.run(*image(CONTAINERFILE).check), stack.nginx.run(*nginx)):
        assert done.returncode == 0, done.stderr


def test_a_check_of_health_fails_without_its_service(stack: Stack) -> None:
    _, *nginx = stack.services["nginx"]["healthcheck"]["test"]
    with private_network():
        assert stack.server.run(*image(CONTAINERFILE).check).returncode
        assert stack.nginx.run(*nginx).returncode


def test_the_server_can_write_the_store_and_temporary_files_alone(stack: Stack) -> None:
    own = {"/var/lib/feeds/new", "/tmp/new"}
    others = ("/opt/feeds/bin/new", "/srv/articles/new.md", "/etc/feeds/feeds.yaml", "/new")
    assert stack.server.writable(*own, *others) == own
    shown = stack.server.run("cat", "/proc/self/status").stdout
    rights = dict(line.split(":\t", 1) for line in shown.splitlines() if ":\t" in line)
    assert (rights["CapEff"], rights["CapBnd"], rights["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    assert "10001" in rights["Uid"].split()


def test_compose_asks_for_the_address_of_the_site() -> None:
    with pytest.raises(KeyError, match="FEEDS_SITE_URL"):
        compose.services({})


def test_the_server_has_time_to_drain() -> None:
    service = compose.services(VARIABLES)["server"]
    assert int(service["stop_grace_period"].removesuffix("s")) > FleetSettings().drain + graceful_timeout


def test_the_files_that_compose_mounts_are_those_that_it_says_how_to_make() -> None:
    made = {
        each.split(" > ")[1]
        for each in compose.TEXT.splitlines()
        if each.startswith("#     feeds config")
    }
    mounted = {
        each.split(":")[0].removeprefix("./")
        for service in compose.services(VARIABLES).values()
        for each in service["volumes"]
        if each.startswith("./") and "articles" not in each
    }
    assert mounted | {"Containerfile", "compose.yaml"} == made
