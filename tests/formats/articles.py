"""Articles with every feature and oddity that a renderer must handle, and feeds of them."""

from datetime import timedelta
from typing import Any

import msgspec

from feeds.article import Article, Enclosure, Episode, Image, Provider, Related, Transcript
from feeds.article.podcast import Podcast
from feeds.feed import Addresses, Feed, head
from feeds.feed.site import NamedQuery, Site
from feeds.index.tombstones import DeletedEntry
from feeds.query import Query
from feeds.query.selection import select
from tests.builders import NOON, article, image, index

SITE = Site(
    url="https://feeds.example",
    title="Söhne & <Töchter>",
    description="What AT&T, Bell & others <write>",
    language="en_gb",
    authority="example.org",
    icon="https://feeds.example/icon.png",
)
LOGO = Image("https://example.org/logo.png", 128, 64, "image/png")
BELL = Provider("bell.example", "Bell & Sons <Ltd>", "https://bell.example/", LOGO)

ARTICLES = {
    "plain": article(1),
    "markup in the title": article(
        2, title="Why <b>bold</b> &amp; a < b && c > d", topics=("R&D", "C++ <3>")
    ),
    "several authors": article(3, authors=("Ada Lovelace", "Grace Hopper", "Example")),
    "no provider": article(4, provider=None),
    "neither provider nor topics nor summary": article(5, provider=None, topics=(), summary=""),
    "updated later": article(6, updated=NOON + timedelta(days=6, hours=5, seconds=1)),
    "provider with a logo": article(7, provider=BELL, language="en-GB"),
    "one image": article(
        8, images=(image(alt='A "quoted" <alt> & more'),), html="<p>Below the picture.</p>"
    ),
    "several images": article(
        9,
        images=(
            image("a.webp?w=1&h=2", type="image/webp", width=1, height=0),
            image("b.gif", type="image/gif", width=0, height=0),
            image("c.svg", type="image/svg+xml", alt="Third"),
        ),
    ),
    "image shown already": article(
        10,
        images=(image(),),
        html='<p>First words.</p>\n<p><img alt="a > b" src="http://example.org/a.png?w=99"></p>',
    ),
    "image and nothing else": article(11, images=(image(),), summary=""),
    "long text": article(12, html="\n".join(f"<p>{'Paragraph & line. ' * 5}{n}</p>" for n in range(3))),
    "right to left": article(
        13, title="שלום עולם", language="he", html='<p dir="rtl">שלום <bdi>עולם</bdi></p>'
    ),
    "astral": article(14, title="Party 🎉 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 👩‍👩‍👧", topics=("🎉 Parties",), summary="🎉"),
    "end of a CDATA section": article(
        15, title="a ]]> b", summary="c ]]> d", html="<p>e ]]> f <![CDATA[ g ]]></p>"
    ),
    "control characters": article(
        16,
        title="N\x00U\x01L\x0b \x1b[31m",
        summary="bell\x07 \ufffe\uffff",
        html="<p>\x00back\x08space\x7f</p>",
    ),
    "Windows-1252 taken for Latin-1": article(
        17, title="\x93Quotes\x94 \x96 and \x85", html="<p>\x80 5\x92s \x81</p>"
    ),
    "lone surrogates": article(
        18, title="half \ud83c of", summary="\udf89", authors=("\ud800",), html="<p>\udfff</p>"
    ),
    "nothing in the title that can be shown": article(
        19, title="\x00 \x01", summary="\x02", provider=None
    ),
    "a name that cannot be shown": article(
        20, provider=Provider("blank.example", "\x00"), authors=("\x01", "Ada")
    ),
    "language of its own": article(21, title="Grüße", language="de"),
    "address with everything": article(22, url="https://xn--bcher-kva.example/a%20b;c?d=e&f=%26&g='h'#i"),
    "entities in the text": article(
        23, summary="&nbsp;&amp;nbsp;&copy; <em>not markup</em>", html="<p>&nbsp;©&amp;amp;</p>"
    ),
    "two of one second": article(24, published=NOON, updated=NOON),
    "the other of them": article(25, published=NOON, updated=NOON),
    "related articles": article(
        26,
        images=(image(),),
        related=(
            Related("R&D <again>", "https://example.org/related?a=1&b=2", "Bell & Sons", NOON),
            Related("Nothing but a title", "https://example.org/bare"),
            Related("The first once more", "https://example.org/related?a=1&b=2"),
            Related("The article itself", "https://example.org/26"),
        ),
    ),
    "one story in several places": article(
        27,
        html="<p>The story.</p>",
        also=(
            Related(
                '"Quoted" & <told> \x93again\x94',
                "https://bell.example/?a=1&b='2'",
                "Bell & <Sons>",
                NOON,
            ),
            Related("\x00", "https://example.org/untitled", "\x01"),
            Related("The article itself", "https://example.org/27", "Example"),
        ),
        related=(
            Related("Told already", "https://bell.example/?a=1&b='2'"),
            Related("Something else", "https://example.org/else", "Example"),
        ),
    ),
    "a player and nothing else": article(
        28, html='<p><a href="https://v.example/film.mp4">▶ Title 28</a></p>'
    ),
    "pictures of known size": article(
        29, images=(image(length=12_345), image("b.png", length=67)), html="<p>Below the picture.</p>"
    ),
}

