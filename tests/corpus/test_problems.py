"""Every problem of a file has a code, a message and a remedy, and is reported for such a file."""

import ast
import errno
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feeds.article import Article
from feeds.corpus import Corpus, Withheld, problems
from feeds.corpus.front_matter import MAX_HEADER, MAX_TEXT
from feeds.corpus.problems import CODES
from feeds.corpus.stored_problem import StoredProblem
from feeds.errors import ArticleError, Code, UnreadableFile
from tests.builders import write_article
from tests.commands import invoke
from tests.corpus.open_files import no_open_files
from tests.paths import ROOT
from tests.table import for_each

ONE, POST = "_news/one.md", "_data/organizations/post.md"
MAX_BYTES = 1 << 19

Make = Callable[[Path], object]


def field(**fields: Any) -> Make:
    """An article with *fields*."""
    return lambda root: write_article(root, ONE, **fields)


def file(path: str, content: bytes) -> Make:
    """A file at *path*."""

    def write(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)

    return write


def podcast(field: str) -> Make:
    """A topic with a podcast that has *field*."""
    return file("_data/topics/x.yaml", f"name: X\npodcast:\n  {field}\n".encode())


def link_to_itself(root: Path) -> None:
    (root / "_data/topics").mkdir(parents=True)
    (root / "_data/topics/x.yaml").symlink_to("x.yaml")


def twice(root: Path) -> None:
    write_article(root, "_news/0.md", id="urn:x")
    write_article(root, ONE, id="urn:x")


