"""Every text of an error is ``subject: problem; remedy``: each kind of error, made as users make it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, get_origin

import pytest
import yaml

from feeds.corpus.problems import CODES
from feeds.errors import ArticleError, ExportError, FeedsError, StoreError
from feeds.export.workers import in_processes
from feeds.query.grammar import read
from feeds.query.parameters import PARAMETERS, WINDOW
from feeds.settings import load, setting_types
from feeds.settings.kinds import bare
from feeds.store.sqlite import SQLiteStore
from feeds.store.sqlite.ownership import take_requests
from feeds.web.presentation import READ, divide
from tests.builders import write_article
from tests.commands import invoke
from tests.error_form import FORM, assert_form
from tests.table import for_each


def test_the_form_refuses_other_texts() -> None:
    for text in (
        "not found", "topic: not found", "topic: Not found; name another",
        "topic: not found; Name another",
        "topic: not found; name another.", "topic: not found; ", "topic; not found: name another",
    ):  # fmt: skip
        assert not FORM.fullmatch(text), text


# A value for each placeholder of a code's text.
SAMPLES: dict[str, str | int] = {
    "reason": "permission denied", "limit": 200, "length": 201, "byte": "0xff", "written": "soon",
    "choices": "full, summary", "found": "a list",
    "syntax": "TOML", "language": "JavaScript", "holder": "_news/a.md", "lost": 20, "had": 24,
    "when": "2026-01-31 08:00 UTC", "field": "draft", "value": "true", "character": "U+001B",
    "files": "2 Markdown files match", "names": "a.md, b.md", "known": "topics", "shown": 50,
}  # fmt: skip


@for_each("name", CODES)
def test_every_problem_of_a_file(name: str) -> None:
    code = CODES[name]
    values = {key: value for key, value in SAMPLES.items() if f"{{{key}" in code.text}
    assert_form(str(ArticleError(code, "a.md", **values)))
    assert_form(str(ArticleError(code, "a.md", 3, "title", **values)))
    assert_form(str(ArticleError(code, "a.md", 3, "title", **values).noted("it stays")))


@for_each("key", [*PARAMETERS, *WINDOW])
def test_every_query_parameter(key: str) -> None:
    for value in ("/ \x00", "x" * 501, "-"):
        with pytest.raises(FeedsError) as caught:
            read(f"{key}={value}")
        assert_form(str(caught.value))
    with pytest.raises(FeedsError) as caught:
        read(f"{key}s{key}"[: len(key) + 1] + "=1" if len(key) > 3 else f"{key}=''")
    assert_form(str(caught.value))


@for_each("key", [*PARAMETERS, *WINDOW])
def test_the_remedy_of_every_query_parameter_is_valid(key: str) -> None:
    with pytest.raises(FeedsError) as caught:
        read(f"{key}=/ \x00")
    remedy = caught.value.remedy
    assert remedy.startswith(f"use {key}=")
    read(remedy.removeprefix("use "))


@for_each("key", READ)
def test_every_parameter_of_an_embed(key: str) -> None:
    with pytest.raises(FeedsError) as caught:
        divide([(key, "???")])
    assert_form(str(caught.value))
    assert divide([tuple(caught.value.remedy.removeprefix("use ").split("="))])


@for_each(("section", "key"), setting_types())
def test_every_setting(section: str, key: str, tmp_path: Path) -> None:
    kind = setting_types()[section, key]
    is_text = get_origin(kind) is Literal or bare(kind) is str
    wrong: list[object] = [[7] if is_text else "seven", None, {"x": {"y": []}}, "\n", ["\n"], -1]
    file = tmp_path / "feeds.yaml"
    refused = 0
    for value in wrong:
        file.write_text(yaml.safe_dump({section: {key: value}}))
        try:
            load({}, file)
        except FeedsError as error:
            assert_form(str(error))
            refused += 1
    assert refused >= 4
    with pytest.raises(FeedsError) as caught:
        load({f"FEEDS_{section}_{key}X".upper(): "1"})
    assert_form(str(caught.value))


@pytest.mark.parametrize(
    "text", ["a: [}", "- a", "\x00", "a: 2020-13-45", "site: 5", "zzz: 5", "site: {feeds: {A B: 5}}"]
)
def test_every_bad_file_of_settings(text: str, tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(text)
    for each in (file, tmp_path, tmp_path / "none"):
        with pytest.raises(FeedsError) as caught:
            load({}, each)
        assert_form(str(caught.value))


COMMANDS: dict[str, Callable[[Path], object]] = {
    "render oceans": Path.mkdir,
    "render topics/none": Path.mkdir,
    "render f/none": Path.mkdir,
    "render feed/1999-01": Path.mkdir,
    "render feed/x": Path.mkdir,
    "render limit=0": Path.mkdir,
    "explain feed none": Path.mkdir,
    "export full": Path.mkdir,
    "export file": Path.mkdir,
    "sample full": Path.mkdir,
    "sample file": Path.mkdir,
    "store backup file": Path.mkdir,
    "store backup none/file": Path.mkdir,
    "store restore file": Path.mkdir,
    "store restore none": Path.mkdir,
    "--corpus none refresh": Path.mkdir,
    "--corpus file refresh": Path.mkdir,
    "--config none refresh": Path.mkdir,
    "--config file refresh": Path.mkdir,
    "refresh": lambda path: path.write_text("another file"),
    "store info": Path.mkdir,
    "store check": lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(84)),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a corpus, another file and another folder."""
    write_article(tmp_path / "corpus")
    (tmp_path / "file").write_text("text")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEEDS_CORPUS_PATH", "corpus")
    monkeypatch.setenv("FEEDS_STORE_PATH", "store.db")
    assert invoke("refresh").exit_code == 0
    return tmp_path


@for_each("command", COMMANDS)
def test_every_command_with_a_bad_target(command: str, folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if command.split(maxsplit=1)[0] in ("refresh", "store") and len(command.split()) < 3:
            other = folder / f"{command}.db"
            COMMANDS[command](other)
            patch.setenv("FEEDS_STORE_PATH", other.name)
        result = invoke(*command.split())
    assert result.exit_code == 2, result.output
    line = result.stderr.splitlines()[-1]
    assert line.startswith("feeds: ")
    assert_form(line.removeprefix("feeds: "))


def test_every_error_of_a_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store, other = SQLiteStore(path), SQLiteStore(path)
    store.acquire_writer()
    refused: list[FeedsError] = []
    for action in (
        other.requests,
        lambda: store.back_up(path),
        lambda: store.back_up(tmp_path / "none" / "x.db"),
        lambda: (os.rename(path, tmp_path / "away.db"), other.replaced()),
    ):
        with pytest.raises(FeedsError) as caught:
            action()
        refused.append(caught.value)
    store.close()
    other.close()
    for each in refused:
        assert_form(str(each))


def test_the_samples_fill_every_placeholder() -> None:
    named = {name for code in CODES.values() for name in re.findall(r"\{(\w+)", code.text)}
    assert named == {*SAMPLES}


def test_a_process_of_an_export_that_is_killed() -> None:
    def work(number: int) -> Iterator[int]:
        yield number
        os._exit(1)

    with pytest.raises(ExportError) as caught:
        list(in_processes([work(1), work(2)]))
    assert_form(str(caught.value))


def test_a_file_of_requests_that_is_not_utf_8(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "store.db")
    Path(f"{store.path}.requests").write_bytes(b"feeds store: \xff\n")
    with pytest.raises(StoreError) as caught:
        take_requests(store.path)
    store.close()
    assert str(caught.value) == f"{store.path}.requests: not UTF-8; delete it"
