"""feeds list articles: the fields of every published article, for scripts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click
import msgspec

from feeds.article import Article
from feeds.bootstrap import ServerProcess
from feeds.cli.output import print_json
from feeds.errors import one_line
from feeds.store.records import contents

_BATCH = 1000  # articles in memory at once
_decode = msgspec.msgpack.Decoder(Article).decode


def print_articles(server: ServerProcess, format_: str) -> None:
    """Print the published articles, the newest first: one line of fields separated by tabs, or JSON."""
    found = _articles(server)
    if format_ == "json":
        print_json(list(found))
        return
    for fields in found:
        click.echo("\t".join(_cell(value) for value in fields.values()))


def _articles(server: ServerProcess) -> Iterator[dict[str, Any]]:
    index = server.current_index.index()
    found = index.newest(index.everything, len(index))
    for first in range(0, len(found), _BATCH):
        records = found[first : first + _BATCH]
        entries = server.store.entries([record.id for record in records])
        for record, content in zip(records, contents(records), strict=True):
            path = entries[record.id].path if record.id in entries else ""
            yield _fields(path, _decode(content))


def _fields(path: str, article: Article) -> dict[str, Any]:
    return {
        "path": path,
        "id": article.id,
        "url": article.url,
        "published": _date(article.published),
        "updated": _date(article.updated),
        "title": article.title,
        "topics": article.topics,
        "authors": article.authors,
        "language": article.language,
        "type": article.type,
    }


def _cell(value: Any) -> str:
    return one_line(value if isinstance(value, str) else ", ".join(value)).replace("\t", " ")


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
