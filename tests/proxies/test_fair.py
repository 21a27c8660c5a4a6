"""Fair polling behind caches: what they fetch for others is not limited."""

from collections.abc import Iterator

import pytest

from tests.builders import write_article
from tests.proxies.conftest import CACHES, Front, every_cache
from tests.server import Server

pytestmark = pytest.mark.slow

SECRET = "the-secret-of-this-test"
SECRETS = {
    "cache": {'# "Bearer the secret" 1;': f'"Bearer {SECRET}" 1;'},
    "varnish": {'X-Secret = "";': f'X-Secret = "{SECRET}";'},
}
READERS = {"cache": {"X_Forwarded_For": "8.8.8.8"}, "varnish": {"X_Forwarded_For": "8.8.4.4"}}
BEHIND = {"FEEDS_HTTP_FAIR": "on", "FEEDS_HTTP_SURROGATE_KEYS": "true"}


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Front]]:
    """Caches in front of one server, which may be told to fetch a feed again."""
    folder = tmp_path_factory.mktemp("fair")
    write_article(folder / "corpus", topics=["Oceans"])
    with (
        Server(folder / "corpus", folder / "run", **BEHIND) as origin,
        every_cache(origin, folder, SECRETS) as made,
    ):
        yield made


def fetched_again(kind: str, front: Front) -> int:
    """The status of a request for which the cache fetches the feed anew."""
    secret = {"Authorization": f"Bearer {SECRET}"}
    if kind == "cache":
        return front.get("/feed.rss", **READERS[kind], **secret).status
    purged = front.get("/", "PURGE", X_Purge_Keys="all", **secret)
    assert purged.status == 200
    return front.get("/feed.rss", **READERS[kind]).status


@pytest.mark.parametrize("kind", CACHES)
def test_a_cache_fetches_for_a_reader_as_often_as_it_needs(kind: str, fronts: dict[str, Front]) -> None:
    front = fronts[kind]
    before = front.origin.status()["feeds"]
    assert [fetched_again(kind, front) for _ in range(8)] == [200] * 8
    found = front.origin.status()["feeds"]
    assert found["requests"] >= before["requests"] + 8
    assert found["refused"] == before["refused"]


@pytest.mark.parametrize("kind", CACHES)
def test_a_request_that_a_cache_passes_on_counts(kind: str, fronts: dict[str, Front]) -> None:
    front = fronts[kind]
    asked = READERS[kind] | {"A_IM": "feed", "If_None_Match": '"another"'}
    statuses = [front.get("/feed.rss", **asked).status for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert front.get("/feed.rss", **READERS[kind]).status == 200  # the copy of the cache
