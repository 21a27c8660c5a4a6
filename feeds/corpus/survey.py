"""The files of a site as a whole: which are articles, their addresses, and the names of their topics."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Struct

from feeds.article import slugify
from feeds.corpus.addresses import PageAddress
from feeds.corpus.article_folders import article_folders, folder_of
from feeds.corpus.files import Stamp
from feeds.corpus.places import below
from feeds.corpus.references import References
from feeds.corpus.site import FileHead

SurveyedKind = Literal["article", "draft", "undated", "page"]

MIN_COMMON = 5  # articles in a folder before its topics are judged


class Surveyed(Struct, frozen=True):
    """One file: *head* is None if it cannot be read.

    *targets* are the keys of files that it refers to, *links* the addresses in its body.
    """

    stamp: Stamp
    head: FileHead | None
    targets: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def has_facts_of(self, other: "Surveyed") -> bool:
        """Return whether this file and *other* differ in the stamp alone: a survey of either is equal."""
        return msgspec.structs.replace(self, stamp=other.stamp) == other and self._dates == other._dates

    @property
    def _dates(self) -> list[str]:
        """The dates with their zones: equal ones in two zones can have different days in addresses."""
        dates = (self.head.date, self.head.expires) if self.head else ()
        return [date.isoformat() for date in dates if date]


class SiteSurvey(Struct, frozen=True):
    """The facts that a post shares with other files.

    *kinds* and *addresses* are by path; *contexts* are digests of all facts of other files that the
    reading of a path depends on. *dropped_topics* are slugs of topics that say nothing, *topic_names* the
    commonest spelling of each slug. *is_untitled* means that most articles have no title.
    """

    kinds: Mapping[str, SurveyedKind]
    addresses: Mapping[str, PageAddress]
    references: References
    contexts: Mapping[str, int]
    dropped_topics: frozenset[str]
    topic_names: Mapping[str, str]
    is_untitled: bool
    sections: frozenset[str]

    def kind(self, path: str) -> Literal["article", "draft", "page"]:
        """The kind of the file at *path*; an undated file among articles counts as an article."""
        kind = self.kinds.get(path, "page")
        return "article" if kind == "undated" else kind

    def address(self, path: str) -> str:
        """The address of the file at *path*, or empty."""
        return found.url if (found := self.addresses.get(path)) else ""

    def count(self, kind: SurveyedKind) -> int:
        """The number of files of *kind*."""
        return sum(each == kind for each in self.kinds.values())


def survey(
    files: Mapping[str, Surveyed],
    *,
    in_article_folder: Callable[[str], bool] | None,
    published: Callable[[], Iterable[str]],
    is_draft: Callable[[str], bool],
    addresses_of: Callable[[Mapping[str, FileHead]], Mapping[str, PageAddress]],
    section_of: Callable[[str], str],
    content: Iterable[str],
    asset: Callable[[str, str], str | None],
    site: bytes,
) -> SiteSurvey:
    """Survey *files*, which are by path.

    Without *in_article_folder*, the files in folders of mostly dated files, and in those of *published*
    paths, are articles. *site* is a digest of the configuration of the site.
    """
    in_folder = in_article_folder or _in_dated_folders(files, is_draft, tuple(content), published)
    kinds = dict(_kinds(files, in_folder, is_draft))
    heads = {path: file.head for path, file in files.items() if file.head}
    articles = [heads[path] for path, kind in kinds.items() if kind == "article" and path in heads]
    addresses = addresses_of(heads)
    dropped = _common_topics(articles)
    names = _topic_names(articles)
    untitled = sum(not head.title for head in articles) * 2 > len(articles)
    references = References(
        {path: address.url for path, address in addresses.items() if kinds[path] != "draft"},
        {path: head.aliases for path, head in heads.items() if head.aliases},
        content,
        asset,
    )
    sections = frozenset(section_of(head.path) for head in articles)
    made = SiteSurvey(kinds, addresses, references, {}, dropped, names, untitled, sections)
    contexts = {path: _context(made, path, file, site) for path, file in files.items()}
    return msgspec.structs.replace(made, contexts=contexts)


def _in_dated_folders(
    files: Mapping[str, Surveyed],
    is_draft: Callable[[str], bool],
    content: tuple[str, ...],
    published: Callable[[], Iterable[str]],
) -> Callable[[str], bool]:
    """The test for files in folders of mostly dated files below *content*, if it has any file.

    Files in the folders of *published* paths pass it too.
    """
    dated = {
        path: bool(file.head and file.head.date)
        for path, file in files.items()
        if not (is_draft(path) or (file.head and file.head.status))
    }
    within = {path for path in files if any(below(path, folder) is not None for folder in content)}
    candidates = dated.keys() & within if within else dated.keys()
    folders = article_folders([(path, dated[path]) for path in candidates], content)
    if any(folder_of(path) not in folders for path in dated):
        folders |= {folder_of(path) for path in published()}
    return lambda path: folder_of(path) in folders


def _kinds(
    files: Mapping[str, Surveyed], in_folder: Callable[[str], bool], is_draft: Callable[[str], bool]
) -> Iterator[tuple[str, SurveyedKind]]:
    for path, file in files.items():
        head = file.head
        if is_draft(path):
            yield path, "draft"
        elif head and head.status == "draft":
            yield path, "draft" if head.date or in_folder(path) else "page"
        elif not in_folder(path) or (head and head.status == "page"):
            yield path, "page"
        else:
            yield path, "article" if head and head.date else "undated"


def _common_topics(articles: Iterable[FileHead]) -> frozenset[str]:
    """The slugs of topics that every article of a folder has.

    Not of those that most have: one more article would empty the feed of a topic with subscribers.
    """
    by_folder: defaultdict[str, list[FileHead]] = defaultdict(list)
    for head in articles:
        by_folder[folder_of(head.path)].append(head)
    return frozenset(
        slug
        for heads in by_folder.values()
        if len(heads) >= MIN_COMMON
        for slug, count in Counter(slug for head in heads for slug in _slugs(head)).items()
        if count == len(heads)
    )


def _slugs(head: FileHead) -> set[str]:
    return {slugify(topic) for topic in head.topics}


def _topic_names(articles: Iterable[FileHead]) -> dict[str, str]:
    """The commonest spelling of each topic, by slug; of equally common ones the first in the alphabet."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for head in articles:
        for topic in head.topics:
            counts[slugify(topic)][topic] += 1
    return {slug: min(names, key=lambda name: (-names[name], name)) for slug, names in counts.items()}


def _context(survey: SiteSurvey, path: str, file: Surveyed, site: bytes) -> int:
    """A digest of the facts that the reading of *file* depends on, other than its own content."""
    slugs = sorted(_slugs(file.head)) if file.head else []
    facts = [
        site,
        survey.kinds[path],
        survey.address(path),
        survey.references.named(file.targets),
        [(slug, survey.topic_names.get(slug), slug in survey.dropped_topics) for slug in slugs],
        survey.is_untitled,
        len(survey.sections) > 1,
    ]
    return int.from_bytes(blake2b(msgspec.msgpack.encode(facts), digest_size=7).digest())
