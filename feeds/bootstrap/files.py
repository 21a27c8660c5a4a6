"""Settings -> the files of the corpus on a host of a fleet."""

from collections.abc import Callable
from pathlib import Path

from feeds.corpus.own_pictures import FOLDER
from feeds.corpus.picture_folder import PictureFolder
from feeds.fleet.files import ElsewhereFiles, SharedFiles
from feeds.index.current import CurrentIndex
from feeds.settings import Settings

FindFiles = Callable[[Settings, CurrentIndex], SharedFiles | None]


def shared_files_of(settings: Settings, _current_index: CurrentIndex) -> SharedFiles | None:
    """The files of the corpus, None outside of a fleet."""
    if not settings.fleet.dsn or not settings.fleet.assets:
        return None
    return ElsewhereFiles(settings.fleet.assets, PictureFolder(Path(settings.corpus.path) / FOLDER))
