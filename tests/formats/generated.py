"""Articles that Hypothesis makes: any text in any field."""

from datetime import timedelta
from html import escape

import msgspec
from hypothesis import strategies as st

from feeds.article import (
    Article,
    Enclosure,
    Episode,
    Image,
    Provider,
    Related,
    Transcript,
    slugify,
)
from feeds.feed.site import Site
from tests.builders import NOON, article, image

# Any text, typed, pasted or damaged: controls, surrogates, other planes.
ANYTHING = st.text(
    st.characters(codec=None) | st.sampled_from("<>&]['\"\x00\r\n\t \x85\ud800\ufffe🎉"), max_size=30
)
TOPICS = ANYTHING.filter(slugify)


@st.composite
def others(draw: st.DrawFn) -> Related:
    return Related(draw(ANYTHING), f"https://example.org/{draw(st.integers(1, 5))}", draw(ANYTHING))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    published = NOON + timedelta(seconds=draw(st.integers(-(10**9), 10**7)))
    return article(
        draw(st.integers(1, 99)),
        title=draw(ANYTHING),
        summary=draw(ANYTHING),
        html=draw(st.just("") | ANYTHING.map(lambda text: f"<p>{escape(text)}</p>")),
        provider=draw(st.none() | ANYTHING.map(lambda name: Provider("example.org", name))),
        authors=tuple(draw(st.lists(ANYTHING, max_size=3))),
        topics=tuple(draw(st.lists(TOPICS, max_size=3))),
        images=tuple(
            image(f"{n}.png", alt=alt) for n, alt in enumerate(draw(st.lists(ANYTHING, max_size=2)))
        ),
        published=published,
        updated=published + timedelta(seconds=draw(st.integers(0, 10**6))),
        related=tuple(draw(st.lists(others(), max_size=3))),
        also=tuple(draw(st.lists(others(), max_size=2))),
    )


# What an address and an id may hold is no text: it has neither controls nor lone surrogates.
_VALUES = st.text(st.sampled_from("ab/?&=%'\"<>é🎉\t\n"), max_size=8)
_URLS = _VALUES.map(lambda value: f"https://example.org/{value}")
_TYPES = st.sampled_from(["", "image/png", "audio/mpeg", "video/mp4", "application/pdf", 'text/x;q="&"'])
_NUMBERS = st.integers(0, 10**9)


def _episodes() -> st.SearchStrategy[Episode]:
    return st.builds(
        Episode,
        number=_NUMBERS,
        season=_NUMBERS,
        type=st.sampled_from(["", "full", "trailer"]),
        explicit=st.none() | st.booleans(),
        transcripts=st.lists(st.builds(Transcript, _URLS, _TYPES, ANYTHING), max_size=2).map(tuple),
        chapters=st.just("") | _URLS,
        image=st.just("") | _URLS,
    )


_ENCLOSURES = st.builds(Enclosure, _URLS, _TYPES, _NUMBERS, _NUMBERS, ANYTHING, st.none() | _episodes())
_IMAGES = st.builds(Image, _URLS, _NUMBERS, _NUMBERS, _TYPES, ANYTHING, _NUMBERS)


@st.composite
def whole_articles(draw: st.DrawFn) -> Article:
    """Articles in which every field that an entry shows has any value."""
    return msgspec.structs.replace(
        draw(articles()),
        id=f"tag:{draw(_VALUES)}",
        url=draw(_URLS),
        html=draw(ANYTHING),
        provider=draw(
            st.none()
            | st.builds(
                Provider, _VALUES.map("p{}".format), ANYTHING, content=st.sampled_from(["", "title"])
            )
        ),
        images=tuple(draw(st.lists(_IMAGES, max_size=2))),
        enclosures=tuple(draw(st.lists(_ENCLOSURES, max_size=3))),
        language=draw(ANYTHING),
    )


SITES = st.builds(
    Site,
    url=st.sampled_from(["https://feeds.example", "https://feeds.example/a'b&c"]),
    title=TOPICS,
    authority=st.sampled_from(["example.org", "a&b<c"]),
    content=st.sampled_from(["full", "summary", "title"]),
)
