"""Sanitised HTML -> Markdown (CommonMark with tables and strikethrough of GitHub)."""

import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

from msgspec import Struct

from feeds.article.expressions import expression

Attributes = dict[str, str]

_VOID = frozenset(("br", "col", "hr", "img", "wbr"))
_AS_HTML = frozenset(("ins", "kbd", "mark", "sub", "sup", "u"))
_HIDDEN = frozenset(("rp", "rt"))
_BLOCKS = frozenset(("blockquote", "caption", "details", "div", "dl", "figure", "ol", "p", "table", "ul"))
_EMPHASIS = {
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), "*"),
    **dict.fromkeys(("strong", "b"), "**"),
    **dict.fromkeys(("del", "s"), "~~"),
}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}

_SPECIAL = expression(r"[\\`*\[]|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!?])")
_ENTITY = expression(r"&(?=#?\w{1,31};)")
_AT_START = expression(r"\d{1,9}(?=[.)](?:\s|$))|(?=[#>+=-]|~~~)")
_CODE = expression("^([^\x00\n]*)\x00(\\d+)\x00", re.MULTILINE)
_MARK = expression("\x00(\\d+)\x00")


def markdown(html: str) -> str:
    """Return *html*, sanitised, as Markdown without a line break at its end."""
    writer = _Writer()
    writer.feed(html.replace("\x00", ""))
    return writer.end()


def escaped(text: str) -> str:
    """Return *text* so that Markdown shows it as it is, inside a line."""
    return _ENTITY.sub("&amp;", _SPECIAL.sub(r"\\\g<0>", text))


class _Element(Struct):
    """An open element, and the Markdown of its content so far; *items* counts its list items."""

    name: str
    attributes: Attributes
    parts: list[str] = []
    items: int = 0


