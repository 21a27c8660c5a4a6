"""A link checker for an exported folder on a static file server, which knows files and nothing else."""

import json
import re
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from lxml import etree, html

from feeds.export.manifest import SUFFIXES
from feeds.formats import FORMATS, opml
from feeds.web.files import static_files

IDENTIFIERS = {"scheme", "domain", "id", "guid"}  # attributes and elements that are not links
ATTRIBUTES = {"href", "src", "action", "poster", "data"}


class Link(NamedTuple):
    """A link in a *file*, relative to the folder, to the address *url*."""

    file: str
    url: str


class Links(NamedTuple):
    """The number of internal links, the dead ones, and the files that no link leads to."""

    followed: int
    dead: list[Link]
    unlinked: set[str]


class StaticFiles:
    """The files of *folder* at *url*; a folder is answered with its ``index.html``."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url.rstrip("/")
        self.find = cache(self._found)
        self.ids = cache(self._ids)

    def is_own(self, url: str) -> bool:
        return f"{url.partition('?')[0]}/".startswith(f"{self.url}/")

    def _answered(self, path: str) -> str:
        """The file that answers *path*, relative to the folder; empty if there is none."""
        name = unquote(path.removeprefix(urlsplit(self.url).path), errors="surrogateescape").lstrip("/")
        file = self.folder / name
        if (file / "index.html").is_file():
            return str((file / "index.html").relative_to(self.folder))
        return str(file.relative_to(self.folder)) if file.is_file() and not name.endswith("/") else ""

    def _found(self, url: str) -> str:
        """The file with the content of *url*; empty for a dead link, such as a query of the server."""
        whole, fragment = urldefrag(url)
        parts = urlsplit(whole)
        file = self._answered(parts.path)
        if parts.query and not _is_version(file, parts.query):
            return ""
        return "" if fragment and file and fragment not in self.ids(file) else file

    def _ids(self, file: str) -> set[str]:
        return set(html.parse(str(self.folder / file)).xpath("//@id"))


def _is_version(file: str, query: str) -> bool:
    static = static_files().get(file.removeprefix("static/"))
    return bool(static) and query == f"v={static.version}"


def check(folder: Path, url: str) -> Links:
    """Follow every internal link of the export in *folder* with the address *url*, from the home page."""
    site = StaticFiles(folder, url)
    coming = deque(["index.html"])
    seen = set(coming)
    followed, dead = 0, []
    while coming:
        file = coming.popleft()
        for link in sorted(set(links_of(folder / file, site.url, file))):
            if not site.is_own(link):
                continue
            followed += 1
            found = site.find(link)
            if not found:
                dead.append(Link(file, link))
            elif found not in seen:
                seen.add(found)
                coming.append(found)
    return Links(followed, dead, _plain_files(folder) - seen)


def _plain_files(folder: Path) -> set[str]:
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return {
        name
        for name in names
        if not name.startswith(".export/") and not name.endswith(tuple(SUFFIXES.values()))
    }


def links_of(path: Path, url: str, file: str) -> Iterator[str]:
    """Yield the addresses of the links in the file at *path*, which is *file* below *url*."""
    base = f"{url}/{file.removesuffix('index.html')}"
    yield from links_in(path.suffix.removeprefix("."), path.read_bytes(), base)


def links_in(extension: str, content: bytes, base: str) -> Iterator[str]:
    """Yield the addresses of the links in *content*, at *base*, in the format of *extension*."""
    match extension:
        case "html":
            yield from _html_links(content.decode(), base)
        case "json":
            yield from _json_links(json.loads(content))
        case "ndjson":
            for line in content.splitlines():
                yield from _json_links(json.loads(line))
        case _ if extension in (*FORMATS, opml.EXTENSION, "xml"):
            yield from _xml_links(content)


def _html_links(text: str, base: str) -> Iterator[str]:
    for element in html.fromstring(f"<div>{text}</div>" if "<html" not in text else text).iter():
        for name, value in element.attrib.items():
            if name in ATTRIBUTES:
                yield urljoin(base, value)
            elif name == "srcset":
                yield from (urljoin(base, each.split()[0]) for each in value.split(",") if each.strip())
            elif name == "content" and re.match("https?://", value):
                yield value
            elif name == "content" and "url=" in value:
                yield urljoin(base, value.partition("url=")[2])


@cache
def _content_links(text: str) -> tuple[str, ...]:
    """The links in the content of an article, which is in many feeds."""
    return (*_html_links(text, ""),)


def _xml_links(content: bytes) -> Iterator[str]:
    tree = etree.fromstring(content).getroottree()
    for instruction in tree.xpath("//processing-instruction()"):
        yield from re.findall('href="([^"]*)"', instruction.text)
    for element in tree.getroot().iter(etree.Element):
        name = etree.QName(element).localname
        yield from (value for key, value in element.attrib.items() if key not in IDENTIFIERS)
        text = (element.text or "").strip()
        if re.match(r"https?://\S+$", text) and name not in IDENTIFIERS:
            yield text
        elif "<" in text:
            yield from _content_links(text)


def _json_links(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, each in value.items():
                yield from _json_links(each) if key not in IDENTIFIERS else ()
        case list():
            for each in value:
                yield from _json_links(each)
        case str() if re.match(r"https?://\S+$", value):
            yield value
        case str() if "<" in value:
            yield from _content_links(value)
