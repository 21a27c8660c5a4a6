"""The requirements of Apple Podcasts that a podcast misses.

podcasters.apple.com/support/823-podcast-requirements
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from feeds.article import Article, Enclosure, Image, Taxonomy
from feeds.article.podcast import Podcast
from feeds.corpus import problems
from feeds.corpus.media_types import IMAGE_TYPES, extension_of
from feeds.errors import ArticleError, GoneFeed, UnknownFeed
from feeds.feed import Feed, compose
from feeds.feed.site import Site
from feeds.index import Index
from feeds.query import Query, feed_of
from feeds.query.selection import select

MIN_ARTWORK, MAX_ARTWORK = 1400, 3000  # pixels
_ARTWORK_TYPES = ("image/jpeg", "image/png")
_PLAYED_TYPES = {
    "audio/mpeg", "audio/x-m4a", "audio/mp4", "video/mp4", "video/x-m4v", "video/quicktime",
}  # fmt: skip


FindArtwork = Callable[[str], Image | None]
"""Returns the artwork at an address, None if its type and size are unknown."""


class CheckedPodcast(Struct, frozen=True):
    """The podcast at the path *address*, with its episodes and the requirements that it misses."""

    title: str
    address: str
    episodes: int
    missed: list[ArticleError]


def podcast_queries(site: Site, taxonomy: Taxonomy) -> list[Query]:
    """The queries of all feeds that declare themselves podcasts."""
    named = [each.query for each in site.named if each.podcast]
    topics = [feed_of("topic", each.slug) for each in taxonomy.topics if each.podcast and not each.gone]
    providers = [feed_of("provider", each.domain) for each in taxonomy.organizations if each.podcast]
    return [*named, *topics, *providers]


def checked(
    site: Site, index: Index, query: Query, find: FindArtwork, paths: Mapping[str, str]
) -> CheckedPodcast:
    """Check the podcast of *query*; *paths* are the files of articles by their ids."""
    address = query.address("rss")
    try:
        selection = select(index, query)
    except (UnknownFeed, GoneFeed):
        return CheckedPodcast("", address, 0, [ArticleError(problems.NO_EPISODES, address)])
    feed = compose(site, index, selection)
    missed = [
        *_of_show(feed.podcast or Podcast(), find, address),
        *_of_feed(feed, selection.total, address),
        *_of_episodes(feed.articles, paths, address),
    ]
    return CheckedPodcast(feed.title, address, len(_episodes(feed.articles)), missed)


def _of_show(show: Podcast, find: FindArtwork, address: str) -> Iterator[ArticleError]:
    """Yield the problem of each bad or missing fact of *show*."""
    if not show.image:
        yield ArticleError(problems.NO_ARTWORK, address, 0, "podcast.image")
    elif unfit := _unfit(show.image, find(show.image)):
        yield ArticleError(problems.UNFIT_ARTWORK, address, 0, "podcast.image", found=unfit)
    if not show.category:
        yield ArticleError(problems.NO_CATEGORY, address, 0, "podcast.category")
    if show.explicit is None:
        yield ArticleError(problems.NO_EXPLICIT, address, 0, "podcast.explicit")
    if show.owner and not show.email:
        yield ArticleError(problems.NO_EMAIL, address, 0, "podcast.email")


def _unfit(url: str, known: Image | None) -> str:
    """The reason why the artwork at *url* is unfit; empty if it is not, as far as it is *known*."""
    media_type = known.type if known else IMAGE_TYPES.get(extension_of(url), _ARTWORK_TYPES[0])
    if media_type not in _ARTWORK_TYPES:
        return media_type
    if not known or not (known.width and known.height):
        return ""
    fits = known.square and MIN_ARTWORK <= known.width <= MAX_ARTWORK
    return "" if fits else f"{known.width} x {known.height} pixels"


def _of_feed(feed: Feed, total: int, address: str) -> Iterator[ArticleError]:
    if not _episodes(feed.articles):
        yield ArticleError(problems.NO_EPISODES, address)
    elif len(feed.articles) < total:
        yield ArticleError(problems.EPISODES_LEFT_OUT, address, shown=len(feed.articles), had=total)


def _episodes(articles: Iterable[Article]) -> list[tuple[Article, Enclosure]]:
    """The articles whose enclosure in RSS is audio or video, each with that enclosure."""
    return [
        (article, first)
        for article in articles
        if isinstance(first := next(iter(article.files), None), Enclosure) and first.is_playable
    ]


def _of_episodes(
    articles: Iterable[Article], paths: Mapping[str, str], address: str
) -> Iterator[ArticleError]:
    """Yield the problems of single articles; a podcast without any episode has none."""
    episodes = {article.id: file for article, file in _episodes(articles)}
    places = {article.id: paths.get(article.id, address) for article in articles}
    holders: dict[str, str] = {}
    for article in articles if episodes else ():
        place, file = places[article.id], episodes.get(article.id)
        if not file:
            yield ArticleError(problems.NO_AUDIO, place)
            continue
        if not file.length:
            yield ArticleError(problems.NO_LENGTH, place, 0, "length", written=file.url)
        if file.type not in _PLAYED_TYPES:
            yield ArticleError(problems.NOT_PLAYED, place, 0, "type", found=file.type)
        if (holder := holders.setdefault(file.url, place)) != place:
            yield ArticleError(problems.SAME_FILE, place, 0, "url", holder=holder)
