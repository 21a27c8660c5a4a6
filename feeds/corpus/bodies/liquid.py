"""Tags and values of Liquid, Nunjucks and ERB."""

import re
from collections import Counter
from collections.abc import Iterator

from feeds.article.expressions import expression
from feeds.corpus.bodies.arguments import arguments_of
from feeds.corpus.bodies.aside import Aside
from feeds.corpus.bodies.code import Block
from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.expansion import Expansion, Tag
from feeds.corpus.bodies.meanings import CODE, meaning_of
from feeds.corpus.bodies.values import looked_up, value_of

# Every attempt stops at the next opener, so that no character is read twice.
_TAG = expression(r"(?s)\{%[-~+]?\s*+(?P<name>[\w.:/-]*+)(?P<written>(?:(?!%\}|\{%).)*+)%\}")
_LONE = expression(r"(?m)^[ \t]*\{%(?:(?!%\}|\{%).)++%\}[ \t]*$")
_VALUE = expression(r"(?s)\{\{\{?[-~]?((?:(?!\}\}|\{\{).)*+)\}\}\}?")
_ERB = expression(r"(?s)<%[=#-]?((?:(?!%>|<%).)*+)%>")
_LINK_TO = expression(
    r"""\s*link_to[\s(]+(["'])(?P<text>[^"'\n]+)\1\s*,\s*(["'])(?P<target>[^"'\n]+)\3"""
)
_RAW = expression(r"\{%[-~]?\s*+(end)?(?:raw|verbatim)\s*+[-~]?%\}")
_SIGNS = expression(r"\{[{%]|[%}]\}")
_VARIABLE = expression(r"(?:page|site|post|include|layout)\.[\w.-]+")
_FENCED = expression(r"(?m)^[ \t]*(?:`{3}|~{3})")
_OPENS_CODE = expression(rf"\{{%[-~]?\s*+({'|'.join(sorted(CODE))})\b((?:(?!%\}}|\{{%).)*+)%\}}")
_LANGUAGE = expression(r"(?:lang(?:uage)?:)?\W*([A-Za-z][\w+#.-]*)")


def _closer(opener: re.Match[str]) -> re.Pattern[str]:
    return re.compile(rf"\{{%[-~]?\s*end{opener[1]}\s*[-~]?%\}}")


def fenced(lead: str, language: str, code: str) -> str | None:
    """A fence with *code*, for a line that begins with *lead*; None if it has fences already."""
    if _FENCED.search(code):
        return None
    if "\n" not in code.strip("\n"):
        code = code.strip()
        if lead.strip(" \t>"):  # within a line
            return f"`{code}`" if "`" not in code else f"`` {code} ``"
    indent = re.sub(r"[^ \t>]", " ", lead)
    body = code.strip("\n").replace("~~~", "~ ~ ~") if "~~~" in code else code.strip("\n")
    return f"~~~{language}\n{body}\n{indent}~~~"


def _made(lead: str, opener: re.Match[str], code: str) -> str | None:
    found = re.search(r"lang(?:uage)?[:=]\s*\"?([\w+#.-]+)", opener[2]) or _LANGUAGE.search(opener[2])
    return fenced(lead, found[1] if found else "", _RAW.sub("", code))


LIQUID_CODE = (Block(_OPENS_CODE, _closer, _made),)


def without_raw_tags(code: str) -> str:
    """*code* without the tags ``raw`` and ``endraw`` of Liquid, if both of a pair are within it."""
    if code.count("endraw") and len(_RAW.findall(code)) % 2 == 0 and not _RAW.search(code)[1]:  # type: ignore[index]
        return _RAW.sub("", code)
    return code


def lone_tags_expanded(text: str, context: BodyContext, removed: Counter[str]) -> str:
    """Replace the known tags in *text* that have a line of their own, for a tool that has no Liquid.

    Posts that were written for another tool still have them.
    """
    if "{%" not in text:
        return text
    known = [tag for found in _LONE.finditer(text) if (tag := _known(found, context))]
    return Expansion(context, removed).expand(text, known)


