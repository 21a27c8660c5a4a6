"""Pieces of a text that are set aside while the text around them changes."""

from collections.abc import Callable

from feeds.article.expressions import expression

_MARK = expression("\x02([0-9]+)\x03")


class Aside:
    """Replaces pieces of a text by marks, and puts the pieces back."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        """Keep *piece*, and return the mark to write in its place."""
        self._pieces.append(markable(self.restore(piece)) if "\x02" in piece else piece)
        return f"\x02{len(self._pieces) - 1}\x03"

    def changed(self, text: str, change: Callable[[str], str]) -> str:
        """Change the pieces whose marks are in *text*, and return *text*."""
        for found in _MARK.finditer(text):
            self._pieces[int(found[1])] = change(self._pieces[int(found[1])])
        return text

    def change_all(self, change: Callable[[str], str]) -> None:
        """Change every piece."""
        self._pieces = [change(piece) for piece in self._pieces]

    def restore(self, text: str) -> str:
        """Replace every mark in *text* by its piece."""
        return _MARK.sub(lambda found: self._pieces[int(found[1])], text) if "\x02" in text else text


def markable(text: str) -> str:
    """Remove the characters of marks, which no document of XML may contain either, from *text*."""
    return text.replace("\x02", "").replace("\x03", "")
