"""All applications of a process share one URL map, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from werkzeug.test import EnvironBuilder

from feeds import web
from feeds.web.url_map import url_map
from tests.builders import article
from tests.harness import Harness

PATHS = tuple(path for routes in web.ROUTES.values() for path in routes)


def rules(served: Harness) -> list[str]:
    return [f"{rule!r} {sorted(rule.methods or ())}" for rule in served.main.app.url_map.iter_rules()]


def test_applications_share_the_map_but_no_view(tmp_path: Path) -> None:
    one, other = Harness(tmp_path / "one"), Harness(tmp_path / "other")
    before = rules(one)
    one.put(article(1))
    other.put(article(2))
    assert one.main.app.url_map is other.main.app.url_map
    for _ in range(2):
        for served, shown, hidden in ((one, "Title 1", "Title 2"), (other, "Title 2", "Title 1")):
            text = served.main.app.test_client().get("/feed.json").text
            assert shown in text
            assert hidden not in text
    assert rules(one) == rules(other) == before
    assert {rule.endpoint for rule in one.main.app.url_map.iter_rules()} == {*PATHS}
    one.close()
    other.close()


def test_processes_that_are_forked_need_not_make_the_map(tmp_path: Path) -> None:
    url_map.cache_clear()
    web.read_files()
    assert url_map.cache_info().currsize == 1
    served = Harness(tmp_path)
    assert served.main.app.url_map is url_map(PATHS)
    assert url_map.cache_info().currsize == 1
    served.close()


def test_the_first_requests_may_come_at_once() -> None:
    """A URL map sorts its rules at the first request."""
    threads, environ = 8, EnvironBuilder("/topics/oceans.rss").get_environ()
    for _ in range(6):
        made, together = url_map.__wrapped__(PATHS), Barrier(threads)

        def match() -> object:
            together.wait()  # noqa: B023
            return made.bind_to_environ(environ).match()  # noqa: B023

        with ThreadPoolExecutor(threads) as pool:
            found = [pool.submit(match) for _ in range(threads)]
        expected = ("/topics/<topic>.*", {"topic": "oceans", "extension": "rss"})
        assert [each.result() for each in found] == [expected] * threads
