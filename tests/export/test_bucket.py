"""A bucket has the bytes of the exported folder, and no reader sees half of an export."""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from signal import SIGTERM
from threading import Event, RLock, Thread
from typing import Any, NamedTuple

import msgspec
import pytest
from click.testing import Result

from feeds.errors import ExportError
from feeds.export import ExportResult
from feeds.export.bucket import publish
from feeds.export.bucket_lock import LOCK_KEY, LOCK_SECONDS, BucketLock
from feeds.export.bucket_manifest import MANIFEST_KEY
from feeds.export.bucket_objects import REDIRECTS_KEY, objects_of
from feeds.export.bucket_order import rank
from feeds.export.manifest import Manifest
from feeds.export.names import FileNames
from feeds.export.object_storage import ObjectStorage
from feeds.export.objects import ObjectVersion
from feeds.formats import FORMATS
from tests.buckets import CREDENTIALS, BucketServer
from tests.builders import write_article
from tests.codings import DECODE
from tests.commands import invoke
from tests.server import free_port
from tests.table import for_each

NOW = 1_800_000_000.0
DAY = 86_400
URL = "https://feeds.example"
NO_BUCKET = "not the URL of a bucket; use s3://, gs://, az:// with bucket and prefix"
SMALL = ("--no-digests", "--formats", "rss,json", "--codings", "none")  # the options of the site
FEW = ("--no-digests", "--no-pages", "--formats", "rss")  # those of an export that is quick
OWN = {LOCK_KEY, MANIFEST_KEY}


class Site(NamedTuple):
    """A corpus, its settings, and its exports before and after one article changes and another ends."""

    corpus: Path
    settings: dict[str, str]
    old: Path
    new: Path


@pytest.fixture(scope="module")
def storage() -> Iterator[BucketServer]:
    with BucketServer().running() as server:
        yield server


