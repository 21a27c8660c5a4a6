"""Links and pictures that name a file of the site."""

import re
from typing import Literal
from urllib.parse import quote, unquote

from feeds.article.expressions import expression
from feeds.corpus.bodies.context import BodyContext

_WIKI = expression(r"(!?)\[\[([^\[\]\n|#^\\]*)((?:#|\^)[^\[\]\n|\\]*)?(?:\\?\|([^\[\]\n]*))?\]\]")
_HIDDEN = expression(r"(?s)%%(?:(?!%%).)*+%%")
_BLOCK_ID = expression(r"(?m)[ \t]\^[A-Za-z0-9-]{4,40}[ \t]*$")
_SPACED = expression(r"\]\((?!<)([^()\n\"'<> ]+(?: [^()\n\"'<> ]+)+\.[A-Za-z0-9]{2,5}(?:#[^\s()]*)?)\)")
_PICTURE = expression(r"(?i)\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico)$")
_SIZE = expression(r"\d+(?:x\d+)?")
_PAGE = expression(r"(?i)\.(?:md|mdx|markdown|mkdn?|mdown|rst|qmd|ipynb)(?=$|[?#])")
_PLACE = expression(r"^[{|](filename|attach|static|author|category|tag|index)[|}]/?")
_SCHEME = expression(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_FILE = expression(r"[^/]\.[A-Za-z0-9]{2,5}$")
_HTML_PAGE = expression(r"(?i)\.(?:html?|php|aspx?)$")

TargetKind = Literal["relative", "wiki", "@/", "{filename}", "relref", "post_url", "asset"]


def with_wiki_links(text: str, context: BodyContext) -> str:
    """Replace the links, embedded files, comments and ids of Obsidian in *text*.

    Without the extension ``wiki``, brackets are a link only if their file is known, or if they name a
    picture or have a label.
    """
    is_wiki = "wiki" in context.syntax
    if is_wiki and "%%" in text:
        text = _HIDDEN.sub("", text)
    if is_wiki and " ^" in text:
        text = _BLOCK_ID.sub("", text)
    return _WIKI.sub(lambda found: _wiki_link(found, context), text) if "[[" in text else text


def _wiki_link(found: re.Match[str], context: BodyContext) -> str:
    is_wiki = "wiki" in context.syntax
    if not is_wiki and found.string.startswith("(", found.end()):  # a link whose text has brackets
        return found[0]
    target, place, label = found[2].strip(), found[3] or "", (found[4] or "").strip()
    if found[1] and _PICTURE.search(target):
        alt = "" if _SIZE.fullmatch(label) else label
        return f"![{alt}](<{target}>)"
    name = target.removesuffix(".md").rpartition("/")[2] or target
    heading = place.lstrip("#^").replace("#", " › ")
    text = label or " › ".join(filter(None, (name, heading if not place.startswith("^") else "")))
    address = context.references.address("wiki", target + place, context.path) if target else ""
    if address:
        return f"[{text}](<{address}>)"
    return text if is_wiki or (label and target) else found[0]


def with_spaces_enclosed(text: str) -> str:
    """Enclose the addresses of files with spaces in angle brackets, which CommonMark demands."""
    return _SPACED.sub(r"](<\1>)", text) if "](" in text else text


class FileLinks:
    """Finds the addresses of files that the HTML of the body in *context* refers to."""

    def __init__(self, context: BodyContext) -> None:
        self._context = context

    def address(self, tag: str, written: str) -> str | None:
        """The address of the file that is *written* in an element *tag*, and *written* if it is none.

        None if *written* is the source of a page that is not known: its text stays without a link.
        """
        target = unquote(written.strip())
        if target.startswith("@/"):
            return self._found("@/", target)
        if place := _PLACE.match(target):
            return self._placed(place[1], target, place.end())
        if not target or _SCHEME.match(target) or target.startswith(("#", "?")):
            return written
        path = re.split(r"[?#]", target)[0]
        if tag == "a" and _PAGE.search(path):
            return self._found("relative", target)
        if tag == "a" and (_HTML_PAGE.search(path) or not _FILE.search(path)):
            return self._found("relative", target) or written
        return self._found("asset", target) or written

    def _placed(self, place: str, target: str, end: int) -> str | None:
        """The address of a *target* of Pelican, which begins with ``{filename}`` or the like."""
        rest = target[end:]
        if place in ("filename", "index") or (place == "attach" and _PAGE.search(rest)):
            return self._found("{filename}", target)
        if place in ("author", "category", "tag"):
            return None
        is_rooted = place == "static" or target[end - 1] == "/"
        written = quote(f"/{rest}" if is_rooted else rest, safe="/#?=&%~+,;:@!$'()*._-")
        return self._found("asset", target) or written

    def _found(self, kind: TargetKind, target: str) -> str | None:
        return self._context.references.address(kind, target, self._context.path) or None