def _known(found: re.Match[str], context: BodyContext) -> Tag | None:
    tag = _TAG.search(found.string, found.start(), found.end())
    if not tag or not meaning_of(tag["name"].lower().removeprefix("end")):
        return None
    return _tag(tag, context)


def expanded(text: str, context: BodyContext, aside: Aside, removed: Counter[str]) -> str:
    """Replace the tags and values in *text* by their meaning; between tags of ``raw``, they stay."""
    if "<%" in text:
        text = _ERB.sub(lambda found: _ruby(found[1], context, removed), text)
    if "{%" in text:
        text = _raw_kept(text, aside)
        text = Expansion(context, removed).expand(text, _tags(text, context))
    if "{{" in text:
        text = _VALUE.sub(lambda found: _shown(found[1], context, removed), text)
    return text


def _ruby(written: str, context: BodyContext, removed: Counter[str]) -> str:
    """The link that the Ruby *written* makes; nothing of other programs."""
    link = _LINK_TO.match(written)
    if not link:
        return _counted(written, "<%", removed)
    text, target = link["text"], link["target"]
    address = context.references.address("@/", target, context.path)
    if not address and ("://" in target or target.startswith("/")):
        address = target
    return f"[{text}](<{address}>)" if address else text


def _counted(written: str, sign: str, removed: Counter[str]) -> str:
    removed[f"{sign} {' '.join(written.strip('=-# ').split())[:40]}"] += 1
    return ""


def _shown(expression: str, context: BodyContext, removed: Counter[str]) -> str:
    expression = expression.strip(" \n\t-~")
    value = value_of(expression, context.values)
    if value is None:
        removed[f"{{{{ {' '.join(expression.split())[:40]} }}}}"] += 1
    return value or ""


def _raw_kept(text: str, aside: Aside) -> str:
    """Set the signs of Liquid between ``{% raw %}`` and ``{% endraw %}`` aside, and remove these tags."""
    parts, done, start = list[str](), 0, 0
    for found in _RAW.finditer(text):
        if not found[1] and not start:
            parts.append(text[done : found.start()])
            start = done = found.end()
        elif found[1] and start:
            parts.append(_SIGNS.sub(lambda sign: aside.put(sign[0]), text[done : found.start()]))
            start, done = 0, found.end()
    return "".join([*parts, text[done:]]) if parts else text


def _tags(text: str, context: BodyContext) -> Iterator[Tag]:
    for found in _TAG.finditer(text):
        yield _tag(found, context)


def _tag(found: re.Match[str], context: BodyContext) -> Tag:
    name, written = found["name"].lower(), found["written"].strip(" -~\n\t")
    start, end = found.span()
    if name.startswith("end") and not meaning_of(name):
        return Tag(start, end, name.removeprefix("end").lstrip("_-"), role="end")
    arguments = arguments_of(written, lambda word: _resolved(word, context))
    shown = f"{{% {name} %}}"
    if name in ("include", "include_cached", "include_relative", "partial", "render") and arguments.plain:
        file = arguments.plain[0]
        base = file.rpartition("/")[2].partition(".")[0].lstrip("_").lower()
        is_known = bool(meaning_of(base)) and name != "include_relative"
        rest = type(arguments)(arguments.plain[1:], arguments.named)
        return Tag(start, end, base if is_known else "", f"{{% {name} {file} %}}", rest, written, "whole")
    if name == "link":
        name = "embed" if "://" in written else "jekyll-link"
    return Tag(start, end, name, shown, arguments, written)


def _resolved(word: str, context: BodyContext) -> str:
    """The value of *word* without quotes, if it is a variable."""
    return looked_up(word, context.values) or "" if _VARIABLE.fullmatch(word) else word
