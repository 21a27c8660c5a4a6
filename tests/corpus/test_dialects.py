"""One small site of every site generator, read without a setting."""

from collections.abc import Callable, Iterator
from pathlib import Path

from feeds.article import Article
from feeds.corpus import Corpus, Withheld
from feeds.corpus.dialects.registry import DIALECTS
from tests.paths import ROOT
from tests.table import for_each

SITES = ROOT / "tests" / "corpus" / "dialects" / "sites"
NAMES = sorted(folder.name for folder in SITES.iterdir())


def test_every_dialect_has_a_site() -> None:
    assert {*NAMES} == {dialect.name for dialect in DIALECTS} - {"own"}


@for_each("name", NAMES)
def test_a_site_is_recognised_and_read(name: str, golden: Callable[[str, bytes], None]) -> None:
    corpus = Corpus(SITES / name, dialect="auto")
    assert corpus.taxonomy.dialect == name
    assert corpus.problems == []
    golden(f"dialects/{name}.txt", "".join(f"{line}\n" for line in lines(corpus)).encode())


def lines(corpus: Corpus) -> Iterator[str]:
    """Describe the corpus and each of its articles."""
    yield corpus.summary
    for path, source in corpus.sources():
        yield ""
        yield path
        match source.reading:
            case Article() as article:
                yield from described(article)
            case Withheld() as withheld:
                yield f"    withheld: {withheld.reason}"
            case error:
                yield f"    {error}"
        yield from (f"    warning: {warning}" for warning in source.warnings)


def described(article: Article) -> Iterator[str]:
    fields = {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "published": article.published.isoformat(),
        "updated": article.updated.isoformat() if article.updated != article.published else "",
        "provider": article.provider.name if article.provider else "",
        "authors": "; ".join(article.authors),
        "topics": "; ".join(article.topics),
        "language": article.language,
        "type": article.type,
        "summary": article.summary,
        "images": " ".join(f"{each.url} {each.width}x{each.height}" for each in article.images),
        "body": article.html.replace("\n", "\n          "),
    }
    yield from (f"    {name}: {value}" for name, value in fields.items() if value)


def test_a_copy_of_a_site_below_another_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "website").symlink_to(SITES / "docusaurus")
    corpus = Corpus(tmp_path, dialect="auto")
    assert corpus.taxonomy.dialect == "docusaurus"
    assert any(isinstance(reading, Article) for reading in corpus.articles())
