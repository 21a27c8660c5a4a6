"""An invented corpus of any size, the same for the same seed on any machine and day."""

from collections.abc import Callable
from pathlib import Path

from feeds.article import slugify
from feeds.errors import CorpusError, failure
from feeds.sample.articles import articles as invent
from feeds.sample.vocabulary import SampleProvider, SampleTopic, Vocabulary, vocabulary
from feeds.sample.written_files import WrittenFiles, make_room

PROGRESS_INTERVAL = 100  # articles

_PICTURES = Path(__file__).with_name("pictures")
_CONFIG = """\
title: Tidewater Digest
description: News from places that are not on any map
locale: en-gb
"""


def write_sample(folder: Path, articles: int, seed: int, progress: Callable[[int], object]) -> None:
    """Write a corpus of *articles* to *folder*; call *progress* with the number written so far.

    A former sample in *folder* is replaced, complete or not. Raises CorpusError if *folder* has another
    or a changed file, or cannot be written.
    """
    words = vocabulary()
    try:
        make_room(folder)
        with WrittenFiles(folder) as files:
            _write_taxonomy(files, words)
            _write_pictures(files)
            _write_articles(files, articles, seed, words, progress)
    except OSError as error:
        raise CorpusError(folder, *failure("cannot be written", error)) from error


def _write_taxonomy(files: WrittenFiles, words: Vocabulary) -> None:
    files.write("_config.yml", _CONFIG.encode())
    for number, topic in enumerate(words.topics):
        files.write(f"_data/topics/{number:02}-{slugify(topic.name)}.yaml", _topic(topic).encode())
    for provider in words.providers:
        files.write(f"_data/organizations/{provider.domain}.md", _organization(provider).encode())


def _topic(topic: SampleTopic) -> str:
    parent = f"parent: {topic.parent}\n" if topic.parent else ""
    return f"taxonomy: topic\n_id: {slugify(topic.name)}\nname: {topic.name}\n{parent}"


def _organization(provider: SampleProvider) -> str:
    return f"""\
---
taxonomy: organization
_id: {provider.domain}
name: "{provider.name}"
domain: {provider.domain}
images:
  - url: /assets/images/organizations/{provider.domain}-96x96.png
    width: 96
    height: 96
---
"""


def _write_pictures(files: WrittenFiles) -> None:
    # Not copied: the files of an installed package may be read-only, and their copies would be too.
    for picture in sorted(_PICTURES.rglob("*.png")):
        files.write(f"assets/images/{picture.relative_to(_PICTURES).as_posix()}", picture.read_bytes())


def _write_articles(
    files: WrittenFiles, count: int, seed: int, words: Vocabulary, progress: Callable[[int], object]
) -> None:
    for number, (name, text) in enumerate(invent(count, seed, words), 1):
        files.write(f"_news/{name[:4]}/{name}", text.encode())
        if number % PROGRESS_INTERVAL == 0:
            progress(number)
    progress(count)
