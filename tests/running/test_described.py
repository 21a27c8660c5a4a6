"""A real server keeps the promises of its /openapi.json, for requests that schemathesis makes of it."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.builders import write_article
from tests.server import Server, get

pytestmark = pytest.mark.slow

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REQUESTS = 6  # of each operation: about three hundred in all


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("described")
    for number in range(5):
        write_article(folder / "corpus", f"_news/{number}.md", topics=["Oceans"], authors=["Ada"])
    with Server(folder / "corpus", folder / "server", at_own_address=True) as server:
        yield server


def test_every_operation_answers_as_described(described: Server) -> None:
    schema = schemathesis.openapi.from_url(f"{described.url}/openapi.json")
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:
        _fuzz(operation)
    assert get(f"{described.url}/health").status == 200


def _fuzz(operation: APIOperation) -> None:
    """Send requests made of the parameters of *operation*, the same in every run."""

    @seed(1)
    @settings(
        max_examples=REQUESTS,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.explicit, Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=[*HealthCheck],
    )
    @given(case=operation.as_strategy())
    def sent(case: Case) -> None:
        case.call_and_validate(checks=PROMISES)

    sent()
