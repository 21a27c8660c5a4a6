"""Every answer of the server as files, for a web server that knows nothing of feeds."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feeds import __version__
from feeds.article import fingerprint
from feeds.errors import ExportError
from feeds.export import nginx
from feeds.export.folder import Folder
from feeds.export.manifest import SUFFIXES
from feeds.export.walk import STEP, Application, Walk
from feeds.export.workers import in_processes
from feeds.feed import Site
from feeds.feed.directory import FEED_KINDS, on_offer
from feeds.formats import FORMATS, RENDERING
from feeds.index import Index
from feeds.period import DAY
from feeds.query import DIGESTS, Query
from feeds.settings import Settings


class ExportResult(Struct):
    """What an export came to."""

    answers: int = 0
    written: int = 0
    removed: int = 0


def addresses(
    site: Site, index: Index, assets: Path, statics: Iterable[str] = (), *, digests: bool = True
) -> list[str]:
    """Where to begin: feeds lead on to archives and pages. What has entries in common is together.

    Two processes that take half each have none in common but the cheap ones of the formats between.
    *statics* are the names of what pages and opened feeds are shown with.
    """
    queries = list(dict.fromkeys([*on_offer(site, index), *_of_every_kind(site, index)]))
    digested = [each for each in queries if digests and each.plain and _is_topic(each)]
    queries += [msgspec.structs.replace(each, digest=name) for each in digested for name in DIGESTS]
    first, last, *between = ([query.address(extension) for query in queries] for extension in FORMATS)
    lists = ["/opml", *(f"/opml/{kind}" for kind in FEED_KINDS), "/catalog.json", "/robots.txt"]
    topics = index.taxonomy.topics
    former = [name for topic in topics for name in (*topic.aliases, *[topic.slug] * topic.gone)]
    elsewhere = [f"/topics/{quote(name)}" for name in former]
    pictures = [f"/assets/{quote(os.fsencode(name))}" for name in _files(assets)]
    pictures += [f"/static/{name}" for name in statics]
    return [*first, *lists, *elsewhere, *pictures, *chain(*between), *last]


def _of_every_kind(site: Site, index: Index) -> Iterator[Query]:
    """All feeds, those too that lists of every kind leave out."""
    for kind in FEED_KINDS:
        yield from on_offer(site, index, kind)


def _is_topic(query: Query) -> bool:
    """It is the feed of a topic or of everything."""
    return all(clause.key == "topic" for clause in query.place)


def _files(folder: Path) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(path, name), folder)


def state_of(
    settings: Settings, index: Index, store: str, assets: Path, now: float, *chosen: object
) -> str:
    """What stays the same while every answer does, and those that are *chosen*; for a day at most.

    *store* is the identity of the store that *index* was loaded from: another has other revisions.
    """
    pictures = [(os.fsencode(name), *_stamp(assets / name)) for name in _files(assets)]
    seen = [index.revision, index.renewed, index.due, len(index), int(now // DAY)]
    return fingerprint([__version__, RENDERING, settings, store, seen, pictures, chosen]).hex()


def _stamp(file: Path) -> tuple[int, int]:
    found = file.lstat()
    return found.st_mtime_ns, found.st_size


def export(
    app: Application,
    url: str,
    starts: list[str],
    folder: Path,
    state: str,
    *,
    archives: bool = True,
    pages: bool = True,
    codings: tuple[str, ...] = tuple(SUFFIXES),
    workers: int = 0,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> ExportResult:
    """Bring *folder* up to date with what *app*, reached at *url*, answers at *starts* and beyond.

    *state* stands for everything that shows in an answer: where it is that of the last export, nothing
    is asked. *codings* are those to write beside the plain files. *workers* is how many processes share
    the work, 0 for one on each processor. Raises ExportError where *folder* holds what is not ours, or
    cannot be written.
    """
    try:
        with Folder(folder, codings) as target:
            if target.state == state:
                return ExportResult(answers=len(target.known))
            count = max(1, min(workers or os.cpu_count() or 1, len(starts) // STEP))
            parts = [
                starts[len(starts) * n // count : len(starts) * (n + 1) // count] for n in range(count)
            ]
            target.begin()
            result = ExportResult()
            done = 0
            walks = [Walk(app, url, target, archives, pages).all(*each) for each in enumerate(parts)]
            for finished, written in in_processes(walks):
                done += finished
                result.written += written
                progress(done, len(starts))
            result.answers, result.removed = target.finish(
                count,
                state,
                {
                    "nginx.conf": partial(nginx.maps, codings=codings),
                    "nginx-locations.conf": nginx.locations,
                },
            )
            return result
    except OSError as error:
        raise ExportError(folder, f"cannot be written: {error.strerror or error}") from error
