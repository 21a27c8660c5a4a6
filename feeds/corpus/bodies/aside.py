"""Pieces of a text that are set aside while the text around them changes."""

import re

_MARK = re.compile("\x02([0-9]+)\x03")
_FORBIDDEN = str.maketrans("", "", "\x02\x03")  # no document of XML may contain them either


class Aside:
    """Replaces pieces of a text by marks, and puts the pieces back."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        """Keep *piece*, and return the mark to write in its place."""
        self._pieces.append(self.restore(piece))
        return f"\x02{len(self._pieces) - 1}\x03"

    def restore(self, text: str) -> str:
        """Replace every mark in *text* by its piece."""
        return _MARK.sub(lambda found: self._pieces[int(found[1])], text) if "\x02" in text else text


def markable(text: str) -> str:
    """Remove the characters of marks from *text*."""
    return text.translate(_FORBIDDEN)
