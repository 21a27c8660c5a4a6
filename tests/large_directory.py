"""A directory of 100 topics and 500 providers, always the same."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from feeds.article import Article, Image, Provider, Taxonomy, Topic, slugify
from tests.builders import NOON, article, write_article

TOPICS = 100
PROVIDERS = 500
HALF_A_YEAR = 15_552_000  # seconds

_SUBJECTS = ("Harbours", "Orchards", "Railways", "Choirs", "Glaciers", "Étoffes", "Lanterns", "Bridges",
             "Almanacs", "Meadows")  # fmt: skip
_PLACES = ("Larkrise", "Quillhaven", "Aldergate", "Windrush", "Ferris Point", "Tidewater", "Marrow Hill",
           "Saltmarsh", "Underwood", "Café Row")  # fmt: skip
_PAPERS = ("Courier", "Gazette", "Weekly", "Observer", "Chronicle")


def topics() -> list[Topic]:
    """All topics; every tenth is the parent of the nine after it."""
    names = [f"{subject} of {place}" for subject in _SUBJECTS for place in _PLACES]
    parents = [slugify(name) for name in names[:: len(_PLACES)]]
    return [
        Topic(slugify(name), name, "" if number % 10 == 0 else parents[number // 10])
        for number, name in enumerate(names)
    ]


def providers() -> list[Provider]:
    """All providers, each with a logo."""
    names = [
        f"{place} {subject[:-1]} {paper}"
        for paper in _PAPERS
        for subject in _SUBJECTS
        for place in _PLACES
    ]
    return [
        Provider(
            f"{slugify(name)}.example",
            name,
            f"https://{slugify(name)}.example/",
            Image(
                f"https://feeds.example/assets/organizations/{slugify(name)}.example-96x96.png", 96, 96
            ),
        )
        for name in names
    ]


def taxonomy() -> Taxonomy:
    """The taxonomy of all topics and providers."""
    return Taxonomy(title="Plenty", topics=tuple(topics()), organizations=tuple(providers()))


def articles(each: int = 2) -> Iterator[Article]:
    """Yield *each* articles of every provider, spread over half a year."""
    named = topics()
    for number, provider in enumerate(providers() * each):
        published = NOON + timedelta(seconds=number * HALF_A_YEAR // (each * PROVIDERS))
        yield article(
            number,
            title=f"What the {provider.name} would rather not say about {named[number % 97].name}",
            provider=provider,
            topics=(named[number % TOPICS].name,),
            published=published,
            updated=published,
        )


def write(root: Path) -> None:
    """Write the topics and an article of every provider as a corpus to *root*, without the logos."""
    (root / "_data" / "topics").mkdir(parents=True)
    (root / "_data" / "organizations").mkdir()
    (root / "_config.yml").write_text("title: Plenty\nlocale: en\n")
    for number, topic in enumerate(topics()):
        lines = [f"_id: {topic.slug}", f"name: {topic.name}"]
        lines += [f"parent: {topic.parent}"] if topic.parent else []
        (root / "_data" / "topics" / f"{number:03}.yaml").write_text("\n".join(lines))
    for number, each in enumerate(articles(1)):
        assert each.provider
        fields: dict[str, Any] = {
            "title": each.title,
            "publishedDateTime": each.published.isoformat(),
            "webUrl": each.url,
            "provider": {"name": each.provider.name, "domain": each.provider.domain},
            "topics": list(each.topics),
        }
        write_article(root, f"_news/{number:04}.md", **fields)
