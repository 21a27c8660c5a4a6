"""Servers of processes, and the text in the files of the registry."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.errors import ArticleError, Code
from feeds.monitoring.process_registry import (
    MAX_REPORTED_PROBLEMS,
    Problem,
    ProcessRegistry,
    memory,
    problems,
)


def test_problems_can_be_written_for_any_file_name() -> None:
    found = problems(
        [ArticleError(Code("x", "\udc80", "mend it"), "a\udcff.md", 3)] * (MAX_REPORTED_PROBLEMS + 1)
    )
    assert found[0] == Problem("a?.md", 3, "?", "mend it")
    assert len(found) == MAX_REPORTED_PROBLEMS


def test_a_file_that_is_none_of_a_process_is_left_out_and_removed_with_the_ended_ones(
    tmp_path: Path,
) -> None:
    registry = ProcessRegistry(tmp_path, "1-00000001")
    for name in "2-00000002.json", "3-00000003.new":
        (tmp_path / name).write_text("damaged")
    with open(tmp_path / "4-00000004.new", "w") as begun:
        fcntl.flock(begun, fcntl.LOCK_EX)  # as a process that writes its first file
        assert registry.read_all() == []
        with registry.ended() as ended:
            assert ended == []
    assert [each.name for each in tmp_path.iterdir()] == ["4-00000004.new"]


def test_memory_is_measured_where_the_system_reports_it() -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("not Linux")
    used, own = memory()
    assert used
    assert own
    assert 1 << 20 < own <= used


def test_processes_of_one_leader_are_one_server() -> None:
    """A process that leads its own group is a server by itself, another one after each start."""
    code = (
        "import os, subprocess, sys; from feeds.monitoring.process_registry import server_id;"
        "print(os.getpid(), server_id());"
        "again = [sys.executable, '-c', "
        "'from feeds.monitoring.process_registry import server_id; print(server_id())'];"
        "[print(subprocess.run(again, capture_output=True, text=True).stdout.strip()) for _ in 'ab']"
    )
    made = subprocess.run(
        [sys.executable, "-c", code], start_new_session=True, capture_output=True, text=True, check=True
    )
    mine, *others = made.stdout.splitlines()
    pid, server = mine.split()
    assert server.startswith(f"{pid}-")
    assert others == [server, server]
