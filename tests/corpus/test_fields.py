"""Every text field of front matter and descriptions: references are decoded, and tags are removed."""

from pathlib import Path

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from tests.builders import write_article

TEXTS = {
    "R&amp;D &#8217;n&#8217; caf&eacute;": "R&D ’n’ café",
    "caf&amp;eacute; &amp;amp;quot;R&amp;D&amp;amp;quot;": 'café "R&D"',
    "&region=EU &notes": "&region=EU &notes",
    "<b>R&amp;D</b> <em>news</em>": "R&D news",
}


@pytest.mark.parametrize(("written", "expected"), TEXTS.items())
def test_every_text_of_an_article_is_plain(tmp_path: Path, written: str, expected: str) -> None:
    write_article(
        tmp_path,
        "n/a.md",
        title=written,
        excerpt=written,
        provider={"name": written, "domain": "example.org", "authors": [{"name": written}]},
        topics=[written],
        images=[{"url": "/a.png", "alt": written}, {"url": "/b.png", "title": written}],
        related=[{"title": written, "webUrl": "https://r.example/", "provider": {"name": written}}],
    )
    article = Corpus(tmp_path).read("n/a.md")
    assert isinstance(article, Article)
    assert article.provider
    related = article.related[0]
    assert [article.title, article.summary, article.provider.name, *article.authors] == [expected] * 4
    assert [*article.topics, *(image.alt for image in article.images)] == [expected] * 3
    assert [related.title, related.provider] == [expected] * 2


@pytest.mark.parametrize(("written", "expected"), TEXTS.items())
def test_every_text_of_a_description_is_plain(tmp_path: Path, written: str, expected: str) -> None:
    fields = "".join(f"{key}: '{written}'\n" for key in ("title", "description", "name"))
    for name in ("_config.yml", "_data/topics/x.yml", "_data/organizations/x.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        end = "---\n" if name.endswith(".md") else ""
        (tmp_path / name).write_text(f"---\n_id: x.example\n{fields}{end}")
    taxonomy = Corpus(tmp_path).taxonomy
    assert [taxonomy.title, taxonomy.description] == [expected] * 2
    assert [each.name for each in (*taxonomy.topics, *taxonomy.organizations)] == [expected] * 2
