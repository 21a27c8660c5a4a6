"""Settings -> the files of the corpus on a host of a fleet."""

from pathlib import Path

from feeds.corpus.picture_folder import PictureFolder
from feeds.fleet.files import ElsewhereFiles, SharedFiles
from feeds.settings import Settings


def shared_files_of(settings: Settings, assets: Path) -> SharedFiles | None:
    """The files of the corpus, None outside of a fleet; *assets* is the folder of pictures."""
    if not settings.fleet.dsn or not settings.fleet.assets:
        return None
    return ElsewhereFiles(settings.fleet.assets, PictureFolder(assets))
