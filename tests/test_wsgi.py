"""The attributes by which servers find the application; the first access creates it."""

from pathlib import Path
from types import ModuleType

import pytest

from feeds import asgi, wsgi
from tests.commands import output_of
from tests.table import for_each


@for_each("module", [wsgi, asgi])
def test_there_is_no_application_of_another_name(module: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'application'"):
        getattr(module, "application")  # noqa: B009


@pytest.mark.parametrize("module", [wsgi, asgi])
def test_an_error_of_the_start_is_not_taken_for_a_missing_name(
    module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_environment: object) -> None:
        raise AttributeError("a mistake of ours")

    for name in "accept", "settings_in_force":
        monkeypatch.setattr(wsgi, name, fail)
    with pytest.raises(RuntimeError) as raised:
        getattr(module, "app")  # noqa: B009
    assert str(raised.value.__cause__) == "a mistake of ours"


TOGETHER = """
import importlib, sys, threading
from concurrent.futures import ThreadPoolExecutor

module = importlib.import_module(sys.argv[1])
together = threading.Barrier(4)

def look_up(_):
    together.wait()
    return module.app

with ThreadPoolExecutor(4) as pool:
    found = list(pool.map(look_up, range(4)))
followers = [each for each in threading.enumerate() if each.name == "feeds-follower"]
print(len(set(map(id, found))), len(followers))
"""


@pytest.mark.parametrize("module", [wsgi, asgi])
def test_threads_that_look_up_the_application_at_once_start_one_server(
    module: ModuleType, corpus: Path, tmp_path: Path
) -> None:
    settings = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    assert output_of(TOGETHER, module.__name__, **settings) == "1 1\n"
