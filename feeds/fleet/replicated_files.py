"""The files of the corpus on a host of a fleet whose journal has them."""

from collections.abc import Callable

from feeds.article import NamedFile
from feeds.corpus.local_files import media_path
from feeds.corpus.picture_folder import PictureFolder
from feeds.errors import StoreError
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.assets import Asset
from feeds.fleet.errors import FileNotHere
from feeds.fleet.fetcher import AssetFetcher
from feeds.fleet.files import OpenedFile, SharedFiles


class ReplicatedFiles(SharedFiles):
    """The files named in *folder*: from *pictures*, the folder of this host, if the content is the same.

    So all hosts send the content that the leader published. Before the first names, and while a content
    cannot be had, a host sends its own file, without a modification time. *revision* returns that of the
    present index.
    """

    def __init__(
        self,
        folder: AssetFolder,
        pictures: PictureFolder,
        fetcher: AssetFetcher,
        revision: Callable[[], int],
    ) -> None:
        self._folder = folder
        self._pictures = pictures
        self._fetcher = fetcher
        self._revision = revision

    def picture(self, path: str) -> OpenedFile | str | None:
        """See SharedFiles. Raises FileNotHere."""
        own = self._own(path)
        if own and self._folder.names().revision < 0:
            return own
        try:
            found = self._published(f"assets/{path}", own)
        except FileNotHere:
            if not own:
                raise
            return own
        if own and not (found and found.file is own.file):
            own.file.close()
        return found

    def named(self, file: NamedFile) -> OpenedFile | str | None:
        """See SharedFiles. Raises FileNotHere."""
        name = media_path(file).removeprefix("/")
        asset = self._folder.names().named.get(name, Asset(file.digest, file.stamp[1]))
        return self._fetched(name, asset)

    def _own(self, path: str) -> OpenedFile | None:
        """Open the file on this host."""
        found = self._pictures.open(path)
        return OpenedFile(found[0], found[1].digest) if found else None

    def _published(self, name: str, own: OpenedFile | None) -> OpenedFile | None:
        """Open the file called *name*, which is *own* if that has the same content."""
        asset = self._fetcher.asset(name, self._revision())
        if asset and own and own.digest == asset.digest:
            return own._replace(modified=asset.modified)
        return self._fetched(name, asset) if asset else None

    def _fetched(self, name: str, asset: Asset) -> OpenedFile:
        try:
            if not asset.is_copied:
                raise FileNotHere(name)
            return OpenedFile(self._fetcher.content(name, asset.digest), asset.digest, asset.modified)
        except StoreError as error:
            raise FileNotHere(name) from error
