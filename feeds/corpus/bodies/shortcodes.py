"""Shortcodes of Hugo, Nikola and Zola."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from feeds.article.expressions import expression
from feeds.corpus.bodies.arguments import arguments_of
from feeds.corpus.bodies.aside import Aside
from feeds.corpus.bodies.code import Block
from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.expansion import Expansion, Tag
from feeds.corpus.bodies.liquid import fenced
from feeds.corpus.bodies.meanings import CODE

# Every attempt stops at the next opener, so that no character is read twice.
_TAG = expression(
    r"""(?xs)
    \{\{(?P<sign>[<%])-?\s*+(?P<ends>/?)\s*+(?P<name>[\w./:-]*+)(?P<written>(?:(?!\}\}|\{\{).)*+)\}\}
    | \{\{\s*+(?P<call>[\w:]++)\s*+\((?P<arguments>(?:(?!\}\}|\{\{).)*+)\}\}
    | \{%\s*+(?P<block>[\w:]++)\s*+\((?P<own>(?:(?!%\}|\{%).)*+)%\}
    | \{%-?\s*+(?P<end>end)\s*+-?%\}"""
)
_SHOWN = expression(r"(?s)\{\{([<%])/\*((?:(?!\*/|\{\{).)*+)\*/([%>])\}\}")
_OPENS_CODE = expression(
    rf"\{{\{{[<%]\s*+({'|'.join(sorted(CODE))})\b((?:(?!\}}\}}|\{{\{{).)*+)(?<=[%>])(?<!/[%>])\}}\}}"
)
_OPENS_ZOLA_CODE = expression(
    rf"\{{%-?\s*+({'|'.join(sorted(CODE))})\s*+\(((?:(?!%\}}|\{{%|\)[ -]*%\}}).)*+)\)[ -]*+%\}}"
)
_WORD = expression(r"\w[\w+#.-]*")


def _closer(opener: re.Match[str]) -> re.Pattern[str]:
    return re.compile(rf"\{{\{{[<%]\s*/\s*{opener[1]}\s*[%>]\}}\}}")


def _made(lead: str, opener: re.Match[str], code: str) -> str | None:
    arguments = arguments_of(opener[2])
    language = arguments.first("lang", "language", "type", 0)
    return fenced(lead, language if _WORD.fullmatch(language) else "", code)


def _zola_closer(_: re.Match[str]) -> re.Pattern[str]:
    return re.compile(r"\{%-?\s*end\s*-?%\}")


SHORTCODE_CODE = (Block(_OPENS_CODE, _closer, _made), Block(_OPENS_ZOLA_CODE, _zola_closer, _made))


def expanded(text: str, context: BodyContext, aside: Aside, removed: Counter[str]) -> str:
    """Replace the shortcodes in *text* by their meaning; those in a comment are shown as code."""
    if "{{" not in text and "{%" not in text:
        return text
    text = _SHOWN.sub(lambda found: aside.put(f"`{{{{{found[1]}{found[2]}{found[3]}}}}}`"), text)
    return Expansion(context, removed).expand(text, _tags(text))


def _tags(text: str) -> Iterator[Tag]:
    for found in _TAG.finditer(text):
        start, end = found.span()
        if found["end"]:
            yield Tag(start, end, "", role="end")
        elif name := found["call"] or found["block"]:
            written = found["arguments"] or found["own"] or ""
            role: Literal["begin", "whole"] = "whole" if found["call"] else "begin"
            shown = f"{{{{ {name} }}}}" if found["call"] else f"{{% {name} %}}"
            yield Tag(start, end, name.lower(), shown, arguments_of(written), written, role)
        elif found["ends"]:
            yield Tag(start, end, found["name"].rpartition("/")[2].partition(".")[0].lower(), role="end")
        else:
            yield _hugo(found)


def _hugo(found: re.Match[str]) -> Tag:
    name, written = found["name"], found["written"].rstrip("%>").strip(" -\t\n")
    role: Literal["begin", "whole"] = "whole" if written.endswith("/") or name.endswith("/") else "begin"
    name = name.rstrip("/")
    short = name.rpartition("/")[2].partition(".")[0].lower()
    shown = f"{{{{{found['sign']} {name} {'>' if found['sign'] == '<' else '%'}}}}}"
    written = written.removesuffix("/")
    return Tag(found.start(), found.end(), short, shown, arguments_of(written), written, role)
