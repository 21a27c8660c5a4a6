"""Another version of this program reads the same files differently: readers get no changes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from werkzeug.test import TestResponse

from feeds.article import Article, Enclosure, FacetFields, fingerprint
from feeds.corpus import Corpus, Source
from feeds.ingest import Limits
from feeds.ingest.refresher import Refresher
from feeds.store import Changes, Record
from tests.builders import write_article
from tests.harness import SITE, WriteSide, entries, serving, written
from tests.ingest.ingest_harness import NOW

FORMATS = ["atom", "json", "rss"]


class Other(Corpus):
    """The next version: it adds *more* and *enclosures* to every article, and replaces its *authors*."""

    more = ""
    authors: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()

    def read_source(self, path: str) -> Source | None:
        source = super().read_source(path)
        if not source or not isinstance(source.reading, Article):
            return source
        article = source.reading
        authors = self.authors or article.authors
        article = msgspec.structs.replace(
            article, html=article.html + self.more, authors=authors, enclosures=self.enclosures
        )
        return Source(source.digest, article)


class Upgraded(WriteSide):
    """A corpus of three articles recorded by one version, and a process that followed it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "corpus", folder / "store.db", NOW)
        self.corpus = Other(self.root, authority="example.org")
        self.limits = Limits()
        self.refresher = self.version(b"1")
        self.refresher.refresh_all()
        for number in (1, 2, 3):
            self.write(number)
        self.write(4, publishedDateTime=written(NOW + 7 * 86_400))
        self.refresh_all()
        self.process = serving(folder / "store.db", lambda: self.now)
        self.process.get("/feed.json")

    def version(self, version: bytes, edition: bytes = b"") -> Refresher:
        return Refresher(
            self.corpus,
            self.store,
            lambda: self.now,
            fingerprint([SITE, edition]),
            version=version,
            limits=self.limits,
        )

    def upgrade(self, edition: bytes = b"") -> int:
        """Read all files with the next version."""
        self.now += 3600
        self.corpus.more = "<p>What the former version left out.</p>"
        self.refresher = self.version(b"2", edition)
        return self.refresher.refresh_all()

    def write(self, number: int, **fields: object) -> None:
        (self.root / f"_news/{number}.md").unlink(missing_ok=True)
        write_article(self.root, f"_news/{number}.md", "Body.", **({"title": f"Title {number}"} | fields))

    def refresh_all(self) -> int:
        self.now += 60
        return self.refresher.refresh_all()

    def records(self) -> dict[str, Record]:
        """The live articles by title."""
        found = self.store.load().records
        return {msgspec.msgpack.decode(each.content, type=Article).title: each for each in found}

    def html(self, title: str) -> str:
        return msgspec.msgpack.decode(self.records()[title].content, type=Article).html

    def get(self, extension: str, tag: str = "", **headers: str) -> TestResponse:
        asked = {"If_None_Match": tag} if tag else {}
        return self.process.get(f"/feed.{extension}", **asked, **headers)


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Upgraded]:
    made = Upgraded(tmp_path)
    yield made
    made.process.close()
    made.close()


def dates(record: Record) -> tuple[int, ...]:
    return record.published, record.updated, record.changed, record.appeared, record.rated


def test_another_version_reads_every_file_again_and_once(upgraded: Upgraded) -> None:
    assert upgraded.upgrade() == 4
    assert upgraded.refresh_all() == 0
    assert "left out" in upgraded.html("Title 1")


def test_another_version_changes_etags_and_keeps_dates(
    upgraded: Upgraded,
) -> None:
    before = {extension: upgraded.get(extension) for extension in FORMATS}
    records = upgraded.records()
    upgraded.upgrade()
    for title, each in upgraded.records().items():
        assert dates(each) == dates(records[title])
        assert each.version != records[title].version
    assert upgraded.store.load().tombstones == []
    for extension, former in before.items():
        answer = upgraded.get(extension)
        assert "left out" in answer.text
        assert answer.headers["ETag"] != former.headers["ETag"]
        assert answer.headers["Last-Modified"] == former.headers["Last-Modified"]


