"""The work of a master process before it forks workers: accept settings, preload the index."""

import gc
from collections.abc import Mapping
from contextlib import closing

from feeds.bootstrap.inherited import Accepted, Preloaded, inherited, system_clock
from feeds.bootstrap.objects import corpus_of, current_index_of
from feeds.bootstrap.store_location import located
from feeds.bootstrap.stores import require_folder, store_of
from feeds.errors import NotReady
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
    corpus = corpus_of(settings)
    if check_store:
        if former and former.store_path == settings.store_path:
            require_folder(settings)
        with closing(store_of(settings)) as store:
            refuse_other_corpus(store, corpus.root)
    inherited.accepted = Accepted(settings, check_store)
    return settings


def settings_in_force(environment: Mapping[str, str]) -> Settings:
    """The accepted settings, else the settings from *environment*, with the path of the store.

    Raises SettingsError, or StoreRefused if there is no single store for the corpus.
    """
    return inherited.accepted.settings if inherited.accepted else located(load(environment))


def start_line(settings: Settings) -> str:
    """The message of a server that starts with *settings*: its corpus, address and store."""
    return f"serving {settings.corpus.path} at {settings.site.url}; store: {settings.store_path}"


def preload(environment: Mapping[str, str]) -> None:
    """Load the index, or update it, for the processes forked from this one to share.

    No file stays open, and no thread starts. No index is preloaded before the first load is done. Raises
    StoreError if the store cannot be opened; the former index then stays.
    """
    settings = settings_in_force(environment)
    store = store_of(settings)
    try:
        current_index = current_index_of(settings, lambda: store, system_clock)
        current_index.follow()
        index = searched_by(current_index.index(), None)
        path, language = settings.store_path.absolute(), settings.site.language
        inherited.preloaded = Preloaded(path, language, current_index.identity, index)
    except NotReady:
        forget()
    finally:
        store.close()
    # Garbage collection writes into every object that it visits, so that its memory page is copied.
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Release the preloaded index."""
    inherited.preloaded = None
    gc.unfreeze()
