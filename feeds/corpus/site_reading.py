"""Reading of the configuration files of a site: bytes -> SourceSite and problems."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from feeds.corpus import problems
from feeds.corpus.astro_routes import collections_in, routes_in
from feeds.corpus.dialects import Dialect
from feeds.corpus.files import patterns
from feeds.corpus.folder_defaults import of_configuration, of_file
from feeds.corpus.gatsby_sources import prefix_in, sources_in
from feeds.corpus.literals import front_matter, names_at, read_literals, text_at, value_at
from feeds.corpus.people import is_about_people, people_in
from feeds.corpus.plain_text import plain_excerpt, plain_name
from feeds.corpus.site import Defaults, SourceSite
from feeds.corpus.site_layout import layout_of, types_in
from feeds.corpus.site_values import (
    folder_in,
    language_of,
    languages_named,
    person_in,
    picture_in,
    tags_in,
    texts_at,
    url_of,
    with_base,
    zone_of,
)
from feeds.errors import ArticleError, Code

_MARKDOWN = (".md", ".mdx", ".markdown")
# Files of a split configuration that are not below a key of their name.
_WHOLE = frozenset({"hugo", "config"})


def site_files(dialect: Dialect, folder: str) -> tuple[str, ...]:
    """The patterns, in the syntax of ``.gitignore``, of the files that ``read_site`` reads.

    They are relative to the root of the corpus, and *folder* is the folder of the site.
    """
    wanted = (*dialect.configuration, *dialect.data, *dialect.routes, *dialect.translations)
    return tuple(_anchored(folder, pattern) for pattern in wanted)


def read_site(
    dialect: Dialect, folder: str, files: Mapping[str, bytes], last: Mapping[str, Any] | None = None
) -> tuple[SourceSite, tuple[ArticleError, ...]]:
    """Make the SourceSite of *folder* from *files*: contents by path relative to the root of the corpus.

    Files that no pattern of ``site_files`` matches are not read. A file that is not understood is one of
    the problems, and counts as missing. So is a value that cannot be used; its key is the subject of the
    problem, and the value of that key in *last*, the values of the last good versions, takes its place.
    """
    return _Reading(dialect, folder, files, last or {}).site()


def describe(dialect: Dialect, site: SourceSite) -> str:
    """The tool and the title of a *site*, such as ``Hugo site "Tide"``."""
    return f'{dialect.title} site "{site.title}"' if site.title else f"{dialect.title} site"


class _Reading:
    """One reading of the *files* of a site, which collects problems."""

    def __init__(
        self, dialect: Dialect, folder: str, files: Mapping[str, bytes], last: Mapping[str, Any]
    ) -> None:
        self._dialect = dialect
        self._folder = folder
        self._files = files
        self._last = last
        self._problems: list[ArticleError] = []
        self._is_gatsby = dialect.name == "gatsby"
        self._read: list[str] = []
        self._values: dict[str, Any] = {}
        for path in self._matching(dialect.configuration):
            _override(self._values, self._nested(path, self._literals(path)))
            self._read.append(path)

    def site(self) -> tuple[SourceSite, tuple[ArticleError, ...]]:
        titles, folders = self._by_language()
        tags, urls = self._tags_by_language(), self._urls_by_language()
        default = next(texts_at(self._values, ["defaultContentLanguage"]), "")
        language = tags.get(default, "") or self._language()
        people, labels, defaults = self._described()
        layout = layout_of(self._dialect, self._values)
        pages = self._pages()
        content = self._content(folders, sources_in(pages.values()) if self._is_gatsby else ())
        prefix = prefix_in(pages.values()) if self._is_gatsby else ""
        titles_written = map(plain_name, self._texts("title", language))
        named = [title for title in titles_written if title and title not in types_in(self._values)]
        site = SourceSite(
            dialect=self._dialect.name,
            folder=self._folder,
            content=content,
            title=next(iter(named), titles.get(language, "") or next(iter(titles.values()), "")),
            description=plain_excerpt(next(self._texts("description", language), "")),
            url=self._url(language) or urls.get(default, "") or next(iter(urls.values()), ""),
            language=language,
            languages=self._languages(language, titles, folders),
            zone=self._zone(),
            authors=self._authors(people),
            logo=next(
                (picture for key in self._keys("logo") if (picture := picture_in(self._at(key)))), ""
            ),
            permalinks={"": f"/{prefix}/:path/"} if prefix else layout.permalinks,
            defaults=(*of_configuration(self._values, self._folder, content), *defaults),
            people=people,
            labels=labels,
            titles=titles,
            language_folders=folders,
            language_tags=tags,
            language_urls=urls,
            articles=self._patterns(layout.articles, content),
            drafts=self._patterns(self._dialect.drafts, content),
            others=self._patterns((*self._dialect.excluded, *self._excluded()), content),
            separator=next(self._texts("separator"), ""),
            routes=routes_in(pages),
            collections={
                each: name for text in pages.values() for each, name in collections_in(text).items()
            },
            values=self._values,
        )
        return site, tuple(self._problems)

    def _matching(self, wanted: Iterable[str]) -> Iterator[str]:
        """Yield the paths of the files that match *wanted*, in the order of the patterns."""
        for pattern in dict.fromkeys(wanted):
            spec = patterns([_anchored(self._folder, pattern)])
            yield from sorted(path for path in self._files if spec.match_file(path))

    def _literals(self, path: str) -> dict[str, Any]:
        read = front_matter if path.endswith(_MARKDOWN) else read_literals
        try:
            return read(path, self._files[path])
        except ArticleError as error:
            if error not in self._problems:  # a file may be read for two purposes
                self._problems.append(error.detached())
            return {}

    def _pages(self) -> dict[str, str]:
        """The texts of the pages that show articles, by path."""
        found = self._matching(self._dialect.routes)
        return {path: self._files[path].decode(errors="replace") for path in found}

    def _nested(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        """*values* below the key in the name of a file of a split configuration."""
        below = path.removeprefix(f"{self._folder}/") if self._folder else path
        if not re.match(r"config/[^/]+/", below):
            return values
        for name in reversed(below.rpartition("/")[2].split(".")[:-1]):
            values = values if name in _WHOLE else {name: values}
        return values

    def _report(self, key: str, code: Code, written: str) -> None:
        path, line = self._place(key)
        self._problems.append(ArticleError(code, path, line, key, written=written[:80]))

    def _place(self, key: str) -> tuple[str, int]:
        """The path and the line where *key* is written last; the last part of a dotted key counts."""
        name = re.escape(key.rpartition(".")[2])
        for path in reversed(self._read):
            text = self._files[path].decode(errors="replace")
            if found := re.search(rf"(?im)(?:^|[ \t,{{\"'])\b{name}\b[\"']?[ \t]*[:=]", text):
                return path, text.count("\n", 0, found.end()) + 1
        return self._read[-1] if self._read else ".", 0

    def _keys(self, field: str) -> tuple[str, ...]:
        return self._dialect.keys.get(field, ())

    def _at(self, key: str) -> Any:
        return value_at(self._values, key)

    def _texts(self, field: str, language: str = "") -> Iterator[str]:
        return texts_at(self._values, self._keys(field), language)

    def _good(
        self, key: str, read: Callable[[str], str], code: Code, language: str = ""
    ) -> Iterator[str]:
        """Yield the values of *key* that *read* accepts; if it refuses one, also the last good values."""
        is_bad = False
        for written in texts_at(self._values, [key], language):
            try:
                yield read(written)
            except ValueError:
                self._report(key, code, written)
                is_bad = True
        for written in texts_at(self._last, [key], language) if is_bad else ():
            with suppress(ValueError):
                yield read(written)

    def _first_good(
        self, keys: Iterable[str], read: Callable[[str], str], code: Code, language: str = ""
    ) -> str:
        found = (value for key in keys for value in self._good(key, read, code, language))
        return next(filter(None, found), "")

    def _url(self, language: str) -> str:
        base = next(self._texts("base"), "")
        # A mapping is another thing, such as SITE, with the key "site".
        keys = [key for key in self._keys("url") if not isinstance(self._at(key), dict)]
        return self._first_good(
            keys, lambda written: with_base(url_of(written), base), problems.NOT_AN_ADDRESS, language
        )

    def _language(self) -> str:
        return self._first_good(self._keys("language"), language_of, problems.NOT_A_LANGUAGE)

    def _zone(self) -> str:
        return self._first_good(self._keys("zone"), zone_of, problems.UNKNOWN_ZONE)

    def _by_language(self) -> tuple[dict[str, str], dict[str, str]]:
        """The titles by language, and the languages by folder, relative to the root."""
        titles, folders = {}, {}
        for tag, fields in self._of_languages():
            if title := plain_name(next(texts_at(fields, ("title",)), "")):
                titles[tag] = title
            for written in texts_at(fields, ("contentDir",)):
                if (folder := folder_in(self._folder, written)) is not None:
                    folders[folder] = tag
        return titles, folders

    def _of_languages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the languages that the configuration has fields of, and these fields."""
        languages = self._at("languages")
        for name, fields in languages.items() if isinstance(languages, dict) else ():
            if isinstance(fields, dict):
                yield name.replace("_", "-"), fields

    def _tags_by_language(self) -> dict[str, str]:
        found = (
            (tag, texts_at(fields, ("locale", "languageCode"))) for tag, fields in self._of_languages()
        )
        return {tag: known for tag, texts in found if (known := _language_in(next(texts, "")))}

    def _urls_by_language(self) -> dict[str, str]:
        made: dict[str, str] = {}
        for tag, fields in self._of_languages():
            for written in texts_at(fields, ("baseURL",)):
                try:
                    made[tag] = url_of(written)
                except ValueError:
                    self._report("baseURL", problems.NOT_AN_ADDRESS, written)
        return {tag: url for tag, url in made.items() if url}

    def _languages(self, language: str, *by_language: Mapping[str, str]) -> tuple[str, ...]:
        listed = [tag for key in self._keys("languages") for tag in tags_in(self._at(key))]
        titles, folders = by_language
        translated = languages_named(self._matching(self._dialect.translations))
        known = dict.fromkeys([*listed, *titles, *folders.values()] or translated)
        is_known = any(language.lower().split("-")[0] == tag.lower().split("-")[0] for tag in known)
        return tuple(known) if is_known or not language else (language, *known)

    def _content(self, language_folders: Mapping[str, str], sources: Iterable[str]) -> tuple[str, ...]:
        written = [*sources] or [
            text for key in self._keys("content") for text in names_at(self._values, key)
        ]
        others = {tag for tag, _ in self._of_languages()} - {*language_folders.values()}
        if not written and (others or not language_folders):
            written = list(self._dialect.content)
        named = [text for key in self._keys("collections_folder") for text in names_at(self._values, key)]
        written += [f"{source}/{name}" for source in written or [""] for name in named]
        found = [folder_in(self._folder, each) for each in written]
        known = [each for each in (*found, *language_folders) if each is not None]
        return tuple(dict.fromkeys(known)) or (self._folder,)

    def _patterns(self, written: Iterable[str], content: Iterable[str]) -> tuple[str, ...]:
        """The patterns relative to the root; ``@`` stands for each of the folders of *content*."""
        made: list[str] = []
        for pattern in written:
            sign, bare = ("!", pattern[1:]) if pattern.startswith("!") else ("", pattern)
            if bare.startswith("/@/"):
                made += [f"{sign}/{folder}/{bare[3:]}".replace("//", "/") for folder in content]
            else:
                made.append(sign + _within(self._folder, bare))
        return tuple(made)

    def _excluded(self) -> Iterator[str]:
        keys = [("/@/", key) for key in self._keys("others")]
        keys += [("/", key) for key in self._keys("outputs")]
        for root, key in keys:
            for name in names_at(self._values, key):
                if not re.search(r"[()^$|+]|\.\.", name):  # a regular expression, or a folder outside
                    yield f"{root}{name.removeprefix('./').lstrip('/')}"

    def _authors(self, people: Mapping[str, str]) -> tuple[str, ...]:
        for key in self._keys("authors"):
            value = self._at(key)
            named = [person_in(each) for each in (value if isinstance(value, list) else [value])]
            if found := [plain_name(people.get(name, name)) for name in named if name]:
                return tuple(dict.fromkeys(found))
        return ()

    def _described(self) -> tuple[dict[str, str], dict[str, str], list[Defaults]]:
        """The people, topics and defaults of the data files.

        Defaults of deeper folders come later, and those of a file after those of its folder.
        """
        people: dict[str, str] = {}
        labels: dict[str, str] = {}
        defaults: list[tuple[tuple[int, bool], Defaults]] = []
        for path in dict.fromkeys(self._matching(self._dialect.data)):
            values = self._literals(path)
            if is_about_people(path.removeprefix(self._folder)):
                people = dict(people_in(path, values)) | people
            elif re.search(r"(?:^|/)tags\.ya?ml$", path):
                labels |= {key: label for key in values if (label := text_at(values[key] or {}, "label"))}
            else:
                found = of_file(path, values, self._dialect.inherited)
                defaults += [((path.count("/"), each.pattern.endswith(".*")), each) for each in found]
        return people, labels, [each for _, each in sorted(defaults, key=lambda pair: pair[0])]


def _language_in(written: str) -> str:
    """The language *written* as a tag, or empty if it is none."""
    try:
        return language_of(written)
    except ValueError:
        return ""


def _override(values: dict[str, Any], others: Mapping[str, Any]) -> None:
    """Add *others* to *values*; a later value that is not empty counts."""
    for key, value in others.items():
        known = values.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _override(known, value)
        elif value not in ("", [], {}) or key not in values:
            values[key] = value


def _anchored(folder: str, pattern: str) -> str:
    return f"/{folder}/{pattern.lstrip('/')}" if folder else f"/{pattern.lstrip('/')}"


def _within(folder: str, pattern: str) -> str:
    """*pattern*, in the syntax of ``.gitignore`` relative to *folder*, relative to the root."""
    if not folder:
        return pattern
    is_anchored = "/" in pattern.rstrip("/")
    return f"/{folder}/{pattern.lstrip('/')}" if is_anchored else f"/{folder}/**/{pattern}"
