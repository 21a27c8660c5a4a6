"""Elements of podcasts in RSS: those of Apple (itunes) and of github.com/Podcastindex-org (podcast)."""

from feeds.article import Enclosure, Episode, Image
from feeds.article.podcast import Podcast
from feeds.formats.escaping import attribute, optional, text
from feeds.formats.text import clean
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


def episode(files: tuple[Enclosure | Image, ...], line: str) -> str:
    """The facts of the episode of an article with *files*, if the first is audio or video.

    *line* is the line break and the indent before an element.
    """
    first = files[0] if files else None
    if not isinstance(first, Enclosure) or not first.is_playable:
        return ""
    facts = [f"<itunes:duration>{first.duration}</itunes:duration>"] if first.duration else []
    facts += _facts(first.episode) if first.episode else []
    return "".join([line + fact for fact in facts])


def _facts(episode: Episode) -> list[str]:
    facts = []
    for name, number in (("season", episode.season), ("episode", episode.number)):
        if number:
            facts.append(f"<itunes:{name}>{number}</itunes:{name}>")
            facts.append(f"<podcast:{name}>{number}</podcast:{name}>")
    if episode.type:
        facts.append(f"<itunes:episodeType>{text(clean(episode.type))}</itunes:episodeType>")
    if episode.explicit is not None:
        facts.append(f"<itunes:explicit>{flag(episode.explicit)}</itunes:explicit>")
    if episode.image:
        facts.append(f'<itunes:image href="{attribute(episode.image)}"/>')
    facts += [
        f'<podcast:transcript url="{attribute(each.url)}"'
        f"{optional('type', each.type)}{optional('language', each.language)}/>"
        for each in episode.transcripts
    ]
    if episode.chapters:
        # The only type in use.
        url = attribute(episode.chapters)
        facts.append(f'<podcast:chapters url="{url}" type="application/json+chapters"/>')
    return facts


def flag(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"