# A problem of a corpus, its code, and part of its remedy.
EXAMPLES: list[tuple[Make, Code, str]] = [
    (field(removed=True), problems.REMOVED, "delete that line"),
    (field(published=False), problems.UNPUBLISHED, "delete that line"),
    (field(draft=True), problems.DRAFT, "delete that line"),
    (field(published="perhaps"), problems.NOT_A_FLAG, "use true or false"),
    (field(title=None), problems.NO_TITLE, "title: What Happened"),
    (field(title="x" * 1001), problems.TITLE_TOO_LONG, "shorten it"),
    (field(title=["a"]), problems.NOT_TEXT, "write it on one line"),
    (field(webUrl=None), problems.NO_ADDRESS, "webUrl: https://"),
    (field(webUrl="ftp://example.org/"), problems.NOT_AN_ADDRESS, "a whole address"),
    (field(images=[{"url": "gopher://x"}]), problems.NOT_A_PICTURE_ADDRESS, "picture.png"),
    (field(images=[{"url": "/a.png", "width": "wide"}]), problems.NOT_A_NUMBER, "digits alone"),
    (field(publishedDateTime=None), problems.NO_DATE, "rename the file to begin with"),
    (field(publishedDateTime="yesterday"), problems.NOT_A_DATE, "use 2026-01-31 or 2026-01-31T08:00:00Z"),
    (field(modifiedDateTime="2021-13-01"), problems.NOT_A_DATE, "use 2026-01-31 or 2026-01-31T08:00:00Z"),
    (field(quality="good"), problems.NOT_A_NUMBER, "digits alone"),
    (field(heat="9" * 12), problems.NUMBER_TOO_LARGE, "below 2,147,483,648"),
    (field(language="English!"), problems.NOT_A_LANGUAGE, "en or pt-BR"),
    (field(topics={"a": "b"}), problems.NOT_A_LIST, "each member on a line"),
    (field(topics=[["a"]]), problems.NOT_NAMES, "each name on a line"),
    (field(topics=["a"] * 201), problems.LIST_TOO_LONG, "shorten it"),
    (field(topics=["a" * 201]), problems.NAME_TOO_LONG, "shorten it"),
    (field(related=["a"]), problems.NOT_MAPPINGS, "after a hyphen"),
    (field(provider="Example"), problems.NOT_A_MAPPING, "on an indented line"),
    (field(excerpt="x" * (MAX_TEXT + 1)), problems.TEXT_TOO_LONG, "move the text to the body"),
    (field(body="<b>" * 20_000), problems.HTML_TOO_NESTED, "close tags"),
    (field(body="x" * 200_001), problems.BODY_TOO_LONG, "shorten it"),
    (field(body="&" * 200_000), problems.HTML_TOO_LONG, "shorten it"),
    (field(**{"<<": {"title": "x"}}), problems.MERGE_KEY, "write the fields out"),
    (twice, problems.DUPLICATE_ID, "give it another id, or delete it if it is a copy"),
    (file(ONE, b"Text alone"), problems.NO_FRONT_MATTER, "two lines of ---"),
    (file(ONE, b"---\ntitle: open\n"), problems.NOT_CLOSED, "add a line of ---"),
    (file(ONE, b"---\n- a\n---\n"), problems.NOT_FIELDS, "name: value"),
    (file(ONE, b"---\ntitle: 'a\n---\n"), problems.NOT_YAML, "an open quote"),
    (file(ONE, b"---\na: " + b"[" * 60 + b"]" * 60 + b"\n---\n"), problems.TOO_DEEP, "brackets"),
    (file(ONE, b"---\na: " + b"b" * MAX_HEADER + b"\n---\n"), problems.FRONT_MATTER_TOO_LONG, "---"),
    (file(ONE, b"---\ntitle: \xff\n---\n"), problems.NOT_UTF8, "save the file in UTF-8"),
    (file(ONE, b"---\ntitle: a\0\n---\n"), problems.NUL_BYTE, "in UTF-8"),
    (file(ONE, b"---\ntitle: a\x1b\n---\n"), problems.CONTROL_CHARACTERS, "delete them"),
    (file(ONE, b"x" * (MAX_BYTES + 1)), problems.TOO_LARGE, "corpus.max_bytes"),
    (file("_data/topics/x.yaml", b"parent: y\n"), problems.NO_TOPIC_NAME, "name: Oceans"),
    (file(POST, b"---\nname: X\n---\n"), problems.NO_DOMAIN, "domain: example.org"),
    (file(POST, b"---\ndomain: a/b\n---\n"), problems.NOT_A_DOMAIN, "such as example.org"),
    (file(POST, b"---\ndomain: x.org\ncontent: all\n---\n"), problems.NOT_A_CHOICE, "one of them"),
    (podcast("category: Tides"), problems.NOT_A_CATEGORY, "Science > Physics"),
    (podcast("guid: 1"), problems.NOT_A_GUID, "of the podcast so far"),
    (podcast("email: ada"), problems.NOT_AN_EMAIL, "@example.org"),
    (podcast("keywords: sea"), problems.UNKNOWN_FIELD, "correct its name"),
    (file("_config.yml", b"url: ftp://example.org\n"), problems.NOT_AN_ADDRESS, "a whole address"),
    (file("notes.md", b"# Notes\n"), problems.NOT_AN_ARTICLE, "two lines of ---"),
    (file("_news/a.mdx", b""), problems.UNMATCHED, "add a pattern"),
    (
        lambda root: (root / "_news/nowhere.md").symlink_to("nothing"),
        problems.DANGLING_LINK,
        "correct or delete the link",
    ),
    (
        lambda root: (root / "_news/again").symlink_to("."),
        problems.FOLDER_TWICE,
        "delete the link",
    ),
    (file("_data/topics/x.yaml/y", b""), problems.IS_A_FOLDER, "put a file in its place"),
    (
        link_to_itself,
        problems.LINK_LOOP,
        "correct or delete the link",
    ),
    (lambda root: os.mkfifo(root / "_news/pipe.md"), problems.NOT_A_FILE, "put a file in its place"),
    (
        lambda root: (root / "_news" / os.fsdecode(b"caf\xe9.md")).touch(),
        problems.NAME_NOT_UTF8,
        "rename the file",
    ),
]  # fmt: skip


def held(corpus: Path) -> ArticleError | Withheld:
    """The one file of the corpus that is held back."""
    read = Corpus(corpus, max_bytes=MAX_BYTES).articles()
    (found,) = [each for each in read if not isinstance(each, Article)]
    return found


@pytest.mark.parametrize(
    ("make", "code", "advice"), EXAMPLES, ids=[f"{n}-{each[1].name}" for n, each in enumerate(EXAMPLES)]
)
def test_a_bad_file_is_reported_with_its_remedy(
    corpus: Path, make: Make, code: Code, advice: str
) -> None:
    make(corpus)
    found = held(corpus)
    assert found.code == code
    assert advice in found.code.remedy
    assert StoredProblem.decoded(StoredProblem.of(found).encoded()) == StoredProblem(
        found.reason, (code,)
    )


