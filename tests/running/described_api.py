"""Requests that schemathesis makes of a description in OpenAPI, and its checks of the responses."""

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

from tests.examples import examples

PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def described_operations(address: str) -> list[APIOperation]:
    """The operations of the description at *address*."""
    return [each.ok() for each in schemathesis.openapi.from_url(address).get_all_operations()]


def send_requests(operation: APIOperation, number: int) -> None:
    """Send *number* requests made of the parameters of *operation*, the same in every run.

    The first has the simplest values.
    """

    @seed(1)
    @settings(
        max_examples=examples(number),
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
