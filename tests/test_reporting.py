"""Results of tests from other processes are complete."""

from pathlib import Path

from tests.commands import run_python

SUITE = """
import pytest

@pytest.fixture
def broken():
    raise OSError("no fixture")

@pytest.fixture
def torn():
    yield
    raise OSError("no end")

@pytest.fixture
def skipping():
    pytest.skip("no tool")

def test_passes(): print("silence")
def test_fails(): print("its output"); assert False
def test_has_no_fixture(broken): pass
def test_ends_badly(torn): pass
def test_is_skipped(skipping): pass
@pytest.mark.xfail
def test_is_expected(): assert False
"""


def test_every_result_is_reported(tmp_path: Path) -> None:
    (tmp_path / "test_all.py").write_text(SUITE)
    plugins = ("-p", "tests.reporting", "-p", "no:hypothesispytest", "-p", "no:schemathesis")
    done = run_python("-m", "pytest", *plugins, "-rA", "-n", 1, folder=tmp_path)
    assert "1 failed, 2 passed, 1 skipped, 1 xfailed, 2 errors in" in done.stdout, done.stdout
    for line in ("its output", "silence", "OSError: no fixture", "OSError: no end", "no tool"):
        assert line in done.stdout
