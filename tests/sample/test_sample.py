import os
import re
import subprocess
import sys
import zlib
from binascii import crc32
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from feeds import sample as module
from feeds.article import Article, slugify
from feeds.corpus import Corpus
from feeds.errors import CorpusError
from feeds.sample import write_sample
from feeds.sample.articles import END, PICTURES
from feeds.sample.vocabulary import vocabulary
from feeds.store.clusters import keys
from tests.builders import write_file

SERVER = "http://127.0.0.1:8000"


def written(folder: Path, articles: int = 200, seed: int = 1) -> Path:
    write_sample(folder, articles, seed, lambda _done: None)
    return folder


def content(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def articles(sample: Path) -> list[Article]:
    return [reading for reading in Corpus(sample).articles() if isinstance(reading, Article)]


def test_every_file_is_an_article_and_every_description_is_in_order(sample: Path) -> None:
    readings = list(Corpus(sample).articles())
    assert len(readings) == 200
    assert [reading for reading in readings if not isinstance(reading, Article)] == []


def test_the_same_seed_is_the_same_corpus_in_any_process(sample: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "feeds", "sample", str(tmp_path / "other")],
        env=os.environ | {"PYTHONHASHSEED": "4711", "TZ": "America/Lima", "LC_ALL": "C"},
        check=True,
    )
    assert content(tmp_path / "other") == content(sample)


def test_the_same_seed_is_the_same_corpus_on_any_machine(sample: Path) -> None:
    """Any difference between machines or versions of Python changes the digest."""
    whole = sha256(repr(sorted(content(sample).items())).encode()).hexdigest()
    assert whole[:16] == "b8714df67ae1aa1e"


def test_another_seed_is_another_corpus(sample: Path, tmp_path: Path) -> None:
    other = content(written(tmp_path, seed=2))
    same = {path for path, digest in content(sample).items() if other.get(path) == digest}
    assert not any(path.startswith("_news") for path in same)


def test_nothing_is_later_than_its_fixed_last_day_and_it_spans_three_years(
    articles: list[Article],
) -> None:
    dates = [article.published for article in articles]
    assert max(dates) <= END
    assert max(article.updated for article in articles) <= END
    assert (max(dates) - min(dates)).days > 1000
    assert sum(date.weekday() < 5 for date in dates) > 0.85 * len(dates)


def test_its_newest_articles_have_happened() -> None:
    assert datetime.now(UTC) > END


def test_headlines_hardly_ever_repeat(articles: list[Article]) -> None:
    repeated = [title for title, count in Counter(a.title for a in articles).items() if count > 1]
    assert len(repeated) <= 2
    assert len({article.summary for article in articles}) > 190
    assert len({article.url for article in articles}) == 200
    assert not any("{" in article.title + article.summary + article.html for article in articles)


def test_articles_have_what_a_feed_can_show(articles: list[Article]) -> None:
    for article in articles:
        assert article.title[0].isupper() or not article.title[0].isalpha()
        assert article.topics
        assert article.authors
        assert article.provider
        assert article.provider.logo
        assert article.summary
        assert len(re.findall(r"<p>", article.html)) >= 2
        assert article.quality
    assert {article.type for article in articles} == {"article", "video", "interview", "photo-essay"}
    assert all("▶" in article.html for article in articles if article.type == "video")
    assert sum(bool(article.images) for article in articles) > 150
    assert sum(bool(article.related) for article in articles) > 20
    assert sum(article.updated > article.published for article in articles) > 10
    for tag in "<h2>", "<ul>", "<blockquote>", "<em>", "<strong>", "<a ":
        assert any(tag in article.html for article in articles), tag


def test_most_are_short_and_some_are_long_reads(articles: list[Article]) -> None:
    paragraphs = [len(re.findall(r"<p>", article.html)) for article in articles]
    assert sum(count <= 9 for count in paragraphs) > 180
    assert any(count > 20 for count in paragraphs)


