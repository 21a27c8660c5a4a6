"""Every format, for articles with every feature, and for any text."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import Article
from feeds.formats import FORMATS
from feeds.formats.text import clean, related, summary
from feeds.query import Query
from tests.commands import output_of
from tests.examples import examples
from tests.formats.articles import ARTICLES, FEEDS, feed_of
from tests.formats.generated import TOPICS, articles
from tests.formats.reading import READ, XML, agree, parse
from tests.table import for_each

WHOLE = [name for name, feed in FEEDS.items() if not feed.content]


def rendered(name: str = "every-feature") -> dict[str, bytes]:
    return {extension: made.render(FEEDS[name]) for extension, made in FORMATS.items()}


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("extension", FORMATS)
def test_whole_documents(extension: str, name: str, golden: Callable[[str, bytes], None]) -> None:
    golden(f"{name}.{extension}", FORMATS[extension].render(FEEDS[name]))


# Digests of documents that no earlier release could write, in their first form.
NEW = {
    "podcast.rss": "081f1812",
    "podcast.atom": "37666afc",
    "podcast.json": "20e3be34",
    "podcast.ndjson": "bafe80c8",
}


@for_each("extension", FORMATS)
def test_a_rendering_stands_for_the_bytes_that_are_made(extension: str) -> None:
    """Otherwise, a release with other bytes would answer 304 to clients with the old ones.

    The documents in NEW do not change it: no client has other bytes of them.
    """
    whole = hashlib.blake2b(digest_size=4)
    for name, feed in FEEDS.items():
        body = FORMATS[extension].render(feed)
        if NEW.get(f"{name}.{extension}") != hashlib.blake2b(body, digest_size=4).hexdigest():
            whole.update(body)
    made = whole.hexdigest()
    assert made == FORMATS[extension].rendering, f'write rendering="{made}" in the module of {extension}'


@for_each("extension", FORMATS)
def test_an_address_ends_in_the_extension_that_names_the_format(extension: str) -> None:
    made = FORMATS[extension]
    assert made.extension == extension
    assert FEEDS["every-feature"].addresses[extension] == f"https://feeds.example/feed.{extension}"
    assert made.media_type.endswith("; charset=utf-8")


@for_each("name", WHOLE)
@for_each("extension", FORMATS)
def test_every_format_says_what_the_feed_holds(extension: str, name: str) -> None:
    feed = FEEDS[name]
    channel = READ[extension](FORMATS[extension].render(feed))
    head = (feed.title, feed.page, feed.addresses[extension], feed.description, "en-GB")
    assert channel[:5] == (head if FORMATS[extension].has_head else ("",) * 5)
    assert [item.id for item in channel.items] == [each.id for each in feed.articles]
    for item, each in zip(channel.items, feed.articles, strict=True):
        assert item.url == each.url
        assert (item.published, item.updated) == (each.published, each.updated)
        assert item.topics == list(each.topics)
        assert item.images == [(picture.url, picture.type) for picture in each.images]
        most = 1 if extension == "rss" else None
        assert item.enclosures == [(file.url, file.type) for file in each.files][:most]
        assert item.language == each.language
        assert item.summary == summary(each)
        assert item.related == [(other.title, other.url) for other in related(each)]
        if each.title.isprintable():
            assert item.title == each.title


@for_each("name", WHOLE)
def test_the_formats_agree_item_by_item(name: str) -> None:
    assert set(READ) == set(FORMATS), "a new format needs an independent reading of it here"
    agree([READ[extension](body) for extension, body in rendered(name).items()])


@for_each("name", WHOLE)
@for_each("extension", XML)
def test_feedparser_has_no_complaint_and_finds_everything(extension: str, name: str) -> None:
    feed = FEEDS[name]
    parsed = feedparser.parse(FORMATS[extension].render(feed))
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.feed.link == feed.page
    assert [entry.id for entry in parsed.entries] == [each.id for each in feed.articles]
    for entry, each in zip(parsed.entries, feed.articles, strict=True):
        assert entry.link == each.url
        assert entry.published_parsed == each.published.utctimetuple()
        assert dict.get(entry, "updated_parsed", entry.published_parsed) == each.updated.utctimetuple()
        assert [tag.term for tag in entry.get("tags", [])] == list(each.topics)
        assert [content["url"] for content in entry.get("media_content", [])] == [
            file.url for file in each.files
        ]
        assert [(link.title, link.href) for link in entry.links if link.rel == "related"] == [
            (other.title, other.url) for other in related(each)
        ]
        for enclosure, file in zip(entry.enclosures, each.files[:1], strict=False):
            assert (enclosure.href, enclosure.type) == (file.url, file.type)
        assert bool(entry.enclosures) == bool(each.files)
        assert entry.content[0].value or not each.html
        if each.provider and clean(each.provider.name):
            assert entry.source.title == each.provider.name


@for_each("extension", FORMATS)
def test_the_lead_image_is_at_the_top_of_the_text_once(extension: str) -> None:
    for each in ARTICLES.values():
        content = READ[extension](FORMATS[extension].render(feed_of(each))).items[0].content
        assert content not in ("", "<p></p>") or "\ud800" in each.authors
        assert content.count("<img") == (1 if each.images else 0)
        if each.image and each.id != ARTICLES["image shown already"].id:
            assert content.startswith(f'<p><img src="{each.image.url.replace("&", "&amp;")}"')


@for_each("extension", FORMATS)
def test_the_same_story_elsewhere_stands_below_the_text_once(extension: str) -> None:
    def shown(portion: str) -> str:
        body = FORMATS[extension].render(feed_of(story, query=Query(content=portion)))
        return "".join(parse(body).itertext()) if extension in XML else body.decode()

    story = ARTICLES["one story in several places"]
    assert shown("full").count("Also covered by") == 1
    assert shown("summary").count("Also covered by") == 1
    assert "Also covered by" not in shown("title")
    content = READ[extension](FORMATS[extension].render(feed_of(story))).items[0].content
    assert content.startswith("<p>The story.</p>\n<p>Also covered by</p>\n<ul>")
    assert content.endswith("</ul>")


@for_each("extension", FORMATS)
def test_an_article_is_written_alike_in_every_feed(extension: str) -> None:
    whole = FORMATS[extension].render(FEEDS["every-feature"])
    alone = FORMATS[extension].render(FEEDS["topic-of-provider"])

    def read(document: bytes) -> dict[str, object]:
        return {item.id: item for item in READ[extension](document).items}

    common = read(whole).keys() & read(alone).keys()
    assert common == {"tag:example.org,2020:7"}
    assert all(read(whole)[id_] == read(alone)[id_] for id_ in common)


@settings(max_examples=examples(20))
@given(st.lists(articles(), min_size=1, max_size=3, unique_by=lambda each: each.id), TOPICS)
def test_any_text_makes_a_document_that_every_parser_reads(made: list[Article], title: str) -> None:
    feed = feed_of(*made, title=title, description=title)
    channels = []
    for extension, format_ in FORMATS.items():
        body = format_.render(feed)
        channel = READ[extension](body)
        channels.append(channel)
        assert channel.title == (clean(title) if format_.has_head else "")
        for item, each in zip(channel.items, made, strict=True):
            expected = clean(each.title)
            assert item.title == (expected if expected.strip() else "·")
            assert item.authors
            assert all(name.strip() for name in item.authors)
            assert item.related == [(other.title, other.url) for other in related(each)]
        if extension in XML:
            assert not feedparser.parse(body).bozo
    agree(channels)


ELSEWHERE = """
import json, locale, sys, time
from concurrent.futures import ThreadPoolExecutor
locale.setlocale(locale.LC_ALL, "")
from tests.formats.test_formats import hashes
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(4) as pool:
    made = list(pool.map(lambda _: hashes(), range(4)))
