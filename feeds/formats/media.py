"""Pictures, enclosures and related articles of entries, as elements common to RSS and Atom.

*line* is the line break and the indent before an element.
"""

from collections.abc import Callable

from feeds.article import Article, Enclosure, Image
from feeds.formats.escaping import attribute, number, optional, text
from feeds.formats.text import clean, related

_MEDIUMS = ("image", "audio", "video")


def links_to_related(article: Article, link: str, line: str) -> str:
    """Links to related articles (RFC 4287, 4.2.7.2); *link* is Atom's link element in this format."""
    links = [
        f'{line}<{link} rel="related" type="text/html" href="{attribute(each.url)}"'
        f' title="{attribute(each.title)}"/>'
        for each in related(article)
    ]
    return "".join(links)


def media(
    article: Article, files: tuple[Enclosure | Image, ...], plain: Callable[[str], str], line: str
) -> str:
    """Each of *files* as ``media:content`` (Media RSS 1.5.1), the first enclosure of RSS first.

    *plain* escapes plain text. The thumbnail is inside ``media:content``: if it were beside it, Miniflux
    would use the thumbnail as the enclosure and lose the enclosure's type and size.
    """
    contents = [
        _picture(file, plain, line, is_lead=file == article.image)
        if isinstance(file, Image)
        else _enclosure(file, line)
        for file in files
    ]
    return "".join(contents)


def _picture(image: Image, plain: Callable[[str], str], line: str, *, is_lead: bool) -> str:
    size = number("width", image.width) + number("height", image.height)
    inner = ""
    if image.alt:
        alt = plain(clean(image.alt))
        inner = f'{line}  <media:description type="plain">{alt}</media:description>'
    if is_lead:
        inner += f'{line}  <media:thumbnail url="{attribute(image.url)}"{size}/>'
    return _content(image, "image", size, inner, line)


def _enclosure(file: Enclosure, line: str) -> str:
    medium = file.medium if file.medium in _MEDIUMS else "document"
    inner = ""
    if file.title:
        inner = f'{line}  <media:title type="plain">{text(clean(file.title))}</media:title>'
    return _content(file, medium, number("duration", file.duration), inner, line)


def _content(file: Enclosure | Image, medium: str, more: str, inner: str, line: str) -> str:
    end = f">{inner}{line}</media:content>" if inner else "/>"
    return (
        f'{line}<media:content url="{attribute(file.url)}"{number("fileSize", file.length)}'
        f'{optional("type", file.type)} medium="{medium}"{more}{end}'
    )
