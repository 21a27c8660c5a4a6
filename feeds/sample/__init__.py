"""An invented corpus of any size, the same for the same seed on any machine and day."""

import shutil
from collections.abc import Callable
from pathlib import Path

from feeds.article import slugify
from feeds.errors import CorpusError, failure
from feeds.sample.articles import articles as invent
from feeds.sample.vocabulary import SampleProvider, SampleTopic, Vocabulary, vocabulary

MARKER = ".sample"
UNFINISHED = ".sample-unfinished"

PROGRESS_INTERVAL = 100  # articles

_PICTURES = Path(__file__).with_name("pictures")
_CONFIG = """\
title: Tidewater Digest
description: News from places that are not on any map
locale: en-gb
"""


def write_sample(folder: Path, articles: int, seed: int, progress: Callable[[int], object]) -> None:
    """Write a corpus of *articles* to *folder*; call *progress* with the number written so far.

    A former sample in *folder* is replaced, complete or not. Raises CorpusError if *folder* contains
    anything else, or cannot be written.
    """
    words = vocabulary()
    try:
        _make_room(folder)
        _write_taxonomy(folder, words)
        _write_pictures(folder / "assets" / "images")
        _write_articles(folder / "_news", articles, seed, words, progress)
        (folder / UNFINISHED).rename(folder / MARKER)
    except OSError as error:
        raise CorpusError(folder, *failure("cannot be written", error)) from error


def _make_room(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CorpusError(folder, "not a folder", "name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARKER).exists():
        (folder / MARKER).rename(folder / UNFINISHED)
    elif any(folder.iterdir()) and not (folder / UNFINISHED).exists():
        raise CorpusError(folder, "neither empty nor a sample", "name a new folder")
    (folder / UNFINISHED).write_bytes(b"Written by `feeds sample`, which may replace this folder.\n")
    for name in ("_news", "_data", "assets"):
        if (folder / name).is_symlink():
            raise CorpusError(folder / name, "not from a sample, but a link", "move it elsewhere")
        if (folder / name).exists():
            shutil.rmtree(folder / name)


def _write_taxonomy(folder: Path, words: Vocabulary) -> None:
    (folder / "_config.yml").write_bytes(_CONFIG.encode())
    topics, organizations = folder / "_data" / "topics", folder / "_data" / "organizations"
    topics.mkdir(parents=True)
    organizations.mkdir()
    for number, topic in enumerate(words.topics):
        (topics / f"{number:02}-{slugify(topic.name)}.yaml").write_bytes(_topic(topic).encode())
    for provider in words.providers:
        (organizations / f"{provider.domain}.md").write_bytes(_organization(provider).encode())


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


def _write_pictures(folder: Path) -> None:
    # Not copied: the files of an installed package may be read-only, and their copies would be too.
    for picture in sorted(_PICTURES.rglob("*.png")):
        target = folder / picture.relative_to(_PICTURES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.read_bytes())


def _write_articles(
    folder: Path, count: int, seed: int, words: Vocabulary, progress: Callable[[int], object]
) -> None:
    years: set[str] = set()
    folder.mkdir()
    for number, (name, text) in enumerate(invent(count, seed, words), 1):
        year = name[:4]
        if year not in years:
            (folder / year).mkdir(exist_ok=True)
            years.add(year)
        (folder / year / name).write_bytes(text.encode())
        if number % PROGRESS_INTERVAL == 0:
            progress(number)
    progress(count)
