"""A real server keeps the promises of its /openapi.json, for requests that schemathesis makes of it."""

from collections.abc import Iterator

import pytest

from tests.builders import write_article
from tests.server import Server, get

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("described")
    for number in range(5):
        write_article(folder / "corpus", f"_news/{number}.md", topics=["Oceans"], authors=["Ada"])
    with Server(folder / "corpus", folder / "server", at_own_address=True, FEEDS_PUSH_HUB="on") as server:
        yield server


def test_every_operation_answers_as_described(described: Server) -> None:
    from tests.running.described_api import described_operations, send_requests  # takes a second

    operations = described_operations(f"{described.url}/openapi.json")
    assert len(operations) > 30
    ending = [each for each in operations if not each.path.startswith("/stream")]
    assert len(ending) == len(operations) - 2
    known = set()
    for operation in ending:
        parameters = frozenset(each.name for each in operation.query)
        send_requests(operation, 1 if parameters in known else 2)  # about a hundred in all
        known.add(parameters)
    assert get(f"{described.url}/health").status == 200
