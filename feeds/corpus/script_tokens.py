"""The tokens of JavaScript and TypeScript, without comments and regular expressions; in linear time."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from feeds.article.expressions import expression

_TOKEN = expression(
    r"(?P<space>\s++)|(?P<comment>//[^\n]*+|\#![^\n]*+)"
    r"|(?P<name>[\w$@]++(?:\??\.[\w$]++)*+)"
    r"""|(?P<quoted>'(?:[^'\\\n]|\\[\s\S])*+'?|"(?:[^"\\\n]|\\[\s\S])*+"?)"""
    r"|(?P<sign>=>|\|\||\?\?|&&|[=!]==?|\.\.\.|[\s\S])"
)
_REGEX = expression(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n]){0,200}+\]){1,500}+/\w*")
_BEFORE_REGEX = frozenset({"", "(", ",", "=", ":", "[", "!", "&&", "||", "??", "?", "{", "}", ";", "=>"})
_IN_TEMPLATE = expression(r"\\[\s\S]|`|\$\{")
_IN_SUBSTITUTION = expression(r"""\\[\s\S]|[`{}]|'(?:[^'\\\n]|\\[\s\S])*+'|"(?:[^"\\\n]|\\[\s\S])*+\"""")
_BRACE_OR_TEXT = expression(
    r"""[{}]|'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+"|`(?:[^`\\]|\\[\s\S])*+`|//[^\n]*+"""
    r"|/\*(?:[^*]|\*(?!/))*+\*/"
)
_ESCAPE = expression(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|\r?\n|([\s\S]))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": ""}


class ScriptToken(NamedTuple):
    """A token of the *kind* ``name``, ``text``, ``template`` (with substitutions) or ``sign``."""

    kind: str
    text: str
    is_after_newline: bool = False


def tokens(text: str) -> Iterator[ScriptToken]:
    """Yield the tokens of *text*; an open text ends with its line, and an open comment with the file."""
    position, last, is_new = 0, ScriptToken("sign", ""), False
    while position < len(text):
        if text.startswith("/*", position):
            position = _after(text, "*/", position + 2)
            continue
        if text[position] == "`":
            end = _template_end(text, position + 1)
            last = _template(text[position + 1 : end - 1], is_new)
        elif text[position] == "/" and (found := _regex(text, position, last)):
            position, is_new = found.end(), False
            last = ScriptToken("name", "")
            continue
        else:
            found = _TOKEN.match(text, position)
            assert found  # the last alternative matches any character
            end = found.end()
            if found.lastgroup in ("space", "comment"):
                is_new = is_new or "\n" in found[0]
                position = end
                continue
            last = _token(found, is_new)
        yield last
        position, is_new = end, False


def _after(text: str, end: str, start: int) -> int:
    found = text.find(end, start)
    return len(text) if found < 0 else found + len(end)


def _regex(text: str, position: int, last: ScriptToken) -> "re.Match[str] | None":
    if text.startswith("//", position):
        return None
    is_place = last.text in _BEFORE_REGEX if last.kind == "sign" else last == ("name", "return", False)
    return _REGEX.match(text, position) if is_place else None


def _token(found: "re.Match[str]", is_new: bool) -> ScriptToken:
    written = found[0]
    if found.lastgroup == "quoted":
        inner = written[1:-1] if len(written) > 1 and written[-1] == written[0] else written[1:]
        return ScriptToken("text", unescaped(inner), is_new)
    return ScriptToken(found.lastgroup or "", written.replace("?.", "."), is_new)


def _template(inner: str, is_new: bool) -> ScriptToken:
    if "${" in inner:
        return ScriptToken("template", inner, is_new)
    return ScriptToken("text", unescaped(inner), is_new)


def _template_end(text: str, position: int) -> int:
    """The position after the template whose content begins at *position*."""
    above = ["`"]
    while above:
        pattern = _IN_TEMPLATE if above[-1] == "`" else _IN_SUBSTITUTION
        found = pattern.search(text, position)
        if not found:
            return len(text) + 1
        position = found.end()
        match found[0], above[-1]:
            case ("`", "`") | ("}", "{"):
                above.pop()
            case ("`", _) as pair:
                above.append(pair[0])
            case ("${" | "{", _):
                above.append("{")
    return position


def end_of_object(text: str, start: int, limit: int) -> int:
    """The position after the object whose brace is at *start*, before *limit*; 0 if it is open."""
    depth = 0
    for found in _BRACE_OR_TEXT.finditer(text, start, limit):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return 0


def unescaped(text: str) -> str:
    """*text* between quotes, with its escape sequences resolved."""
    return _ESCAPE.sub(_unescape, text) if "\\" in text else text


def _unescape(found: "re.Match[str]") -> str:
    if code := found[1] or found[2] or found[3]:
        number = int(code, 16)
        return chr(number) if number < 0xD800 or 0xE000 <= number < 0x110000 else "\ufffd"
    return _LETTERS.get(found[4] or "0", found[4] or "")
