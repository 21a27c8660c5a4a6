"""The line of a body in which a tag stands that has no meaning here."""

import re
from collections.abc import Iterable
from itertools import islice

from feeds.article.expressions import expression
from feeds.corpus.bodies.aside import Aside, markable
from feeds.corpus.bodies.code import Block, set_aside

MAX_NAMES = 20  # that are sought; the reading of a body stays linear

_PARTS = expression(r"(?P<sign>\W*)(?P<name>.*?)(?:\s*[%}>]*)", re.DOTALL)


def first_line(markdown: str, names: Iterable[str], blocks: tuple[Block, ...] = ()) -> int:
    """The number of the first line of *markdown* with one of the tags called *names*; 1 without any.

    *names* are those of ``Prepared.removed``. A tag in code, and in *blocks* of it, counts only if there
    is no other.
    """
    aside = Aside()
    written = re.compile("|".join(map(_expression, islice(names, MAX_NAMES))))
    text = set_aside(markable(markdown), aside, blocks)
    if found := written.search(text):
        return aside.restore(text[: found.start()]).count("\n") + 1
    found = written.search(markdown)
    return markdown.count("\n", 0, found.start()) + 1 if found else 1


def _expression(name: str) -> str:
    """A pattern of the beginning of the tag that reports call *name*, such as ``{{< figure >}}``."""
    parts = _PARTS.fullmatch(name)
    sign, words = (parts["sign"].strip(), parts["name"].split()) if parts else ("", [name])
    return rf"{re.escape(sign)}[-~=#]?\s*" + r"\s+".join(map(re.escape, words))
