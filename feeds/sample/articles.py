"""Invented articles, as files with front matter; some repeat the story of another article."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from feeds.article import slugify
from feeds.sample.choices import Choices
from feeds.sample.prose import Fillers, Prose, fill, titled
from feeds.sample.vocabulary import SampleProvider, SampleTopic, Translation, Vocabulary

END = datetime(2026, 11, 20, 18, tzinfo=UTC)  # fixed, so that the same seed gives the same dates
SPAN_DAYS = 1095
PICTURES = 24

MAX_TITLE_ATTEMPTS = 5  # after these, a number makes the file name unique
MAX_FILE_TITLE_LENGTH = 70  # characters of the title in a file name

_TYPES = ("article",) * 16 + ("video",) * 2 + ("interview", "photo-essay")
_RETOLD = (1,) * 8 + (2,) * 4 + (3,) * 2 + (5,)  # numbers of articles that repeat a story
_BY_TITLE, _BY_LINK = 1, 2  # bits: the evidence that an article repeats a story


class SampleFile(NamedTuple):
    """An article; *name* begins with the date of publication."""

    name: str
    text: str


class Story(Struct, frozen=True):
    """One provider's article about a subject; *first* is the article that it repeats, if any."""

    provider: SampleProvider
    topic: SampleTopic
    translation: Translation | None
    words: Fillers
    published: datetime
    first: "Story | None" = None
    ways: int = 0  # bits: _BY_TITLE, _BY_LINK
    title: str = ""
    name: str = ""  # of the file, without the suffix
    type: str = ""
    heat: int = 0

    @property
    def author(self) -> str:
        """The author's name."""
        return self.words["author"]

    @property
    def url(self) -> str:
        """The address at the provider."""
        return f"https://{self.provider.domain}/{self.name[:4]}/{self.name[11:]}"


def articles(count: int, seed: int, vocabulary: Vocabulary) -> Iterator[SampleFile]:
    """Yield *count* articles, the newest first, the same ones for the same *seed*."""
    writer = _Writer(Choices(seed), vocabulary)
    return (writer.article(number / count) for number in range(count))


