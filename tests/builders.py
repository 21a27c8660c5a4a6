"""Builders of test data: articles, records, indexes, files of a corpus."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from feeds.article import Article, Image, NamedFile, Provider, Taxonomy
from feeds.article.hashes import rendered_hash
from feeds.corpus.local_files import LocalFiles
from feeds.corpus.site import SourceSite
from feeds.index import Index
from feeds.index.builder import build
from feeds.store import Record, Snapshot
from feeds.store.slugs import candidates
from feeds.store.sqlite import SQLiteStore

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON.timestamp() + 365 * 86400
LONG_TOPIC = "海洋と港の歴史について" * 8  # 88 characters in 264 bytes, too long for the name of a file
LONG_DOMAIN = ".".join(["a" * 60] * 4)  # 243 bytes, which is too long as well


def article(number: int = 1, **fields: Any) -> Article:
    """Article *number*, a day newer than the previous number; name only the relevant *fields*."""
    published = NOON + timedelta(days=number)
    return Article(
        **{
            "id": f"tag:example.org,2020:{number}",
            "title": f"Title {number}",
            "url": f"https://example.org/{number}",
            "published": published,
            "updated": published,
            "provider": Provider("example.org", "Example", "https://example.org/"),
            "topics": ("Tests",),
            "summary": f"Summary {number}",
        }
        | fields
    )


def image(name: str = "a.png", **fields: Any) -> Image:
    """A picture on the web."""
    return Image(
        **{"url": f"https://example.org/{name}", "width": 640, "height": 480, "type": "image/png"}
        | fields
    )


def named_file(root: Path, path: str, content: bytes, *, by: str = "a.md") -> NamedFile:
    """Write *content* at *path* in the corpus at *root*; return the file as the article *by* names it."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    files = LocalFiles(root, SourceSite(dialect="test"), "https://feeds.example")
    return files.named(f"/{path}", by, files.find(f"/{path}", by))


def record(article: Article, changed: int | None = None, number: int = 0) -> Record:
    """The record of *article* in a store that has given it *number*."""
    published = int(article.published.timestamp())
    return Record.of(
        article,
        version=rendered_hash(article),
        changed=published if changed is None else changed,
        appeared=published,
        daily=article.heat,
        weekly=article.heat,
        number=number,
        slug=next(candidates(article.id)),
    )


def snapshot(*articles: Article, revision: int = 1, **fields: Any) -> Snapshot:
    """The content of a store with *articles*."""
    empty: dict[str, Any] = {"removed": [], "tombstones": [], "taxonomy": Taxonomy(), "partial": False}
    return Snapshot(revision=revision, records=[record(a) for a in articles], **empty | fields)


def index(*articles: Article, now: float = LATER, **fields: Any) -> Index:
    """An index of *articles*."""
    return build(snapshot(*articles, **fields), now)


def lost_store(path: Path) -> Path:
    """Make a store that lost its whole content at *path*, and return *path*; opening it replaces it."""
    SQLiteStore(path).close()
    path.write_bytes(b"")
    return path


def write_file(root: Path, path: str, text: str) -> None:
    """Write *text* to the file at *path* below *root*, and make its folder."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def write_article(
    root: Path, name: str = "_news/2026-01-02-one.md", body: str = "", **fields: Any
) -> Path:
    """Write an article file to the corpus at *root*, without fields that are None; return its path."""
    header: dict[str, Any] = {
        "title": f"Title of {Path(name).stem}",
        "excerpt": "An excerpt.",
        "publishedDateTime": "2026-01-02T03:04:05Z",
        "webUrl": f"https://example.org/{Path(name).stem}",
        "provider": {"name": "Example", "domain": "example.org"},
        "topics": ["Tests"],
    } | fields
    # JSON is YAML without ambiguous values.
    lines = [
        f"{key}: {msgspec.json.encode(value).decode()}"
        for key, value in header.items()
        if value is not None
    ]
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["---", *lines, "---", body]), encoding="utf-8")
    return file


def replace_file(file: Path, text: str) -> None:
    """Write *file* as editors do: under another name, then renamed."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
