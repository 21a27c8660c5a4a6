"""The folders that a site of Gatsby reads its articles from: addresses are paths below them."""

from collections.abc import Iterable

from feeds.article.expressions import expression

_SOURCE = expression(r"gatsby-source-filesystem")
_REACH = 400  # characters of the options of one source
_PATH = expression(
    r"""\bpath\s{0,9}:\s{0,9}(?:path\.(?:join|resolve)\(\s{0,9}__dirname\s{0,9},\s{0,9}(?P<joined>[^()\n]{1,200})\)"""
    r"""|[`"'](?:\$\{__dirname\}/|\./)?(?P<written>[\w./-]{1,200})[`"'])"""
)
_PARTS = expression(r"[`\"']([\w./-]{1,100})[`\"']")
_FILES = expression(r"(?i)image|img|asset|static|media|font|upload|icon")
_PREFIX = expression(
    r"`/([\w-]{1,50}(?:/[\w-]{1,50})?)/?\$\{(?:value|slug|filePath|relativeFilePath|path)\}"
)


def sources_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The folders of articles in *texts*, those of ``gatsby-config.js``, relative to the site."""
    found = dict[str, None]()
    for text in texts:
        for source in _SOURCE.finditer(text):
            if path := _PATH.search(text, source.end(), source.end() + _REACH):
                written = path["written"] or "/".join(_PARTS.findall(path["joined"]))
                folder = "/".join(part for part in written.split("/") if part not in ("", "."))
                if folder and ".." not in folder and not _FILES.search(folder):
                    found[folder] = None
    return tuple(found)


def prefix_in(texts: Iterable[str]) -> str:
    """The folder before all paths in *texts*, those of ``gatsby-node.js``, if there is only one."""
    found = {prefix for text in texts for prefix in _PREFIX.findall(text)}
    return next(iter(found)) if len(found) == 1 else ""
