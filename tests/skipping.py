"""Tests that are skipped because a program, or the network, is missing."""

import os
from typing import NoReturn

import pytest


def skip_without(*programs: str) -> NoReturn:
    """Skip the test, which needs *programs*."""
    skip(f"no {', '.join(programs)} here; tests/install-tools installs it")


def skip(reason: str) -> NoReturn:
    """Skip the test, or fail it if CI_PEERS is set."""
    if os.environ.get("CI_PEERS"):
        pytest.fail(reason)
    pytest.skip(reason)