class _Writer(HTMLParser):
    """Writes the Markdown of each element when it ends.

    A code block is a mark until the end, so that no white space in it changes. Open elements are counted
    by name: they may be nested in any depth.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [_Element("", {})]
        self._depth: Counter[str] = Counter()
        self._codes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self._open[-1].parts.append(_void(tag, attributes))
        else:
            self._open.append(_Element(tag, attributes))
            self._depth[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if not self._depth[tag]:
            return
        while self._close_last() != tag:
            continue

    def _close_last(self) -> str:
        """Write the element that was opened last, and return its name."""
        ended = self._open.pop()
        self._depth[ended.name] -= 1
        self._open[-1].parts.append(self._written(ended))
        return ended.name

    def handle_data(self, data: str) -> None:
        if self._is_in("pre", "code"):
            self._open[-1].parts.append(data)
        else:
            self._open[-1].parts.append(escaped(re.sub(r"\s+", " ", data)))

    def end(self) -> str:
        """Return the Markdown of everything."""
        self.close()
        while len(self._open) > 1:
            self._close_last()
        text = re.sub(r"[ \t]+\n", "\n", "".join(self._open[0].parts))
        text = re.sub(r"\n{3,}", "\n\n", text).strip()
        return _CODE.sub(self._with_code, text)

    def _is_in(self, *names: str) -> bool:
        return any(self._depth[name] for name in names)

    def _written(self, element: _Element) -> str:
        """The Markdown of *element*, which has just ended."""
        name, text = element.name, "".join(element.parts)
        parent = self._open[-1]
        if self._is_in("pre", "code"):
            return text
        match name:
            case "pre":
                self._codes.append(text.removesuffix("\n"))
                return f"\n\n\x00{len(self._codes) - 1}\x00\n\n"
            case "code":
                return _code(text)
            case "li":
                parent.items += 1
                return _item(text, _marker(parent))
            case "ol" | "ul" if parent.name == "li":
                return f"\n{text.strip()}\n"
            case "tr":
                return self._row(element)
            case "td" | "th":
                return f" {self._cell(text)} |"
        return _RENDERED.get(name, _unchanged)(text, element.attributes)

    def _row(self, row: _Element) -> str:
        """A row of a table; the first one is its head, which Markdown requires."""
        table = next(each for each in reversed(self._open) if each.name in ("table", ""))
        table.items += 1
        cells = [part for part in row.parts if part.endswith("|")]
        line = f"\n|{''.join(cells)}"
        return line + ("\n|" + " --- |" * len(cells) if table.items == 1 else "")

    def _cell(self, text: str) -> str:
        flat = _MARK.sub(lambda found: _code(self._codes[int(found[1])]), text)
        return " ".join(flat.split()).replace("|", r"\|")

    def _with_code(self, found: re.Match[str]) -> str:
        """The code block for a mark, with the indentation of its line."""
        before, code = found[1], self._codes[int(found[2])]
        margin = re.sub("[^ >]", " ", before)
        fence = "`" * max(3, _longest_run(code) + 1)
        return f"\n{margin}".join([before + fence, *code.split("\n"), fence])


def _void(tag: str, attributes: Attributes) -> str:
    match tag:
        case "br":
            return "\\\n"
        case "hr":
            return "\n\n---\n\n"
        case "img":
            return f"![{escaped(attributes.get('alt', ''))}]({_target(attributes.get('src', ''))})"
    return ""


def _marker(parent: _Element) -> str:
    if parent.name != "ol":
        return "- "
    start = parent.attributes.get("start", "")
    first = int(start) if re.fullmatch("[0-9]{1,8}", start) else 1
    return f"{first + parent.items - 1}. "


def _item(text: str, marker: str) -> str:
    margin = " " * len(marker)
    return f"\n{marker}" + f"\n{margin}".join(re.sub(r"\n{3,}", "\n\n", text).strip().split("\n"))


def _block(text: str, _attributes: Attributes) -> str:
    return f"\n\n{text}\n\n"


def _paragraph(text: str, _attributes: Attributes) -> str:
    """A paragraph; a character at its beginning that Markdown takes for a sign is escaped."""
    text = text.strip()
    if found := _AT_START.match(text):
        text = f"{found[0]}\\{text[found.end() :]}"
    return f"\n\n{text}\n\n"


def _heading(level: str) -> Callable[[str, Attributes], str]:
    return lambda text, _attributes: f"\n\n{level} {' '.join(text.split())}\n\n" if text.strip() else ""


def _emphasis(sign: str) -> Callable[[str, Attributes], str]:
    def written(text: str, _attributes: Attributes) -> str:
        inner = text.strip()
        if not inner or "\n\n" in inner:
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}{sign}{inner}{sign}{after}"

    return written


def _link(text: str, attributes: Attributes) -> str:
    address, label = attributes.get("href", ""), text.strip()
    if not address or not label or "\n\n" in label:
        return text
    return f"[{label}]({_target(address)})"


def _target(address: str) -> str:
    return re.sub(r"[\s()<>\\]", lambda found: f"%{ord(found[0]):02X}", address)


def _quote(text: str, _attributes: Attributes) -> str:
    lines = re.sub(r"\n{3,}", "\n\n", text).strip().split("\n")
    return "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def _term(text: str, _attributes: Attributes) -> str:
    return f"\n\n**{text.strip()}**\n" if text.strip() else ""


def _definition(text: str, _attributes: Attributes) -> str:
    return "\n" + _item(text, ": ").lstrip("\n") + "\n"


def _caption(text: str, _attributes: Attributes) -> str:
    return f"\n\n*{text.strip()}*\n\n" if text.strip() and "\n\n" not in text.strip() else text


def _as_html(name: str) -> Callable[[str, Attributes], str]:
    return lambda text, _attributes: f"<{name}>{text}</{name}>"


def _unchanged(text: str, _attributes: Attributes) -> str:
    return text


def _quotation(text: str, _attributes: Attributes) -> str:
    return f"“{text}”"


def _nothing(_text: str, _attributes: Attributes) -> str:
    return ""


def _code(text: str) -> str:
    flat = " ".join(text.split())
    if not flat:
        return ""
    fence = "`" * (_longest_run(flat) + 1)
    margin = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{margin}{flat}{margin}{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


_RENDERED: dict[str, Callable[[str, Attributes], str]] = {
    **dict.fromkeys(_BLOCKS, _block),
    **dict.fromkeys(_HIDDEN, _nothing),
    **{name: _heading(level) for name, level in _HEADINGS.items()},
    **{name: _emphasis(sign) for name, sign in _EMPHASIS.items()},
    **{name: _as_html(name) for name in _AS_HTML},
    "a": _link,
    "blockquote": _quote,
    "dd": _definition,
    "dt": _term,
    "figcaption": _caption,
    "p": _paragraph,
    "q": _quotation,
    "summary": _term,
}


def front_matter(fields: dict[str, object]) -> str:
    """Return *fields* that are not empty as YAML front matter; lists of texts stay on one line."""
    lines = [f"{name}: {_yaml(value)}" for name, value in fields.items() if value]
    return "\n".join(["---", *lines, "---"])


def _yaml(value: object) -> str:
    """*value* as JSON, which is YAML without ambiguous texts."""
    match value:
        case list() | tuple():
            return f"[{', '.join(map(_yaml, value))}]"
        case int():
            return str(value)
    text = str(value).translate(_CONTROLS)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_CONTROLS = dict.fromkeys((*range(32), 127, 133, 8232, 8233), " ")
