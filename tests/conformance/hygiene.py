"""X: XML and text that every parser and every reader accepts."""

import re

import lxml.html

from feeds.article import Article
from feeds.formats import FORMATS
from feeds.formats.text import content_html, headline
from tests.conformance.rss import WEB
from tests.conformance.rules import Complaints, Made, rule
from tests.formats.reading import XML, find

CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
REFERENCE = re.compile(r"&#(x[0-9a-fA-F]+|[0-9]+);")
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PREFIXES = {
    "http://www.w3.org/2005/Atom": ("atom", None),
    "http://purl.org/rss/1.0/modules/content/": ("content",),
    "http://purl.org/dc/elements/1.1/": ("dc",),
    "http://search.yahoo.com/mrss/": ("media",),
    "http://purl.org/rss/1.0/modules/syndication/": ("sy",),
    "http://purl.org/syndication/history/1.0": ("fh",),
    "http://purl.org/atompub/tombstones/1.0": ("at",),
    "http://www.itunes.com/dtds/podcast-1.0.dtd": ("itunes",),
    "https://podcastindex.org/namespace/1.0": ("podcast",),
}
CONTENT = "content:encoded | atom:content | atom:summary[@type='html']"
DANGEROUS = ("script", "iframe", "object", "embed", "style", "form", "base", "meta")


def _legal(code: int) -> bool:
    return (
        code in (9, 10, 13)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


@rule("X1", "XML 1.0, 2.2", *XML, "opml")
def there_is_no_character_that_xml_has_not(made: Made) -> Complaints:
    yield from (f"{ord(each):#x}" for each in set(made.text) if not _legal(ord(each)))
    for found in REFERENCE.finditer(CDATA.sub("", made.text)):
        code = int(f"0{found[1]}" if found[1][0] == "x" else found[1], 16 if found[1][0] == "x" else 10)
        if not _legal(code):
            yield found[0]


@rule("X2", "XML 1.0, 2.2", *FORMATS, "opml")
def there_is_no_control_character_nor_its_replacement(made: Made) -> Complaints:
    yield from (f"{ord(each):#x}" for each in set(re.findall("[\x7f-\x9f\ufffd]", made.text)))


@rule("X3", "XML 1.0, 4.6", *XML, "opml")
def entities_are_those_of_xml(made: Made) -> Complaints:
    yield from re.findall(r"&(?!amp;|lt;|gt;|quot;|apos;|#)\w*;?", CDATA.sub("", made.text))


@rule("X4", "XML 1.0, 2.7", *XML)
def content_survives_its_cdata_sections(made: Made) -> Complaints:
    for item, article in zip(made.items, made.feed.articles, strict=True):
        if made.full(article):
            shown = [each.text for each in find(item, "content:encoded | atom:content")]
            if shown != [content_html(article)]:
                yield f"{shown}, but {content_html(article)}"


@rule("X5", "XML 1.0, 4.3.3", *XML, "opml")
def it_is_utf_8_and_says_so(made: Made) -> Complaints:
    if not re.match(r"<\?xml version=['\"]1.0['\"] encoding=['\"]UTF-8['\"]", made.text):
        yield made.text[:60]
    if re.search(r"&#(x[dD][89a-fA-F]|5[5-7]\d{3};)", CDATA.sub("", made.text)):
        yield "a surrogate"


@rule("X6", "Unicode, UAX 9", *XML, "json")
def no_mark_is_added_to_what_reads_from_right_to_left(made: Made) -> Complaints:
    if BIDI.findall(made.text) != BIDI.findall(_own(made)):
        yield f"{len(BIDI.findall(made.text))} marks"
    codes = {
        "rss": lambda: [",".join(find(each, "dc:language/text()")) for each in made.items],
        "atom": lambda: [",".join(find(each, "@xml:lang")) for each in made.items],
        "json": lambda: [each.get("language", "") for each in made.json["items"]],
    }[made.extension]()
    if codes != [article.language for article in made.feed.articles]:
        yield str(codes)


def _own(made: Made) -> str:
    """The expected document: without marks, unless the articles themselves have some."""
    again = FORMATS[made.extension].render(made.feed).decode()
    marked = any(BIDI.search(_words(article)) for article in made.feed.articles)
    return again if marked else BIDI.sub("", again)


def _words(article: Article) -> str:
    others = [word for each in article.also + article.related for word in (each.title, each.provider)]
    own = (article.title, article.summary, article.html)
    return " ".join((*own, *article.topics, *article.authors, *others))


@rule("X8", "RFC 3986, 4.3", *XML, "json")
def addresses_are_absolute_and_escaped_once(made: Made) -> Complaints:
    if made.extension == "json":
        urls = [each.get("url", "") for each in made.json["items"]]
        files = [each["url"] for item in made.json["items"] for each in item.get("attachments", [])]
    else:
        urls = [find(each, "link/text() | atom:link[@rel='alternate']/@href")[0] for each in made.items]
        files = made.find("//media:content/@url")
    if urls != [article.url for article in made.feed.articles]:
        yield str(urls)
    if files != [file.url for article in made.feed.articles for file in article.files]:
        yield str(files)
    yield from (url for url in (*urls, *files) if not WEB.fullmatch(url))


@rule("X9", "in practice", *XML)
def prefixes_are_those_readers_expect(made: Made) -> Complaints:
    for element in made.root.iter("*"):
        for prefix, uri in element.nsmap.items():
            if prefix not in PREFIXES.get(uri, ()) or (prefix is None and made.extension == "rss"):
                yield f"{prefix} for {uri}"


@rule("X10", "in practice", *XML, "json")
def content_does_nothing(made: Made) -> Complaints:
    texts = (
        [each.get("content_html", "") for each in made.json["items"]]
        if made.extension == "json"
        else [each.text for item in made.items for each in find(item, f"{CONTENT} | description")]
    )
    for written in filter(None, texts):
        for element in lxml.html.fragment_fromstring(written, create_parent=True).iter("*"):
            if element.tag in DANGEROUS:
                yield element.tag
            yield from (name for name in element.attrib if name.startswith("on"))
            if re.search(r"position|expression|url\(", element.get("style", "")):
                yield element.get("style")


@rule("X12", "in practice", *XML)
def every_article_is_somebody_s(made: Made) -> Complaints:
    for item in made.items:
        names = find(item, "dc:creator | atom:author/atom:name")
        if not names or not all("".join(each.itertext()).strip() for each in names):
            yield headline(made.feed.articles[made.items.index(item)])
