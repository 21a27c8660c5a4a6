"""The benchmark of a million articles measures what it says it measures."""

from pathlib import Path

from feeds.bootstrap import ServerProcess, corpus_of
from feeds.sample import write_sample
from feeds.settings import load
from feeds.store.sqlite import SQLiteStore
from tests.bench.million import addresses, copied, emptied, path_of, text_of

COPIES = 12


def test_copies_are_unchanged_and_an_edit_of_one_reads_one_file(tmp_path: Path) -> None:
    sample, corpus = tmp_path / "sample", tmp_path / "copies"
    write_sample(sample, 5, 1, lambda _done: None)
    emptied(corpus, sample)
    servers = [ServerProcess(load(environment(folder))) for folder in (sample, corpus)]
    for server in servers:
        server.refresh(lambda _done, _total: None)
    of_copies = corpus_of(servers[1].settings)
    copied(store_of(corpus), store_of(sample), of_copies, COPIES)

    store = SQLiteStore(store_of(corpus))
    assert store.acquire_writer()
    refresher = servers[1].refresher(store, of_copies, pause=lambda _seconds: False)
    assert refresher.refresh_all() == 0
    address = addresses(store_of(corpus), of_copies, 2)[1]
    (corpus / path_of(2)).write_text(text_of(sample, "Edited", address))
    revision = store.revision()
    assert refresher.refresh_paths({path_of(2)})
    assert store.revision() == revision + 1
    assert refresher.refresh_all() == 0
    store.close()
    for server in servers:
        server.stop()


def environment(folder: Path) -> dict[str, str]:
    return {"FEEDS_CORPUS_PATH": str(folder), "FEEDS_STORE_PATH": str(store_of(folder))}


def store_of(folder: Path) -> Path:
    return Path(f"{folder}.db")
