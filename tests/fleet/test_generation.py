"""The generation of a corpus: the commit in Git, or the newest change of a file or folder."""

import os
from pathlib import Path

import pytest

from feeds.fleet import Generation
from feeds.fleet.generation import Generations
from tests.builders import write_article
from tests.fleet.checkout import FIRST, SECOND, commit, git


@pytest.fixture
def repository(corpus: Path) -> Path:
    """A corpus that is a repository with one commit."""
    git(corpus, "init")
    write_article(corpus, "_news/one.md")
    commit(corpus)
    return corpus


def test_the_generation_is_the_last_commit_and_its_time(repository: Path) -> None:
    generations = Generations(repository)
    assert generations.read() == Generation(FIRST, git(repository, "rev-parse", "HEAD"))
    assert generations.read() == Generations(repository).read()
    second = commit(repository, SECOND)
    assert generations.read() == Generation(SECOND, second)


@pytest.mark.parametrize("kind", ["packed", "detached", "below", "worktree", "submodule", "linked"])
def test_every_kind_of_checkout_has_a_generation(repository: Path, tmp_path: Path, kind: str) -> None:
    root, expected = repository, git(repository, "rev-parse", "HEAD")
    match kind:
        case "packed":
            git(root, "gc")
            git(root, "pack-refs", "--all")
        case "detached":
            git(root, "checkout", "--detach")
        case "below":
            root = repository / "_news"
        case "worktree":
            root = tmp_path / "tree"
            git(repository, "worktree", "add", str(root))
        case "submodule":
            git(tmp_path, "init", "site")
            git(tmp_path / "site", "submodule", "add", str(repository), "news")
            root = tmp_path / "site" / "news"
        case "linked":
            root = tmp_path / "link"
            root.symlink_to(repository)
    assert Generations(root).read() == Generation(FIRST, expected)


@pytest.mark.parametrize("packed", [True, False])
def test_without_git_only_a_commit_in_a_pack_is_of_no_known_time(
    repository: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    expected = git(repository, "rev-parse", "HEAD")
    if packed:
        git(repository, "gc")
    monkeypatch.setenv("PATH", "/nowhere")
    assert Generations(repository).read() == Generation(0 if packed else FIRST, expected)


def test_a_folder_that_git_ignores_has_the_generation_of_its_newest_file(repository: Path) -> None:
    (repository / ".gitignore").write_text("drafts/\n")
    commit(repository)
    drafts = repository / "drafts"
    drafts.mkdir()
    (drafts / "one.md").write_text("One")
    for path in (drafts / "one.md", drafts):
        os.utime(path, (SECOND + 0.5, SECOND + 0.5))
    assert Generations(drafts).read() == Generation(SECOND + 0.5)


@pytest.mark.parametrize("head", ["ref: refs/heads/none", "ref: refs/heads/loop", "ref: ../HEAD", ""])
def test_a_repository_without_a_commit_at_head_has_the_generation_of_its_newest_file(
    repository: Path, head: str
) -> None:
    (repository / ".git" / "refs" / "heads" / "loop").write_text("ref: refs/heads/loop\n")
    (repository / ".git" / "HEAD").write_text(f"{head}\n")
    (repository / "_news" / "one.md").touch()
    os.utime(repository / "_news", (2 * SECOND, 2 * SECOND))
    assert Generations(repository).read() == Generation(2 * SECOND)


def test_a_git_that_cannot_be_run_leaves_the_generation_of_the_newest_file(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").touch(0o644)
    os.utime(repository / "_news", (2 * SECOND, 2 * SECOND))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Generations(repository).read() == Generation(2 * SECOND)


def test_the_configuration_of_a_repository_runs_nothing(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    for key in (
        "gpg.program",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "alias.cat-file",
    ):
        git(repository, "config", key, str(program))
    git(repository, "config", "log.showSignature", "true")
    git(repository, "-c", "core.fsmonitor=false", "gc")
    (tmp_path / "ran").unlink(missing_ok=True)
    assert Generations(repository).read().at == FIRST
    assert not (tmp_path / "ran").exists()


def test_without_a_repository_the_newest_file_or_folder_counts(corpus: Path) -> None:
    file = write_article(corpus, "_news/one.md")
    for path in (file, corpus / "_config.yml", file.parent, corpus):
        os.utime(path, (FIRST, FIRST))
    generations = Generations(corpus)
    assert generations.read() == Generation(FIRST)
    os.utime(file, (SECOND, SECOND))
    assert generations.read() == Generation(SECOND)
    os.utime(file, (FIRST, FIRST))
    os.utime(file.parent, (SECOND, SECOND))  # of a deleted file
    assert generations.read() == Generation(SECOND)


def test_a_folder_without_files_is_older_than_any_corpus(tmp_path: Path) -> None:
    assert Generations(tmp_path / "missing").read() == Generation()
