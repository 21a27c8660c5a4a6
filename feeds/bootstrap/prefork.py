"""The work of a master process for the workers that it forks: accept settings, preload the index."""

import gc
from collections.abc import Mapping
from contextlib import closing

from feeds.bootstrap.inherited import Accepted, Preloaded, inherited, system_clock
from feeds.bootstrap.objects import corpus_of, current_index_of
from feeds.bootstrap.stores import require_folder, store_of
from feeds.errors import NotReady
from feeds.index.builder import searched_by
from feeds.ingest.removals import refuse_other_corpus
from feeds.settings import Settings, load


def accept(
    environment: Mapping[str, str], former: Settings | None = None, *, check_store: bool = True
) -> None:
    """Load the settings, and put them in force for every process forked from this one.

    Raises SettingsError, CorpusError or StoreError if a server could not start with them; the former
    settings stay in force then. *former* are the settings of a running server. *check_store* opens the
    store, which creates its files.
    """
    settings = load(environment)
    corpus = corpus_of(settings)
    if check_store:
        if former and former.store_path == settings.store_path:
            require_folder(settings)
        with closing(store_of(settings)) as store:
            refuse_other_corpus(store, corpus.root)
    inherited.accepted = Accepted(settings, check_store)


def settings_in_force(environment: Mapping[str, str]) -> Settings:
    """The accepted settings, else those of *environment*. Raises SettingsError."""
    return inherited.accepted.settings if inherited.accepted else load(environment)


def preload(environment: Mapping[str, str]) -> None:
    """Load the index, or update it, for the processes forked from this one to share.

    No file stays open, and no thread starts. There is no index before the first load is done. Raises
    StoreError if the store cannot be opened; the former index stays then.
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
    # A garbage collection writes into every object it visits, which ends the sharing of its page.
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Release the preloaded index."""
    inherited.preloaded = None
    gc.unfreeze()
