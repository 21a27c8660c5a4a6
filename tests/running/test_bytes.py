"""The same corpus gives the same bytes: from every kind of server, anywhere, and after a restart."""

import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.builders import write_article
from tests.running.documents import Documents, documents
from tests.server import KINDS, Response, Server
from tests.waiting import eventually

pytestmark = pytest.mark.slow


class Expected(NamedTuple):
    """The responses of one server, which those of every other server equal."""

    documents: Documents
    unknown: Response


INTERPRETER = {"PYTHONHASHSEED": "1", "LC_ALL": "C"}  # variables that it reads when it starts
UNKNOWN = "/topics/%C3%BC%ff?x=%ff"  # not UTF-8


@pytest.fixture(scope="module")
def expected(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """The responses of a server that started at least a second before those of the tests."""
    folder = tmp_path_factory.mktemp("expected")
    with Server(pristine, folder, TZ="Asia/Tokyo", **INTERPRETER) as server:
        found = Expected(documents(server), server.get(UNKNOWN))
    started = int(time.time())
    eventually(lambda: int(time.time()) > started)
    return found


def test_every_document_has_its_own_tag(expected: Expected) -> None:
    assert len({each.tag for each in expected.documents.values()}) == len(expected.documents)


@pytest.mark.parametrize("kind", KINDS)
def test_two_servers_agree_on_every_byte(
    kind: str, expected: Expected, pristine: Path, tmp_path: Path
) -> None:
    """The other server has another time zone, hash seed, locale and path, and other file times."""
    copy = shutil.copytree(pristine, tmp_path / "copy", copy_function=shutil.copyfile)
    with Server(copy, tmp_path / "run", kind, workers=2, TZ="America/St_Johns") as server:
        assert documents(server) == expected.documents
        for (path, coding), document in expected.documents.items():
            answer = server.get(path, Accept_Encoding=coding, If_None_Match=document.tag)
            assert answer.status == 304, (path, coding)
        unknown = server.get(UNKNOWN)
        assert (unknown.status, unknown.body) == (expected.unknown.status, expected.unknown.body)
        assert unknown.status == 404


def test_a_restart_keeps_every_tag_and_reads_no_file(sample: Path, tmp_path: Path) -> None:
    with Server(sample, tmp_path / "run", workers=2) as server:
        write_article(sample, "_news/2026-11-01-edit.md", title="After the first load", topics=["Oceans"])
        eventually(lambda: all("After the first load" in server.titles() for _ in range(8)))
        before = documents(server)
        opened = _access_times(sample)
        server.restart()
        assert documents(server) == before
        refresh = eventually(lambda: server.status()["refresh"])
        assert refresh["files"] == 0
        assert _access_times(sample) == opened


def _access_times(corpus: Path) -> dict[str, int]:
    """The time of the last access to each article."""
    return {str(file): os.stat(file).st_atime_ns for file in (corpus / "_news").rglob("*.md")}
