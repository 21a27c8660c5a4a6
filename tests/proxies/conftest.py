"""A running server behind each supported front: nginx with files, nginx as a cache, and Varnish."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from tests.builders import LONG_DOMAIN, LONG_TOPIC, write_article
from tests.commands import run_feeds
from tests.nginx import running_nginx
from tests.paths import ROOT
from tests.server import Program, Response, Server, free_port, get
from tests.skipping import skip_without

FRONTS = ["files", "cache", "varnish"]
CACHES = FRONTS[1:]
_NGINX = (ROOT / "config" / "nginx.conf").read_text()
_VARNISH = (ROOT / "config" / "varnish.vcl").read_text()
_COMPILER = "exec gcc -O0 -w -fpic -shared -pthread -o %o %s"  # to optimize takes longer than a test
_PROGRAMS = {"files": "nginx", "cache": "nginx", "varnish": "varnishd"}
_SVG = "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g/>" * 500 + "</svg>"
# A max-age of a second for feeds whose articles all came at once.
BRISK = {"FEEDS_HTTP_MAX_AGE": "1"}


class Front(NamedTuple):
    """A proxy or file server in front of *origin*; a file server has the export in *public*."""

    url: str
    origin: Server
    public: Path | None = None

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        return get(self.url + path, method, **headers)

    def both(self, path: str, method: str = "GET", **headers: str) -> tuple[Response, Response]:
        """Send a request to the front and to the server behind it."""
        return self.get(path, method, **headers), self.origin.get(path, method, **headers)


class Exporter(NamedTuple):
    """The settings of an export by itself, and the address of a server that is not there."""

    settings: dict[str, str]
    url: str = "http://127.0.0.1:9"


def present(name: str) -> str:
    """Return *name* if its program is installed; else skip the test."""
    program = _PROGRAMS[name]
    if not find(program):
        skip_without(program)
    return name


def find(program: str) -> str | None:
    """The path of *program*; Debian installs servers in folders outside of many a PATH."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def fill(corpus: Path, articles_a_day: int = 67) -> None:
    """Write articles for archives, a renamed topic, a removed one, and a picture.

    By default there are enough articles for the month to be split.
    """
    write_article(corpus, topics=["Oceans"])
    for day in range(1, 4):
        write_day(corpus, day, articles_a_day)
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    topics = corpus / "_data" / "topics"
    topics.mkdir(parents=True)
    (topics / "oceans.yaml").write_text("name: Oceans\naliases: [Seas]\n")
    (topics / "old.yaml").write_text("name: Old\nremoved: true\n")
    (corpus / "assets").mkdir()
    (corpus / "assets" / "a wave.svg").write_text(_SVG)


def write_day(corpus: Path, day: int, articles: int) -> None:
    """Write so many articles of one day."""
    for number in range(articles):
        name = f"_news/2025-11-{day:02}-{number}.md"
        write_article(corpus, name, publishedDateTime=None, topics=["Oceans", "Cafés"])


def export(origin: Server | Exporter, folder: Path) -> None:
    """Export the corpus of *origin* to *folder*."""
    done = run_feeds("export", folder, **origin.settings)
    assert done.returncode == 0, done.stderr


@contextmanager
def nginx(origin: Server | Exporter, folder: Path) -> Iterator[dict[str, str]]:
    """Run nginx, both with the files of an export and as a cache; yield the URLs of both."""
    public = folder / "public"
    folder.mkdir(parents=True, exist_ok=True)
    export(origin, public)
    port = free_port()
    changed = {"/srv/feeds": str(public), "listen 8080;": f"listen 127.0.0.1:{port};"}
    files = f"http://127.0.0.1:{port}"
    with _nginx(origin.url, folder, adapted(_NGINX, changed), files) as url:
        yield {"files": files, "cache": url}


