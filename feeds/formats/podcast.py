"""Elements of podcasts in RSS: those of Apple (itunes) and of github.com/Podcastindex-org (podcast)."""

from feeds.article import Article, Enclosure, Episode
from feeds.article.podcast import Podcast
from feeds.formats.xml import Element, add

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_PODCAST = "https://podcastindex.org/namespace/1.0"
NAMESPACES = {"itunes": _ITUNES, "podcast": _PODCAST}


def add_show(channel: Element, podcast: Podcast) -> None:
    """Add the facts of *podcast*."""
    add(channel, f"{{{_ITUNES}}}author", podcast.author)
    if podcast.image:
        add(channel, f"{{{_ITUNES}}}image", href=podcast.image)
    place = channel
    for name in podcast.category:
        place = add(place, f"{{{_ITUNES}}}category")
        place.set("text", name)
    if podcast.explicit is not None:
        add(channel, f"{{{_ITUNES}}}explicit", flag(podcast.explicit))
    if podcast.email:
        owner = add(channel, f"{{{_ITUNES}}}owner")
        add(owner, f"{{{_ITUNES}}}name", podcast.owner or podcast.author)
        add(owner, f"{{{_ITUNES}}}email", podcast.email)
    add(channel, f"{{{_ITUNES}}}type", podcast.type)
    add(channel, f"{{{_PODCAST}}}guid", podcast.guid)


def add_episode(parent: Element, article: Article) -> None:
    """Add the facts of the episode, if *article* has audio or video."""
    first = article.files[0] if article.files else None
    if not isinstance(first, Enclosure) or not first.is_playable:
        return
    if first.duration:
        add(parent, f"{{{_ITUNES}}}duration", str(first.duration))
    if first.episode:
        _add_facts(parent, first.episode)


def _add_facts(parent: Element, episode: Episode) -> None:
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number:
            add(parent, f"{{{_ITUNES}}}{name}", str(number))
            add(parent, f"{{{_PODCAST}}}{name}", str(number))
    if episode.type:
        add(parent, f"{{{_ITUNES}}}episodeType", episode.type)
    if episode.explicit is not None:
        add(parent, f"{{{_ITUNES}}}explicit", flag(episode.explicit))
    if episode.image:
        add(parent, f"{{{_ITUNES}}}image", href=episode.image)
    for each in episode.transcripts:
        add(parent, f"{{{_PODCAST}}}transcript", url=each.url, type=each.type, language=each.language)
    if episode.chapters:
        # The only type in use.
        add(parent, f"{{{_PODCAST}}}chapters", url=episode.chapters, type="application/json+chapters")


def flag(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"