@pytest.mark.parametrize("extension", FORMATS)
def test_a_client_of_the_former_version_is_sent_the_whole_feed_and_no_changes(
    upgraded: Upgraded, extension: str
) -> None:
    tag = upgraded.get(extension).headers["ETag"]
    upgraded.upgrade()
    for headers in ({}, {"A_IM": "feed"}, {"A_IM": "feed, gzip"}):
        answer = upgraded.get(extension, tag, **headers)
        assert answer.status_code == 200
        assert "Delta-Base" not in answer.headers
        assert len(entries(answer.data, extension)) == 3
    assert upgraded.get(extension, answer.headers["ETag"], A_IM="feed").status_code == 304


def test_the_next_edit_after_an_upgrade_is_sent_alone(upgraded: Upgraded) -> None:
    upgraded.upgrade()
    tag = upgraded.get("atom").headers["ETag"]
    upgraded.write(2, title="Edited")
    upgraded.refresh_all()
    answer = upgraded.get("atom", tag, A_IM="feed")
    assert answer.status_code == 226
    assert [title for _, title in entries(answer.data, "atom")] == ["Edited"]


@pytest.mark.parametrize("fields", [{"title": "Edited"}, {"excerpt": "Edited."}, {"topics": ["Other"]}])
def test_an_edit_that_is_first_seen_by_another_version_is_an_edit(
    upgraded: Upgraded, fields: dict[str, object]
) -> None:
    before = upgraded.records()
    upgraded.write(2, **fields)
    upgraded.upgrade()
    after = upgraded.records()
    title = str(fields.get("title", "Title 2"))
    assert after[title].changed == after[title].updated == upgraded.now
    assert dates(after["Title 1"]) == dates(before["Title 1"])
    assert bool(upgraded.store.load().tombstones) is ("topics" in fields)


def test_a_new_file_and_one_that_is_gone_count_in_an_upgrade(upgraded: Upgraded) -> None:
    before = upgraded.records()
    upgraded.write(5)
    (upgraded.root / "_news/3.md").unlink()
    upgraded.upgrade()
    after = upgraded.records()
    assert after["Title 5"].changed == upgraded.now
    assert [left.id for left in upgraded.store.load().tombstones] == [before["Title 3"].id]
    assert dates(after["Title 1"]) == dates(before["Title 1"])


def test_a_touched_file_is_no_edit_in_an_upgrade(upgraded: Upgraded) -> None:
    before = upgraded.records()
    upgraded.write(2)
    upgraded.upgrade()
    assert dates(upgraded.records()["Title 2"]) == dates(before["Title 2"])


def test_a_taxonomy_that_changed_meanwhile_counts_in_an_upgrade(upgraded: Upgraded) -> None:
    tag = upgraded.get("atom").headers["ETag"]
    (upgraded.root / "_config.yml").write_text("title: Another\nurl: https://corpus.example\n")
    upgraded.upgrade()
    assert [left.facets for left in upgraded.store.load().tombstones] == [None]
    assert upgraded.store.taxonomy().title == "Another"
    assert upgraded.get("atom", tag, A_IM="feed").status_code == 200
    assert upgraded.refresh_all() == 0


def test_settings_that_changed_meanwhile_count_in_an_upgrade(upgraded: Upgraded) -> None:
    upgraded.upgrade(edition=b"another name of the site")
    assert [left.facets for left in upgraded.store.load().tombstones] == [None]
    assert upgraded.refresh_all() == 0


