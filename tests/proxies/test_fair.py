"""Fair polling behind caches: what they fetch for others is not limited."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import write_article
from tests.proxies.conftest import CACHES, Front, nginx_cache, present, varnish
from tests.server import Server, get

pytestmark = pytest.mark.slow

SECRET = "the-secret-of-this-test"
SECRETS = {
    "cache": {'# "Bearer the secret" 1;': f'"Bearer {SECRET}" 1;'},
    "varnish": {'X-Secret = "";': f'X-Secret = "{SECRET}";'},
}
READER = {"X_Forwarded_For": "8.8.8.8"}
BEHIND = {"FEEDS_HTTP_FAIR": "on", "FEEDS_HTTP_SURROGATE_KEYS": "true"}


@pytest.fixture(params=CACHES)
def kind(request: pytest.FixtureRequest) -> str:
    return present(request.param)


@pytest.fixture
def front(kind: str, tmp_path: Path) -> Iterator[Front]:
    """A cache in front of a server, which may be told to fetch a feed again."""
    write_article(tmp_path / "corpus", topics=["Oceans"])
    start = nginx_cache if kind == "cache" else varnish
    with (
        Server(tmp_path / "corpus", tmp_path / "run", **BEHIND) as origin,
        start(origin.url, tmp_path / "proxy", SECRETS[kind]) as url,
    ):
        yield Front(url, origin)


def fetched_again(kind: str, front: Front) -> int:
    """The status of a request for which the cache fetches the feed anew."""
    secret = {"Authorization": f"Bearer {SECRET}"}
    if kind == "cache":
        return front.get("/feed.rss", **READER, **secret).status
    purged = get(f"{front.url}/", "PURGE", X_Purge_Keys="all", **secret)
    assert purged.status == 200
    return front.get("/feed.rss", **READER).status


def test_a_cache_fetches_for_a_reader_as_often_as_it_needs(kind: str, front: Front) -> None:
    before = front.origin.status()["feeds"]["requests"]
    assert [fetched_again(kind, front) for _ in range(8)] == [200] * 8
    found = front.origin.status()["feeds"]
    assert found["requests"] >= before + 8
    assert found["refused"] == {}


def test_a_request_that_a_cache_passes_on_counts(front: Front) -> None:
    asked = READER | {"A_IM": "feed", "If_None_Match": '"another"'}
    statuses = [front.get("/feed.rss", **asked).status for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert front.get("/feed.rss", **READER).status == 200  # the copy of the cache