@pytest.mark.parametrize(
    ("number", "code", "advice"),
    [
        (errno.EACCES, problems.UNREADABLE, "let the server's user read it"),
        (errno.EIO, problems.UNREADABLE, "let the server's user read it"),
        (errno.EMFILE, problems.TOO_MANY_OPEN_FILES, "raise the limit of open files"),
        (errno.ENFILE, problems.TOO_MANY_OPEN_FILES, "raise the limit of open files"),
    ],
)
def test_errors_of_the_system_are_distinguished_by_number(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: Code, advice: str
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    write_article(corpus, ONE)
    made = Corpus(corpus)
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        error = made.read(ONE)
    assert isinstance(error, UnreadableFile)
    assert (error.code, error.reason) == (code, f"cannot be read: {os.strerror(number).lower()}")
    assert advice in code.remedy


def test_a_refused_folder_has_its_own_error(corpus: Path) -> None:
    made = Corpus(corpus)
    with no_open_files():
        (error,) = made.files()
    assert isinstance(error, UnreadableFile)
    assert error.code == problems.TOO_MANY_OPEN_FILES


def test_a_missing_or_empty_description_of_the_corpus_has_a_code(corpus: Path) -> None:
    file("_config.yml", b"title: Tide\n")(corpus)
    file("_data/topics/x.yaml", b"name: X\n")(corpus)
    made = Corpus(corpus)
    (corpus / "_config.yml").write_bytes(b"")
    made.reload()
    assert [each.code for each in made.problems] == [problems.NO_FIELDS]
    (corpus / "_config.yml").unlink()
    (corpus / "_data/topics/x.yaml").rename(corpus / "x.yaml")
    (corpus / "_data/topics").rmdir()
    made.reload()
    assert [each.code for each in made.problems] == [problems.MISSING, problems.MISSING]


def check(corpus: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(corpus.parent / "store.db"))
    return invoke(*options).stdout


def test_a_scheduled_article_has_a_code(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now(UTC).year + 2
    write_article(corpus, ONE, publishedDateTime=f"{later}-01-01")
    shown = check(corpus, monkeypatch, "check", "--explain")
    reason = problems.SCHEDULED.text.format(when=f"{later}-01-01 00:00 UTC")
    assert shown.splitlines() == [f"{ONE}: withheld ({reason})", f"    {problems.SCHEDULED.remedy}"]


def test_most_files_gone_has_a_code(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [f"_news/{number}.md" for number in range(30)]
    for path in paths:
        write_article(corpus, path)
    check(corpus, monkeypatch, "refresh")
    for path in paths:
        (corpus / path).unlink()
    shown = check(corpus, monkeypatch, "check", "--explain")
    reason = problems.MOST_FILES_GONE.text.format(lost=30, had=30)
    assert shown.splitlines() == [f".: {reason}", f"    {problems.MOST_FILES_GONE.remedy}"]


# The codes that other tests above report.
OTHERS = {
    "unreadable", "too-many-open-files", "missing", "no-fields", "scheduled", "most-files-gone",
    "similar-field", "no-picture-address", "modified-in-future", "repeated-field", "not-configuration",
    "unknown-zone", "tags-removed",
    "in-drafts", "protected", "unclear", "expired", "undated", "a-page", "no-such-picture",
    "no-artwork", "unfit-artwork", "no-category", "no-explicit", "no-email", "no-episodes", "no-audio",
    "episodes-left-out", "no-length", "not-played", "same-file",
    "not-markdown", "empty", "toml-not-closed", "front-matter-is-code", "not-toml", "not-json",
}  # fmt: skip


def test_warnings_have_codes_and_do_not_make_a_file_bad(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC).year + 2
    write_article(corpus, ONE, topic="Go", images=[{"src": "a"}], modifiedDateTime=f"{later}-01-01")
    shown = check(corpus, monkeypatch, "check")
    when = f"{later}-01-01T00:00:00Z"
    assert shown.splitlines() == [
        f"{ONE}:8: topic: not read, but similar to topics; {problems.SIMILAR_FIELD.remedy}",
        f"{ONE}:9: images[0].url: missing; {problems.NO_PICTURE_ADDRESS.remedy}",
        f"{ONE}: modifiedDateTime: in the future, and ignored: {when}; "
        f"{problems.MODIFIED_IN_FUTURE.remedy}",
    ]


# A value of the field ``audio``, the code of its warning, and part of the remedy.
WARNINGS: list[tuple[Any, Code, str]] = [
    ({"episode": 1}, problems.NO_MEDIA_ADDRESS, "url: https://"),
    ("soon", problems.NOT_A_MEDIA_ADDRESS, "episode.mp3"),
    ("https://vimeo.com/1", problems.PLAYER_PAGE, "in the body"),
    ({"url": "/a.mp3", "type": "!"}, problems.NOT_A_MEDIA_TYPE, "audio/mpeg"),
    ({"url": "/a.mp3", "duration": "!"}, problems.NOT_A_DURATION, "1:02:03"),
    (["/a.mp3", {"url": "/b"}], problems.NO_MEDIA_TYPE, "type: audio/mpeg"),
]


@pytest.mark.parametrize(
    ("value", "code", "advice"), WARNINGS, ids=[code.name for _, code, _ in WARNINGS]
)
def test_a_file_to_play_that_cannot_be_used_gives_a_warning(
    corpus: Path, value: Any, code: Code, advice: str
) -> None:
    key = "media" if code == problems.NO_MEDIA_TYPE else "audio"
    write_article(corpus, ONE, **{key: value})
    source = Corpus(corpus).read_source(ONE)
    assert source
    assert isinstance(source.reading, Article)
    assert [each.code for each in source.warnings] == [code]
    assert advice in code.remedy


def test_every_code_is_raised_by_a_test() -> None:
    raised = {code.name for _, code, _ in [*EXAMPLES, *WARNINGS]}
    assert raised | OTHERS == set(CODES)


def test_every_code_is_in_the_documentation_with_its_message_and_remedy() -> None:
    """The table has a row for each, in the order of the module, and no other."""
    text = (ROOT / "docs" / "errors.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert rows == [(code.name, shown(code), code.remedy) for code in CODES.values()]


def shown(code: Code) -> str:
    """The message of *code* as in the documentation, with its values as *names*."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", code.text)


def test_every_code_is_made_in_the_registry_and_named_as_its_constant() -> None:
    constants = {name: code for name, code in vars(problems).items() if isinstance(code, Code)}
    assert [code.name for code in constants.values()] == list(CODES)
    for name, code in constants.items():
        assert name.replace("_", "-").lower().replace("utf8", "utf-8") == code.name
    for module in MODULES:
        if "Code(" in module.read_text():
            called = [node.func for node in nodes(module) if isinstance(node, ast.Call)]
            made = [each for each in called if isinstance(each, ast.Name) and each.id == "Code"]
            assert not made or module.name == "problems.py", module


def test_every_code_is_used() -> None:
    constants = {name for name, code in vars(problems).items() if isinstance(code, Code)}
    word = re.compile(rf"\b({'|'.join(sorted(constants))})\b")
    named = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for module in MODULES
        if module.name != "problems.py" and word.search(module.read_text())
        for node in nodes(module)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert constants <= named


MODULES = [*(ROOT / "feeds").rglob("*.py")]


def nodes(module: Path) -> Iterator[ast.AST]:
    """The syntax of *module*, which takes long to read: only of modules with a name in question."""
    return ast.walk(ast.parse(module.read_text()))


def test_every_problem_and_remedy_is_one_phrase_in_lower_case() -> None:
    for code in CODES.values():
        for phrase in (code.text, code.remedy):
            assert re.match(r"HTML |UTF-8|[a-z{]", phrase), phrase
            assert not re.search(r"[.|;\n]$|[;|\n]", phrase), phrase
        assert code.remedy.split()[0] in IMPERATIVES
        assert code.text != code.remedy


IMPERATIVES = {
    "add", "check", "close", "correct", "delete", "give", "let", "put", "raise", "rename", "restore",
    "save", "set", "shorten", "use", "write",
}  # fmt: skip


def test_all_problems_of_a_file_are_stored_together(corpus: Path) -> None:
    write_article(corpus, ONE, title=None, heat="hot", quality="good")
    error = held(corpus)
    stored = StoredProblem.decoded(StoredProblem.of(error).encoded())
    assert stored.text == (
        "title: missing; line 7: heat: not a number: 'hot'; line 8: quality: not a number: 'good'"
    )
    assert stored.codes == (problems.NO_TITLE, problems.NOT_A_NUMBER)
    assert stored.remedy == f"{problems.NO_TITLE.remedy} / {problems.NOT_A_NUMBER.remedy}"


@for_each("problem", ["", "text", "text\n", "text\nunknown code"])
def test_a_problem_of_another_version_has_no_remedy(problem: str) -> None:
    assert StoredProblem.decoded(problem) == StoredProblem(problem.partition("\n")[0])
    assert StoredProblem.decoded(problem).remedy == ""


def test_a_line_is_quoted_as_editors_count_them(corpus: Path) -> None:
    (corpus / "a.md").write_bytes(
        "one\r\ntwo\x0c\u2028still two\rthree \xff\n".encode("latin-1", "ignore")
    )
    made = Corpus(corpus)
    assert [made.line("a.md", number) for number in range(-1, 6)] == [
        "", "", "one", "two\x0cstill two", "three \ufffd", "", "",
    ]  # fmt: skip
    assert made.line("none.md", 1) == made.line("\udce9", 1) == made.line("_news", 1) == ""
