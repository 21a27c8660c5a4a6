"""A running server behind each supported front: nginx with files, nginx as a cache, and Varnish."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders import write_article
from tests.paths import ROOT
from tests.server import Program, Response, Server, free_port, get

FRONTS = ["files", "cache", "varnish"]
CACHES = FRONTS[1:]
_PROGRAMS = {"files": "nginx", "cache": "nginx", "varnish": "varnishd"}
_SVG = "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g/>" * 500 + "</svg>"
# A max-age of a second for feeds whose articles all came at once.
BRISK = {"FEEDS_HTTP_MAX_AGE": "1"}


class Front(NamedTuple):
    """A proxy or file server in front of *origin*, the server of *corpus*."""

    name: str
    url: str
    origin: Server
    corpus: Path

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        return get(self.url + path, method, **headers)

    def both(self, path: str, method: str = "GET", **headers: str) -> tuple[Response, Response]:
        """Send a request to the front and to the server behind it."""
        return self.get(path, method, **headers), self.origin.get(path, method, **headers)


def present(name: str) -> str:
    """Return *name* if its program is installed; else skip the test, or fail it if CI_PEERS is set."""
    program = _PROGRAMS[name]
    if not find(program):
        (pytest.fail if os.environ.get("CI_PEERS") else pytest.skip)(
            f"no {program} here; tests/install-tools installs it"
        )
    return name


def find(program: str) -> str | None:
    """The path of *program*; Debian installs servers in folders outside of many a PATH."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def fill(corpus: Path) -> None:
    """Write articles for archives, a renamed topic, a removed one, and a picture."""
    write_article(corpus, topics=["Oceans"])
    for day in range(1, 4):
        for number in range(80):
            name = f"_news/2025-11-{day:02}-{number}.md"
            write_article(corpus, name, publishedDateTime=None, topics=["Oceans", "Cafés"])
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    topics = corpus / "_data" / "topics"
    topics.mkdir(parents=True)
    (topics / "oceans.yaml").write_text("name: Oceans\naliases: [Seas]\n")
    (topics / "old.yaml").write_text("name: Old\nremoved: true\n")
    (corpus / "assets").mkdir()
    (corpus / "assets" / "a wave.svg").write_text(_SVG)


def export(corpus: Path, folder: Path, store: Path) -> None:
    """Export *corpus* to *folder*."""
    settings = {"FEEDS_STORE_PATH": str(store), "FEEDS_SITE_URL": "http://feeds.example"} | BRISK
    made = subprocess.run(
        [sys.executable, "-m", "feeds", "--corpus", str(corpus), "export", str(folder)],
        env=os.environ | settings,
        cwd=ROOT,
        check=False,
        capture_output=True,
        timeout=120,
    )
    assert made.returncode == 0, made.stderr.decode()


@contextmanager
def fronted(name: str, origin: Server, corpus: Path, folder: Path) -> Iterator[Front]:
    """Run the front called *name*, with all its files in *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    start = _varnish if name == "varnish" else _nginx
    with start(name, origin, corpus, folder) as url:
        yield Front(name, url, origin, corpus)


@contextmanager
def _nginx(name: str, origin: Server, corpus: Path, folder: Path) -> Iterator[str]:
    public = folder / "public"
    export(corpus, public, origin.log.with_name("store.db"))
    ports = {"files": free_port(), "cache": free_port()}
    settings = adapted(
        "nginx.conf",
        {
            "/srv/feeds": str(public),
            "/var/cache/nginx/feeds": str(folder / "kept"),
            "listen 8080;": f"listen 127.0.0.1:{ports['files']};",
            "listen 8081;": f"listen 127.0.0.1:{ports['cache']};",
            "127.0.0.1:8000": origin.url.removeprefix("http://"),
        },
    )
    (folder / "feeds.conf").write_text(settings)
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {path}_temp_path {folder}/{path};\n" for path in paths)
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "main.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\n    access_log off;\n{temporary}    include {folder}/feeds.conf;\n}}\n"
    )
    command = [str(find("nginx")), "-p", str(folder), "-e", f"{folder}/errors"]
    url = f"http://127.0.0.1:{ports[name]}"
    with Program([*command, "-c", f"{folder}/main.conf"], folder / "errors", f"{url}/robots.txt"):
        yield url


@contextmanager
def _varnish(_name: str, origin: Server, _corpus: Path, folder: Path) -> Iterator[str]:
    port = free_port()
    (folder / "feeds.vcl").write_text(
        adapted("varnish.vcl", {'"8000"': f'"{origin.url.rpartition(":")[2]}"'})
    )
    command = [str(find("varnishd")), "-F", "-j", "none", "-n", f"{folder}/varnish", "-s", "malloc,32m"]
    command += ["-p", "http_gzip_support=off", "-a", f"127.0.0.1:{port}", "-f", f"{folder}/feeds.vcl"]
    url = f"http://127.0.0.1:{port}"
    with Program(command, folder / "log", f"{url}/robots.txt"):
        yield url


def adapted(name: str, values: dict[str, str]) -> str:
    """The file config/*name*, with the keys of *values* replaced by their values."""
    text = (ROOT / "config" / name).read_text()
    for written, value in values.items():
        assert written in text
        text = text.replace(written, value)
    return text


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Front]]:
    """Fronts by name, all of one server; read-only."""
    folder = tmp_path_factory.mktemp("fronts")
    corpus = folder / "corpus"
    fill(corpus)
    with ExitStack() as stack:
        origin = stack.enter_context(Server(corpus, folder / "server", **BRISK))
        made: dict[str, Front] = {}

        def front(name: str) -> Front:
            if present(name) not in made:
                made[name] = stack.enter_context(fronted(name, origin, corpus, folder / name))
            return made[name]

        yield front


@pytest.fixture
def front(request: pytest.FixtureRequest, fronts: Callable[[str], Front]) -> Front:
    """The front named by the parameter; tests parametrise over FRONTS."""
    return fronts(request.param)


@pytest.fixture
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Front]:
    """A front with a server of its own, for tests that change articles."""
    name = present(request.param)
    corpus = tmp_path / "corpus"
    fill(corpus)
    with (
        Server(corpus, tmp_path / "server", **BRISK) as origin,
        fronted(name, origin, corpus, tmp_path / name) as made,
    ):
        yield made
