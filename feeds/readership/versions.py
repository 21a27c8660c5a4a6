"""Versions: the sizes in which a feed was sent of late, which show that it is unchanged."""

from collections import OrderedDict

from msgspec import Struct

MAX_DOCUMENTS_KNOWN = 4096  # feeds in one format
MAX_SIZES = 16


class SentDocument(Struct, array_like=True, gc=False):
    """One document: the time of the last 304, and by size its receiver, 0 if there are several."""

    unchanged: float = -1.0
    sizes: dict[int, int] = {}


class Versions:
    """The documents that were sent last."""

    def __init__(self) -> None:
        self._sent: OrderedDict[tuple[str, str], SentDocument] = OrderedDict()

    @property
    def known(self) -> list[tuple[tuple[str, str], SentDocument]]:
        """All documents, the oldest first."""
        return list(self._sent.items())

    def restore(self, known: list[tuple[tuple[str, str], SentDocument]]) -> None:
        """Begin with *known* documents."""
        self._sent = OrderedDict(known)

    def note(self, document: tuple[str, str], status: int, size: int, visitor: int, time: float) -> None:
        """Note one response."""
        sent = self._sent.get(document)
        if sent is None:
            sent = self._sent[document] = SentDocument()
            if len(self._sent) > MAX_DOCUMENTS_KNOWN:
                self._sent.popitem(last=False)
        if status == 304:
            sent.unchanged = time
        elif sent.sizes.setdefault(size, visitor) != visitor:
            sent.sizes[size] = 0
        if len(sent.sizes) > MAX_SIZES:
            del sent.sizes[next(iter(sent.sizes))]

    def is_confirmed(self, document: tuple[str, str], size: int, since: float) -> bool:
        """Return whether others got 304 *since* then, or a body of the same *size*."""
        sent = self._sent.get(document)
        return sent is not None and (sent.unchanged >= since or sent.sizes.get(size) == 0)
