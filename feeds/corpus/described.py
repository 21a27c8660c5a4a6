"""The part that all schemas share: the files that describe a folder, and the authority in ids."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from feeds.corpus.schema import Options

FoundFiles = TypeVar("FoundFiles")


class DescribedFolder(ABC, Generic[FoundFiles]):
    """A folder with description files; see Schema.

    *kept* are their last good versions, and *fixed* is the authority that the store has fixed, if any.
    """

    descriptions: Mapping[str, bytes]

    def __init__(self, options: Options, kept: Mapping[str, bytes], fixed: str) -> None:
        self._options = options
        self._fixed = fixed
        self._found = self._looked = self._find(None)
        self.keep(kept)

    @abstractmethod
    def _find(self, before: FoundFiles | None) -> FoundFiles:
        """Read the description files, except those unchanged since *before*."""

    @abstractmethod
    def _settle(self, *, accept_removals: bool = False) -> None:
        """Decide which versions are in force, and put them in force."""

    @abstractmethod
    def _use(self) -> None:
        """Put the versions in force that were decided last."""

    def find_descriptions(self) -> bool:
        former, self._looked = self._looked, self._find(self._looked)
        return former == self._looked

    def use_descriptions(self, *, accept_removals: bool) -> None:
        if accept_removals or self._looked != self._found:
            self._found = self._looked
            self._settle(accept_removals=accept_removals)

    def keep(self, kept: Mapping[str, bytes]) -> None:
        self.descriptions = kept
        self._settle()

    def fix(self, authority: str) -> None:
        self._fixed = authority
        self._use()

    def _authority(self, url: str) -> str:
        """The domain in ids of a corpus at *url*."""
        return self._fixed or self._options.authority or urlsplit(url).hostname or "localhost"
