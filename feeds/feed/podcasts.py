"""The podcast that a feed is."""

from feeds.article.podcast import Podcast
from feeds.index import Index
from feeds.query import Query


def declared(index: Index, query: Query, named: Podcast | None) -> Podcast | None:
    """The podcast of the feed for *query*, or None if it is no podcast.

    *named* is the one in the settings for a query with a name. The feed of a topic or provider is a
    podcast by its file in the corpus, unless other conditions select among its articles. Archives and
    digests are no podcasts.
    """
    if query != query.current:
        return None
    if query.name:
        return named
    if not query.plain or len(query.place) != 1:
        return None
    topic = index.listings.known_topics.get(query.topic)
    organization = index.listings.organizations.get(query.provider)
    described = topic or organization
    return described.podcast if described else None
