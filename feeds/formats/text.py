"""What XML cannot carry, and how text becomes safe."""

import re
from html import escape

from feeds.article import Article, Image, Provider, Related
from feeds.feed import Site

# All but the Char of XML 1.0 (2.2): one of these makes a whole feed unreadable. And U+FFFD, which
# says that something was lost on the way.
_ILLEGAL = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
_SRC = re.compile(r'''<img\b(?:[^">]|"[^"]*")*?\ssrc="([^"]*)"''')


def clean(text: str) -> str:
    """*text* without what XML and JSON cannot carry.

    C1 controls are legal and always mean that Windows-1252 was taken for Latin-1: they become what
    they were meant to be.
    """
    if text.isascii() and text.isprintable():
        return text  # as most is, and sooner seen
    return _ILLEGAL.sub(_mend, text)


def _mend(found: re.Match[str]) -> str:
    character = found[0]
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", "ignore")
    return ""


def headline(article: Article) -> str:
    """The title, never blank: something must be there to be clicked on."""
    title = clean(article.title)
    return title if title.strip() else "·"


def byline(article: Article, site: Site) -> list[str]:
    """Who is to be named: the authors and the provider, else the site.

    Without a name here some readers show the feed's, some ``<author>``.
    """
    names = dict.fromkeys(clean(name) for name in article.byline)
    return [name for name in names if name.strip()] or [clean(site.title)]


def source(provider: Provider) -> str:
    """What *provider* is called, never blank."""
    return clean(provider.name).strip() or provider.domain


def summary(article: Article) -> str:
    """The summary as plain text, empty where nothing of it can be shown."""
    text = clean(article.summary)
    return text if text.strip() else ""


def summary_html(article: Article) -> str:
    """The summary where HTML is expected, as in RSS's ``description``."""
    return escape(summary(article), quote=False)


def portion(article: Article, site: Site, asked: str) -> str:
    """How much of *article* is shown: as *asked*, else as its provider has it, else the site."""
    provider = article.provider.content if article.provider else ""
    return asked or provider or site.content


def content_html(article: Article, portion: str = "full") -> str:
    """What the article is to look like: its lead image, unless the body shows it, and its body.

    Where there is no body, or a summary is the *portion* to be shown, that stands in; it is never
    empty. Who else tells the same story stands below.
    """
    body = clean(article.html) if portion == "full" else ""
    parts = []
    if article.image and not _shows(body, article.image):
        parts.append(f"<p>{_img(article.image, headline(article))}</p>")
    if body:
        parts.append(body)
    elif summary(article):
        parts.append(f"<p>{summary_html(article)}</p>")
    return "\n".join([*(parts or [f"<p>{escape(headline(article), quote=False)}</p>"]), *_also(article)])


def related(article: Article) -> list[Related]:
    """What else there is to read, the same story first: cleaned, each address once, no title blank."""
    return _others(article, article.also + article.related)


def _others(article: Article, named: tuple[Related, ...]) -> list[Related]:
    found: dict[str, Related] = {}
    for each in named:
        url = clean(each.url)
        title, provider = clean(each.title).strip() or url, clean(each.provider).strip()
        found.setdefault(url, Related(title, url, provider, each.published))
    return [each for url, each in found.items() if url not in ("", article.url)]


def _also(article: Article) -> list[str]:
    links = [
        f'<li><a href="{escape(each.url)}">{escape(each.title, quote=False)}</a>'
        + (f" ({escape(each.provider, quote=False)})" if each.provider else "")
        + "</li>"
        for each in _others(article, article.also)
    ]
    return ["<p>Also covered by</p>", "<ul>", *links, "</ul>"] if links else []


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
    place, _, query = url.partition("#")[0].partition("://")[2].partition("?")
    return place if re.search(r"\.\w{3,4}$", place) else f"{place}?{query}"