def test_an_upgrade_that_fails_half_way_is_done_again(
    upgraded: Upgraded, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgraded.limits = Limits(batch=2)
    before = upgraded.records()
    record, calls = upgraded.store.record, 0

    def failing(changes: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("no space left")
        return record(changes)  # type: ignore[arg-type]

    monkeypatch.setattr(upgraded.store, "record", failing)
    with pytest.raises(OSError, match="no space left"):
        upgraded.upgrade()
    monkeypatch.setattr(upgraded.store, "record", record)
    assert upgraded.refresh_all() == 4
    for title, each in upgraded.records().items():
        assert dates(each) == dates(before[title])
        assert "left out" in upgraded.html(title)


def test_authors_that_a_former_version_did_not_record_are_found_after_the_upgrade(
    upgraded: Upgraded,
) -> None:
    """A store of such a version has facets without authors; no date or ETag changes with them."""
    upgraded.write(1, title="Title 1", provider={"name": "A", "authors": [{"name": "Ada"}]})
    upgraded.refresh_all()
    entries = upgraded.store.entries([each.id for each in upgraded.records().values()])
    for entry in entries.values():
        fields = msgspec.msgpack.decode(entry.record.facets)[:6]
        former = msgspec.structs.replace(entry.record, facets=msgspec.msgpack.encode(fields))
        upgraded.store.record(
            Changes(at=int(upgraded.now), entries=[msgspec.structs.replace(entry, record=former)])
        )
    upgraded.process.follow()
    before, tag = upgraded.records(), upgraded.get("json").headers["ETag"]
    tombstones = upgraded.store.load().tombstones
    assert upgraded.process.index().listings.authors() == []
    upgraded.refresher = upgraded.version(b"2")
    upgraded.refresh_all()
    upgraded.process.follow()
    assert [each.name for each in upgraded.process.index().listings.authors()] == ["Ada"]
    for title, each in upgraded.records().items():
        assert (dates(each), each.version) == (dates(before[title]), before[title].version)
    assert upgraded.get("json").headers["ETag"] == tag
    assert upgraded.store.load().tombstones == tombstones


def test_authors_that_another_version_reads_are_no_change(upgraded: Upgraded) -> None:
    before = upgraded.records()
    upgraded.corpus.authors = ("Ada",)
    upgraded.upgrade()
    assert {dates(each) for each in upgraded.records().values()} == {dates(e) for e in before.values()}
    assert upgraded.store.load().tombstones == []
    upgraded.process.follow()
    assert [each.count for each in upgraded.process.index().listings.authors()] == [3]


def test_audio_that_a_former_version_did_not_read_is_no_change(upgraded: Upgraded) -> None:
    """It is enclosed and selected from then on, but no article is shown as new or updated."""
    before = upgraded.records()
    upgraded.corpus.enclosures = (Enclosure("https://example.org/1.mp3", "audio/mpeg"),)
    upgraded.upgrade()
    assert {dates(each) for each in upgraded.records().values()} == {dates(e) for e in before.values()}
    assert upgraded.store.load().tombstones == []
    upgraded.process.follow()
    assert b'href="https://example.org/1.mp3"' in upgraded.get("atom").data
    assert len(upgraded.process.index().postings("has", "audio") or ()) == 3


def test_facets_of_a_former_version_without_media_are_read(upgraded: Upgraded) -> None:
    fields = msgspec.msgpack.decode(upgraded.records()["Title 1"].facets)
    former = msgspec.msgpack.decode(msgspec.msgpack.encode(fields[:7]), type=FacetFields)
    assert former.media == ()


def test_an_edit_of_the_authors_leaves_a_tombstone_in_the_feed_of_the_former_ones(
    upgraded: Upgraded,
) -> None:
    upgraded.write(1, title="Title 1", provider={"name": "A", "authors": [{"name": "Ada"}]})
    upgraded.refresh_all()
    upgraded.write(1, title="Title 1", provider={"name": "A", "authors": [{"name": "Grace"}]})
    upgraded.refresh_all()
    assert upgraded.store.load().tombstones[-1].facets.authors == ("ada",)