PODCAST = Podcast(
    "Tides & <Töchter>",
    "What the sea & others say",
    "https://example.org/artwork.jpg",
    ("Kids & Family", "Stories for Kids"),
    explicit=False,
    author="Söhne & <Töchter>",
    owner="Ada",
    email="ada@example.org",
    type="serial",
)
EPISODES = {
    "an episode": article(
        1,
        title="Tides & <currents>",
        html="<p>Show notes.</p>",
        images=(image(length=12_345),),
        enclosures=(
            Enclosure(
                "https://example.org/1.mp3?a=1&b=2",
                "audio/mpeg",
                34_567_890,
                3723,
                "Tides & <currents>",
                Episode(
                    12,
                    2,
                    "full",
                    explicit=False,
                    transcripts=(
                        Transcript("https://example.org/1.vtt", "text/vtt"),
                        Transcript("https://example.org/1.de.html?a&b", "text/html", "de"),
                    ),
                    chapters="https://example.org/1.json",
                    image="https://example.org/1.jpg",
                ),
            ),
            Enclosure("https://example.org/1.opus", "audio/ogg", 12_345_678, 3723),
            Enclosure("https://example.org/1.pdf", "application/pdf", title="Slides"),
        ),
    ),
    "a video of unknown size": article(
        2, enclosures=(Enclosure("https://example.org/2.mp4", "video/mp4", episode=Episode()),)
    ),
    "a document and a picture": article(
        3, images=(image(),), enclosures=(Enclosure("https://example.org/3.pdf", "application/pdf", 9),)
    ),
    "a document": article(4, enclosures=(Enclosure("https://example.org/4.pdf", "application/pdf", 9),)),
    "neither": article(5),
}


def feed_of(*articles: Article, query: Query = Query(), site: Site = SITE, **fields: Any) -> Feed:  # noqa: B008
    """A feed of *articles* in the given order, even if no store would accept them."""
    stock = index(article(provider=BELL))
    asked = msgspec.structs.replace(select(stock, Query()), query=query)
    made = head(site, stock, asked)
    updated = max((each.updated for each in articles), default=made.updated)
    shown = msgspec.structs.replace(made.site, hubs=site.hubs)  # formats show those of an archive too
    return msgspec.structs.replace(made, articles=articles, updated=updated, site=shown, **fields)


FEEDS = {
    "every-feature": feed_of(*ARTICLES.values()),
    "empty": feed_of(),
    "topic-of-provider": feed_of(
        ARTICLES["provider with a logo"], query=Query("tests", "bell.example", 10)
    ),
    "archive": feed_of(
        ARTICLES["plain"],
        query=Query("tests", archive="2026-01"),
        site=msgspec.structs.replace(SITE, hubs=("https://hub.example/?a&b", "https://other.example/")),
        current=Addresses("https://feeds.example/topics/tests"),
        older=Addresses("https://feeds.example/topics/tests/2025-11"),
        deleted=(DeletedEntry(1_769_000_000, "tag:example.org,2020:gone", 1_768_000_000),),
        complete=False,
        update_frequency=None,
    ),
    "summaries": feed_of(*ARTICLES.values(), query=Query(content="summary")),
    "podcast": feed_of(
        *EPISODES.values(),
        query=Query(name="tides"),
        site=msgspec.structs.replace(
            SITE, named=(NamedQuery(Query(name="tides"), "Tides", podcast=PODCAST),)
        ),
    ),
    "titles": feed_of(*ARTICLES.values(), query=Query(content="title"), complete=False),
}