def test_some_are_in_another_language(articles: list[Article]) -> None:
    languages = Counter(article.language for article in articles)
    assert set(languages) == {"", "de", "fr"}
    assert languages[""] > 180
    for article in articles:
        if article.language == "de":
            assert re.search(r"\b(in|und|was|wie|auf)\b", article.title + article.html, re.IGNORECASE)


def test_few_are_hot_and_most_are_neither_hot_nor_cold(articles: list[Article]) -> None:
    for ratings in [a.heat for a in articles], [a.quality for a in articles]:
        assert all(0 <= rating <= 100 for rating in ratings)
        assert sum(30 <= rating <= 60 for rating in ratings) > 120
        assert 3 <= sum(rating > 75 for rating in ratings) <= 20
        assert min(ratings) < 20


def test_several_providers_tell_one_story_within_a_day(articles: list[Article]) -> None:
    sharing: defaultdict[int, list[Article]] = defaultdict(list)
    for article in articles:
        for key in keys(article):
            sharing[key].append(article)
    stories = [members for members in sharing.values() if len(members) > 1]
    by_title = [[a.title for a in members] for key, members in sharing.items() if key & 1]
    by_address = [members for key, members in sharing.items() if not key & 1]
    assert sum(len(titles) > 1 for titles in by_title) >= 4
    assert sum(len(members) > 1 for members in by_address) >= 4
    assert len({a.id for members in stories for a in members}) > 20
    assert max(map(len, stories)) >= 3
    for members in stories:
        assert len({a.provider and a.provider.domain for a in members}) > 1
        first, *_, last = sorted(a.published for a in members)
        assert last - first < timedelta(hours=11)


def test_every_topic_and_provider_is_described_and_has_articles(
    sample: Path, articles: list[Article]
) -> None:
    taxonomy = Corpus(sample).taxonomy
    topics = {topic.slug: topic for topic in taxonomy.topics}
    assert len(topics) == 12
    assert {topic.parent for topic in topics.values()} - {""} < topics.keys()
    assert topics["harbours"].parent == "oceans"
    assert topics["oceans"].parent == "nature"
    assert {slugify(name) for article in articles for name in article.topics} == topics.keys()
    domains = {provider.domain for provider in taxonomy.organizations}
    assert {article.provider.domain for article in articles if article.provider} == domains
    assert all(domain.endswith(".example") for domain in domains)
    assert (taxonomy.title, taxonomy.url, taxonomy.language) == ("Tidewater Digest", "", "en-gb")


def test_every_picture_is_here_and_a_png_of_the_size_it_says(
    sample: Path, articles: list[Article]
) -> None:
    logos = [article.provider.logo for article in articles if article.provider and article.provider.logo]
    lead = [image for article in articles for image in article.images]
    pictures = {image.url: image for image in lead + logos}
    assert len(pictures) >= 20 + 8
    for picture in pictures.values():
        assert picture.type == "image/png"
        assert picture.url.startswith(f"{SERVER}/assets/images/")
        png = sample / picture.url.removeprefix(f"{SERVER}/")
        assert size_of(png.read_bytes()) == (picture.width, picture.height)
        assert png.stat().st_size < 20_000


