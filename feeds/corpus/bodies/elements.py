"""Elements of HTML as people write them in Markdown."""

import re

from feeds.article.expressions import expression

# A slash after an unquoted value belongs to the value.
_WHOLE = expression(r"<([A-Za-z][\w.-]*+)((?:[ \t\n][^<>]*+)?+)>")
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "path", "circle", "rect", "line", "polygon", "polyline", "ellipse", "use", "stop",
})  # fmt: skip


def with_ends(text: str) -> str:
    """Write ``<iframe src="x" />`` in *text* as two tags: HTML reads it as a tag without an end."""
    return _WHOLE.sub(_with_end, text) if "/>" in text else text


def _with_end(found: re.Match[str]) -> str:
    name, attributes = found.groups()
    if not attributes.endswith("/") or name.lower() in _VOID:
        return found[0]
    rest = attributes[:-1]
    if rest and not rest.endswith((" ", "\t", "\n", '"', "'")):
        return found[0]
    return f"<{name}{rest.rstrip()}></{name}>"
