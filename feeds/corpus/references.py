"""References from one file of a site to another, such as ``x.md``, ``[[x]]`` and ``@/x.md``."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from posixpath import normpath
from urllib.parse import unquote

from feeds.article.expressions import expression
from feeds.corpus.article_folders import without_index

_EXTENSION = expression(r"(?i)\.(?:md|markdown|mdown|mkdn?|mkd|mdx|html?|ipynb|rst)$")
_ROOTED = expression(r"^(?:@/|/|[{|](?:filename|attach|static)[|}]/|~/|@site/)")
_RELATIVE = expression(r"^[{|](?:filename|attach|static)[|}]")

# The targets of links in a body that may be another file. Bounded, so that no text takes long.
_TARGETS = expression(
    r"""(?x)
    \[\[ ([^\[\]|\#\n]{1,300})                                  # a wiki link
    | \]\( \s{0,3} <? ([^()<>\s"']{1,300})                       # a link
    | ^ \s{0,3} \[[^\[\]\n]{1,200}\]: \s{0,3} <? ([^<>\s]{1,300}) # a link definition
    | (?: (?<=href=") | (?<=href=') ) ([^"'<>\s]{1,300})
    | (?: post_url | link | (?:rel)?ref ) \s{1,3} ["']? ([^"'%{}\s]{1,300})
    """,
    re.M,
)


def key_of(target: str) -> str:
    """The name that *target* shares with references to it: ``blog/Go Now/index.md`` -> ``go now``."""
    return without_index(_EXTENSION.sub("", target.strip().rstrip("/"))).rpartition("/")[2].casefold()


def targets(body: str) -> tuple[str, ...]:
    """The keys of all files that *body* may refer to, in order."""
    found = {
        key
        for match in _TARGETS.finditer(body)
        if (target := next(filter(None, match.groups()))) and "://" not in target
        if (key := key_of(_plain(target)[0]))
    }
    return tuple(sorted(found))


def _plain(target: str) -> tuple[str, str]:
    """*target* decoded, without query and fragment; and its fragment with ``#``, or empty."""
    path, mark, fragment = target.strip().partition("#")
    return unquote(path.partition("?")[0]).replace("\\", "/"), mark + fragment


class References:
    """The addresses of the files of a site, found by references to them.

    *addresses* are by path, and *aliases* are other names of a path. *content* are the folders that
    rooted references begin in. *asset* returns the address of a file to serve, by its name as written in
    the file at a path.
    """

    def __init__(
        self,
        addresses: Mapping[str, str],
        aliases: Mapping[str, Iterable[str]],
        content: Iterable[str],
        asset: Callable[[str, str], str | None],
    ) -> None:
        self._asset = asset
        self._addresses = addresses
        self._content = [*content, ""]
        self._by_place = {_place(path): path for path in sorted(addresses, reverse=True)}
        by_key: defaultdict[str, list[str]] = defaultdict(list)
        for path in sorted(addresses):
            by_key[key_of(path)].append(path)
        for path, names in aliases.items():
            for name in names:
                by_key[name.casefold()].append(path)
        self._by_key = dict(by_key)

    def address(self, kind: str, target: str, path: str) -> str:
        """The address of the file that *target* in the file at *path* refers to, or empty.

        If *kind* is ``asset``, it is a picture or another file to serve. A reference names a file by its
        path, with or without the extension, or by a name that no other file has. The fragment of
        *target* stays.
        """
        if kind == "asset":
            return self._asset(target, path) or ""
        written, fragment = _plain(target)
        found = self._at_place(written, path) or self._named(written)
        address = self._addresses.get(found, "") if found else ""
        return address + fragment if address else ""

    def named(self, keys: Iterable[str]) -> list[tuple[str, str, str]]:
        """The key, path and address of all files that references with *keys* may mean."""
        return [
            (key, path, self._addresses.get(path, ""))
            for key in keys
            for path in self._by_key.get(key, ())
        ]

    def _at_place(self, written: str, path: str) -> str:
        rooted, is_rooted = _ROOTED.subn("", written, count=1)
        relative = _RELATIVE.sub("", written)
        folder = path.rpartition("/")[0]
        places = [] if is_rooted else [f"{folder}/{relative}"]
        places += [f"{content}/{rooted if is_rooted else relative}" for content in self._content]
        for place in places:
            if found := self._by_place.get(_place(place)):
                return found
        return ""

    def _named(self, written: str) -> str:
        found = self._by_key.get(key_of(_RELATIVE.sub("", _ROOTED.sub("", written))), [])
        same = [path for path in found if _place(path).endswith(_place(written))]
        same = same if len(found) > 1 else found
        return same[0] if len(same) == 1 else ""


def _place(path: str) -> str:
    """*path* without extension and ``/index``, in lower case, from the root."""
    return without_index(_EXTENSION.sub("", normpath(path.lstrip("/")))).casefold().lstrip("/")
