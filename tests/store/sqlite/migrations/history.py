"""Make a store with a history, with the ``feeds`` in PYTHONPATH: ``python history.py FOLDER [ENOUGH]``.

It writes FOLDER/corpus, FOLDER/store.db and FOLDER/store.json, which says what that version reads in its
own store. It uses nothing that the first version did not have. README.md beside it says when to run it.
"""

import json
import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.ingest.refresher import Refresher
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.schema import SCHEMA

EDITION = b"migrations"
HOUR, DAY = 3600, 86400
START = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp())  # a Monday
END = START + 20 * DAY
SETTINGS = {"authority": "example.org"}
STORM = "A storm closes the harbour of Lantern Bay"
TEXT = "\n\n".join("The tide came in at noon, and the boats with it. Nobody was late." for _ in range(5))


class Author:
    """Writes a corpus, and records it with a Refresher at a given time."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "corpus"
        self.now = float(START)
        self._modified = START
        (self.root / "_news").mkdir(parents=True)
        self._text("_config.yml", "title: Harbour\nurl: https://corpus.example\nlocale: en\n")
        self._text("_data/topics/seas.yaml", "_id: seas\nname: Seas\nshortname: Oceans\n")
        self._text("_data/topics/tides.yaml", "_id: tides\nname: Tides\nparent: Seas\n")
        self._text(
            "_data/organizations/gull.md",
            "---\nname: The Gull\ndomain: gull.example\nwebUrl: https://gull.example/\n---\n",
        )
        self.store = SQLiteStore(folder / "store.db")
        assert self.store.acquire_writer()
        self._refresher = Refresher(Corpus(self.root, **SETTINGS), self.store, lambda: self.now, EDITION)

    def record(self, after: int) -> None:
        """Record the corpus *after* that many seconds since the start."""
        self.now = float(START + after)
        self._refresher.refresh_all()

    def article(self, name: str, body: str = TEXT, **fields: Any) -> None:
        header = {
            "title": f"About {name}",
            "excerpt": f"An excerpt of {name}.",
            "publishedDateTime": "2026-03-01T08:00:00Z",
            "webUrl": f"https://gull.example/{name}",
            "provider": {"name": "The Gull", "domain": "gull.example"},
            "topics": ["Seas"],
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in (header | fields).items() if value]
        self._text(f"_news/{name}.md", "\n".join(["---", *lines, "---", body, ""]))

    def remove(self, name: str) -> None:
        (self.root / f"_news/{name}.md").unlink()

    def _text(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        self._modified += 1
        os.utime(file, (self._modified, self._modified))


def live(author: Author) -> None:
    """Cause one change of every kind that a store records."""
    at = "2026-03-02T12:30:00Z"
    heron = {"name": "The Heron", "domain": "heron.example"}
    image = {"url": "https://gull.example/a.png", "width": 640, "height": 480}
    author.article("plain")
    author.article("pictured", images=[image], quality=7, heat=3, topics=["Tides"])
    author.article("edited")
    author.article("removed")
    author.article("returned", provider=heron)
    author.article("renamed", provider=heron)
    author.article("moved", topics=["Tides"])
    author.article("broken")
    author.article("withdrawn")
    author.article("withheld", published="false")
    author.article("scheduled", publishedDateTime="2099-01-01T00:00:00Z")
    author.article("own-id", id="urn:example:own", language="de", type="review")
    author.record(0)
    author.article("storm", title=STORM, publishedDateTime=at, heat=5)
    told = {"title": "A storm", "webUrl": "https://gull.example/storm"}
    author.article("aftermath", title="What the wind left", publishedDateTime=at, heat=5,
                   provider=heron, related=[told])  # fmt: skip
    author.record(1 * HOUR)
    author.article("edited", title="About edited, again", body=f"{TEXT}\n\nAnd a correction.")
    author.record(2 * HOUR)
    author.remove("removed")
    author.remove("returned")
    author.record(3 * HOUR)
    author.article("moved", topics=["Boats"])
    author.article("withdrawn", published="false")
    author.record(4 * HOUR)
    author.article("returned", provider=heron)
    author.record(DAY)
    author.remove("renamed")
    author.article("called-otherwise", title="About renamed", excerpt="An excerpt of renamed.",
                   webUrl="https://gull.example/renamed", provider=heron)  # fmt: skip
    author.record(DAY + HOUR)
    author.article("storm", title=STORM, publishedDateTime=at, heat=90)
    author.record(3 * DAY)
    author.article("aftermath", title="What the wind left", publishedDateTime=at, heat=70,
                   provider=heron, related=[told])  # fmt: skip
    author.record(9 * DAY)
    author.article("broken", title="")
    author.record(10 * DAY)


def many(author: Author, count: int) -> None:
    """Enough small articles that the store makes a dictionary, and one of them edited."""
    for number in range(count):
        author.article(
            f"{number:03}", body=f"Note {number}. {TEXT[:150]}", topics=["Seas", f"T{number % 5}"]
        )
    author.record(0)
    author.article("007", body="Edited.", topics=["Seas", "T2"])
    author.remove("008")
    author.record(HOUR)


def said(path: Path) -> dict[str, Any]:
    """The content of the store at *path* as this version reads it; bytes as hexadecimal digits."""
    with sqlite3.connect(path) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM articles ORDER BY id")]
    store = SQLiteStore(path)
    snapshot = store.load()
    articles = {id_: _entry(entry) for id_, entry in store.entries(ids).items()}
    files = {name: _plain(file) for name, file in sorted(store.files().items())}
    for file in files.values():
        file["modified"], file["size"], _ = file.pop("stamp")  # the inode is another after every copy
    departures = [_plain(each) for each in snapshot.tombstones]
    revision = store.revision()
    store.close()
    return {
        "schema": SCHEMA,
        "revision": revision,
        "live": sorted(each.id for each in snapshot.records),
        "articles": articles,
        "departures": departures,
        "files": files,
        "taxonomy": _plain(snapshot.taxonomy),
    }


def _entry(entry: Any) -> dict[str, Any]:
    content = getattr(entry.record, "content", entry.record.payload)
    article = msgspec.msgpack.decode(content, type=Article)
    record = dict(
        zip(entry.record.__struct_encode_fields__, msgspec.structs.astuple(entry.record), strict=True)
    )
    kept = ("version", "changed", "appeared", "rated", "daily", "weekly", "story", "slug")
    return _plain(
        {"title": article.title, "url": article.url, "published": article.published.isoformat()}
        | {"updated": article.updated.isoformat(), "path": entry.path, "first_seen": entry.first_seen}
        | {"removed": entry.removed}
        | {name: record[name] for name in kept if name in record}
    )


def _plain(value: Any) -> Any:
    """*value* as JSON has it; bytes at the first level as hexadecimal digits."""
    if isinstance(value, dict):
        value = {name: each.hex() if isinstance(each, bytes) else each for name, each in value.items()}
    return json.loads(msgspec.json.encode(value))


def main(folder: Path, enough: int) -> None:
    folder.mkdir(parents=True)
    if enough:
        from feeds.store.sqlite import entries

        entries.MIN_DICTIONARY_ARTICLES = enough
    author = Author(folder)
    if enough:
        many(author, 3 * enough)
    else:
        live(author)
    author.store.close()
    path = folder / "store.db"
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("VACUUM")
        database.execute("PRAGMA journal_mode = WAL")
    database.close()
    told = said(path)
    (folder / "store.json").write_text(
        json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    )
    stamps = {
        file.relative_to(author.root).as_posix(): int(file.stat().st_mtime)
        for file in sorted(author.root.rglob("*"))
        if file.is_file()
    }
    (folder / "stamps.json").write_text(json.dumps(stamps, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
