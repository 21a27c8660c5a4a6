"""The facts about all files of a corpus that the reading of one post needs."""

from collections.abc import Mapping
from typing import Literal, Protocol

Kind = Literal["article", "page", "draft"]


class Survey(Protocol):
    """The files of a corpus, seen together; the same files give the same answers."""

    @property
    def is_untitled(self) -> bool:
        """True if most posts have no title, so that one is made of their first words."""

    @property
    def dropped_topics(self) -> frozenset[str]:
        """The slugs of topics that distinguish no post: of nearly all posts, and of collections."""

    @property
    def topic_names(self) -> Mapping[str, str]:
        """The commonest spelling of each topic by its slug."""

    @property
    def sections(self) -> frozenset[str]:
        """The sections of all posts, as ``section_of`` returns them."""

    def kind(self, path: str) -> Kind:
        """The kind of the file at *path*."""

    def address(self, path: str) -> str:
        """The absolute address of the post at *path*, or empty if only this server has a page of it."""
