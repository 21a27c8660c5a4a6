"""Errors are problem details (RFC 9457) for clients that ask for JSON."""

import json
from typing import Any

from feeds.errors import GoneArticle, GoneFeed, NotReady, QueryError
from feeds.web.errors import PROBLEMS, BadRequest
from feeds.web.problem_details import PROBLEM_TYPE
from tests.agents import BROWSERS
from tests.harness import Harness
from tests.table import for_each, pairs
from tests.web.conftest import SITE

TYPE = f"{SITE.url}/about/api#"

# Each address with an error, and the members of its problem details beside title, problem and remedy.
MISTAKES: dict[str, dict[str, Any]] = {
    "/topics/ocean.json": {
        "type": f"{TYPE}unknown-feed", "status": 404, "kind": "topic", "name": "ocean",
        "nearest": ["oceans"], "detail": "topic 'ocean': not found; did you mean oceans?",
    },
    "/feed.json?limit=0": {
        "type": f"{TYPE}invalid-parameter", "status": 400, "parameter": "limit", "value": "0",
        "nearest": [],
        "detail": "limit: not a whole number from 1 to 200: '0'; use limit=20",
    },
    "/feed.json?tags=ai": {
        "type": f"{TYPE}invalid-parameter", "status": 400, "parameter": "tags", "nearest": ["topic"],
        "detail": "tags: unknown parameter; use topic, such as topic=oceans,cities",
    },
    "/feed.json?topics=ai": {
        "type": f"{TYPE}invalid-parameter", "status": 400, "parameter": "topics", "nearest": ["topic"],
        "detail": "topics: unknown parameter; did you mean topic?",
    },
    "/f/bets.json": {
        "type": f"{TYPE}unknown-feed", "status": 404, "kind": "feed", "name": "bets", "nearest": ["best"],
        "detail": "feed 'bets': not found; did you mean best?",
    },
    "/nothing.json": {
        "type": "about:blank", "status": 404, "title": "Not Found",
        "detail": "/nothing.json: not found; see the feeds at /",
    },
}  # fmt: skip
JSON = ("application/json", "application/problem+json", "application/json, */*;q=0.1")


@for_each("accept", ["", "*/*", *JSON, BROWSERS[0]])
@for_each("address", MISTAKES)
def test_an_address_in_json_has_its_errors_in_json(shared: Harness, address: str, accept: str) -> None:
    answer = shared.get(address, **({"Accept": accept} if accept else {}))
    expected = MISTAKES[address]
    assert answer.status_code == expected["status"]
    assert answer.headers["Content-Type"] == PROBLEM_TYPE
    assert answer.headers["Vary"] == "Accept-Encoding, Accept"
    assert answer.headers["Cache-Control"] == "no-store"
    made = json.loads(answer.data)
    assert made == expected | {key: made[key] for key in ("title", "problem", "remedy") if key in made}
    if expected["type"] != "about:blank":
        assert made["detail"].endswith(f"{made['problem']}; {made['remedy']}")


@for_each(
    ("path", "accept"),
    pairs(
        ("/topics/ocean", "/topics/ocean.rss", "/opml/people", "/qr/none", "/explain", "/no/where"), JSON
    ),
)
def test_a_client_that_prefers_json_gets_it_at_any_address(
    shared: Harness, path: str, accept: str
) -> None:
    answer = shared.get(path, Accept=accept)
    assert answer.status_code in (400, 404)
    assert answer.headers["Content-Type"] == PROBLEM_TYPE
    assert json.loads(answer.data)["status"] == answer.status_code


def test_a_client_that_prefers_text_gets_it_at_any_address(shared: Harness) -> None:
    for accept in ("text/plain", "text/plain, application/json;q=0.9"):
        answer = shared.get("/topics/ocean.json", Accept=accept)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.text == "topic 'ocean': not found; did you mean oceans?\n"


@for_each(
    ("error", "members"),
    [
        (GoneFeed("topic", "old"), {"kind": "topic", "name": "old"}),
        (GoneArticle("a-wave"), {"kind": "article", "name": "a-wave"}),
        (NotReady(3, 9), {"done": 3, "total": 9}),
        (BadRequest("x", "bad", "mend it"), {"problem": "bad", "remedy": "mend it"}),
        (QueryError("q", "bad", "use q=x", "\x1b[2J\udcff"), {"value": "\\x1b[2J\\udcff", "nearest": []}),
        (ZeroDivisionError("secret"), {"type": "about:blank", "title": "Internal Server Error"}),
    ],
)
def test_every_kind_of_error_has_members_of_its_own(
    empty: Harness, error: Exception, members: dict[str, object]
) -> None:
    empty.main.fail_with(error)
    answer = empty.get("/build", Accept="application/json")
    made = json.loads(answer.data)
    assert made | members == made
    assert "secret" not in answer.text
    assert made["status"] == answer.status_code


def test_every_error_leads_to_the_description_of_the_interface(shared: Harness) -> None:
    for path in ("/topics/ocean", "/topics/ocean.rss", "/topics/ocean.json", "/nothing"):
        assert shared.get(path).headers["Link"] == f'<{SITE.url}/about/api>; rel="help"; type="text/html"'


def test_names_of_problem_types_are_unique_and_fixed() -> None:
    assert [problem.name for problem in PROBLEMS.values()] == [
        "invalid-parameter", "unknown-feed", "ended-feed", "removed-article", "not-acceptable",
        "bad-request", "address-too-long", "no-streams", "loading", "file-not-here",
        "body-incomplete", "length-required", "body-too-large", "not-a-form", "too-many-requests",
        "hub-busy",
    ]  # fmt: skip