def size_of(png: bytes) -> tuple[int, int]:
    """The width and height of *png*, after a check of every chunk (ISO/IEC 15948)."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4]), png[at + 4 : at + 8]
        chunks[kind] = png[at + 8 : at + 8 + length]
        assert crc32(kind + chunks[kind]) == int.from_bytes(png[at + 8 + length : at + 12 + length])
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height = int.from_bytes(chunks[b"IHDR"][:4]), int.from_bytes(chunks[b"IHDR"][4:8])
    lines = zlib.decompress(chunks[b"IDAT"])
    assert len(lines) == height * (width + 1)
    assert max(lines) < len(chunks[b"PLTE"]) // 3
    assert set(lines[:: width + 1]) == {0}
    return width, height


def test_every_picture_is_another() -> None:
    pictures = [file.read_bytes() for file in Path(module.__file__).parent.rglob("*.png")]
    assert len(pictures) == len({*pictures}) == PICTURES + len(vocabulary().providers)


def test_sentences_are_prime_in_number_so_that_none_is_drawn_twice() -> None:
    for members in vocabulary().sentences, vocabulary().points:
        assert all(len(members) % divisor for divisor in range(2, len(members)))


def test_a_smaller_sample_takes_the_place_of_a_larger(sample: Path, tmp_path: Path) -> None:
    folder = written(tmp_path / "new" / "deep", articles=300)
    written(folder)
    assert content(folder) == content(sample)


def test_the_next_run_finishes_an_interrupted_one(sample: Path, tmp_path: Path) -> None:
    def interrupt(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(tmp_path, 200, 7, interrupt)
    assert not (tmp_path / ".sample").exists()
    assert content(written(tmp_path)) == content(sample)


def test_a_foreign_folder_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "_news").mkdir()
    (tmp_path / "_news" / "mine.md").write_text("mine")
    with pytest.raises(CorpusError, match=f"{tmp_path}: neither empty nor a sample; name a new folder"):
        written(tmp_path)
    assert list(content(tmp_path)) == ["_news/mine.md"]


@pytest.mark.parametrize(
    "path", ["_news/mine.md", "_news/2026/mine.md", "assets/mine.png", "_data/topics/mine.yaml"]
)
@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_file_that_was_added_to_a_sample_stays(tmp_path: Path, path: str, is_interrupted: bool) -> None:
    written(tmp_path)
    if is_interrupted:
        (tmp_path / ".sample").rename(tmp_path / ".sample-unfinished")
    write_file(tmp_path, path, "mine")
    before = content(tmp_path)
    with pytest.raises(CorpusError, match=f"{tmp_path}/{path}: not from the sample; move it elsewhere"):
        written(tmp_path)
    assert content(tmp_path) == before
    (tmp_path / path).unlink()
    written(tmp_path)


@pytest.mark.parametrize("path", ["_config.yml", "_data/topics", "_news/2026", "assets/images", "_news"])
def test_a_link_in_a_sample_is_refused_and_its_target_stays(tmp_path: Path, path: str) -> None:
    folder, elsewhere = written(tmp_path / "sample"), tmp_path / "elsewhere"
    (folder / path).rename(elsewhere)
    (folder / path).symlink_to(elsewhere)
    before = content(tmp_path)
    with pytest.raises(CorpusError, match=f"{path}: not from the sample"):
        written(folder)
    assert content(tmp_path) == before


@pytest.mark.parametrize("path", ["_config.yml", "_data/topics/00-nature.yaml"])
def test_a_changed_file_of_a_sample_stays(tmp_path: Path, path: str) -> None:
    write_file(written(tmp_path), path, "title: Mine")
    with pytest.raises(CorpusError, match=f"{path}: changed since the sample was written"):
        written(tmp_path)
    assert (tmp_path / path).read_text() == "title: Mine"


def test_the_last_file_of_an_interrupted_run_may_be_cut_off(sample: Path, tmp_path: Path) -> None:
    written(tmp_path)
    marker = (tmp_path / ".sample").rename(tmp_path / ".sample-unfinished")
    (tmp_path / marker.read_text().split()[-1]).write_text("---")
    assert content(written(tmp_path)) == content(sample)


def test_a_sample_of_an_earlier_version_is_not_replaced(tmp_path: Path) -> None:
    """It has no list of its files, so that added ones cannot be told apart."""
    (written(tmp_path) / ".sample").write_text(
        "Written by `feeds sample`, which may replace this folder.\n"
    )
    before = content(tmp_path)
    with pytest.raises(CorpusError, match=r"_config\.yml: not from the sample"):
        written(tmp_path)
    assert content(tmp_path) == before


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CorpusError, match="not a folder"):
        written(tmp_path / "file")
    with pytest.raises(CorpusError, match="cannot be written: not a directory"):
        written(tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


def test_progress_is_reported_up_to_the_total(tmp_path: Path) -> None:
    told: list[int] = []
    write_sample(tmp_path, 250, 1, told.append)
    assert told == [100, 200, 250]


def test_a_sample_may_be_empty(tmp_path: Path) -> None:
    assert list(Corpus(written(tmp_path, articles=0)).articles()) == []
