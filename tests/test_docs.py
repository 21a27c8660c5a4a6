"""The documents of the project agree with its code."""

import ast
import importlib.util
import pkgutil
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

import feeds
from feeds.cli import main
from feeds.corpus.dialects.registry import DIALECTS
from feeds.corpus.posts.keys import KEYS
from tests.paths import ROOT
from tests.table import for_each

README = (ROOT / "README.md").read_text()
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
JUSTIFIED = re.findall(
    r"^\| \*([\w-]+)\* \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = [re.split(r"[<>=\[]", line)[0] for line in PROJECT["dependencies"]]


def section(heading: str) -> str:
    """The text of README below *heading*."""
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


COMMANDS = [
    line
    for text in (section("The command line"), (ROOT / "docs" / "commands.md").read_text())
    for line in re.findall(r"^    feeds .*", text, re.MULTILINE)
]


def tracked() -> list[Path]:
    """Every file that is part of the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here")
    return [
        file for name in listed.stdout.decode().split("\0") if name and (file := ROOT / name).is_file()
    ]


def test_the_readme_takes_five_minutes() -> None:
    assert len(README.splitlines()) <= 150


def test_every_command_is_in_the_documents_and_the_other_way_round() -> None:
    written = (ROOT / "docs" / "commands.md").read_text()
    named, first = (
        set(re.findall(r"^    feeds (\w+)", text, re.MULTILINE))
        for text in (written, section("The command line"))
    )
    assert named == set(main.commands)
    assert first < named


@for_each("line", COMMANDS)
def test_every_option_in_a_document_exists(line: str) -> None:
    _, command, *rest = line.partition("#")[0].split()
    options = {
        name for each in main.commands[command].params for name in (*each.opts, *each.secondary_opts)
    }
    assert {word for word in rest if word.startswith("-")} <= options


def test_every_option_for_all_commands_is_in_the_readme() -> None:
    options = {name for each in main.params for name in each.opts if name.startswith("--")}
    explained = {"--help", "--version"}  # by themselves
    assert options - explained <= set(re.findall(r"--\w+", section("The command line")))


@for_each("document", DOCUMENTS)
def test_every_make_target_in_a_document_exists(document: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = " ".join(re.findall(r"^    .*|`[^`]*`", document.read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", code)) <= targets


@for_each("document", DOCUMENTS)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_is_linked_in_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in re.findall(r"\]\((?!https?:)([^)#]+)", README)}
    assert {*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"} <= linked


def test_every_file_that_a_document_names_exists() -> None:
    """A pattern such as ``feeds/*.py`` names no file, nor does one with NAME in it."""
    for document in DOCUMENTS:
        named = re.findall(r"`((?:feeds|tests|config|docs)/[\w./-]+)`", document.read_text())
        assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == [], (
            document.name
        )


@cache
def defined(file: Path) -> set[str]:
    """The names that *file* defines, those in a class with the name of the class before them."""
    found = set()
    for node in ast.parse(file.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{each.name}" for each in node.body if hasattr(each, "name")}
    return found


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
QUESTIONS = re.findall(r"^\| .+\? \|.+", ARCHITECTURE, re.MULTILINE)


def test_the_map_has_groups_of_questions_and_nothing_else() -> None:
    written = ARCHITECTURE.split("## Where is ...?\n")[1].split("\n## ")[0]
    rows = [line for line in written.splitlines() if line.startswith("| ")]
    heads = [line for line in rows if line in ("| question | file | function |", "| --- | --- | --- |")]
    assert len(heads) == 2 * len(re.findall(r"^### ", written, re.MULTILINE))
    assert sorted(rows) == sorted([*heads, *QUESTIONS])
    asked = [line.split("|")[1] for line in QUESTIONS]
    assert len(asked) == len(set(asked))


@for_each("row", QUESTIONS)
def test_every_function_in_the_map_is_in_one_of_its_files(row: str) -> None:
    _, _, place, function, _ = row.split("|")
    files = [ROOT / name for name in re.findall(r"`([^`]+)`", place)]
    names = re.findall(r"`([^`]+)`", function)
    assert files
    assert names
    assert set(names) <= set().union(*map(defined, files))
    assert all(defined(file) & set(names) for file in files)


@for_each("document", DOCUMENTS)
def test_no_document_has_an_old_fashioned_word(document: Path) -> None:
    """A reader whose first language is not English understands every word."""
    found = re.findall(
        r"\b(?:mend(?:s|ed|ing)?|seldom|by itself|at the (?:most|least)|in its way|kept back"
        r"|of which|whoever|whatever|anew|for ever)\b",
        document.read_text(),
        re.IGNORECASE,
    )
    assert found == []


def test_every_dependency_is_justified_once() -> None:
    assert sorted(JUSTIFIED) == sorted(DEPENDENCIES)


def test_the_diagram_names_every_module_and_nothing_else() -> None:
    listed = (feeds.__doc__ or "").split("The map:")[1].split("Imports go")[0]
    named = [
        name.strip()
        for line in re.findall(r"^    ([\w/]+(?:, [\w/]+)*)", listed, re.MULTILINE)
        for name in line.split(",")
    ]
    there = [
        f"{each.name}/" if each.ispkg else each.name for each in pkgutil.iter_modules(feeds.__path__)
    ]
    assert sorted(named) == sorted(set(there) - {"__main__"})


def test_every_message_of_the_log_in_the_documents_is_in_the_code() -> None:
    section = (ROOT / "docs/operations.md").read_text().split("## Log")[1].split("\n## ")[0]
    columns = [line.split("|")[3] for line in section.splitlines() if line.startswith("|")]
    messages = re.findall(r"`([^`]+)`", "\n".join(columns))
    source = "".join(file.read_text() for file in (ROOT / "feeds").rglob("*.py"))
    for message in messages:
        parts = re.split(r"\.\.\.|\b[A-Z]+\b|\(.*\)| /path", message)
        for part in parts:
            assert part.strip(" ;:%()") in source, message
    assert len(messages) > 15


def test_the_places_to_look_exist() -> None:
    listed = (feeds.__doc__ or "").split("Where to look:")[1]
    named = re.findall(r"[\w/]+\.py", listed)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / "feeds" / name).exists()] == []


def test_every_module_says_in_its_first_line_what_it_is() -> None:
    for file in (ROOT / "feeds").rglob("*.py"):
        first = file.read_text().splitlines()[0]
        assert re.fullmatch(r'""".+[.:](""")?', first), file


QUESTION_WORDS = ("who", "what", "whether", "whatever", "whoever", "where")
# Nothing else can be a docstring that begins with one of them.
BEGINS_WITH_ONE = re.compile(rf"[\"'][\s\\]*(?:{'|'.join(QUESTION_WORDS)})[\s\"']", re.IGNORECASE)


def question_words(source: str) -> set[str]:
    """The question words with which docstrings of *source* begin."""
    if not BEGINS_WITH_ONE.search(source):
        return set()
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, documented))
    return {(ast.get_docstring(node) or "-").split()[0].lower() for node in nodes} & {*QUESTION_WORDS}


def test_no_docstring_begins_with_a_question_word() -> None:
    """Subject first: a noun phrase, or an imperative verb."""
    files = [*(ROOT / "feeds").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    texts = {file: file.read_text() for file in files if "node_modules" not in file.parts}
    assert {file: words for file, text in texts.items() if (words := question_words(text))} == {}


@for_each(
    "source",
    [
        '"""What it is."""',
        'class A:\n    """\n    Who knows it."""',
        "async def f():\n    r'Where it is.'\n    return 1",
        "def f():\n    'whatever'",
    ],
)
def test_a_docstring_that_begins_with_a_question_word_is_found(source: str) -> None:
    assert len(question_words(source)) == 1


def test_the_table_of_programs_has_every_dialect() -> None:
    rows = [line for line in (ROOT / "docs" / "corpora.md").read_text().splitlines() if line[:3] == "| `"]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert {dialect.name for dialect in DIALECTS} - {"own"} <= set(named)
    assert {*KEYS} - {"publication", "categories", "keywords", "youtube", "type", "layout"} <= set(named)


def test_the_changelog_begins_with_this_version() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## (.+)$", changes, re.MULTILINE)
    released = [re.fullmatch(r"(\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}", each) for each in versions]
    numbers = [found[1] for found in released if found]
    assert len(numbers) == len(versions)
    assert numbers == sorted(numbers, key=lambda each: [*map(int, each.split("."))], reverse=True)
    assert feeds.__version__ == numbers[0]


def test_every_version_in_the_changelog_has_sections_of_entries() -> None:
    _, *versions = re.split(r"^## .+$", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    for version in versions:
        headings = re.findall(r"^### (.+)$", version, re.MULTILINE)
        assert headings
        assert set(headings) <= {"Added", "Changed", "Fixed", "Removed"}
        _, *sections = re.split(r"^### .+$", version, flags=re.MULTILINE)
        assert all(re.search(r"^- ", section, re.MULTILINE) for section in sections)


def test_the_package_has_everything_it_needs() -> None:
    from setuptools import find_packages

    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = find_packages(str(ROOT), **tool["packages"]["find"])
    folders = {file.parent.relative_to(ROOT) for file in (ROOT / "feeds").rglob("*.py")}
    assert {".".join(folder.parts) for folder in folders} == set(found)
    assert importlib.util.find_spec("feeds.web") is not None


def test_no_file_knows_whose_machine_it_was_written_on() -> None:
    elsewhere = re.compile(rb"(?<![\w.:/<}-])/(?:work|home(?!/me/)|Users)/\w")  # /home/me is an example
    guilty = [
        file for file in tracked() if file != Path(__file__) and elsewhere.search(file.read_bytes())
    ]
    assert guilty == []
