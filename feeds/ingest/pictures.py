"""Pictures and other files of articles that changed while the articles did not."""

import os

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from feeds.article import Article, Image, fingerprint
from feeds.corpus import Corpus, Source
from feeds.corpus.own_pictures import FOLDER
from feeds.ingest.followed import FollowedArticles
from feeds.ingest.local_files import NamedFiles
from feeds.ingest.probes import ProbedPictures
from feeds.store import Changes, Store
from feeds.store.state import SharedState


class ChangedPictures:
    """Finds the articles of *store* to read again after a change of the files of *corpus* they name.

    The facts in *state* about pictures on other sites need no reading: they are added to the articles.
    """

    def __init__(self, corpus: Corpus, store: Store, state: SharedState | None = None) -> None:
        self._corpus = corpus
        self._store = store
        self._named = NamedFiles(corpus, store)
        self._own = FollowedArticles(store, lambda facets: facets.pictured, self._own_images)
        self._probed = ProbedPictures(state, store)
        self.articles: set[str] = set()  # the paths of those to read again
        self._found = b""

    def look(self) -> None:
        """Find *articles*; there are none if no file changed since ``settle`` of any process.

        Otherwise, compare all articles that name files. The first time, read them from the store, which
        takes 0.15 s for 10,000 articles.
        """
        self._probed.look()
        sizes = sorted(self._corpus.pictures.sizes().items())
        state: list[object] = [(os.fsencode(path), size) for path, size in sizes]
        self._found = fingerprint(state + self._named.state())
        is_recorded = self._found == self._store.pictures() or not self._store.has_files()
        self.articles = set() if is_recorded else self._outdated() | self._named.outdated()

    def settle(self) -> None:
        """Record what was found last as the state of the articles in the store."""
        if self._found != self._store.pictures():
            self._store.record(Changes(pictures=self._found))
        self._probed.settle()

    def described(self, source: Source) -> Source:
        """Return *source* with the facts about pictures on other sites, if it is an article."""
        if not isinstance(source.reading, Article):
            return source
        described = self._probed.added_to(source.reading)
        return source if described is source.reading else replace(source, reading=described)

    def with_articles(self, paths: set[str]) -> set[str]:
        """*paths*, and those of the articles to read again because of changed pictures at *paths*."""
        concerned = any(path.startswith(f"{FOLDER}/") for path in paths)
        return paths | (self._outdated() if concerned else set()) | self._named.concerned(paths)

    def _outdated(self) -> set[str]:
        agree = self._corpus.pictures.agree
        ids = [id_ for id_, images in self._own.facts().items() if not agree(images)]
        return {entry.path for entry in self._store.entries(ids).values()}

    def _own_images(self, content: bytes) -> tuple[Image, ...] | None:
        """The images of the article with *content*, if it names a picture of the corpus."""
        return _decoder.decode(content).images if self._corpus.pictures.may_name_one(content) else None


class _Pictures(Struct, frozen=True, gc=False):
    """The fields of an Article that matter here."""

    images: tuple[Image, ...] = ()


_decoder = msgspec.msgpack.Decoder(_Pictures)
