"""Front matter that files have by default: from the configuration, and from files in their folders."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from feeds.article.expressions import expression
from feeds.corpus.literals import names_at, value_at
from feeds.corpus.site import Defaults

# The files with fields for all files in their folder and below it.
_OF_FOLDER = expression(r"(?:_defaults|\.meta|_data)\.(?:ya?ml|json)|_data\.[cm]?[jt]s")
# The files with fields for the folder, or for the article beside them, that has the same name.
_NAMED = expression(r"(.+?)(?:\.11tydata\.(?:json|ya?ml|toml|[cm]?js)|\.json)")
_SPECIAL = expression(r"([\\*?\[\]!# ])")


def of_configuration(
    values: Mapping[str, Any], folder: str, content: Iterable[str]
) -> Iterator[Defaults]:
    """Yield the defaults in the *values* of the site in *folder*, those of the widest scope first.

    Scopes are relative to each of *content*, the folders of its articles.
    """
    if isinstance(fields := value_at(values, "DEFAULT_METADATA"), dict):
        yield Defaults(_below(folder), fields)
    if "Plugin.ExplicitPublish" in names_at(values, "plugins.filters"):  # of Quartz
        yield Defaults(_below(folder), {"publish": "false"})
    defaults = _mappings(values.get("defaults"))
    scoped = [each for each in defaults if isinstance(each.get("values"), dict)]
    scopes = [each.get("scope") for each in scoped]
    kinds = [_text(each, "type") or _text(each, "collection") for each in scopes]
    # Jekyll: the longest path has precedence, then a scope with a type (in Bridgetown, a collection).
    order = sorted(
        range(len(scoped)),
        key=lambda number: (len(_text(scopes[number], "path")), bool(kinds[number])),
    )
    for number in order:
        for each in content:
            if pattern := _scope(each, _text(scopes[number], "path"), kinds[number]):
                yield Defaults(pattern, scoped[number]["values"])
    yield from _cascade(value_at(values, "cascade"), folder)


def of_file(path: str, values: Mapping[str, Any], inherited: Iterable[str] = ()) -> Iterator[Defaults]:
    """Yield the defaults in the file at *path*, such as ``blog/_data.yml``, with the literals *values*.

    *inherited* are fields of the file ``_index.md`` of a folder that all files in it have too.
    """
    where, _, name = path.rpartition("/")
    stem = name.partition(".")[0]
    if _OF_FOLDER.fullmatch(name):
        yield Defaults(_below(where), values)
    elif stem == "_index":
        if fields := {key: values[key] for key in inherited if key in values}:
            yield Defaults(_below(where), fields)
        language = name.split(".")[1:-1]  # of the pages that the cascade is for
        yield from _cascade(values.get("cascade"), where, f"**/*.{language[0]}.*" if language else "**")
    elif where.rpartition("/")[2] == "_data":
        yield Defaults(_below(where.rpartition("/")[0]), {stem: values.get("", values)})
    elif found := _NAMED.fullmatch(name):
        is_of_folder = found[1] == where.rpartition("/")[2]
        yield Defaults(_below(where, "**" if is_of_folder else f"{_literal(found[1])}.*"), values)


def _scope(folder: str, path: str, kind: str) -> str:
    """The pattern of the files of one *kind* below *path*, which may have ``*``; empty for pages."""
    where = "/".join(filter(None, [_literal(folder), _SPECIAL.sub(_escaped, path.strip("/"))]))
    match kind:
        case "":
            return f"/{where}" if where else "*"
        case "pages":
            return ""
        case "posts" | "drafts":
            if re.search(rf"(?:^|/)_{kind}(?:/|$)", where):
                return f"/{where}"
            return f"/{where}/**/_{kind}/" if where else f"_{kind}/"
    own = f"_{_literal(kind)}"
    return (
        f"/{where}"
        if where.endswith(own) or f"{own}/" in where
        else f"/{where}/{own}/".replace("//", "/")
    )


def _cascade(cascade: Any, where: str, files: str = "**") -> Iterator[Defaults]:
    """Yield the fields of Hugo's ``cascade`` for the *files* below *where*, or those of its target."""
    for each in _mappings(cascade if isinstance(cascade, list) else [cascade]):
        target = each.get("target", each.get("_target"))
        fields = {key: value for key, value in each.items() if key not in ("_target", "target")}
        # Each path begins at a folder of content, which depends on the language.
        paths = [path.strip("/") for path in _alternatives(_text(target, "path"))]
        for path in filter(None, paths):
            yield Defaults(f"**/{_SPECIAL.sub(_escaped, path)}", fields)
        if not target or target == {"kind": "page"}:
            yield Defaults(_below(where, files), fields)


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the patterns without braces for which ``{a,b}`` in *pattern* stands."""
    if not (found := re.search(r"\{([^{}]*)\}", pattern)):
        yield pattern
        return
    for each in found[1].split(","):
        yield from _alternatives(pattern[: found.start()] + each.strip() + pattern[found.end() :])


def _below(folder: str, pattern: str = "**") -> str:
    if pattern == "**" and not folder:
        return "*"
    return f"/{_literal(folder)}/{pattern}".replace("//", "/")


def _literal(path: str) -> str:
    return _SPECIAL.sub(r"\\\1", path)


def _escaped(found: "re.Match[str]") -> str:
    return found[1] if found[1] == "*" else f"\\{found[1]}"


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    return (each for each in (value if isinstance(value, list) else ()) if isinstance(each, dict))


def _text(fields: Any, key: str) -> str:
    value = fields.get(key) if isinstance(fields, dict) else ""
    return value.strip() if isinstance(value, str) else ""