class _Writer:
    """Invents one article after another; some repeat the story of a previous one."""

    def __init__(self, choices: Choices, vocabulary: Vocabulary) -> None:
        self._choices = choices
        self._vocabulary = vocabulary
        self._prose = Prose(choices, vocabulary)
        self._by_weight = vocabulary.providers_by_weight()
        self._names: set[str] = set()
        self._first: Story | None = None
        self._repetitions = 0  # of the first story, still to be invented

    def article(self, age: float) -> SampleFile:
        """Invent an article of *age*, from 0 for the newest to 1."""
        if self._first and self._repetitions:
            self._repetitions -= 1
            return self._file(self._repetition(self._first))
        story = self._new_story(age)
        file = self._file(story)
        if self._choices.chance(0.06):
            self._first, self._repetitions = story, self._choices.one(_RETOLD)
        return file

    def _new_story(self, age: float) -> Story:
        one = self._choices.one
        provider = one(self._by_weight)
        author = one(provider.authors)
        topic = self._vocabulary.topic(one(provider.topics))
        words = self._prose.words(topic, author)
        translation = one(self._vocabulary.translations) if self._choices.chance(0.06) else None
        if translation:
            things = one(translation.things)
            words |= {"things": things, "Things": titled(things)}
        story = self._named(Story(provider, topic, translation, words, self._moment(age)))
        return replace(story, type=one(_TYPES), heat=self._choices.rating())

    def _repetition(self, first: Story) -> Story:
        provider = self._choices.one(self._by_weight)
        while provider == first.provider:
            provider = self._choices.one(self._by_weight)
        words = first.words | {"author": self._choices.one(provider.authors)}
        ways = 1 + self._choices.below(3)
        published = min(first.published + timedelta(minutes=10 + self._choices.below(600)), END)
        story = self._named(
            Story(provider, first.topic, first.translation, words, published, first, ways)
        )
        kind = self._choices.one(_TYPES)
        heat = min(85, first.heat + 20) + self._choices.below(15)
        return replace(story, type=kind, heat=min(100, heat))

    def _named(self, story: Story) -> Story:
        """*story* with a title, and with a file name that no other article has."""
        for _ in range(MAX_TITLE_ATTEMPTS):
            title = self._title(story)
            name = f"{story.published:%Y-%m-%d}-{slugify(title)[:MAX_FILE_TITLE_LENGTH].strip('-')}"
            if name not in self._names:
                break
            if not story.first and not story.translation:
                story = replace(story, words=self._prose.words(story.topic, story.author))
        else:
            name += f"-{len(self._names)}"
        self._names.add(name)
        return replace(story, title=title, name=name)

    def _title(self, story: Story) -> str:
        if story.first and story.ways & _BY_TITLE:
            return f"{self._choices.one(self._vocabulary.labels)}: {story.first.title}"
        return self._prose.headline(story.words, story.translation)

    def _moment(self, age: float) -> datetime:
        """A time close to *age*, usually in the daytime of a working day."""
        moment = END - timedelta(days=age * SPAN_DAYS)
        if moment.weekday() > 4 and self._choices.chance(0.7):
            moment -= timedelta(days=2)
        minute = 360 + int(12 * 60 * (self._choices.chance(0.5) + self._choices.below(1000) / 1000) / 2)
        made = moment.replace(hour=minute // 60, minute=minute % 60, second=self._choices.below(60))
        return min(made, END)

    def _file(self, story: Story) -> SampleFile:
        # In this order, as each part makes choices.
        lines = [
            "---",
            *self._front_matter(story),
            *self._related(story),
            "---",
            "",
            self._body(story),
            "",
        ]
        return SampleFile(f"{story.name}.md", "\n".join(lines))

    def _body(self, story: Story) -> str:
        if story.translation:
            return self._prose.translated_body(story.translation, story.words)
        return self._prose.body(story.topic, story.words, story.url)

    def _front_matter(self, story: Story) -> Iterator[str]:
        yield "category: news"
        yield f'title: "{story.title}"'
        yield f'excerpt: "{self._prose.excerpt(story.words, story.translation)}"'
        yield f"publishedDateTime: {_iso(story.published)}"
        if self._choices.chance(0.15):
            modified = story.published + timedelta(minutes=20 + self._choices.below(4000))
            yield f"modifiedDateTime: {_iso(min(modified, END))}"
        yield f'webUrl: "{story.url}"'
        yield f"type: {story.type}"
        yield f"quality: {1 + self._choices.rating() * 99 // 100}"
        yield f"heat: {story.heat}"
        if story.translation:
            yield f"language: {story.translation.language}"
        if story.type == "video":
            video = f"https://video.example/embed/{story.name[11:]}"
            yield f'featuredContent: <iframe src="{video}" width="640" height="360"></iframe>'
        yield from _provider(story)
        yield from self._topics(story)
        yield from self._images(story)

    def _topics(self, story: Story) -> Iterator[str]:
        yield "topics:"
        yield f"  - {story.topic.name}"
        if self._choices.chance(0.3):
            others = tuple(name for name in story.provider.topics if name != story.topic.name)
            yield f"  - {self._choices.one(others)}"

    def _images(self, story: Story) -> Iterator[str]:
        if self._choices.chance(0.9):
            yield "images:"
            yield f'  - url: "/assets/images/{1 + self._choices.below(PICTURES):02}.png"'
            yield "    width: 1200"
            yield "    height: 630"
            yield f'    title: "{fill("{Things} near {place}", story.words)}"'

    def _related(self, story: Story) -> list[str]:
        """References to the article that *story* repeats, and sometimes to articles of no corpus."""
        lines = [*self._link(story.first)] if story.first and story.ways & _BY_LINK else []
        if self._choices.chance(0.2):
            for _ in range(1 + self._choices.below(3)):
                lines += self._elsewhere(story)
        return ["related:", *lines] if lines else []

    def _link(self, first: Story) -> Iterator[str]:
        campaign = "?utm_source=related" if self._choices.chance(0.3) else ""
        return _reference(first.title, first.url + campaign, first.published, first.provider)

    def _elsewhere(self, story: Story) -> Iterator[str]:
        provider = self._choices.one(self._vocabulary.providers)
        title = self._prose.headline(self._prose.words(story.topic, provider.authors[0]))
        before = story.published - timedelta(minutes=60 + self._choices.below(20_000))
        url = f"https://{provider.domain}/{before:%Y}/{slugify(title)}"
        return _reference(title, url, before, provider)


def _provider(story: Story) -> Iterator[str]:
    yield "provider:"
    yield f'  name: "{story.provider.name}"'
    yield f"  domain: {story.provider.domain}"
    yield "  authors:"
    yield f'    - name: "{story.author}"'


def _reference(title: str, url: str, published: datetime, provider: SampleProvider) -> Iterator[str]:
    yield f'  - title: "{title}"'
    yield f'    webUrl: "{url}"'
    yield f"    publishedDateTime: {_iso(published)}"
    yield f'    provider: {{name: "{provider.name}", domain: {provider.domain}}}'


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