print(json.dumps([time.strftime("%a", time.gmtime(0)), made]))
"""


def elsewhere(**environment: str) -> tuple[str, list[dict[str, dict[str, str]]]]:
    """The name of Thursday in another process after 4 threads rendered, and hashes of their documents."""
    day, made = json.loads(output_of(ELSEWHERE, **environment))
    return day, made


def hashes() -> dict[str, dict[str, str]]:
    return {
        name: {e: hashlib.sha256(body).hexdigest() for e, body in rendered(name).items()}
        for name in FEEDS
    }


def test_threads_of_another_process_in_another_time_zone_make_the_same_bytes() -> None:
    _, made = elsewhere(TZ="Pacific/Kiritimati", PYTHONHASHSEED="1", LC_ALL="C")
    assert made == [hashes()] * len(made)


# localedef needs a quarter of the time that it needs for the order of German letters.
GERMAN_DATES = "".join(
    f'LC_{each}\ncopy "{"de_DE" if each == "TIME" else "POSIX"}"\nEND LC_{each}\n'
    for each in ("CTYPE", "COLLATE", "TIME", "NUMERIC", "MONETARY", "MESSAGES")
)


def test_dates_are_english_where_the_process_is_not_and_stays_so(tmp_path: Path) -> None:
    """feedgen formats dates under a locale that it sets for the whole process, with all threads."""
    if not shutil.which("localedef"):
        pytest.skip("no localedef to make a German locale with")
    (tmp_path / "source").write_text(GERMAN_DATES)
    # It says that categories of no use are missing, and succeeds.
    command = ["localedef", "-c", "-i", tmp_path / "source", "-f", "UTF-8", tmp_path / "dates"]
    subprocess.run(command, capture_output=True, check=False, timeout=60)
    if not (tmp_path / "dates").exists():
        pytest.skip("localedef has no German")
    zone = {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2"}
    day, made = elsewhere(LOCPATH=str(tmp_path), LC_ALL="dates", **zone)
    assert day == "Do", "the process was to be German, and to be left so"
    assert made == [hashes()] * len(made)


@for_each("extension", FORMATS)
def test_a_document_ends_with_a_line_and_is_short_to_read(extension: str) -> None:
    body = FORMATS[extension].render(FEEDS["every-feature"]).decode()
    assert body.endswith("\n")
    assert not body.endswith("\n\n")
    assert not any(
        line != line.rstrip() for line in body.splitlines() if "CDATA" not in line and "<p>" not in line
    )


@for_each("extension", XML)
def test_namespaces_are_declared_once_with_the_prefixes_readers_expect(extension: str) -> None:
    """Readers that match prefixed names literally miss authors and content under generated prefixes."""
    body = FORMATS[extension].render(FEEDS["every-feature"])
    assert body.count(b"xmlns") == len(parse(body).nsmap)
    assert b"ns0:" not in body
