"""Formulas in TeX, such as ``$x$`` and ``$$x$$``, as code: no emphasis in them, and readable."""

import re

from feeds.article.expressions import expression
from feeds.corpus.bodies.aside import Aside

# Every attempt stops at the next sign of its kind or at the end of the paragraph.
_DISPLAY = expression(r"(?s)(?<![\\$])\$\$(?!\$)((?:(?!\$\$|\n[ \t>]*\n).)++)\$\$(?!\$)")
# With empty lines in it; the last sign has a line of its own.
_BLOCK = expression(r"(?ms)^(?P<lead>[ \t]*)\$\$(?!\$)(?P<inner>(?:(?!\$\$).)++)\$\$(?=[ \t]*$)")
_BRACKETS = expression(r"(?s)(\\{1,2})([(\[])((?:(?!\\{1,2}[()\[\]]|\n[ \t>]*\n).)++)\1([)\]])")
_ENVIRONMENT = expression(
    r"(?s)\\begin\{((?:equation|align|gather|eqnarray|multline)\*?)\}((?:(?!\\begin\{|\\end\{).)*+)\\end\{\1\}"
)
# Between two lines that have nothing but the sign.
_LINES = expression(
    r"(?m)^(?P<lead>[ \t]*)\$[ \t]*\n(?P<inner>(?:(?![ \t]*\$?[ \t]*$).*\n)++)[ \t]*\$(?=[ \t]*$)"
)
_INLINE = expression(r"(?<![\\$\w])\$(?![\s$])((?:\\.|[^$\n\\]|\n(?![ \t>]*\n))++)(?<!\s)\$(?![\w$])")
_LOOKS_LIKE_TEX = expression(r"[\\^_{}=<>+|]|^[A-Za-z]{1,2}'*$|^[A-Za-z]\w*\([^()]*\)$|^-?\d+(?:\.\d+)?$")
_IS_TEX = expression(r"[\\^{}=]|[A-Za-z]_\w")
_LEAD = expression(r"[ \t]*")
_QUOTE = expression(r"^[ \t]*>[ \t]?")


def set_aside(text: str, aside: Aside) -> str:
    """Replace the formulas in *text* by marks of *aside* for code."""
    if "$" in text:
        text = _LINES.sub(lambda found: found["lead"] + _put(found, found["inner"], aside), text)
        text = _BLOCK.sub(lambda found: _tex_block(found, aside), text)
        text = _DISPLAY.sub(lambda found: _put(found, found[1], aside), text)
    if "\\" in text:
        text = _ENVIRONMENT.sub(lambda found: _put(found, found[0], aside), text)
        text = _BRACKETS.sub(lambda found: _bracketed(found, aside), text)
    if "$" in text:
        text = _INLINE.sub(lambda found: _inline(found, aside), text)
    return text


def _tex_block(found: re.Match[str], aside: Aside) -> str:
    inner = found["inner"]
    if "\\" not in inner or inner.rpartition("\n")[2].strip():
        return found[0]
    lines = "\n".join(line for line in inner.split("\n") if line.strip())
    return found["lead"] + _put(found, f"{lines}\n", aside)


def _bracketed(found: re.Match[str], aside: Aside) -> str:
    is_pair = found[2] + found[4] in ("()", "[]")
    is_formula = is_pair and (len(found[1]) == 2 or _IS_TEX.search(found[3]))
    return _put(found, found[3], aside) if is_formula else found[0]


def _inline(found: re.Match[str], aside: Aside) -> str:
    return aside.put(span(found[1])) if _LOOKS_LIKE_TEX.search(found[1]) else found[0]


def _put(found: re.Match[str], formula: str, aside: Aside) -> str:
    """A mark for a block of code if the formula has lines of its own, else for a span."""
    text, formula = found.string, _unquoted(formula)
    lead = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    is_block = (
        _LEAD.fullmatch(lead) and text.startswith(("\n", ""), found.end()) and "\n" in formula.strip()
    )
    if not is_block or "```" in formula:
        return aside.put(span(formula))
    return aside.put(f"```\n{formula.strip(chr(10))}\n{lead}```")


def _unquoted(formula: str) -> str:
    """*formula* without the signs of the quotation that its lines stand in."""
    first, *others = formula.split("\n")
    if not others or not all(line.lstrip().startswith(">") for line in others if line.strip()):
        return formula
    return "\n".join([_QUOTE.sub("", first), *(_QUOTE.sub("", line) for line in others)])


def span(formula: str) -> str:
    """*formula* as a span of code."""
    formula = " ".join(formula.split())
    ticks = "`" * (max((len(run) for run in re.findall("`+", formula)), default=0) + 1)
    space = " " if formula.startswith("`") or formula.endswith("`") else ""
    return f"{ticks}{space}{formula}{space}{ticks}"
