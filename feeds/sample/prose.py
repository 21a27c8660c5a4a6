"""The text of an invented article: headlines and paragraphs of Markdown from the vocabulary."""

from feeds.sample.choices import Choices
from feeds.sample.vocabulary import SampleTopic, Translation, Vocabulary

Fillers = dict[str, str]
"""The words of one article, by the names of the placeholders that they replace."""


def fill(template: str, words: Fillers) -> str:
    """Replace the placeholders in *template* by *words*."""
    return template.format_map(words)


def titled(word: str) -> str:
    """*word* with its first letter as a capital."""
    return word[0].upper() + word[1:]


class Prose:
    """Invents the text of articles, with *choices* from *vocabulary*."""

    def __init__(self, choices: Choices, vocabulary: Vocabulary) -> None:
        self._choices = choices
        self._vocabulary = vocabulary

    def words(self, topic: SampleTopic, author: str) -> Fillers:
        """Choose the words of an article about *topic*."""
        one, vocabulary = self._choices.one, self._vocabulary
        words = {
            "things": one(topic.things), "people": one(topic.people),
            "number": one(vocabulary.numbers), "few": one(vocabulary.few), "author": author,
            "kind": one(vocabulary.kinds), "do": one(vocabulary.do), "did": one(vocabulary.did),
            "season": one(vocabulary.seasons),
        }  # fmt: skip
        words |= {word.title(): titled(words[word]) for word in ("things", "people", "number", "few")}
        return words | self._places()

    def headline(self, words: Fillers, translation: Translation | None = None) -> str:
        """Invent a headline."""
        return self._sentence((translation or self._vocabulary).headlines, words)

    def excerpt(self, words: Fillers, translation: Translation | None = None) -> str:
        """Invent an excerpt of one sentence."""
        return self._sentence((translation or self._vocabulary).excerpts, words)

    def body(self, topic: SampleTopic, words: Fillers, url: str) -> str:
        """Invent a few paragraphs; one article in thirty has more sections."""
        parts = [self._section(words, url)]
        if self._choices.chance(0.03):
            for _ in range(6 + self._choices.below(8)):
                others = self.words(topic, words["author"])
                parts += ["## " + fill("Meanwhile, in {place}", others), self._section(others, url)]
        return "\n\n".join(parts)

    def translated_body(self, translation: Translation, words: Fillers) -> str:
        """Invent four paragraphs of one sentence each."""
        return "\n\n".join(fill(each, words) for each in self._choices.some(translation.sentences, 4))

    def _places(self) -> Fillers:
        """Choose two different places."""
        places = self._vocabulary.places
        place = self._choices.below(len(places))
        other = (place + 1 + self._choices.below(len(places) - 1)) % len(places)
        return {"place": places[place], "other": places[other]}

    def _sentence(self, templates: tuple[str, ...], words: Fillers) -> str:
        return fill(self._choices.one(templates), words)

    def _section(self, words: Fillers, url: str) -> str:
        """Invent two to four paragraphs, often with something between them."""
        paragraphs = 2 + self._choices.below(3)
        sentences = iter(self._choices.some(self._vocabulary.sentences, paragraphs * 4))
        parts = []
        for number in range(paragraphs):
            if number and self._choices.chance(0.35):
                parts.append(self._aside(words, url))
            length = 2 + self._choices.below(3)
            parts.append(" ".join(fill(next(sentences), words) for _ in range(length)))
        return "\n\n".join(parts)

    def _aside(self, words: Fillers, url: str) -> str:
        """Invent a heading, a list, a quotation or a link."""
        match self._choices.below(4):
            case 0:
                return "## " + self._sentence(self._vocabulary.headings, words)
            case 1:
                points = self._choices.some(self._vocabulary.points, 3)
                return "\n".join(f"- {fill(point, words)}" for point in points)
            case 2:
                return "> " + self._sentence(self._vocabulary.quotes, words)
        return fill(f"More on [{{things}} in {{place}}]({url}/notes) is on its way.", words)
