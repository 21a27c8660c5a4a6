"""What XML cannot carry, and how text becomes safe."""

import re
from html import escape
from urllib.parse import urlsplit

from feeds.article import Article, Image

# All but the Char of XML 1.0 (2.2): one of these makes a whole feed unreadable.
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SRC = re.compile(r'<img\b[^>]*\ssrc="([^"]*)"')


def clean(text: str) -> str:
    """*text* without what XML and JSON cannot carry.

    C1 controls are legal and always mean that Windows-1252 was taken for Latin-1: they become what
    they were meant to be.
    """
    return _ILLEGAL.sub(_mend, text)


def _mend(found: re.Match[str]) -> str:
    character = found[0]
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", "ignore")
    return ""


def summary_html(article: Article) -> str:
    """The summary where HTML is expected, as in RSS's ``description``."""
    return escape(clean(article.summary), quote=False)


def content_html(article: Article) -> str:
    """What the article is to look like: its lead image, unless the body shows it, and its body.

    Where there is no body, the summary stands in; it is never empty.
    """
    body = clean(article.html)
    parts = []
    if article.image and not _shows(body, article.image):
        parts.append(f"<p>{_img(article.image, article.title)}</p>")
    if body:
        parts.append(body)
    elif article.summary:
        parts.append(f"<p>{summary_html(article)}</p>")
    return "\n".join(parts) or f"<p>{escape(clean(article.title), quote=False)}</p>"


def _img(image: Image, title: str) -> str:
    size = "".join(
        f' {side}="{pixels}"'
        for side, pixels in (("width", image.width), ("height", image.height))
        if pixels
    )
    return f'<img src="{escape(image.url)}" alt="{escape(clean(image.alt or title))}"{size}>'


def _shows(html: str, image: Image) -> bool:
    wanted = _place(escape(image.url))
    return any(_place(source) == wanted for source in _SRC.findall(html))


def _place(url: str) -> str:
    """*url* without what differs between two addresses of one picture: the scheme, and its size."""
    parts = urlsplit(url)
    query = "" if re.search(r"\.\w{3,4}$", parts.path) else parts.query
    return f"{parts.netloc}{parts.path}?{query}"
