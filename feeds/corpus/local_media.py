"""Pictures, audio and video of an article that are files of the corpus, and the facts of these files."""

from msgspec.structs import replace

from feeds.article import Article, Enclosure, Image
from feeds.corpus.local_files import LocalFile, LocalFiles


class LocalPictures:
    """The pictures among *files*, as Images."""

    def __init__(self, files: LocalFiles) -> None:
        self._files = files

    def find(self, written: str, path: str) -> Image | None:
        """The picture that is *written* in the article at *path*, or None if there is no such file."""
        found = self._files.find(written, path)
        is_picture = found and found.type.startswith("image/")
        return _pictured(Image(self._files.url_of(found)), found) if found and is_picture else None


def with_files(article: Article, files: LocalFiles, path: str) -> Article:
    """Return the *article* at *path* with the files that were sought for it, and with their facts.

    An image or enclosure at the address of a file has its length and type, a picture its size too.
    """
    sought = files.taken(path)
    if not sought:
        return article
    found = {files.url_of(file): file for file in sought.values() if file}
    return replace(
        article,
        images=tuple(_pictured(each, found.get(each.url)) for each in article.images),
        enclosures=tuple(_enclosed(each, found.get(each.url)) for each in article.enclosures),
        local=tuple(files.named(written, path, file) for written, file in sought.items()),
    )


def _pictured(image: Image, file: LocalFile | None) -> Image:
    if not file:
        return image
    return replace(image, width=file.width, height=file.height, type=file.type, length=file.size)


def _enclosed(enclosure: Enclosure, file: LocalFile | None) -> Enclosure:
    return replace(enclosure, type=file.type, length=file.size) if file else enclosure
