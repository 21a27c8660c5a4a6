"""The work of a master process before it forks workers: accept settings, preload the index."""

import errno
import gc
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from pkgutil import resolve_name

from feeds.bootstrap.fleet import has_corpus, host_of, journal_of
from feeds.bootstrap.inherited import Accepted, Preloaded, inherited, system_clock
from feeds.bootstrap.objects import corpus_of, current_index_of
from feeds.bootstrap.sealing import sealer_of
from feeds.bootstrap.store_location import located
from feeds.bootstrap.stores import require_folder, store_of
from feeds.errors import CorpusError, NotReady, StoreError, failure, remedy_of
from feeds.index.builder import searched_by
from feeds.ingest.removals import refuse_other_corpus
from feeds.settings import Settings, load


def accept(
    environment: Mapping[str, str], former: Settings | None = None, *, check_store: bool = True
) -> Settings:
    """Load the settings, put them in force for every process forked from this one, and return them.

    Raises SettingsError, CorpusError or StoreError if a server could not start with them; the former
    settings then stay in force. *former* are the settings of a running server. If *check_store*, the
    store is opened, which creates its files.
    """
    settings = located(load(environment))
    if check_store and former and former.store_path == settings.store_path:
        require_folder(settings)
    refuse_start(settings, check_store=check_store)
    inherited.accepted = Accepted(settings, check_store)
    return settings


def refuse_start(settings: Settings, *, check_store: bool = True) -> None:
    """Raise SettingsError, CorpusError or StoreError if a server could not start with *settings*.

    If *check_store*, the store is opened, which creates its files.
    """
    if settings.fleet.dsn:
        journal_of(settings).close()  # its driver has to be installed
    if settings.push.webhooks:  # their templates have to be valid
        resolve_name("feeds.bootstrap.webhooks:webhooks_of")(settings)
        sealer_of(settings)  # the deliverer needs its key
    if has_corpus(settings):
        _refuse_corpus(settings)
    if not check_store:
        return
    with closing(store_of(settings)) as store:
        refuse_other_corpus(store, Path(settings.corpus.path))
    if not os.access(settings.store_path, os.W_OK, effective_ids=True):
        problem, remedy = "cannot be written: permission denied", remedy_of(errno.EACCES)
        raise StoreError(settings.store_path, problem, remedy)


def _refuse_corpus(settings: Settings) -> None:
    """Raise CorpusError if there is no corpus, or its folder cannot be read."""
    root = corpus_of(settings).root
    try:
        os.listdir(root)
    except OSError as error:
        raise CorpusError(root, *failure("cannot be read", error)) from error


def is_accepted() -> bool:
    """Return whether the settings of this process were accepted, by its parent or by itself."""
    return inherited.accepted is not None


def settings_in_force(environment: Mapping[str, str]) -> Settings:
    """The accepted settings, else the settings from *environment*, with the path of the store.

    Raises SettingsError, or StoreRefused if there is no single store for the corpus.
    """
    return inherited.accepted.settings if inherited.accepted else located(load(environment))


def start_line(settings: Settings) -> str:
    """The message of a server that starts with *settings*: its corpus, address and store."""
    line = f"serving {settings.corpus.path} at {settings.site.url}; store: {settings.store_path}"
    if not settings.fleet.dsn:
        return line
    return f"{line}; host {host_of(settings)} of the fleet at {journal_of(settings).name}"


def preload(environment: Mapping[str, str]) -> None:
    """Load the index, or update it, for the processes forked from this one to share.

    No file stays open, and no thread keeps running. No index is preloaded before the first load is done.
    Raises StoreError if the store cannot be opened; the former index then stays.
    """
    settings = settings_in_force(environment)
    store = store_of(settings)
    try:
        current_index = current_index_of(settings, lambda: store, system_clock)
        current_index.follow()
        index = searched_by(current_index.index(), None)
        index.documents.prepare()
        path, language = settings.store_path.absolute(), settings.site.language
        inherited.preloaded = Preloaded(path, language, current_index.identity, index)
    except NotReady:
        inherited.preloaded = None
    finally:
        store.close()
    # Garbage collection writes into every object that it visits, so that its memory page is copied.
    gc.collect()
    gc.freeze()


def drain_seconds(settings: Settings) -> float:
    """The seconds for which /ready fails before a stopping server closes its connections."""
    return settings.fleet.drain if settings.fleet.dsn else 0


def forget() -> None:
    """Release the preloaded index."""
    inherited.preloaded = None
    gc.unfreeze()
