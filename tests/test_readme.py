"""Every command, address and example in README works, in order, in a folder of its own."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from itertools import chain, takewhile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

import pytest

from feeds.article import Taxonomy
from feeds.corpus import yaml_as_written
from feeds.corpus.article_reader import ArticleReader
from feeds.corpus.front_matter import Header
from feeds.errors import ArticleError
from feeds.sample import write_sample
from tests.commands import DEADLINE, run_feeds
from tests.paths import ROOT
from tests.server import Program, first_response, free_port

README = (ROOT / "README.md").read_text()
# This test is part of the first; others run the second with a database, the third with a webhook, the
# next two with logs, and the last one with a server.
NOT_RUN = (
    "make test", "feeds fleet status", "feeds push test team", "feeds readers --access-log access.log",
    "feeds pollers --access-log access.log", "feeds doctor", "feeds doctor https://site.example/",
)  # fmt: skip
# tests/running/test_start.py runs it. These are the commands of Makefile, as it runs them at first.
MAKE_RUN = {"make run": ("feeds sample var/sample", "feeds --corpus var/sample serve")}
NEEDS_A_BUCKET = "s3://"  # a part of commands, which tests/export/test_bucket.py runs
# Without more, with words for a part of them, or on a loopback address, these answer 400 or 404.
NEEDS_MORE = {
    "/oembed?url=", "/explain", "/qr", "/articles/<slug>", "/articles/<slug>.md", "/media/HASH/NAME",
    "/sitemap.xml", "/sitemap-1.xml", "/hub",
}  # fmt: skip
SITE = "https://feeds.example.org"

CORPUS = {"FEEDS_CORPUS_PATH": "articles"}

# A part of the output of each command.
PRINTED = {
    "check": "1 article",
    "sample": "200 articles in var/sample",
    "render": "<title>How Tidewater rebuilt its harbour</title>",
    "explain": "How Tidewater rebuilt its harbour",
    "export": "public",
    "store": "store-backup.db",
    "readers": "readers:",
    "pollers": "requests for feeds",
    "config": "path: articles  # FEEDS_CORPUS_PATH",
    "config nginx": "server {",
}


def steps(document: str) -> Iterator[str]:
    """Yield every indented block and every address in *document*, in order, with those of queries."""
    for block, line in re.findall(r"((?:^    .*\n)+)|^(.+)$", document, re.MULTILINE):
        if block:
            yield re.sub(r"^    ", "", block, flags=re.MULTILINE)
        for code in re.findall(r"`([^`]+)`", line):
            if code.startswith("/"):
                yield code
            elif line.startswith("| `") and re.fullmatch(r"\w+=.+", code):
                yield f"/feed.rss?{code}"


def commands(block: str) -> list[str]:
    """The lines of *block* to run, without comments."""
    lines = [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]
    return [line for line in lines if line not in NOT_RUN and NEEDS_A_BUCKET not in line]


def is_server(line: str) -> bool:
    """True if the command in *line* runs until it is stopped."""
    return bool(re.search(r"\bmake run\b|\bfeeds\b.* serve\b|\bgunicorn\b", line))


class Plain(NamedTuple):
    """A command that needs no shell: its variables, its words, and the file for its output."""

    settings: dict[str, str]
    program: str
    words: list[str]
    output: str


def plain(line: str) -> Plain | None:
    """The command in *line*, None if a shell does more with it, or if the program is another one."""
    command, _, output = line.partition(" > ")
    if re.search(r"[|<>&;$*`~]", re.sub(r'"[^"$`\\]*"', "", command + output)):
        return None
    words = shlex.split(command)
    settings = dict(each.split("=", 1) for each in takewhile(lambda word: "=" in word, words))
    program, *words = words[len(settings) :]
    return Plain(settings, program, words, output) if program in ("feeds", "gunicorn") else None


class Shell:
    """A shell in *folder*, a copy of the project in which ``make run`` has installed everything.

    Commands that need no shell are forked with the same program (`tests/preloaded.py`).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._begun: list[str] = []  # lines that change the shell itself
        (folder / ".venv").mkdir()
        for name in ("bin", "lib", "pyvenv.cfg"):
            (folder / ".venv" / name).symlink_to(Path(sys.executable).parent.parent / name)
        for name in ("Makefile", "pyproject.toml", "constraints.txt", "config"):
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv" / "installed").touch()

    def save_article(self) -> None:
        """Save the article in README, as README says."""
        file = self.folder / re.search(r"`(articles/\S+\.md)`", README)[1]
        file.parent.mkdir(parents=True)
        file.write_text(next(step for step in steps(README) if step.startswith("---")))

    def run(self, line: str) -> str:
        """Run *line* to its end, and return its output."""
        if command := plain(line):
            done = run_feeds(*command.words, folder=self.folder, **CORPUS | command.settings)
            if command.output:
                (self.folder / command.output).write_text(done.stdout)
        else:
            done = subprocess.run(
                self._command(line), cwd=self.folder, text=True, check=False,
                capture_output=True, timeout=DEADLINE,
            )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        if re.match(r"\. |export ", line):
            self._begun.append(line)
        return done.stdout + done.stderr

    def _command(self, line: str) -> list[str]:
        return ["sh", "-e", "-c", "\n".join([*self._begun, line])]

    @contextmanager
    def serving(self, line: str) -> Iterator[str]:
        """Start the server of *line* at a free port, and yield its address."""
        port = str(free_port())
        line = line.replace("9000", port)
        if re.search(r"\bfeeds\b.* serve\b", line) and port not in line:
            line += f" --port {port}"
        address = f"http://127.0.0.1:{port}"
        settings = {"PORT": port}
        if command := plain(line):
            words = [sys.executable, "-m", command.program, *command.words]
            settings |= {"PYTHONPATH": str(ROOT)} | CORPUS | command.settings
        else:
            words = self._command(f"exec env {line}")
        log = self.folder / f"log-{port}"
        with Program(words, log, f"{address}/ready", self.folder, **settings):
            yield address
        assert "Traceback" not in log.read_text()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell of a user who has set nothing, outside of any ``make``."""
    leave_make(tmp_path, monkeypatch)
    return Shell(tmp_path)


def leave_make(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("MAKE", "MFLAGS", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))


def ask(server: str, address: str) -> str:
    """The text of the answer of *server* at *address* as a person types it; a picture is no text."""
    answer = first_response(server + quote(address, safe="/?=&,%"))
    assert answer.status == 200, address
    return answer.body.decode(errors="replace")


def show_article(server: str, line: str) -> None:
    """Check that *server*, started by *line*, has the article of README in its feeds."""
    feed = json.loads(ask(server, "/topics/oceans.json"))
    assert [item["title"] for item in feed["items"]] == ["How Tidewater rebuilt its harbour"]
    if own := re.search(r"FEEDS_SITE_URL=(\S+)", line):
        assert feed["feed_url"] == f"{own[1]}/topics/oceans.json"


def embed(server: str, markup: str) -> None:
    """Check that ``/embed`` shows *markup* for its options, and that its addresses answer."""
    place, look, accent = re.search(rf'{SITE}/(\S+)" look="(\w+)" accent="#(\w+)"', markup).groups()
    page = unescape(ask(server, "/embed?" + urlencode({"src": place, "look": look, "accent": accent})))
    for tag in re.findall(r"<(?!/|a )[^>]+>", markup.replace(SITE, server)):
        assert tag in page
    for address in re.findall(rf'"{SITE}([^"]+)"', markup):
        ask(server, address)
    ask(server, f"/embed/{place}?look={look}&accent={accent}")


@pytest.mark.slow
def test_everything_in_the_readme_works_from_top_to_bottom(shell: Shell) -> None:
    printed: dict[str, str] = {}
    with ExitStack() as stack:
        sample = ""
        for step in steps(README):
            if step.startswith("/"):
                answer = ask(sample, step)
                assert not step.startswith("/feed.rss?") or "<item>" in answer, step
            elif step.startswith("---"):
                shell.save_article()
            elif step.startswith("<"):
                embed(sample, step)
            else:
                for line in chain.from_iterable(MAKE_RUN.get(each, [each]) for each in commands(step)):
                    if not is_server(line):
                        printed[line] = shell.run(line)
                    elif not sample:
                        sample = stack.enter_context(shell.serving(line))
                    else:
                        with shell.serving(line) as server:
                            show_article(server, line)
    for line, output in printed.items():
        if line.startswith("feeds "):
            words = line.split()
            assert PRINTED.get(" ".join(words[1:3]), PRINTED[words[1]]) in output
    assert "How Tidewater" in (shell.folder / "public" / "topics" / "oceans.rss").read_text()
    assert (shell.folder / "store-backup.db").read_bytes().startswith(b"SQLite format 3")


def lines_of(document: str) -> list[str]:
    """The commands in blocks and tables of a *document*, whose path is below the project.

    ``tests/deployment/test_walk.py`` runs those that need several hosts.
    """
    text = re.sub(
        r"^## From one machine .*?(?=^## )",
        "",
        (ROOT / document).read_text(),
        flags=re.DOTALL | re.MULTILINE,
    )
    rows = re.findall(r"^\| `((?:feeds|gunicorn) [^`]+)`", text, re.MULTILINE)
    blocks = [line for step in steps(text) for line in commands(step) if not step.startswith("/")]
    return [line for line in [*blocks, *rows] if re.search(r"\b(feeds|gunicorn) ", line)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "before"),
    [("docs/commands.md", "README.md"), ("docs/deployment.md", "docs/commands.md")],
)
def test_every_command_in_a_document_works(document: str, before: str, shell: Shell) -> None:
    """Commands that the document *before* has too run with that one, except if others need their file."""
    shell.save_article()
    shell.run(f". .venv/bin/activate; export FEEDS_CORPUS_PATH={CORPUS['FEEDS_CORPUS_PATH']}")
    others = {*lines_of(before)} - {"feeds store backup store-backup.db"}
    for line in lines_of(document):
        if line in others:
            continue
        if is_server(line):
            with shell.serving(line) as server:
                show_article(server, line)
        else:
            shell.run(line)


@pytest.mark.slow
def test_every_address_in_a_document_is_answered(shell: Shell) -> None:
    shell.run(". .venv/bin/activate")
    queries = (ROOT / "docs" / "queries.md").read_text()
    *addresses, named = [step for step in steps(queries) if "\n" in step]
    (shell.folder / "feeds.yaml").write_text(named)
    write_sample(shell.folder / "sample", 200, 1, lambda _done: None)
    with shell.serving("feeds --config feeds.yaml --corpus sample serve") as server:
        for address in commands("".join(addresses)):
            assert "<item>" in ask(server, address), address
        for document in ("queries.md", "http.md", "embedding.md"):
            for step in steps((ROOT / "docs" / document).read_text()):
                if step.startswith("<"):
                    embed(server, step)
                elif "\n" not in step and step.startswith("/") and step not in NEEDS_MORE:
                    ask(server, step)


class Asked(dict):
    """Fields of front matter that note which are read."""

    def __init__(self, *fields: object) -> None:
        super().__init__(*fields)
        self.keys_read: list[str] = []

    def get(self, key: str, default: object = None) -> object:
        self.keys_read.append(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        if key != "<<":  # of YAML, refused
            self.keys_read.append(str(key))
        return super().__contains__(key)


def test_the_table_of_fields_has_every_field_that_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    nested = {key: Asked({"url": "https://example.org/a.png"}) for key in ("images", "related")}
    provider = Asked({"domain": "example.org", "authors": [Asked()]})
    flags = {"draft": "false", "published": "true"}
    read = Asked({"provider": provider} | flags | {key: [value] for key, value in nested.items()})
    monkeypatch.setattr(yaml_as_written, "load", lambda *_: read)
    header = Header("_news/2026-01-02-a.md", "")
    with pytest.raises(ArticleError, match="title: missing"):
        ArticleReader(Taxonomy(), "https://example.org", None, 2020).read(header.path, header, "")
    table = README.split("| field |")[1].split("\n\n")[0].splitlines()[2:]
    rows = {tuple(re.findall(r"`(\w+)`", row.split(" | ")[0])): row for row in table}
    assert sorted(key for keys in rows for key in keys) == sorted(set(read.keys_read))
    for key, fields in (nested | {"provider": provider}).items():
        row = next(row for keys, row in rows.items() if key in keys)
        assert {name for name in fields.keys_read if f"`{name}`" not in row} == set()
