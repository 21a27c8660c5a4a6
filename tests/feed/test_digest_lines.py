"""The lines of articles in digests, which are read once."""

import msgspec

from feeds.article import Article, Image, Provider
from feeds.article.probed import with_probed
from feeds.feed.digest_lines import DigestLine, DigestLines, article_list
from feeds.index.articles import article as shown
from feeds.query.selection import Item
from feeds.store import Record
from tests.builders import article, record

PICTURE = Image("https://pictures.example/a.jpg")
FOUND = Image(PICTURE.url, 600, 400, "image/webp", length=70)
ARTICLE = article(1, title="Fog & tide", summary="Low.", provider=Provider("bell.example", "Bell"))


def page(record: Record) -> str:
    return f"https://feeds.example/{record.id}"


def line(lines: DigestLines, of: Article) -> DigestLine:
    [[found]] = lines.of([Item((record(of),))], page)
    return found


def test_a_line_links_to_the_article_above_its_teaser() -> None:
    other = article(2, url="", summary="", provider=None)
    [lines] = DigestLines().of([Item((record(ARTICLE), record(other)))], page)
    assert article_list(lines) == (
        '<ol>\n<li><a href="https://example.org/1">Fog &amp; tide</a> (Bell)<br>Low.</li>\n'
        f'<li><a href="{page(record(other))}">Title 2</a></li>\n</ol>'
    )


def test_each_item_has_the_lines_of_its_articles_in_order() -> None:
    several = [article(number, title=f"Title {number}") for number in range(1, 7)]
    records = [*map(record, several)]
    lines = DigestLines(1 << 20)
    line(lines, several[2])
    found = lines.of([Item((*records[:4],)), Item((*records[4:],))], page)
    titles = [[each.title for each in some] for some in found]
    assert titles == [["Title 1", "Title 2", "Title 3", "Title 4"], ["Title 5", "Title 6"]]


def test_the_picture_of_a_line_has_what_probes_found() -> None:
    probed = with_probed(msgspec.structs.replace(ARTICLE, images=(PICTURE,)), {PICTURE.url: FOUND})
    assert line(DigestLines(), probed).image == shown(record(probed)).image == FOUND
    typed = msgspec.structs.replace(probed, typed=(PICTURE.url,))
    assert line(DigestLines(), typed).image == shown(record(typed)).image != FOUND


def test_an_edited_article_has_another_line() -> None:
    lines = DigestLines(1 << 20)
    assert line(lines, ARTICLE).title == "Fog & tide"
    assert line(lines, msgspec.structs.replace(ARTICLE, title="Fog")).title == "Fog"
    assert line(lines, ARTICLE).title == "Fog & tide"


def test_lines_are_kept_as_long_as_they_are_requested_and_fit() -> None:
    lines = DigestLines(100_000)
    first, second = line(lines, ARTICLE), line(lines, article(2))
    for number in range(3, 1000):
        line(lines, article(number, title="x" * 100))
        assert line(lines, ARTICLE) is first
    assert line(lines, article(2)) is not second


def test_no_lines_are_kept_without_space() -> None:
    lines = DigestLines()
    assert line(lines, ARTICLE) is not line(lines, ARTICLE)
