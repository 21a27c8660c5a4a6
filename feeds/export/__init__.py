"""Every response of the server as a file, for any web server, or as an object of a bucket."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from feeds import __version__
from feeds.article import NamedFile, fingerprint
from feeds.corpus.local_files import media_path
from feeds.errors import ExportError, failure
from feeds.export import nginx
from feeds.export.folder import Folder
from feeds.export.manifest import SUFFIXES
from feeds.export.names import EDITION, FileNames
from feeds.export.rewriting import Rewriting
from feeds.export.walk import STEP, Application, Walk
from feeds.export.workers import in_processes
from feeds.feed.context import topics_by_provider
from feeds.feed.directory import FEED_KINDS, on_offer
from feeds.feed.site import Site, page_path
from feeds.feed.sitemap import sitemap_paths
from feeds.formats import FORMATS, RENDERING, markdown
from feeds.index import Index
from feeds.period import DAY
from feeds.query import DIGESTS, Query
from feeds.query.parameters import SEGMENTS
from feeds.settings import Settings


class ExportResult(Struct):
    """The numbers of responses, and of files written and removed by an export.

    *missing* are the feeds without a file, by address without extension, with the reason.
    """

    responses: int = 0
    written: int = 0
    removed: int = 0
    missing: dict[str, str] = {}


def queries(site: Site, index: Index, *, digests: bool, min_articles: int) -> list[Query]:
    """The feeds of an export: all on offer, digests of topics with *digests*, and topics by provider.

    *min_articles* is the least number of articles of a topic by one provider.
    """
    found = list(dict.fromkeys([*on_offer(site, index), *_of_every_kind(site, index)]))
    digested = [each for each in found if digests and each.plain and _is_topic(each)]
    return [
        *found,
        *(msgspec.structs.replace(each, digest=name) for each in digested for name in DIGESTS),
        *topics_by_provider(index, found, min_articles),
    ]


def addresses(
    feeds: Iterable[Query],
    index: Index,
    assets: Path,
    *,
    formats: Iterable[str] = tuple(FORMATS),
    statics: Iterable[str] = (),
    files: Iterable[NamedFile] = (),
    articles: bool = True,
) -> list[str]:
    """The first addresses of an export of *feeds*; links in these lead to archives and pages.

    Addresses of one of *formats* are adjacent, because they share rendered entries: if two processes take
    half of the addresses each, only the entries of the formats in the middle, which are cheap, are
    rendered twice. Pages are requested with the feeds of the last format, lists and pictures are between.
    *statics* are the names of the files used by pages and by feeds opened in a browser, *files* are those
    of the corpus that articles name. With *articles*, every article has its page.
    """
    feeds = list(feeds)
    *others, last = ([query.address(extension) for query in feeds] for extension in formats)
    lists = ["/opml", *(f"/opml/{kind}" for kind in FEED_KINDS), "/catalog.json", "/robots.txt"]
    topics = index.taxonomy.topics
    former = [name for topic in topics for name in (*topic.aliases, *[topic.slug] * topic.gone)]
    elsewhere = [f"/topics/{quote(name)}" for name in former]
    pictures = [f"/assets/{quote(os.fsencode(name))}" for name in _files(assets)]
    pictures += [media_path(file) for file in files]
    pictures += [f"/static/{name}" for name in statics]
    pages = ["/feed", *(f"/{kind}" for kind in SEGMENTS), *_of_articles(index)] if articles else []
    lists += sitemap_paths(index)
    return [
        *chain(*others[:1]), *lists, *elsewhere, *pictures, *pages, *chain(*others[1:]), *last,
    ]  # fmt: skip


def _of_articles(index: Index) -> Iterator[str]:
    """Yield the addresses of the page of each article, and of the same as Markdown."""
    for position in index.everything:
        page = page_path(index.record(position).slug)
        yield from (page, f"{page}.{markdown.EXTENSION}")


def _of_every_kind(site: Site, index: Index) -> Iterator[Query]:
    """Yield the feeds of each kind, including those that the list of all kinds omits."""
    for kind in FEED_KINDS:
        yield from on_offer(site, index, kind)


def _is_topic(query: Query) -> bool:
    """Return whether *query* is the feed of a topic or of everything."""
    return all(clause.key == "topic" for clause in query.place)


def _files(folder: Path) -> Iterator[str]:
    for path, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(path, name), folder)


def state_of(
    settings: Settings, index: Index, store: str, assets: Path, now: float, *chosen: object
) -> str:
    """A fingerprint of everything that affects a response, of the options *chosen*, and of the day.

    *store* is the identity of the store of *index*: revisions of different stores cannot be compared.
    """
    pictures = [(os.fsencode(name), *_stamp(assets / name)) for name in _files(assets)]
    seen = [index.revision, index.renewed, index.due, len(index), int(now // DAY)]
    return fingerprint([__version__, RENDERING, EDITION, settings, store, seen, pictures, chosen]).hex()


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
    formats: tuple[str, ...] = tuple(FORMATS),
    archives: bool = True,
    pages: bool = True,
    codings: tuple[str, ...] = tuple(SUFFIXES),
    workers: int = 0,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> ExportResult:
    """Update *folder* with the responses of *app* at *starts* and all linked addresses below *url*.

    *state* is a fingerprint of everything that affects a response: if the last export had the same,
    nothing is requested. *formats* are those of the feeds, *codings* the content codings to write beside
    the plain files. *workers* is the number of processes that share the work, 0 for one per processor.
    Raises ExportError if *folder* contains files that are not from an export, or cannot be written.
    """
    try:
        with Folder(folder, codings) as target:
            if target.state == state:
                return ExportResult(responses=len(target.known))
            count = max(1, min(workers or os.cpu_count() or 1, len(starts) // STEP))
            parts = [
                starts[len(starts) * n // count : len(starts) * (n + 1) // count] for n in range(count)
            ]
            rewriting = Rewriting(url, FileNames(starts, portable=target.ignores_case))
            # A 304 does not repeat the Link header, which names the formats.
            target.begin(fingerprint([rewriting.names.edition, *formats]).hex())
            result = ExportResult()
            done = 0
            walks = [
                Walk(app, target, rewriting, archives, formats[-1] if pages else "").all(*each)
                for each in enumerate(parts)
            ]
            for step in in_processes(walks):
                done += step.finished
                result.written += step.written
                result.missing |= step.missing
                progress(done, len(starts))
            result.responses, result.removed = target.finish(
                count,
                "" if result.missing else state,  # else the next export would not say what is missing
                {
                    "nginx.conf": partial(nginx.maps, codings=codings),
                    "nginx-locations.conf": nginx.locations,
                },
            )
            return result
    except OSError as error:
        raise ExportError(folder, *failure("cannot be written", error)) from error