def nginx_cache(
    origin_url: str, folder: Path, values: Mapping[str, str], *, port: int = 0
) -> AbstractContextManager[str]:
    """Run nginx as a cache only, with some settings replaced; yield its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    first, _, rest = adapted(_NGINX, values).partition("# --- One")
    return _nginx(origin_url, folder, first + "#" + rest.partition("# --- Two")[2], port=port)


@contextmanager
def _nginx(
    origin_url: str, folder: Path, settings: str, files: str = "", *, port: int = 0
) -> Iterator[str]:
    """Run nginx with *settings*; yield the URL of the cache. *files* is the URL of files."""
    port = port or free_port()
    changed = {
        "/var/cache/feeds": str(folder / "kept"),
        "listen 8081;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8000": origin_url.removeprefix("http://"),
    }
    url = f"http://127.0.0.1:{port}"
    with running_nginx(folder, adapted(settings, changed), f"{files or url}/robots.txt"):
        yield url


@contextmanager
def varnish(
    origin_url: str, folder: Path, values: Mapping[str, str] = MappingProxyType({}), *, port: int = 0
) -> Iterator[str]:
    """Run Varnish in front of a server, with some settings replaced; yield its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    changed = {'"8000"': f'"{origin_url.rpartition(":")[2]}"', **values}
    (folder / "feeds.vcl").write_text(adapted(_VARNISH, changed))
    command = [str(find("varnishd")), "-F", "-j", "none", "-n", f"{folder}/varnish", "-s", "malloc,32m"]
    command += ["-p", "http_gzip_support=off", "-p", f"cc_command={_COMPILER}"]
    command += ["-a", f"127.0.0.1:{port}", "-f", f"{folder}/feeds.vcl"]
    url = f"http://127.0.0.1:{port}"
    with Program(command, folder / "log", f"{url}/robots.txt"):
        yield url


def adapted(text: str, values: Mapping[str, str]) -> str:
    """Return a configuration with the keys of *values* replaced by their values."""
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
        urls: dict[str, str] = {}

        def front(name: str) -> Front:
            if present(name) == "varnish" and name not in urls:
                urls[name] = stack.enter_context(varnish(origin.url, folder / "varnish"))
            elif name not in urls:
                urls.update(stack.enter_context(nginx(origin, folder / "nginx")))
            return Front(urls[name], origin, folder / "nginx/public" if name == "files" else None)

        yield front


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of nginx with the files of an export that has a topic with a long name."""
    present("files")
    folder = tmp_path_factory.mktemp("long")
    write_article(folder / "corpus", topics=[LONG_TOPIC], provider={"name": "X", "domain": LONG_DOMAIN})
    settings = {
        "FEEDS_CORPUS_PATH": str(folder / "corpus"), "FEEDS_STORE_PATH": str(folder / "store.db"),
        "FEEDS_SITE_URL": "https://feeds.example", "FEEDS_EXPORT_MIN_ARTICLES": "1",
    }  # fmt: skip
    with nginx(Exporter(settings), folder / "nginx") as urls:
        yield urls["files"]


@pytest.fixture
def front(request: pytest.FixtureRequest, fronts: Callable[[str], Front]) -> Front:
    """The front named by the parameter; tests parametrise over FRONTS."""
    return fronts(request.param)


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Front]]:
    """Every cache in front of one server, for tests that change articles, each one of its own."""
    folder = tmp_path_factory.mktemp("caches")
    corpus = folder / "corpus"
    write_day(corpus, 1, 60)
    (corpus / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    with Server(corpus, folder / "server", **BRISK) as origin, every_cache(origin, folder) as made:
        yield [*made.values()]


@contextmanager
def every_cache(
    origin: Server,
    folder: Path,
    values: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ports: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[dict[str, Front]]:
    """Run every cache in front of *origin*; yield them by name.

    *values* replace some settings of a cache, *ports* has those at which they listen.
    """
    with ExitStack() as stack:
        made = {}
        for name, start in {"cache": nginx_cache, "varnish": varnish}.items():
            run = start(origin.url, folder / present(name), values.get(name, {}), port=ports.get(name, 0))
            made[name] = Front(stack.enter_context(run), origin)
        yield made


def is_kept(front: Front, path: str) -> bool:
    """True if the cache answers without the server."""
    headers = front.get(path).headers
    return headers.get("X-Cache") == "HIT" or " " in headers.get("X-Varnish", "")
