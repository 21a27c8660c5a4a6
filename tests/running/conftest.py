"""The sample corpus that real servers serve."""

import shutil
from pathlib import Path

import pytest

from feeds.sample import write_sample


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample corpus that no test changes."""
    folder = tmp_path_factory.mktemp("pristine") / "sample"
    write_sample(folder, 80, 1, lambda _done: None)
    return folder


@pytest.fixture
def sample(pristine: Path, tmp_path: Path) -> Path:
    """A sample corpus for one test."""
    return shutil.copytree(pristine, tmp_path / "sample")
