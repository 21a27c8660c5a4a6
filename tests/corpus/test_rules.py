"""What would let a file in that is held back."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from feeds.article import Article
from feeds.corpus import Corpus, Withheld
from feeds.corpus.front_matter import MAX_HEADER, MAX_TEXT
from feeds.corpus.rules import RULES, help_for
from feeds.errors import ArticleError
from tests.conftest import ROOT, write_article

ONE = "_news/one.md"
FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"removed": True}, "delete that line"),
    ({"published": False}, "delete that line"),
    ({"published": "perhaps"}, "write true or false"),
    ({"title": None}, "title: What Happened"),
    ({"title": "x" * 1001}, "shorten it"),
    ({"title": ["a"]}, "one piece of text"),
    ({"webUrl": None}, "webUrl: https://"),
    ({"webUrl": "ftp://example.org/"}, "the whole address"),
    ({"images": [{"url": "gopher://x"}]}, "the whole address"),
    ({"images": [{"url": "/a.png", "width": "wide"}]}, "digits alone"),
    ({"publishedDateTime": None}, "begin the name of the file"),
    ({"publishedDateTime": "yesterday"}, "write 2021-01-05"),
    ({"modifiedDateTime": "2021-13-01"}, "write 2021-01-05"),
    ({"quality": "good"}, "digits alone"),
    ({"heat": "9" * 12}, "a smaller one"),
    ({"language": "English!"}, "en or pt-BR"),
    ({"topics": {"a": "b"}}, "a hyphen for each member"),
    ({"topics": [["a"]]}, "for each"),
    ({"topics": ["a"] * 201}, "shorten it"),
    ({"topics": ["a" * 201]}, "shorten it"),
    ({"provider": "Example"}, "on an indented line"),
    ({"excerpt": "x" * (MAX_TEXT + 1)}, "move it to the body"),
    ({"body": "<b>" * 20_000}, "flatter"),
    ({"<<": {"title": "x"}}, "write the fields out"),
]  # fmt: skip
CONTENTS: list[tuple[str, bytes, str]] = [
    (ONE, b"Text alone", "two lines of ---"),
    (ONE, b"---\ntitle: open\n", "add it, unless"),
    (ONE, b"---\n- a\n---\n", "name: value"),
    (ONE, b"---\ntitle: 'a\n---\n", "quotes"),
    (ONE, b"---\na: " + b"b" * MAX_HEADER + b"\n---\n", "a line of ---"),
    (ONE, b"---\ntitle: \xff\n---\n", "save it again"),
    (ONE, b"x" * (1 << 20), "corpus.max_bytes"),
    ("_data/topics/x.yaml", b"parent: y\n", "name: Oceans"),
    ("_data/organizations/x.md", b"---\nname: X\n---\n", "domain: example.org"),
    ("_data/organizations/x.md", b"---\ndomain: a/b\n---\n", "write it alone"),
    ("_data/organizations/x.md", b"---\ndomain: x.org\ncontent: all\n---\n", "one of these"),
    ("_config.yml", b"url: ftp://example.org\n", "the whole address"),
]


def held(corpus: Path) -> ArticleError | Withheld:
    """What of the corpus is held back, which is one file."""
    read = Corpus(corpus, max_bytes=1 << 19).articles()
    (found,) = [each for each in read if not isinstance(each, Article)]
    return found


@pytest.mark.parametrize(("fields", "advice"), FIELDS, ids=lambda value: ascii(value)[:30])
def test_a_field_that_holds_a_file_back_comes_with_what_would_let_it_in(
    corpus: Path, fields: dict[str, Any], advice: str
) -> None:
    write_article(corpus, ONE, **fields)
    assert advice in help_for(held(corpus).reason)


@pytest.mark.parametrize(("path", "content", "advice"), CONTENTS, ids=lambda value: ascii(value)[:30])
def test_a_file_that_cannot_be_read_as_one_comes_with_what_to_do(
    corpus: Path, path: str, content: bytes, advice: str
) -> None:
    (corpus / path).parent.mkdir(parents=True, exist_ok=True)
    (corpus / path).write_bytes(content)
    assert advice in help_for(held(corpus).reason)


def test_so_does_what_is_no_file(corpus: Path) -> None:
    (corpus / "_news" / "nowhere.md").symlink_to("nothing")
    (corpus / "_news" / "again").symlink_to(".")
    os.mkfifo(corpus / "_news" / "pipe.md")
    (corpus / "_news" / os.fsdecode(b"caf\xe9.md")).touch()
    write_article(corpus, ONE, id="urn:x")
    write_article(corpus, "_news/two.md", id="urn:x")
    found = [each for each in Corpus(corpus).articles() if isinstance(each, ArticleError)]
    assert {each.path: help_for(each.reason).partition("; ")[2] for each in found} == {
        "_news/nowhere.md": "mend the link or delete it",
        "_news/again": "nothing is missing, but the link may be deleted",
        "_news/pipe.md": "put one in its place",
        "_news/caf\\udce9.md": "rename the file",
        "_news/two.md": "give this one an id of its own, or delete it if it is a copy",
    }


def test_what_nobody_may_read_needs_permission() -> None:
    assert "permission" in help_for("cannot be read: Permission denied")


def test_every_reason_in_the_code_has_its_help() -> None:
    """So that a rule which is added does not go without."""
    code = "\n".join(file.read_text() for file in sorted((ROOT / "feeds" / "corpus").glob("*.py")))
    raised = re.findall(r'ArticleError\(\s*[^,]+,\s*[^,]+,\s*f?"(.*?)"\s*\)', code)
    raised += [
        f"field: {reason}"
        for reason in re.findall(r'\.error\(\s*(?:f?"[^"]*"|[^,"]+),\s*f?"(.*?)"\s*\)', code)
    ]
    made = {re.sub(r"\{[^}]*\}", "7", reason) for reason in raised} - {"7: 7"}
    assert len(made) > 25
    # These are of one field each, which the pattern does not see.
    special = ("an article needs", "missing, and", "a topic needs", "an organization needs")
    unhelped = [each for each in made if not help_for(each)]
    assert [each for each in unhelped if not each.removeprefix("field: ").startswith(special)] == []


def test_all_help_reads_as_a_rule_and_what_to_do() -> None:
    for advice in RULES.values():
        rule, mark, fix = advice.partition("; ")
        assert rule, mark
        assert fix
        assert not advice.endswith(".")
        assert advice[0].islower()


def test_of_what_is_no_reason_nothing_is_said() -> None:
    assert help_for("") == help_for("who knows") == ""


def test_a_line_is_quoted_as_editors_count_them(corpus: Path) -> None:
    (corpus / "a.md").write_bytes(
        "one\r\ntwo\x0c\u2028still two\rthree \xff\n".encode("latin-1", "ignore")
    )
    made = Corpus(corpus)
    assert [made.line("a.md", number) for number in range(-1, 6)] == [
        "", "", "one", "two\x0cstill two", "three \ufffd", "", "",
    ]  # fmt: skip
    assert made.line("none.md", 1) == made.line("\udce9", 1) == made.line("_news", 1) == ""
