"""The whole server as it runs: a real gunicorn, real files, real signals."""

import gzip
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from random import Random

import brotli
import pytest
import zstandard
from werkzeug.datastructures import Headers

from feeds.formats import FORMATS
from feeds.sample import write_sample
from tests.builders import write_article
from tests.formats.reading import READ
from tests.paths import ROOT
from tests.server import Response, Running, free_port, get, running, session_processes
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PATHS = (
    "/feed",
    "/topics/oceans",
    "/providers/lantern.example",
    "/topics/food/providers/hedgerow.example",
)
DECODERS = {
    "": lambda body: body,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest.fixture(autouse=True, params=["asgi", "gthread"])
def worker_class(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """All that follows holds for either of gunicorn's workers."""
    monkeypatch.setenv("WORKER_CLASS", request.param)
    return str(request.param)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine")
    write_sample(folder, 80, 1, lambda _done: None)
    return folder


@pytest.fixture
def sample(pristine: Path, tmp_path: Path) -> Path:
    """A sample to do with as one likes."""
    return shutil.copytree(pristine, tmp_path / "sample")


@contextmanager
def serving(corpus: Path, folder: Path, workers: int = 1, **environment: str) -> Iterator[Running]:
    """``running``, with every worker ready: the first to be answers /ready, the others follow."""
    # An asgi worker that is told to end before it listens does not hear it.
    loaded = "server listening on" if os.environ["WORKER_CLASS"] == "asgi" else " articles\n"
    log = folder / "log"
    before = log.read_text().count(loaded) if log.exists() else 0
    with running(corpus, folder, workers, **environment) as server:
        eventually(lambda: log.read_text().count(loaded) >= before + workers)
        yield server


def replace(file: Path, text: str) -> None:
    """Write *file* as editors do, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)


def titles(server: Running, path: str = "/feed.json") -> list[str]:
    return [item["title"] for item in json.loads(server.get(path).body)["items"]]


def everything(server: Running) -> dict[tuple[str, str], tuple[str, str, bytes]]:
    """ETag, Last-Modified and body of many feeds in all formats and codings."""
    found = {}
    for path in PATHS:
        for extension in FORMATS:
            for coding in ("identity", "gzip", "br", "zstd"):
                answer = server.get(f"{path}.{extension}", Accept_Encoding=coding)
                assert answer.status == 200
                headers = answer.headers
                found[f"{path}.{extension}", coding] = (
                    headers["ETag"],
                    headers["Last-Modified"],
                    answer.body,
                )
    return found


def tags(server: Running) -> dict[tuple[str, str], str]:
    return {key: found[0] for key, found in everything(server).items()}


class Load:
    """Clients that ask for feeds, each time on a connection of its own, until told to stop."""

    def __init__(self, server: Running, clients: int = 6) -> None:
        self.server = server
        self.failures: list[str] = []
        self.bodies: dict[tuple[str, str], bytes] = {}
        self.versions: Counter[int] = Counter()
        self.statuses: Counter[int] = Counter()
        self.killing = threading.Event()
        self.resets = 0
        self._begun = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(clients)
        self._clients = [self._pool.submit(self._run, number) for number in range(clients)]

    def stop(self) -> None:
        self._stop.set()
        for client in self._clients:
            client.result(30)
        self._pool.shutdown()

    def _run(self, number: int) -> None:
        random = Random(number)
        while not self._stop.is_set():
            path = random.choice(("/feed", "/topics/oceans", "/topics/oceans", "/topics/versions"))
            path += "." + random.choice(list(FORMATS))
            known = random.choice((True, False))
            try:
                self._ask(path, random.choice(("identity", "gzip", "br", "zstd")), known)
            except Exception as error:  # whatever it is, it is what the test is about
                self.failures.append(f"{path} after {time.monotonic() - self._begun:.2f} s: {error!r}")

    def _ask(self, path: str, coding: str, known: bool) -> None:
        headers = {"Accept-Encoding": coding}
        with self._lock:
            seen = [tag for (where, tag), _ in self.bodies.items() if where == f"{path} {coding}"]
        if known and seen:
            headers["If-None-Match"] = seen[-1]
        try:
            status, answered, body = self._request(path, headers)
        except (ConnectionError, http.client.IncompleteRead):
            # The worker that had taken this connection was killed; nobody could have saved it.
            if not self.killing.is_set():
                raise
            self.resets += 1
            status, answered, body = self._request(path, headers)
        with self._lock:
            self.statuses[status] += 1
        if status == 304:
            assert answered["ETag"] == headers["If-None-Match"]
            assert not body
            return
        assert status == 200, (status, body)
        assert int(answered["Content-Length"]) == len(body)
        with self._lock:
            former = self.bodies.setdefault((f"{path} {coding}", answered["ETag"]), body)
        assert former == body, "one ETag, two bodies"
        self._check(path, DECODERS[answered.get("Content-Encoding", "")](body))

    def _request(self, path: str, headers: dict[str, str]) -> tuple[int, Headers, bytes]:
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"), timeout=20)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, Headers(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _check(self, path: str, text: bytes) -> None:
        """It parses, and what is in it was true at one moment."""
        READ[path.rpartition(".")[2]](text)
        if "/versions" not in path:
            return
        found = [int(v) for v in re.findall(rb"version (\d+) of", text)]
        # Both are always written together, and a look at the folder may fall between them.
        first = int(re.findall(rb"version (\d+) of first", text)[0])
        second = int(re.findall(rb"version (\d+) of second", text)[0])
        assert abs(first - second) <= 1, (first, second)
        with self._lock:
            self.versions[max(found)] += 1


def test_no_request_fails_while_files_change_and_processes_die(sample: Path, tmp_path: Path) -> None:
    """A worker killed with -9 takes the connections it has accepted with it: these alone are asked
    again, once, and only in the second of the kill. gunicorn sends headers and body apart, so that an
    answer may be cut between them; Content-Length tells.
    """
    files = sorted((sample / "_news").rglob("*.md"))

    def versions(number: int) -> None:
        for name in "first", "second":
            text = (
                f"title: version {number} of {name}\nwebUrl: https://e.example/{name}\ntopics: [Versions]"
            )
            replace(sample / "_news" / f"2026-01-01-{name}.md", f"---\n{text}\n---\n")

    versions(0)
    with serving(sample, tmp_path / "run", workers=2) as server, ExitStack() as stack:
        master = server.process.pid
        load = Load(server)
        stack.callback(load.stop)
        end, number = time.monotonic() + 12, 0
        killed = hung_up = False
        while time.monotonic() < end:
            number += 1
            versions(number)
            file = files.pop()
            match number % 5:
                case 0:
                    write_article(sample, f"_news/added-{number}.md", topics=["Oceans"])
                case 1:
                    replace(file, re.sub(r'title: "', 'title: "New: ', file.read_text(), count=1))
                case 2:
                    file.write_text("---\ntitle: [broken\n")
                case 3:
                    file.rename(file.with_name(f"{file.stem}-renamed.md"))
                case 4:
                    file.unlink()
            time.sleep(0.2)
            if not killed and time.monotonic() > end - 8:
                killed = True
                load.killing.set()
                kill_a_worker(server)
                time.sleep(0.2)
                load.killing.clear()
            if not hung_up and time.monotonic() > end - 4:
                hung_up = True
                os.kill(master, signal.SIGHUP)
        eventually(lambda: f"version {number} of second" in titles(server, "/topics/versions.json"))
        load.stop()
        assert load.failures == []
        assert killed
        assert hung_up
        assert set(load.statuses) <= {200, 304}
        assert load.statuses[304]
        assert len(load.versions) > 5  # changes are recorded once a second
        assert load.resets <= 8  # no more than one worker has threads
        print(
            dict(load.statuses), len(load.versions), "versions seen,", load.resets, "resets by the kill"
        )


def kill_a_worker(server: Running) -> None:
    """Kill one worker with -9 and wait for the one that takes its place."""
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(server.workers()) == 2 and before[0] not in server.workers())


def writer(server: Running) -> int:
    """The worker that holds the lock."""
    lock = server.log.parent / "store.db.lock"
    inode = lock.stat().st_ino
    held = re.findall(
        r"FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+\w+:\w+:(\d+)", Path("/proc/locks").read_text()
    )
    found = [int(pid) for pid, where in held if int(where) == inode]
    return found[0] if found else 0


def test_another_worker_takes_over_when_the_writer_is_killed(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus)
    with serving(corpus, tmp_path / "run", workers=2) as server:
        for number in range(2):
            first = eventually(lambda: writer(server))
            begun = time.monotonic()
            os.kill(first, signal.SIGKILL)
            write_article(corpus, "_news/2026-02-02-after.md", title=f"After {number}")
            eventually(lambda number=number: f"After {number}" in titles(server), within=5, every=0.01)
            took = time.monotonic() - begun
            print(f"taken over after {took:.2f} s")
            assert took < 3  # 2 s where nothing else runs
            assert eventually(lambda: writer(server)) != first
            eventually(lambda: len(server.workers()) == 2)


def test_changes_show_within_a_second(corpus: Path, tmp_path: Path) -> None:
    file = write_article(corpus, title="Zero")

    def shows(*expected: str) -> None:
        begun = time.monotonic()
        eventually(lambda: sorted(titles(server)) == sorted(expected), within=3, every=0.01)
        print(f"{expected} after {time.monotonic() - begun:.2f} s")

    # With one worker: two follow the store at moments of their own, up to 50 ms apart.
    with serving(corpus, tmp_path / "run") as server:
        shows("Zero")
        time.sleep(0.5)  # the watch begins once everything is read
        identity = json.loads(server.get("/feed.json").body)["items"][0]["id"]
        write_article(corpus, title="Saved")
        shows("Saved")
        replace(file, file.read_text().replace("Saved", "Replaced"))
        shows("Replaced")
        write_article(corpus, "_news/deep/er/2026-03-03-new.md", title="Added")
        shows("Replaced", "Added")
        file.rename(corpus / "_news" / "deep" / "renamed.md")
        (corpus / "_news" / "deep" / "er" / "2026-03-03-new.md").unlink()
        shows("Replaced")
        assert json.loads(server.get("/feed.json").body)["items"][0]["id"] == identity
        (corpus / "_news" / "deep" / "renamed.md").write_text("---\ntitle: [broken\n")
        write_article(corpus, "_news/other.md", title="Healthy")
        shows("Replaced", "Healthy")
        shutil.rmtree(corpus / "_news" / "deep")
        shows("Healthy")


def test_a_scheduled_article_appears_at_its_instant(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus, title="Now")
    with serving(corpus, tmp_path / "run", workers=2) as server:
        instant = (datetime.now(UTC) + timedelta(seconds=4)).replace(microsecond=0)
        write_article(
            corpus, "_news/soon.md", title="Soon", topics=["Surprise"],
            publishedDateTime=instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )  # fmt: skip
        seen = []
        while not seen or "Soon" not in seen[-1][1]:
            answer = server.get("/feed.json")
            seen.append((datetime.now(UTC), [item["title"] for item in json.loads(answer.body)["items"]]))
            if "Soon" not in seen[-1][1]:
                age = re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])
                left = (instant - seen[-1][0]).total_seconds()
                # Once the file is known; until then nobody knows of an instant.
                if left < 2:
                    assert age
                    assert int(age[1]) <= left + 1
                    assert (
                        server.get("/topics/surprise.rss").status == 404 or datetime.now(UTC) >= instant
                    )
            assert seen[-1][0] < instant + timedelta(seconds=3)
            time.sleep(0.02)
        print(f"appeared {(seen[-1][0] - instant).total_seconds():.2f} s after its instant")
        assert seen[-1][0] >= instant
        assert seen[-2][0] < instant + timedelta(seconds=1)
        assert server.get("/topics/surprise.rss").status == 200


def test_two_servers_agree_on_every_byte(sample: Path, tmp_path: Path) -> None:
    """Begun at different times, with other time zones and hash seeds, on copies of other file times."""
    copy = tmp_path / "copy"
    with serving(sample, tmp_path / "a", TZ="Asia/Tokyo", PYTHONHASHSEED="1") as one:
        first = everything(one)
        time.sleep(1.1)
        shutil.copytree(sample, copy, copy_function=shutil.copyfile)
        environment = {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "LC_ALL": "C"}
        with serving(copy, tmp_path / "b", workers=2, **environment) as two:
            assert everything(two) == first
    assert len({tag for tag, _, _ in first.values()}) == len(first)


def test_what_no_subscriber_sees_changes_no_tag(sample: Path, tmp_path: Path) -> None:
    files = sorted((sample / "_news").rglob("*.md"))
    with serving(sample, tmp_path / "run") as server:
        before = everything(server)
        for number, file in enumerate(files):
            replace(
                file, file.read_text().replace("category: news", f"category: news\nsecured: {number}==")
            )
        for file in files:
            file.touch()
        # The watch has come past all of them once it has seen what was written last.
        last = write_article(
            sample, "_news/2019-01-01-last.md", title="Last", publishedDateTime=None, topics=["Last"]
        )
        eventually(lambda: server.get("/topics/last.rss").status == 200, within=15)
        assert {key: v for key, v in everything(server).items() if not key[0].startswith("/feed")} == {
            key: v for key, v in before.items() if not key[0].startswith("/feed")
        }
        last.unlink()
        expected = {key: found[0] for key, found in before.items()}
        eventually(lambda: tags(server) == expected)


def test_a_restart_keeps_every_tag_and_reads_no_file(sample: Path, tmp_path: Path) -> None:
    with serving(sample, tmp_path / "run") as server:
        write_article(sample, "_news/2026-11-01-edit.md", title="After the first load", topics=["Oceans"])
        eventually(lambda: "After the first load" in titles(server))
        before = everything(server)
    files = sorted((sample / "_news").rglob("*.md"))
    (tmp_path / "run" / "log").write_text("")
    opened = {file: file.stat().st_atime_ns for file in files}
    with serving(sample, tmp_path / "run", workers=2) as server:
        assert everything(server) == before
        eventually(lambda: "scan complete: " in server.log.read_text())
        assert "scan complete: 0 files changed" in server.log.read_text()
        assert {file: file.stat().st_atime_ns for file in files} == opened


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_process_cleanly(
    corpus: Path, tmp_path: Path, number: signal.Signals
) -> None:
    write_article(corpus)
    with serving(corpus, tmp_path / "run", workers=2) as server:
        master = server.process.pid
        assert len(session_processes(master)) >= 3
        begun = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(10) == 0
        print(f"ended after {time.monotonic() - begun:.2f} s")
        eventually(lambda: not session_processes(master), within=2)
        assert "Traceback" not in server.log.read_text()


def test_a_reload_takes_up_new_settings_and_new_code(corpus: Path, tmp_path: Path) -> None:
    for folder in ("feeds", "config"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    code = tmp_path / "project" / "feeds" / "index" / "current.py"
    config = tmp_path / "feeds.yaml"
    config.write_text("site: {title: One}\n")
    write_article(corpus)
    project = tmp_path / "project"
    with running(corpus, tmp_path / "run", 2, project, FEEDS_CONFIG=str(config)) as server:
        eventually(lambda: json.loads(server.get("/feed.json").body)["title"] == "One")
    with running(
        corpus, tmp_path / "run", 2, project, FEEDS_CONFIG=str(config)
    ) as server:  # now there is something to share
        assert json.loads(server.get("/feed.json").body)["title"] == "One"
        before = server.workers()
        config.write_text("site: {title: Two}\n")
        code.write_text(code.read_text().replace('"revision %d:', '"of another edition, %d:'))
        server.process.send_signal(signal.SIGHUP)
        eventually(
            lambda: len(server.workers()) == 2 and not set(before) & set(server.workers()), within=30
        )
        assert {json.loads(server.get("/feed.json").body)["title"] for _ in range(8)} == {"Two"}
        # Each worker says so once it has the index, and again of what the new title changes.
        eventually(lambda: server.log.read_text().count("of another edition, ") >= 2, within=30)


def test_an_application_that_cannot_start_says_why_and_ends(corpus: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError) as failure,
        serving(corpus, tmp_path / "run", FEEDS_SITE_TITEL="no such setting"),
    ):
        pass
    assert "FEEDS_SITE_TITEL: unknown setting" in str(failure.value)
    assert "Traceback" not in (tmp_path / "run" / "log").read_text()


def raw(server: Running, request: str) -> Response:
    """What comes back for the bytes of *request*, until the server closes."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request.replace("\n", "\r\n").encode())
        whole = b""
        while some := connection.recv(65536):
            whole += some
    head, _, body = whole.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = Headers([line.split(": ", 1) for line in lines])
    return Response(int(status.split()[1]), headers, body)


def test_old_and_odd_clients_are_served_the_same(sample: Path, tmp_path: Path) -> None:
    with serving(sample, tmp_path / "run") as server:
        usual = server.get("/feed.rss")
        for request in (
            "GET /feed.rss HTTP/1.0\n\n",
            "GET /feed.rss HTTP/1.0\nHost: evil.example\n\n",
            "GET /feed.rss HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
            "GET /feed.rss HTTP/1.1\nHost: x\nX-Forwarded-Host: evil.example\nConnection: close\n\n",
            "GET http://evil.example/feed.rss HTTP/1.1\nHost: evil.example\nConnection: close\n\n",
        ):
            answer = raw(server, request)
            assert answer.status == 200, request
            assert answer.body == usual.body
            assert answer.headers["ETag"] == usual.headers["ETag"]
            assert int(answer.headers["Content-Length"]) == len(answer.body)
            # gunicorn adds a Date where there is none, and the ASGI adapter has sent one.
            assert len(answer.headers.getlist("Date")) == 1
        page = raw(server, "GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n")
        assert b"evil" not in page.body
        lost = raw(server, "GET /topics/oceans/ HTTP/1.1\nHost: evil.example\nConnection: close\n\n")
        assert "evil" not in repr(lost)
        head = raw(server, "HEAD /feed.rss HTTP/1.1\nHost: x\nConnection: close\n\n")
        assert (head.status, head.body, head.headers["ETag"]) == (200, b"", usual.headers["ETag"])


def test_pictures_of_a_sample_are_served_where_its_feeds_say(sample: Path, tmp_path: Path) -> None:
    with serving(sample, tmp_path / "run") as server:
        items = json.loads(server.get("/feed.json").body)["items"]
        addresses = {item["image"] for item in items if "image" in item}
        assert len(addresses) > 10
        for address in addresses:
            assert address.startswith("http://feeds.example/assets/")
            answer = server.get(address.removeprefix("http://feeds.example"))
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
            assert answer.body.startswith(b"\x89PNG")


def test_make_run_serves_a_sample_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """In a folder of its own, with this environment in place of the one that make would install."""
    if not (ROOT / ".venv" / "installed").exists():
        pytest.skip("make has not made its environment")
    place = tmp_path / "project"
    (place / ".venv" / "bin").mkdir(parents=True)
    feeds = place / ".venv" / "bin" / "feeds"
    feeds.write_text(f'#!/bin/sh\nexec {sys.executable} -m feeds "$@"\n')
    feeds.chmod(0o755)
    for name in "Makefile", "pyproject.toml", "constraints.txt":
        shutil.copy(ROOT / name, place)
    (place / ".venv" / "installed").touch()
    made_by_make(place, tmp_path / "log", first=True, ending="interrupt the group")
    made_by_make(place, tmp_path / "log", first=False, ending="terminate make")


def made_by_make(place: Path, log: Path, *, first: bool, ending: str) -> None:
    """Start it, look at what it serves, end it. The *first* time, there is no sample yet."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        make = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=place,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        ready = " articles at revision "  # logged by each of the two workers
        eventually(lambda: make.poll() is not None or log.read_text().count(ready) >= 2, within=30)
        assert make.poll() is None, log.read_text()
        feed = json.loads(get(f"{url}/feed.json").body)
        assert feed["title"] == "Tidewater Digest"
        assert feed["feed_url"].startswith(url)
        # On another port than before, articles are read again first: their pictures have moved.
        eventually(lambda: f"{url}/assets/images/".encode() in get(f"{url}/feed.json").body)
        assert get(f"{url}/assets/images/01.png").status == 200
        assert (place / "var" / "sample" / ".sample").exists()
        assert ("200 articles in var/sample" in log.read_text()) == first
        assert f"serving var/sample at {url}" in log.read_text()
        if ending == "terminate make":
            make.terminate()
        else:
            os.killpg(make.pid, signal.SIGINT)
        make.wait(15)
        eventually(lambda: not session_processes(make.pid), within=5)
        assert "Traceback" not in log.read_text()
    finally:
        for process in session_processes(make.pid):
            os.kill(process, signal.SIGKILL)
        make.wait(5)


def test_it_listens_where_host_says_an_address_of_ipv6_too() -> None:
    code = "import runpy; print(runpy.run_path('config/gunicorn.py')['bind'])"
    for host, bind in ("::1", "[::1]:80"), ("[::]", "[::]:80"), ("127.0.0.1", "127.0.0.1:80"):
        environment = os.environ | {"HOST": host, "PORT": "80"}
        command = [sys.executable, "-c", code]
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
        assert made.stdout.decode().strip() == bind


def test_make_run_says_why_it_cannot_serve_a_corpus(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "feeds", "--corpus", str(tmp_path / "none"), "serve"],
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"feeds: {tmp_path}/none: no such folder\n"


# Connections

asgi_alone = pytest.mark.parametrize("worker_class", ["asgi"], indirect=True)  # threads would be held


def connect(server: Running) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_requests_sent_together_are_answered_in_their_order(sample: Path, tmp_path: Path) -> None:
    paths = ["/feed.rss", "/", "/nothing", "/feed.json", "/feed.rss", "/robots.txt"]
    with serving(sample, tmp_path / "run") as server:
        expected = [server.get(path) for path in paths]
        requests = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths]
        with connect(server) as connection:
            connection.sendall("".join(requests).encode())
            stream = connection.makefile("rb")
            for whole in expected:
                assert int(stream.readline().split()[1]) == whole.status
                headers = http.client.parse_headers(stream)
                assert stream.read(int(headers["Content-Length"])) == whole.body


@asgi_alone
def test_slow_clients_keep_nobody_waiting(sample: Path, tmp_path: Path) -> None:
    """Forty send a letter now and then, forty more read nothing of what they asked for."""
    with serving(sample, tmp_path / "run") as server, ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(80)]
        for connection in slow[40:]:
            connection.sendall(b"GET /feed.rss?limit=200 HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        for letter in "GET /feed.rss":
            for connection in slow[:40]:
                connection.sendall(letter.encode())
            begun = time.monotonic()
            assert server.get("/feed.rss").status == 200
            assert server.get("/nothing").status == 404
            assert time.monotonic() - begun < 2
        for connection in slow[:40]:
            connection.sendall(b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"


@asgi_alone
def test_two_thousand_may_stay_connected(sample: Path, tmp_path: Path) -> None:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files[1] < 5000:
        pytest.skip(f"no more than {files[1]} files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(5000, files[0]), files[1]))
    with serving(sample, tmp_path / "run") as server, ExitStack() as stack:
        memory = resident(server)
        for _ in range(2000):
            connection = stack.enter_context(connect(server))
            connection.sendall(b"GET /feed.rss HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 304"
        begun = time.monotonic()
        assert server.get("/feed.rss").status == 200
        assert time.monotonic() - begun < 1
        each = (resident(server) - memory) / 2000
        print(f"{each:.1f} KB each")
        assert each < 100


def resident(server: Running) -> int:
    """Kilobytes in memory of the worker."""
    status = Path(f"/proc/{server.workers()[0]}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0])


def test_idle_connections_do_not_keep_a_server_from_ending(sample: Path, tmp_path: Path) -> None:
    with serving(sample, tmp_path / "run") as server, ExitStack() as stack:
        for _ in range(5):
            connection = stack.enter_context(connect(server))
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        begun = time.monotonic()
        server.process.terminate()
        server.process.wait(20)
        print(f"ended after {time.monotonic() - begun:.1f} s")
        assert time.monotonic() - begun < 10


@pytest.mark.skipif(not find_spec("granian"), reason="granian is not installed")
def test_granian_serves_the_same_bytes_survives_a_kill_and_ends(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worker_class: str
) -> None:
    with serving(sample, tmp_path / "one") as server:
        expected = everything(server)
        unknown = server.get("/topics/%C3%BC%ff?x=%ff")
    monkeypatch.setenv("WORKER_CLASS", "granian")
    with serving(sample, tmp_path / "two", workers=2) as server:
        assert everything(server) == expected
        for (path, coding), (tag, _, _) in expected.items():
            assert server.get(path, Accept_Encoding=coding, If_None_Match=tag).status == 304
        answer = server.get("/topics/%C3%BC%ff?x=%ff")
        assert (answer.status, answer.body) == (unknown.status, unknown.body)
        write_article(sample, "_news/2026-11-02-new.md", title="New")
        eventually(lambda: all("New" in titles(server) for _ in range(8)))
        kill_a_worker(server)
        eventually(lambda: all("New" in titles(server) for _ in range(8)))
        master = server.process.pid
        server.process.terminate()
        assert server.process.wait(15) == 0
        eventually(lambda: not session_processes(master), within=5)
