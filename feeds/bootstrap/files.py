"""Settings -> the files of the corpus on a host of a fleet."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from feeds.bootstrap.postgres import in_postgres
from feeds.corpus.own_pictures import FOLDER
from feeds.corpus.picture_folder import PictureFolder
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.asset_keeper import AssetKeeper
from feeds.fleet.assets import Assets
from feeds.fleet.corpus_files import CorpusFiles
from feeds.fleet.fetcher import AssetFetcher
from feeds.fleet.files import ElsewhereFiles, SharedFiles
from feeds.fleet.replicated_files import ReplicatedFiles
from feeds.index.current import CurrentIndex
from feeds.settings import Settings

Clock = Callable[[], float]
FindFiles = Callable[[Settings, CurrentIndex, Clock], SharedFiles | None]


def shared_files_of(settings: Settings, current_index: CurrentIndex, clock: Clock) -> SharedFiles | None:
    """The files of the corpus, None outside of a fleet."""
    if not settings.fleet.dsn:
        return None
    pictures = PictureFolder(Path(settings.corpus.path) / FOLDER)
    if settings.fleet.assets:
        return ElsewhereFiles(settings.fleet.assets, pictures)
    folder = _folder_of(settings, clock)
    fetcher = AssetFetcher(folder, partial(assets_of, settings))
    return ReplicatedFiles(folder, pictures, fetcher, lambda: current_index.revision)


def asset_keeper_of(settings: Settings, current_index: CurrentIndex, clock: Clock) -> AssetKeeper | None:
    """The background work on the files of the corpus, None if the journal does not have them."""
    if not settings.fleet.dsn or settings.fleet.assets:
        return None
    corpus = CorpusFiles(Path(settings.corpus.path).absolute(), settings.site.url)
    folder = _folder_of(settings, clock)
    return AssetKeeper(folder, corpus, partial(assets_of, settings), current_index.index)


def assets_of(settings: Settings) -> Assets:
    """The files in the journal. Raises SettingsError if its driver is missing."""
    return cast(Assets, in_postgres("assets:PostgresAssets")(settings.fleet.dsn))


def _folder_of(settings: Settings, clock: Clock) -> AssetFolder:
    return AssetFolder(Path(f"{settings.store_path}.assets"), clock)
