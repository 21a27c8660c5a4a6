"""All checks of the host on which a command runs, without a request to another."""

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from feeds.bootstrap import corpus_of
from feeds.corpus.urls import names_this_machine
from feeds.doctor.finding import Finding, FindingGroup
from feeds.doctor.folders import enough_room, readable, room, writable
from feeds.doctor.hosts import fleet_findings
from feeds.doctor.limits import hard_limit_of_files, open_files, watch_limits, watches
from feeds.doctor.push import push_findings
from feeds.doctor.stored import store_bytes, store_findings
from feeds.errors import CorpusError, counted, failure
from feeds.settings import Settings

# The suffixes of the files that a server writes beside the store; the store itself has none.
STORE_SUFFIXES = (
    "",
    "-wal",
    "-shm",
    ".lock",
    ".state",
    ".subscriptions",
    ".readers",
    ".polling",
    ".processes",
)

_SETTINGS, _FILES = FindingGroup("settings"), FindingGroup("files")
_CORPUS, _EXTRAS = FindingGroup("corpus"), FindingGroup("extras")


def host_findings(settings: Settings, clock: Callable[[], float]) -> Iterator[Finding]:
    """Check the host with *settings*; *clock* is that of the host."""
    yield from _public(settings.site.url)
    yield from _files(settings)
    yield from _watched(settings)
    yield from open_files(hard_limit_of_files(), settings.push.streams)
    yield from store_findings(settings, clock())
    yield from push_findings(settings, clock())
    yield from fleet_findings(settings, clock)
    yield from _extras()


def corpus_findings(articles: int, bad: int, warned: int) -> Iterator[Finding]:
    """The numbers of files that ``feeds check`` finds in the corpus."""
    if bad:
        problem = f"{bad:,} bad, beside {counted(articles, 'article')}"
        yield _CORPUS.warning("files", problem, "see feeds check --explain")
    if warned:
        yield _CORPUS.warning("articles", counted(warned, "warning"), "see feeds check --explain")
    if not articles:
        yield _CORPUS.failure("articles", "none", "see feeds check")
    elif not (bad or warned):
        yield _CORPUS.ok(f"articles: {articles:,}, and no bad file")


def unread_corpus(error: CorpusError) -> Finding:
    """The finding for a corpus that cannot be read."""
    return _CORPUS.error(error)


def _public(url: str) -> Iterator[Finding]:
    if names_this_machine(url):
        problem = f"an address of this machine, which readers elsewhere cannot reach: {url}"
        yield _SETTINGS.warning("site.url", problem, "set it to the public address")


def _files(settings: Settings) -> Iterator[Finding]:
    corpus, store = Path(settings.corpus.path), settings.store_path
    if corpus.is_dir():  # else the checks of the corpus report it
        yield from readable(_FILES, corpus)
    folder = _existing(store.parent)
    yield from writable(_FILES, folder, *(Path(f"{store}{suffix}") for suffix in STORE_SUFFIXES))
    for place in dict.fromkeys([folder, *([corpus] if _is_elsewhere(corpus, folder) else [])]):
        try:
            left = room(place)
        except OSError as error:
            yield _FILES.failure(str(place), *failure("cannot be examined", error))
            continue
        yield from enough_room(_FILES, place, left, store_bytes(settings) if place == folder else 0)


def _existing(folder: Path) -> Path:
    """*folder*, or the next one above it that exists: the server makes the default one itself."""
    return next((each for each in (folder, *folder.parents) if each.exists()), folder)


def _is_elsewhere(corpus: Path, folder: Path) -> bool:
    """Return whether *corpus* exists, on another file system than *folder*."""
    try:
        return corpus.stat().st_dev != folder.stat().st_dev
    except OSError:
        return False


def _watched(settings: Settings) -> Iterator[Finding]:
    limits = watch_limits()
    if limits is None or not Path(settings.corpus.path).is_dir():
        return
    try:
        watched = corpus_of(settings).watches
    except CorpusError:  # which the checks of the corpus report
        return
    yield from watches(settings.watch.mode, _folders(Path(settings.corpus.path), watched), limits)


def _folders(root: Path, is_watched: Callable[[str], bool]) -> int:
    count = 0
    for path, names, _ in os.walk(root):
        count += 1
        names[:] = [name for name in names if is_watched(Path(path, name).relative_to(root).as_posix())]
    return count


def _extras() -> Iterator[Finding]:
    missing = [name for name in ("crawlerdetect", "ua_parser") if find_spec(name) is None]
    if missing:
        problem = f"{' and '.join(missing)} not installed, so that only common bots are known"
        yield _EXTRAS.warning("extra readers", problem, "install the extra readers")
    else:
        yield _EXTRAS.ok("extra readers: installed")
