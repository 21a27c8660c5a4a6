"""A real server, and a real browser that looks at it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from feeds.sample import write_sample
from tests.pages.browser import Visit, Windows, chromium, missing
from tests.server import Server
from tests.skipping import skip_without


@pytest.fixture(scope="package", autouse=True)
def _servers_that_end_soon() -> Iterator[None]:
    """Let servers wait for one second, not five, for the idle connections of the browser."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUNICORN_CMD_ARGS", "--graceful-timeout 1")
        yield


@pytest.fixture(scope="package")
def windows() -> Iterator[Windows]:
    """Windows of Chromium, for this folder: it keeps an event loop, and others want to run theirs."""
    if absent := missing():
        skip_without(*absent)
    with chromium() as browser:
        yield Windows(browser)


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a sample corpus, at the address in its settings."""
    folder = tmp_path_factory.mktemp("site")
    write_sample(folder / "corpus", 60, 1, lambda _done: None)
    with Server(folder / "corpus", folder / "server", at_own_address=True, FEEDS_PUSH_HUB="on") as server:
        yield server


@pytest.fixture
def visit(windows: Windows, site: Server) -> Iterator[Callable[..., Visit]]:
    """Make visitors of *site*; fail if the browser complained or an element had no label."""
    made: list[Visit] = []

    def begin(url: str = "", kind: type[Visit] = Visit, **options: Any) -> Visit:
        made.append(kind(windows, url or site.url, **options))
        return made[-1]

    yield begin
    for each in made:
        each.close()
    assert [each.complaints for each in made] == [[] for _ in made]
