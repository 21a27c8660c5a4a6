"""The part of feeds check about podcasts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from feeds.article import Article, Image
from feeds.corpus import Corpus
from feeds.errors import counted, one_line
from feeds.feed.podcast_requirements import CheckedPodcast, checked
from feeds.feed.site import Site
from feeds.index import Index
from feeds.index.builder import build
from feeds.query import Query
from feeds.store import Record, Search, Snapshot
from feeds.store.sqlite.search import searchable_text
from feeds.store.tokenize import tokenize


def checked_podcasts(
    site: Site, corpus: Corpus, queries: Iterable[Query], articles: Mapping[str, Article], now: float
) -> list[CheckedPodcast]:
    """Check the podcasts of *queries* in a corpus with *articles*, by path."""
    index = _index(corpus, list(articles.values()), now, site.language)
    paths = {article.id: path for path, article in articles.items()}

    def picture(url: str) -> Image | None:
        found = corpus.file_at(url)
        return Image(url, found.width, found.height, found.type) if found else None

    return [checked(site, index, query, picture, paths) for query in queries]


def _index(corpus: Corpus, articles: list[Article], now: float, language: str) -> Index:
    """The index of *articles* as if the store had them all."""
    records = [
        Record.of(article, version=b"", changed=0, number=number)
        for number, article in enumerate(articles, 1)
    ]
    snapshot = Snapshot(
        revision=1, records=records, removed=[], tombstones=[], taxonomy=corpus.taxonomy, partial=False
    )
    return build(snapshot, now, _search(articles), language)


def _search(articles: list[Article]) -> Search:
    """The search in *articles*, which are numbered from 1."""
    texts = [searchable_text(msgspec.msgpack.encode(article)) for article in articles]

    def search(phrases: Sequence[tuple[str, ...]], titles: bool) -> list[int]:
        sought = [f" {' '.join(tokenize(' '.join(phrase)))} " for phrase in phrases]
        return [
            number
            for number, (title, rest) in enumerate(texts, 1)
            if all(words in f" {title} " or (not titles and words in f" {rest} ") for words in sought)
        ]

    return search


def podcasts_as_json(podcasts: Iterable[CheckedPodcast]) -> list[dict[str, object]]:
    """The podcasts without their missing fields, which are among the warnings."""
    return [
        {key: value for key, value in msgspec.structs.asdict(each).items() if key != "missed"}
        for each in podcasts
    ]


def podcast_lines(podcasts: Iterable[CheckedPodcast]) -> Iterator[str]:
    """Describe each podcast in one line."""
    for each in podcasts:
        missed = f", {counted(len(each.missed), 'warning')}" if each.missed else ""
        yield one_line(f"podcast {each.address}: {counted(each.episodes, 'episode')}{missed}")