@pytest.fixture
def bucket(storage: BucketServer, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The name of an empty bucket, for which the environment has credentials."""
    for name, value in (CREDENTIALS | {"AWS_ENDPOINT_URL": storage.url}).items():
        monkeypatch.setenv(name, value)
    name = f"bucket-{abs(hash(request.node.name))}"
    storage.make(name)
    return name


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    made = Site(
        folder / "corpus",
        {
            "FEEDS_CORPUS_PATH": str(folder / "corpus"), "FEEDS_STORE_PATH": str(folder / "store.db"),
            "FEEDS_SITE_URL": URL,
        },
        folder / "old", folder / "new",
    )  # fmt: skip
    topics = made.corpus / "_data" / "topics"
    topics.mkdir(parents=True)
    (made.corpus / "_config.yml").write_text("title: Example\n")
    (topics / "oceans.yaml").write_text("name: Oceans\naliases: [Seas]\n")
    (made.corpus / "assets").mkdir()
    (made.corpus / "assets" / "a wave 100%.svg").write_text("<svg/>")
    for day in range(1, 6):
        add(made.corpus, day)
    assert invoke("export", made.old, "--workers", 1, *SMALL, **made.settings).exit_code == 0
    shutil.copytree(folder, folder / "before", ignore=shutil.ignore_patterns("before", "new", "old"))
    change(made.corpus)
    shutil.copytree(made.old, made.new)
    assert invoke("export", made.new, "--workers", 1, *SMALL, **made.settings).exit_code == 0
    return made


def add(corpus: Path, day: int, **fields: object) -> None:
    name = f"_news/2025-11-{day:02}-a{day}.md"
    topic = "Oceans" if day % 2 else "Tides"
    write_article(corpus, name, publishedDateTime=None, **{"topics": [topic]} | fields)


def change(corpus: Path) -> None:
    """Change one article, add one, and remove one."""
    add(corpus, 2, title="Another title")
    add(corpus, 7)
    (corpus / "_news" / "2025-11-04-a4.md").unlink()


class Exporter:
    """``feeds export`` of a copy of the site, which has its own corpus and store."""

    def __init__(self, site: Site, folder: Path) -> None:
        shutil.copytree(site.old.parent / "before", folder, dirs_exist_ok=True)
        self.corpus = folder / "corpus"
        paths = {"FEEDS_CORPUS_PATH": self.corpus, "FEEDS_STORE_PATH": folder / "store.db"}
        self.settings = {name: str(path) for name, path in paths.items()} | {"FEEDS_SITE_URL": URL}

    def __call__(self, target: str | Path, *words: object, status: int = 0, **settings: str) -> Result:
        result = invoke("export", target, "--workers", 1, *words, **self.settings, **settings)
        assert result.exit_code == status, result.output
        return result


@pytest.fixture
def export(site: Site, tmp_path: Path) -> Exporter:
    return Exporter(site, tmp_path)


def numbers(result: Result) -> tuple[int, int]:
    """The numbers of objects written and removed."""
    found = re.search(r"(\d+) objects written, (\d+) removed", result.stderr)
    assert found, result.stderr
    return int(found[1]), int(found[2])


def key_of(file: str) -> str:
    """The key of the object with the bytes of *file*."""
    return file.removesuffix("/index.html")


def bodies(folder: Path) -> dict[str, bytes]:
    """The bodies that a bucket should have after the export in *folder*, without redirects."""
    responses = Manifest(folder / ".export" / "manifest").responses()
    return {key_of(each.file): (folder / each.file).read_bytes() for each in responses if each.file}


# -- Against a server that is compatible with S3


def test_every_object_is_the_file_of_the_folder_with_the_headers_of_the_server(
    export: Exporter, site: Site, storage: BucketServer, bucket: str
) -> None:
    written, _ = numbers(export(f"s3://{bucket}/some/prefix", *SMALL))
    expected = bodies(site.old)
    assert written == len(expected) + 1
    assert {"feed.rss", "topics/oceans", "index.html"} <= expected.keys()
    for answer in Manifest(site.old / ".export" / "manifest").responses():
        if answer.file and answer.status == 200:
            found = storage.get(
                bucket, f"some/prefix/{key_of(answer.file)}".replace("%", "%25").replace(" ", "%20")
            )
            assert found.body == (site.old / answer.file).read_bytes(), answer.address
            for name in ("Content-Type", "Cache-Control"):
                assert found.headers.get(name) == answer.headers.get(name), answer.address
            assert "Content-Encoding" not in found.headers


def test_with_a_coding_documents_are_compressed_and_say_so(
    export: Exporter, site: Site, storage: BucketServer, bucket: str
) -> None:
    export(f"s3://{bucket}", *FEW, "--codings", "gzip")
    feed, picture = storage.get(bucket, "feed.rss"), storage.get(bucket, "assets/a%20wave%20100%25.svg")
    assert feed.headers["Content-Encoding"] == "gzip"
    assert DECODE["gzip"](feed.body) == (site.old / "feed.rss").read_bytes()
    assert "Content-Encoding" not in picture.headers
    assert picture.body == b"<svg/>"


def test_only_the_objects_of_a_changed_article_are_written(
    export: Exporter, storage: BucketServer, bucket: str, tmp_path: Path
) -> None:
    url = f"s3://{bucket}/p"
    export(tmp_path / "public", *SMALL)
    export(url, *SMALL)
    before = bodies(tmp_path / "public")
    add(export.corpus, 2, title="Another title")
    export(tmp_path / "public", *SMALL)
    after = bodies(tmp_path / "public")
    storage.written()
    export(url, *SMALL)
    changed = {key for key in after if after[key] != before.get(key)}
    written = [each.removeprefix(f"/{bucket}/p/") for each in storage.written()]
    assert {"articles/2025-11-02-a2", "topics/tides.rss"} <= changed
    assert "topics/oceans.rss" not in changed
    assert sorted(each for each in written if each not in OWN) == sorted(changed)
    assert (
        written.index("articles/2025-11-02-a2") < written.index("feed.rss") < written.index("index.html")
    )


def test_an_export_without_changes_writes_nothing_but_its_lock(
    export: Exporter, storage: BucketServer, bucket: str
) -> None:
    export(f"s3://{bucket}", *FEW)
    storage.written()
    assert numbers(export(f"s3://{bucket}", *FEW)) == (0, 0)
    assert {each.removeprefix(f"/{bucket}/") for each in storage.written()} == {LOCK_KEY}


def test_a_folder_for_staging_is_kept_and_renders_only_what_changed(
    export: Exporter, storage: BucketServer, bucket: str, tmp_path: Path
) -> None:
    export(f"s3://{bucket}", *FEW, "--staging", tmp_path / "staging")
    before = {file: file.stat().st_ino for file in (tmp_path / "staging").rglob("*.rss")}
    add(export.corpus, 2, title="Another title")
    export(f"s3://{bucket}", *FEW, "--staging", tmp_path / "staging")
    assert (
        storage.get(bucket, "topics/tides.rss").body
        == (tmp_path / "staging/topics/tides.rss").read_bytes()
    )
    assert {file.name for file, inode in before.items() if file.stat().st_ino == inode} >= {"oceans.rss"}


def test_every_feed_that_is_read_during_an_export_is_of_one_revision(
    export: Exporter, storage: BucketServer, bucket: str, tmp_path: Path
) -> None:
    export(tmp_path / "public", *SMALL)
    export(f"s3://{bucket}", *SMALL)
    old = bodies(tmp_path / "public")
    change(export.corpus)
    export(tmp_path / "public", *SMALL)
    new = bodies(tmp_path / "public")
    feeds = [key for key in old if key in new and key.rpartition(".")[2] in FORMATS]
    ended, mixed, rounds = Event(), [], []

    def read() -> None:
        while not ended.is_set() or len(rounds) < 2:
            mixed.extend(
                key for key in feeds if storage.get(bucket, key).body not in (old[key], new[key])
            )
            rounds.append(1)

    reader = Thread(target=read)
    reader.start()
    try:
        export(f"s3://{bucket}", *SMALL)
    finally:
        ended.set()
        reader.join()
    assert mixed == []
    assert storage.get(bucket, "feed.rss").body == new["feed.rss"] != old["feed.rss"]


def test_a_second_export_at_the_same_time_is_refused(
    export: Exporter, storage: BucketServer, bucket: str
) -> None:
    with BucketLock(ObjectStorage(f"s3://{bucket}"), time.time):
        refused = export(f"s3://{bucket}", *FEW, status=2)
    assert re.search(
        rf"s3://{bucket}: in use by another export; wait until that ends; "
        r"if it was killed, its lock expires in 1[78]\d s\n",
        refused.stderr,
    )
    assert numbers(export(f"s3://{bucket}", *FEW))[0]


def test_articles_are_read_under_the_lock_so_that_none_is_older_than_in_the_bucket(
    storage: BucketServer, bucket: str
) -> None:
    with BucketLock(ObjectStorage(f"s3://{bucket}"), time.time):
        refused = invoke("export", f"s3://{bucket}", FEEDS_CORPUS_PATH="/missing")
    assert "in use by another export" in refused.stderr


def test_a_moved_page_leads_on_and_a_list_for_a_cdn_has_all_redirects(
    export: Exporter, storage: BucketServer, bucket: str
) -> None:
    export(f"s3://{bucket}", *SMALL, "--index-pages")
    page = storage.get(bucket, "topics/seas/index.html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b'http-equiv="refresh" content="0; url=https://feeds.example/topics/oceans"' in page.body
    listed = msgspec.json.decode(storage.get(bucket, REDIRECTS_KEY).body)
    assert listed["/topics/seas"] == {"status": 301, "location": f"{URL}/topics/oceans"}


def test_removed_objects_disappear_after_the_time_of_grace(
    export: Exporter, storage: BucketServer, bucket: str
) -> None:
    export(f"s3://{bucket}", *SMALL)
    (export.corpus / "_news" / "2025-11-04-a4.md").unlink()
    assert numbers(export(f"s3://{bucket}", *SMALL))[1] == 0
    assert storage.get(bucket, "articles/2025-11-04-a4").status == 200
    assert numbers(export(f"s3://{bucket}", *SMALL, FEEDS_EXPORT_GRACE="0"))[1] >= 2
    assert storage.get(bucket, "articles/2025-11-04-a4").status == 404
    assert storage.get(bucket, "feed.rss").status == 200


def test_a_busy_storage_is_asked_again(export: Exporter, storage: BucketServer, bucket: str) -> None:
    names = (LOCK_KEY, "feed.rss", MANIFEST_KEY)
    storage.refusals = {f"/{bucket}/{each}": ["503 Slow Down"] * 2 for each in names}
    assert numbers(export(f"s3://{bucket}", *FEW))[0]
    assert not any(storage.refusals.values())
    assert storage.get(bucket, "feed.rss").status == 200


def test_a_storage_that_refuses_a_right_is_an_error(
    export: Exporter, storage: BucketServer, bucket: str
) -> None:
    document = "<?xml version='1.0'?>\n<Error><Message>Too far off.</Message><Key>secret</Key></Error>"
    storage.refusals = {f"PUT /{bucket}/feed.rss": [f"403 Forbidden\n{document}"]}
    refused = export(f"s3://{bucket}", *FEW, status=2)
    assert refused.stderr == (
        f'feeds: s3://{bucket}/feed.rss: refused by the storage, which says "Too far off"; '
        "check the credentials, and their rights to get, put, list and delete objects\n"
    )
    assert numbers(export(f"s3://{bucket}", *FEW))[0]  # the lock is free
    assert storage.get(bucket, "feed.rss").status == 200


def test_a_large_file_has_its_headers_and_its_digest(
    storage: BucketServer, bucket: str, tmp_path: Path
) -> None:
    """It is sent in parts."""
    (tmp_path / "episode.mp3").write_bytes(os.urandom(1 << 20) * 12)
    objects = ObjectStorage(f"s3://{bucket}")
    objects.put("episode.mp3", tmp_path / "episode.mp3", {"Content-Type": "audio/mpeg"}, "abc")
    found = storage.get(bucket, "episode.mp3")
    assert found.headers["Content-Type"] == "audio/mpeg"
    assert found.body == (tmp_path / "episode.mp3").read_bytes()
    assert objects.digest("episode.mp3") == "abc"


def test_a_bucket_that_does_not_exist_is_named(export: Exporter, bucket: str) -> None:
    refused = export(f"s3://{bucket}-none/x", status=2)
    reason = f"s3://{bucket}-none/x: no such bucket; create it, or check its name and its region"
    assert refused.stderr == f"feeds: {reason}\n"


def test_a_storage_that_cannot_be_reached_is_an_error_without_secrets(bucket: str) -> None:
    objects = ObjectStorage(f"s3://{bucket}", f"http://127.0.0.1:{free_port()}", retry_seconds=0.1)
    with pytest.raises(ExportError, match=r"; check the network, the endpoint, the region") as error:
        objects.get("feed.rss")
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in str(error.value)
    assert error.value.where == f"s3://{bucket}/feed.rss"


def test_an_error_has_the_message_of_the_storage_without_arguments_of_addresses(
    storage: BucketServer, bucket: str
) -> None:
    """An argument may be a signature."""
    storage.refusals = {f"/{bucket}": ["400 Bad Request", "400 Bad Request\n<Message>No.</Message>"]}
    objects = ObjectStorage(f"s3://{bucket}/x")
    with pytest.raises(ExportError, match="400 Bad Request; check the network") as error:
        list(objects.keys())
    assert "list-type" not in str(error.value)
    with pytest.raises(ExportError, match=f's3://{bucket}/x: the storage says "No"; check the network'):
        list(objects.keys())


def test_missing_credentials_are_an_error(
    export: Exporter, storage: BucketServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "credentials" in export(f"s3://{bucket}", status=2).stderr
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", storage.url)
    storage.refusals = {"/latest/api/token": ["404 Not Found"]}
    assert export(f"s3://{bucket}", status=2).stderr == (
        f"feeds: s3://{bucket}: no credentials, neither in the environment nor from this machine; set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the variables of another provider\n"
    )


def test_the_endpoint_of_an_option_comes_first(
    export: Exporter, storage: BucketServer, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert numbers(export(f"s3://{bucket}", *FEW, "--endpoint", storage.url))[0]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", storage.url)
    refused = export(f"s3://{bucket}", "--endpoint", storage.url, status=2)
    assert refused.stderr == "feeds: --endpoint: AWS_ENDPOINT_URL_S3 is set too; use one of them\n"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])
def test_an_endpoint_in_a_variable_that_is_no_address_is_refused(name: str) -> None:
    refused = invoke("export", "s3://a", **{name: "nonsense"})
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"feeds: {name}: not the address of a server: 'nonsense'; begin with https://\n"
    )


def test_an_export_that_a_signal_ends_releases_its_lock(
    export: Exporter, storage: BucketServer, bucket: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(
        storage, "on_write", lambda path: path.endswith(".rss") and os.kill(os.getpid(), SIGTERM)
    )
    export(f"s3://{bucket}", *FEW, status=128 + SIGTERM)
    assert list(tmp_path.glob("feeds-export-*")) == []
    monkeypatch.setattr(storage, "on_write", lambda _path: None)
    assert numbers(export(f"s3://{bucket}", *FEW))[0]


def test_a_lock_that_was_written_without_an_answer_is_kept_and_released(
    storage: BucketServer, bucket: str
) -> None:
    objects = ObjectStorage(f"s3://{bucket}")
    lost = ["503 Slow Down"] * 2
    storage.losses = {f"PUT /{bucket}/{LOCK_KEY}": lost}
    with BucketLock(objects, time.time):
        assert len(lost) < 2
    with BucketLock(objects, time.time):
        assert lost == []


@for_each(
    ("words", "reason"),
    [
        (["ftp://a/b"], f"ftp://a/b: {NO_BUCKET}"),
        (["s3://"], f"s3://: {NO_BUCKET}"),
        (["s3://a", "--codings", "gzip,br"], "--codings: an object has one content coding; name one"),
        (["a", "--staging", "b"], "--staging: only for an export to a bucket; leave it out"),
        (["a", "--endpoint", "http://b"], "--endpoint: only for an export to a bucket; leave it out"),
        (["gs://a", "--endpoint", "http://b"], "--endpoint: only for s3://; leave it out"),
        (["a", "--index-pages"], "--index-pages: only for an export to a bucket; leave it out"),
        (["s3:/a/b"], f"s3:/a/b: {NO_BUCKET}"),
        (["s3://a", "--endpoint", "b"], "--endpoint: not the address of a server: 'b'; begin with https://"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_the_target_are_refused(words: list[str], reason: str) -> None:
    refused = invoke("export", *words)
    assert (refused.exit_code, refused.stderr) == (2, f"feeds: {reason}\n")


def test_without_obstore_the_error_says_what_to_install(
    export: Exporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "feeds.export.object_storage")
    monkeypatch.setitem(sys.modules, "obstore", None)
    refused = export("s3://bucket", status=2)
    assert refused.stderr.endswith("obstore is not installed; install the extra objects\n")


# -- Any storage: the rules of one that is compatible with S3, and a dictionary with the same


class Dictionary:
    """Objects in memory; *on_write* is called before each change of one, and may raise."""

    url = "memory://"

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict[str, str], str, str]] = {}
        self.on_write: Callable[[str], object] = lambda _key: None
        self._number = 0
        self._lock = RLock()

    def digest(self, key: str) -> str | None:
        found = self.objects.get(key)
        return found[2] if found else None

    def get(self, key: str) -> tuple[bytes, ObjectVersion] | None:
        found = self.objects.get(key)
        return (found[0], ObjectVersion(found[3])) if found else None

    def put(self, key: str, body: bytes | Path, headers: dict[str, str], digest: str) -> None:
        with self._lock:
            self.on_write(key)
            self._number += 1
            content = body if isinstance(body, bytes) else body.read_bytes()
            self.objects[key] = content, headers, digest, str(self._number)

    def replace(self, key: str, body: bytes, version: ObjectVersion | None) -> ObjectVersion | None:
        with self._lock:
            found = self.get(key)
            if (found[1] if found else None) != version:
                return None
            self.put(key, body, {}, "")
            return ObjectVersion(self.objects[key][3])

    def keys(self) -> Iterator[str]:
        yield from list(self.objects)

    def delete(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.on_write(key)
            self.objects.pop(key, None)

    def bodies(self) -> dict[str, bytes]:
        """The bodies of all objects but the lock and the manifest."""
        return {key: found[0] for key, found in self.objects.items() if key not in OWN}


@pytest.fixture(params=["s3", "dictionary"])
def objects(request: pytest.FixtureRequest) -> ObjectStorage | Dictionary:
    if request.param == "dictionary":
        return Dictionary()
    return ObjectStorage(f"s3://{request.getfixturevalue('bucket')}/prefix")


def test_an_object_is_read_as_it_was_written(objects: ObjectStorage | Dictionary, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(b"two")
    assert objects.digest("a/b.rss") is None
    assert objects.get("a/b.rss") is None
    objects.put("a/b.rss", b"one", {"Content-Type": "text/plain"}, "1")
    objects.put("a/b.rss", tmp_path / "body", {"Content-Type": "text/plain"}, "2")
    assert objects.digest("a/b.rss") == "2"
    found = objects.get("a/b.rss")
    assert found
    assert found[0] == b"two"
    assert list(objects.keys()) == ["a/b.rss"]
    objects.delete(["a/b.rss", "absent"])
    objects.delete(["absent"])
    assert list(objects.keys()) == []


def test_a_conditional_write_needs_the_version_that_was_read(objects: ObjectStorage | Dictionary) -> None:
    first = objects.replace("lock", b"1", None)
    assert first
    assert objects.replace("lock", b"2", None) is None
    second = objects.replace("lock", b"2", first)
    assert second
    assert second != first
    assert objects.replace("lock", b"3", first) is None
    assert objects.get("lock") == (b"2", second)


def lose_lock(objects: Dictionary, error: Exception | None) -> None:
    """Let another export take the lock of one that then ends, with *error* if there is one."""
    with BucketLock(objects, lambda: NOW):
        objects.put(LOCK_KEY, b"{}", {}, "")
        if error:
            raise error


def test_an_export_whose_lock_another_took_has_failed_and_its_own_error_comes_first() -> None:
    with pytest.raises(ExportError, match="another export has taken the lock"):
        lose_lock(Dictionary(), None)
    with pytest.raises(Killed):
        lose_lock(Dictionary(), Killed())


# -- One export to a bucket, in an object storage in memory


def published(
    objects: Dictionary,
    folder: Path,
    state: str,
    make: Callable[[Callable[[], None]], ExportResult],
    *,
    clock: Callable[[], float],
    **options: Any,
) -> ExportResult:
    with BucketLock(objects, clock) as held:
        return publish(held, folder, state, make, **options)


def run(
    objects: Dictionary, folder: Path, now: float = NOW, state: str = "", grace: float = DAY
) -> ExportResult:
    """Publish the export in *folder*, which is not made again."""
    return published(
        objects, folder, state or folder.name, lambda _renew: ExportResult(responses=1),
        grace=grace, clock=lambda: now,
    )  # fmt: skip


def wanted(folder: Path) -> dict[str, bytes]:
    """The bodies of a bucket that has only what is in *folder*."""
    return {
        each.key: each.body if isinstance(each.body, bytes) else each.body.read_bytes()
        for each in objects_of(folder)
    }


class Killed(Exception):
    """The export was killed; nothing can be written any more."""


def kill_after(objects: Dictionary, writes: int) -> None:
    """Let every change of *objects* after the next *writes* raise Killed."""
    left = iter(range(writes))

    def count(_key: str) -> None:
        if next(left, None) is None:
            raise Killed

    objects.on_write = count


def copy_of(objects: Dictionary) -> Dictionary:
    made = Dictionary()
    made.objects = dict(objects.objects)
    return made


def test_an_export_killed_between_any_two_writes_is_completed_by_the_next(site: Site) -> None:
    start = Dictionary()
    run(start, site.old)
    count: list[str] = []
    whole = copy_of(start)
    whole.on_write = count.append
    run(whole, site.new)
    assert len(count) > 20
    for writes in range(len(count)):
        killed = copy_of(start)
        kill_after(killed, writes)
        with pytest.raises(Killed):
            run(killed, site.new)
        killed.on_write = lambda _key: None
        for folder in (site.old, site.new):  # the killed one's bytes are mended, whichever comes next
            again = copy_of(killed)
            run(again, folder, NOW + LOCK_SECONDS, grace=0)
            assert again.bodies() == wanted(folder), writes


def test_a_first_export_that_is_killed_is_completed_too(site: Site) -> None:
    objects = Dictionary()
    for writes in (0, 1, 2, 10, 40):
        kill_after(objects, writes)
        with pytest.raises(Killed):
            run(objects, site.old, NOW + writes * DAY)
    objects.on_write = lambda _key: None
    run(objects, site.old, NOW + 50 * DAY)
    assert objects.bodies() == wanted(site.old)


def test_what_a_feed_or_a_list_names_is_there_before_it(site: Site) -> None:
    objects = Dictionary()
    run(objects, site.old)
    after, named = wanted(site.new), FileNames()
    broken = []

    def look(key: str) -> None:
        text = after.get(key, b"").decode(errors="replace")
        paths = re.findall(rf'(?:{URL}|")(/articles/[^\s"<>?#\\)\]]+)', text)
        broken.extend((key, each) for each in paths if key_of(named.file(each)) not in objects.objects)

    objects.on_write = look
    run(objects, site.new)
    assert broken == []
    assert "articles/2025-11-07-a7" in objects.objects


def test_bodies_come_before_archives_feeds_and_lists() -> None:
    addresses = [
        "/assets/a.png", "/articles/a.md", "/articles/a", "/topics/a/daily", "/feed/2025-10.rss",
        "/topics/a/2025-11.rss",
        "/topics/a/2025-11-02T10.rss", "/feed.rss", "/topics/a/daily.json", "/", "/topics/a", "/opml",
        "/catalog.json", "/sitemap.xml", "/robots.txt",
    ]  # fmt: skip
    ranks = [rank(each, FileNames().file(each))[0] for each in addresses]
    assert ranks == [0, 0, 1, 2, 3, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5]
    assert rank("/feed/2025-10.rss", "feed/2025-10.rss") < rank("/feed/2025-11.rss", "feed/2025-11.rss")


def test_an_object_that_comes_back_within_the_time_of_grace_is_not_written(site: Site) -> None:
    objects = Dictionary()
    run(objects, site.old)
    run(objects, site.new)
    written: list[str] = []
    objects.on_write = written.append
    run(objects, site.old, NOW + 1)
    assert "articles/2025-11-04-a4" not in written
    run(objects, site.old, NOW + 2 * DAY, state="later")
    assert "articles/2025-11-04-a4" in objects.objects


def test_objects_whose_time_has_come_are_removed_without_an_export(site: Site) -> None:
    objects = Dictionary()
    run(objects, site.old)
    run(objects, site.new)
    result = published(
        objects, site.new, "new", lambda _renew: pytest.fail("exported again"),
        grace=DAY, clock=lambda: NOW + DAY,
    )  # fmt: skip
    assert result.removed >= 2
    assert objects.bodies() == wanted(site.new)


@pytest.mark.parametrize(
    "content", [None, b"", b"[99]\n", b"\x00"], ids=["absent", "empty", "other", "damaged"]
)
def test_without_a_manifest_of_this_edition_objects_are_compared(
    site: Site, content: bytes | None
) -> None:
    objects = Dictionary()
    run(objects, site.old)
    objects.put("robots.txt", b"stale", {}, "another")
    objects.put("of-somebody-else", b"stays", {}, "")
    objects.put("of-an-earlier-export", b"goes", {}, "digest")
    objects.put("blog/.export/lock", b"{}", {}, "")
    objects.put("blog/feed.rss", b"of an export below", {}, "digest")
    others = {key: body for key, body in objects.bodies().items() if key.startswith(("blog", "of-s"))}
    objects.delete([MANIFEST_KEY])
    if content is not None:
        objects.put(MANIFEST_KEY, content, {}, "")
    written: list[str] = []
    objects.on_write = written.append
    run(objects, site.old)
    assert {*written} - OWN == {"robots.txt"}
    run(objects, site.old, NOW + DAY)
    assert objects.bodies() == wanted(site.old) | others


def test_a_first_export_looks_at_no_object_of_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = Dictionary()
    objects.put("of-another-program", b"stays", {}, "digest")
    monkeypatch.setattr(objects, "keys", lambda: pytest.fail("all objects listed"))
    run(objects, site.old)
    run(objects, site.old, NOW + 2 * DAY, state="later")
    assert objects.bodies() == wanted(site.old) | {"of-another-program": b"stays"}


def test_an_object_that_another_program_put_in_the_place_of_a_removed_one_stays(site: Site) -> None:
    objects = Dictionary()
    run(objects, site.old)
    run(objects, site.new)
    objects.put("articles/2025-11-04-a4", b"mine", {}, "")
    run(objects, site.new, NOW + DAY, state="later")
    assert objects.bodies() == wanted(site.new) | {"articles/2025-11-04-a4": b"mine"}


def test_with_index_pages_no_object_has_the_name_of_a_folder(site: Site) -> None:
    """MinIO refuses an object ``topics/oceans`` beside ``topics/oceans/2025-11.rss``."""
    keys = {each.key for each in objects_of(site.old, index_pages=True)}
    folders = {str(folder) for key in keys for folder in Path(key).parents}
    assert keys & folders == set()
    assert {"index.html", "topics/oceans/index.html", "topics/oceans.rss"} <= keys
    assert {each.key for each in objects_of(site.old)} & folders


def test_every_stage_of_an_export_shows_its_progress(site: Site) -> None:
    shown: list[tuple[str, int, int]] = []
    published(
        Dictionary(), site.old, "old", lambda _renew: ExportResult(responses=1),
        grace=DAY, clock=lambda: NOW, progress=lambda *words: shown.append(words),
    )  # fmt: skip
    count = len(wanted(site.old))
    assert shown == [
        (label, done, count)
        for label in ("comparing objects", "writing objects")
        for done in range(1, count + 1)
    ]


@pytest.mark.parametrize("first", [True, False])
def test_an_object_that_is_not_from_an_export_is_never_replaced(site: Site, first: bool) -> None:
    objects = Dictionary()
    if not first:
        run(objects, site.old)
    objects.put("articles/2025-11-07-a7", b"mine", {}, "")
    before = objects.bodies()
    with pytest.raises(
        ExportError, match="memory:///articles/2025-11-07-a7: not from an export; move it"
    ):
        run(objects, site.new)
    assert objects.bodies() == before


def test_a_lock_expires_and_its_former_holder_writes_no_more(site: Site) -> None:
    objects = Dictionary()
    now = NOW
    first = BucketLock(objects, lambda: now)
    first.__enter__()
    with pytest.raises(ExportError, match="in use by another export"):
        run(objects, site.old, NOW + LOCK_SECONDS - 1)
    run(objects, site.old, NOW + LOCK_SECONDS)
    now = NOW + LOCK_SECONDS + 1
    with pytest.raises(ExportError, match="another export has taken the lock"):
        first.renew()


def test_a_lock_of_a_host_with_a_wrong_clock_is_explained() -> None:
    objects = Dictionary()
    with (
        BucketLock(objects, lambda: NOW + 1000),
        pytest.raises(ExportError, match="by the clock of this host; synchronise the clocks of both"),
    ):
        BucketLock(objects, lambda: NOW).__enter__()


def test_a_long_export_renews_its_lock(site: Site) -> None:
    objects = Dictionary()
    now = NOW

    def make(renew: Callable[[], None]) -> ExportResult:
        nonlocal now
        for _minute in range(10):
            now += 60
            renew()
            with pytest.raises(ExportError, match="in use by another export"):
                run(objects, site.old, now)
        return ExportResult(responses=1)

    published(objects, site.old, "old", make, grace=DAY, clock=lambda: now)
    assert objects.bodies() == wanted(site.old)


def test_a_long_upload_renews_its_lock(site: Site) -> None:
    objects, now = Dictionary(), NOW

    def write(key: str) -> None:
        nonlocal now
        now += 0 if key in OWN else LOCK_SECONDS / 20
        if key == "index.html":
            with pytest.raises(ExportError, match="in use by another export"):
                run(copy_of(objects), site.old, now)

    objects.on_write = write
    published(
        objects, site.old, "old", lambda _renew: ExportResult(responses=1),
        grace=DAY, clock=lambda: now,
    )  # fmt: skip
    assert now > NOW + 2 * LOCK_SECONDS
    assert objects.bodies() == wanted(site.old)


def test_an_export_that_slept_while_another_took_the_lock_writes_nothing_more(site: Site) -> None:
    objects, now = Dictionary(), NOW
    run(objects, site.old)

    def sleep(key: str) -> None:
        nonlocal now
        if key == MANIFEST_KEY:
            now += LOCK_SECONDS
            objects.on_write = lambda _key: None
            other.__enter__()

    objects.on_write = sleep
    before = objects.bodies()
    other = BucketLock(objects, lambda: now)
    with pytest.raises(ExportError, match="another export has taken the lock"):
        published(
            objects, site.new, "new", lambda _renew: ExportResult(responses=1),
            grace=DAY, clock=lambda: now,
        )  # fmt: skip
    assert objects.bodies() == before
    other.__exit__(None, None, None)
    run(objects, site.new, now)
    assert objects.bodies().items() >= wanted(site.new).items()


def test_a_state_with_the_same_answers_is_not_exported_twice(site: Site) -> None:
    objects = Dictionary()
    run(objects, site.old)
    run(objects, site.old, state="next day")
    published(
        objects, site.old, "next day", lambda _renew: pytest.fail("exported again"),
        grace=DAY, clock=lambda: NOW,
    )  # fmt: skip


def test_a_damaged_lock_is_taken(site: Site) -> None:
    objects = Dictionary()
    objects.put(LOCK_KEY, os.urandom(8), {}, "")
    run(objects, site.old)
    assert objects.bodies() == wanted(site.old)
