"""The interface for programs: /openapi.json is complete and valid, and examples of the guide run."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from feeds.formats import FORMATS
from feeds.http.content_language import LANGUAGES
from feeds.query.parameters import EVERY
from feeds.web import ROUTES
from feeds.web.api import DESCRIBED
from feeds.web.api.openapi import template
from feeds.web.errors import PROBLEMS
from feeds.web.reader_check import NEW_CHECK
from tests.builders import article
from tests.harness import Harness
from tests.table import for_each
from tests.web.conftest import PAGES, SITE


@pytest.fixture(scope="module")
def made(shared: Harness) -> dict[str, Any]:
    answer = shared.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert shared.get("/openapi.json", If_None_Match=answer.headers["ETag"]).status_code == 304
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_the_description_is_valid(made: dict[str, Any]) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator

    OpenAPIV31SpecValidator(made).validate()


def test_every_view_is_described() -> None:
    """A new view needs a row in feeds/web/api/operations.py."""
    views = {view for routes in ROUTES.values() for view in routes.values()}
    assert views == set(DESCRIBED)


def test_every_route_is_described_with_its_parameters(made: dict[str, Any]) -> None:
    every = [path for routes in ROUTES.values() for path in routes]
    assert list(made["paths"]) == [*map(template, every)]
    for path, item in made["paths"].items():
        named = {each["name"] for each in item.get("parameters", ())}
        assert named == set(re.findall(r"\{(\w+)\}", path))
        assert item["get"]["summary"]
    ids = [item["get"]["operationId"] for item in made["paths"].values()]
    assert len(set(ids)) == len(ids)


def test_every_parameter_of_a_query_is_described(made: dict[str, Any]) -> None:
    described = made["components"]["parameters"]
    for each in EVERY:
        assert described[each.key]["description"] == each.meaning
        assert described[each.key]["schema"]["type"] in ("string", "integer", "array")
        assert described[each.key]["example"]
    assert described["sort"]["schema"]["enum"] == ["newest", "heat", "quality"]
    assert described["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "default": 50,
    }
    for path in ("/", "/feed.{extension}", "/topics/{topic}", "/opml", "/explain", "/embed/feed"):
        written = made["paths"][path]["get"]["parameters"]
        refs = {each["$ref"].rpartition("/")[2] for each in written if "$ref" in each}
        assert {each.key for each in EVERY} <= refs, path


def test_pages_are_described_with_their_languages(shared: Harness, made: dict[str, Any]) -> None:
    for path, item in made["paths"].items():
        written = item["get"]["parameters"]
        ui = [each["schema"]["enum"] for each in written if each.get("name") == "ui"]
        answer = shared.get(path) if "{" not in path and path != NEW_CHECK else None
        if answer and answer.status_code == 200:
            is_one = "Accept-Language" in answer.headers.get("Vary", "")
            assert ui == ([list(LANGUAGES)] if is_one else []), path
    for path in ("/topics/{topic}", "/articles/{slug}", "/embed"):
        (ui,) = [each for each in made["paths"][path]["get"]["parameters"] if each.get("name") == "ui"]
        assert ui["example"] in LANGUAGES


def test_the_description_names_what_the_server_sends(shared: Harness, made: dict[str, Any]) -> None:
    feed = made["paths"]["/topics/{topic}.{extension}"]["get"]["responses"]
    assert set(feed) == {
        "200", "226", "301", "302", "304", "400", "404", "406", "410", "414", "429", "500", "503",
    }  # fmt: skip
    assert set(feed["200"]["content"]) == {each.type for each in FORMATS.values()} | {"text/xml"}
    for name in feed["200"]["headers"]:
        assert name in shared.get("/topics/oceans.rss").headers
    problem = made["components"]["schemas"]["Problem"]
    answer = json.loads(shared.get("/topics/ocean.json").data)
    assert set(problem["required"]) <= set(answer) <= set(problem["properties"])


def links(shared: Harness) -> list[str]:
    """The targets of all links in the guide."""
    (main,) = html.fromstring(shared.get("/about/api").data).xpath("//main")
    return [str(each) for each in main.xpath(".//a/@href")]


@for_each("language", LANGUAGES)
def test_the_guide_is_the_same_in_every_language(shared: Harness, language: str) -> None:
    """All but words: links, commands, code, headings, rows and items."""

    def facts(of: str) -> dict[str, list[str]]:
        (main,) = html.fromstring(shared.get("/about/api", Accept_Language=of).text).xpath("//main")
        return {
            "links": [str(each) for each in main.xpath(".//a/@href")],
            "commands": [each.text for each in main.xpath(".//pre/code")],
            "code": sorted({each.text for each in main.xpath(".//code")}),
            "elements": [each.tag for each in main.xpath(".//h2 | .//p | .//li | .//tr")],
            "ids": [str(each) for each in main.xpath(".//span/@id")],
        }

    assert facts(language) == facts("en")
    page = shared.get("/about/api", Accept_Language=language).text
    assert ("Everything here is open" in page) is (language == "en")


def test_every_example_of_the_guide_runs(shared: Harness) -> None:
    """Also those with names, which are those of the corpus."""
    found = links(shared)
    assert len(found) > 30
    for path in found:
        assert shared.get(path).status_code == 200, path
    for each in EVERY:
        assert any(f"?{each.key}=" in path for path in found) or each.key == "type", each.key


def test_every_command_of_the_guide_runs(shared: Harness) -> None:
    document = html.fromstring(shared.get("/about/api").data)
    commands = [line for code in document.xpath("//pre/code") for line in code.text.strip().splitlines()]
    assert len(commands) == 3
    statuses = []
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "curl"
        given = [value for flag, value in pairwise(arguments) if flag == "-H"]
        headers = dict(each.split(": ", 1) for each in given)
        address = arguments[-1].removeprefix(SITE.url)
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        statuses.append(shared.get(address, **named).status_code)
    assert statuses == [200, 200, 400]


def test_the_guide_describes_every_format_parameter_and_problem(shared: Harness) -> None:
    page = shared.get("/about/api").text
    document = html.fromstring(page)
    for each in FORMATS.values():
        assert f"<code>.{each.extension}</code>" in page
    for parameter in EVERY:
        assert re.search(rf"<code>{parameter.key}=", page), parameter.key
    for problem in PROBLEMS.values():
        assert document.get_element_by_id(problem.name) is not None


def test_the_guide_of_a_server_without_articles_has_no_dead_link(tmp_path: Path) -> None:
    served = Harness(tmp_path)
    served.put(article(1, topics=(), provider=None))
    assert [path for path in links(served) if served.get(path).status_code != 200] == []
    assert not any("topics/" in path for path in links(served) if "opml" not in path)
    served.close()


def test_pages_and_the_feed_list_lead_to_the_description(shared: Harness) -> None:
    for path in (*PAGES, "/build"):
        assert 'href="/about/api"' in shared.get(path).text, path
    listed = json.loads(shared.get("/catalog.json").data)
    assert listed["documentation"] == f"{SITE.url}/about/api"
    assert listed["openapi"] == f"{SITE.url}/openapi.json"
