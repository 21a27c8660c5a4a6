"""Text of entries: without characters that XML cannot carry, and escaped for HTML."""

import re
from html import escape, unescape

from feeds.article import Article, Image, Provider, Related
from feeds.article.expressions import expression
from feeds.feed.site import Site

# All characters that are not Char in XML 1.0 (2.2): one of them makes a whole feed unreadable. Also DEL,
# C1 controls, and U+FFFD, which only marks lost text.
_ILLEGAL = expression("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
_TAG = expression(r"""<(?:[^>"]|"[^"]*")*>""")
# A body of only pictures, their captions, links and addresses.
_WORDLESS = expression(
    r"(?s)(?:https?://[^\s<]+|[^\w<&]|&\w+;|<a\b.*?</a>|<figcaption\b.*?</figcaption>"
    rf"|{_TAG.pattern})*+\Z"
)
_SRC = expression(r'''<img\b(?:[^">]|"[^"]*")*?\ssrc="([^"]*)"''')


def clean(text: str) -> str:
    """Return *text* without characters that XML and JSON cannot carry.

    C1 controls are legal, but always stem from Windows-1252 decoded as Latin-1: they are replaced by the
    characters of Windows-1252.
    """
    if text.replace("\n", "").isprintable() and "\ufffd" not in text:
        return text  # the most frequent case, and a faster check
    return _ILLEGAL.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    character = found[0]
    if "\x80" <= character <= "\x9f":
        return character.encode("latin-1").decode("cp1252", "ignore")
    return ""


def headline(article: Article) -> str:
    """The title, never blank: readers need a text to click on."""
    title = clean(article.title)
    return title if title.strip() else "·"


def byline(article: Article, site: Site) -> list[str]:
    """The names of the authors and the provider, or of the site if there are none.

    A provider with the title of the site is the site itself, which the feed names already. For an entry
    without a name, some readers show the name of the feed, others the text ``<author>``.
    """
    is_own = article.provider and article.provider.name == site.title
    credited = article.authors if is_own and any(map(str.strip, article.authors)) else article.byline
    names = dict.fromkeys([clean(name) for name in credited])
    return [name for name in names if name.strip()] or [clean(site.title)]


def source(provider: Provider) -> str:
    """The name of *provider*, never blank."""
    return clean(provider.name).strip() or provider.domain


def summary(article: Article) -> str:
    """The summary as plain text, empty if it has nothing to show."""
    text = clean(article.summary)
    return text if text.strip() else ""


def summary_html(article: Article) -> str:
    """The summary as HTML, for elements such as RSS's ``description``."""
    return escape(summary(article), quote=False)


def portion(article: Article, site: Site, requested: str) -> str:
    """The portion of *article* to show: *requested*, else its provider's setting, else the site's."""
    provider = article.provider.content if article.provider else ""
    return requested or provider or site.content


def content_html(article: Article, portion: str = "full") -> str:
    """The HTML of an article: its lead image, unless the body shows it, and its body.

    The summary replaces a missing body, and any body if the *portion* is not ``full``. It also follows a
    body of only pictures, players and links, unless their text contains it: many readers show the content
    and not the summary. The title replaces empty HTML. Links to other articles of the same story follow.
    """
    body = clean(article.html) if portion == "full" else ""
    parts = []
    if article.image and not shows(body, article.image):
        parts.append(f"<p>{_img(article.image, article)}</p>")
    if body:
        parts.append(body)
    if _WORDLESS.match(body) and (text := summary(article)) and not contains(body, text):
        parts.append(f"<p>{summary_html(article)}</p>")
    return "\n".join([*(parts or [f"<p>{escape(headline(article), quote=False)}</p>"]), *_also(article)])


def related(article: Article) -> list[Related]:
    """Related articles, the same story first: texts cleaned, each address once, no title blank."""
    if not (article.also or article.related):
        return []
    return _others(article, article.also + article.related)


def _others(article: Article, named: tuple[Related, ...]) -> list[Related]:
    found: dict[str, Related] = {}
    for each in named:
        url = clean(each.url)
        title, provider = clean(each.title).strip() or url, clean(each.provider).strip()
        found.setdefault(url, Related(title, url, provider, each.published))
    return [each for url, each in found.items() if url not in ("", article.url)]


def _also(article: Article) -> list[str]:
    if not article.also:
        return []
    links = [
        f'<li><a href="{escape(each.url)}">{escape(each.title, quote=False)}</a>'
        + (f" ({escape(each.provider, quote=False)})" if each.provider else "")
        + "</li>"
        for each in _others(article, article.also)
    ]
    return ["<p>Also covered by</p>", "<ul>", *links, "</ul>"] if links else []


def _img(image: Image, article: Article) -> str:
    alt = clean(image.alt) if image.alt else headline(article)
    width = f' width="{image.width}"' if image.width else ""
    height = f' height="{image.height}"' if image.height else ""
    return f'<img src="{escape(image.url)}" alt="{escape(alt)}"{width}{height}>'


def shows(html: str, image: Image) -> bool:
    """Return whether *html* has *image*, in any size."""
    sources = _SRC.findall(html)
    return bool(sources) and _place(escape(image.url)) in map(_place, sources)


def contains(html: str, text: str) -> bool:
    """Return whether the text of *html* contains *text*, which may be cut at its end."""
    letters = "".join(unescape(_TAG.sub("", html)).split())  # tags may stand between words and commas
    return "".join(text.split()).removesuffix("…") in letters


def _place(url: str) -> str:
    """*url* without the parts that may differ between addresses of one picture: scheme and size."""
    place, _, query = url.partition("#")[0].partition("://")[2].partition("?")
    return place if re.search(r"\.\w{3,4}$", place) else f"{place}?{query}"
