"""Schemas of JSON documents, and the parts that all operations share, as OpenAPI 3.1 has them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from feeds.http.reasons import REASONS
from feeds.monitoring.status import Status
from feeds.push.health import HubHealth
from feeds.query.parameters import EVERY, SEGMENTS
from feeds.query.parameters.field import CheckField, Field, SelectField, TextField
from feeds.query.parameters.parameter import MAX_VALUE_LENGTH, Parameter
from feeds.query.parameters.window import MAX_ENTRIES_PER_FEED, WindowParameter
from feeds.web.errors import PROBLEMS
from feeds.web.oembed import Rich
from feeds.web.problem_details import PROBLEM_TYPE
from feeds.web.reader_check import CheckReport

Json = dict[str, Any]

_STRING: Json = {"type": "string"}
_STRINGS: Json = {"type": "array", "items": _STRING}
_ADDRESS: Json = {"type": "string", "format": "uri"}
_DATE: Json = {"type": "string", "format": "date-time"}
_NUMBER: Json = {"type": "integer", "minimum": 0}


def _nullable(schema: Json) -> Json:
    return schema | {"type": [schema["type"], "null"]}


def _object(required: Iterable[str], **properties: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": properties}


PROBLEM = _object(
    ("type", "title", "status", "detail"),
    type={
        "type": "string",
        "description": "the kind of problem: about:blank, or an address that ends in one of "
        + ", ".join(f"#{each.name}" for each in PROBLEMS.values()),
    },
    title=_STRING,
    status={"type": "integer", "minimum": 400, "maximum": 599},
    detail={"type": "string", "description": "subject: problem; remedy"},
    problem=_STRING,
    remedy=_STRING,
    parameter=_STRING | {"description": "the parameter that is unknown or malformed"},
    value=_STRING | {"description": "its value"},
    kind=_STRING | {"description": "the kind of what was not found, such as topic"},
    name=_STRING | {"description": "the name that was not found"},
    nearest=_STRINGS | {"description": "names that may have been meant, the most similar first"},
    done=_NUMBER | {"description": "files that the first load has read"},
    total=_NUMBER | {"description": "files that it has to read, 0 while that is unknown"},
)

JSON_FEED_SCHEMA = _object(
    ("version", "title", "items"),
    version={"type": "string", "const": "https://jsonfeed.org/version/1.1"},
    title=_STRING,
    description=_STRING,
    home_page_url=_ADDRESS,
    feed_url=_ADDRESS,
    next_url=_ADDRESS | {"description": "the next older archive"},
    language=_STRING,
    items={
        "type": "array",
        "items": _object(
            ("id",),
            id=_STRING,
            url=_STRING,
            title=_STRING,
            content_html=_STRING,
            summary=_STRING,
            image=_STRING,
            date_published=_DATE,
            date_modified=_DATE,
            language=_STRING,
            tags=_STRINGS,
            authors={"type": "array", "items": {"type": "object"}},
            attachments={"type": "array", "items": {"type": "object"}},
        ),
    },
) | {"externalDocs": {"url": "https://www.jsonfeed.org/version/1.1/"}}

FEED_LIST = _object(
    ("title", "home_page_url", "feeds"),
    title=_STRING,
    home_page_url=_ADDRESS,
    documentation=_ADDRESS,
    openapi=_ADDRESS,
    feeds={
        "type": "array",
        "items": _object(
            ("id", "name", "title", "home_page_url", "addresses", "articles"),
            id=_STRING,
            name=_STRING,
            title=_STRING,
            description=_STRING,
            language=_STRING,
            parent=_nullable(_STRING) | {"description": "the slug of the parent topic"},
            **{each.key: _nullable(_STRING) for each in SEGMENTS.values()},
            home_page_url=_ADDRESS,
            addresses={"type": "object", "additionalProperties": _ADDRESS},
            articles=_NUMBER,
            newest=_nullable(_DATE),
            interval=_nullable(_NUMBER) | {"description": "seconds between two requests of a reader"},
            icon=_nullable(_STRING),
        ),
    },
)


# https://github.com/dewitt/opensearch: the text, names, descriptions and addresses.
SUGGESTIONS: Json = {
    "type": "array",
    "description": "the typed words, the suggestions, a description of each, and the address of each",
    "items": {"anyOf": [_STRING, _STRINGS]},
    "minItems": 4,
    "maxItems": 4,
}


def schemas() -> Json:
    """Return all named schemas."""
    (_, own) = msgspec.json.schema_components(
        [Rich, Status, HubHealth, CheckReport], ref_template="#/components/schemas/{name}"
    )
    named = {
        "Problem": PROBLEM, "JsonFeed": JSON_FEED_SCHEMA, "FeedList": FEED_LIST,
        "Suggestions": SUGGESTIONS,
    }  # fmt: skip
    return named | {"OEmbed" if name == "Rich" else name: schema for name, schema in own.items()}


def query_parameters() -> Json:
    """Return the parameters of queries by key, as ``feeds.query.parameters`` defines them."""
    return {each.key: _query_parameter(each) for each in EVERY}


def _query_parameter(parameter: Parameter | WindowParameter) -> Json:
    example = parameter.example.partition("=")[2]
    made = {"name": parameter.key, "in": "query", "description": parameter.meaning}
    if isinstance(parameter, WindowParameter):
        value = int(example) if example.isdecimal() else example
        schema = field_schema(parameter.field)
        schema |= {"default": parameter.default} if parameter.default else {}
        return made | {"schema": schema, "example": value}
    # Several arguments of one name are joined by "and", commas in a value mean "or".
    item = _STRING | {"minLength": 1, "maxLength": MAX_VALUE_LENGTH}
    if not parameter.takes_list:
        return made | {"schema": item, "example": example}
    schema = {"type": "array", "items": item}
    return made | {"schema": schema, "style": "form", "explode": True, "example": [example]}


def field_schema(field: Field) -> Json:
    """Return the schema of the values that a form's *field* can send."""
    match field:
        case SelectField():
            return _STRING | {"enum": list(field.values)}
        case CheckField():
            return _STRING | {"enum": ["", field.value]}
        case TextField(number=True):
            return {"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES_PER_FEED}
    return _STRING


REQUEST_HEADERS: dict[str, str] = {
    "If-None-Match": "the ETag of the client's version, for a 304",
    "If-Modified-Since": "the Last-Modified date of the client's version, for a 304",
    "Sec-Fetch-Dest": "`document` to be sent XML with a stylesheet and links, as a browser shows it",
    "Accept-Language": "the languages of the client, in which a page is if it knows one of them",
    "Last-Event-ID": "the id of the last event that the client has, which browsers send by themselves",
    "A-IM": "`feed` to be sent only the changes since the version in If-None-Match (RFC 3229)",
}

RESPONSE_HEADERS: dict[str, str] = {
    "ETag": "the version of the document in its content coding",
    "Last-Modified": "the last change of the document",
    "Cache-Control": "the seconds for which the document is fresh",
    "Vary": "the headers of the request on which the response depends",
    "Link": "the same feed in other formats, its page, its hubs and its next older archive",
    "IM": "`feed`: the document holds only changes",
    "Delta-Base": "the ETag of the version that the changes complete",
    "Location": "the address of the document",
    "Retry-After": "seconds until the next attempt",
}

# The statuses of errors that any operation may answer with.
ERRORS = (400, 404, 405, 406, 408, 410, 411, 413, 414, 415, 416, 429, 500, 501, 503)


def error_responses() -> Json:
    """Return the response of each status of an error."""
    content = {
        "text/plain": {"schema": _STRING},
        PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
        "text/html": {"schema": _STRING},
    }
    return {f"Error{status}": _error(status, content) for status in ERRORS}


def _error(status: int, content: Json) -> Json:
    kinds = ", ".join(each.name for each in PROBLEMS.values() if each.status == status)
    description = f"{REASONS[status]}: {kinds}" if kinds else REASONS[status]
    headers = ["Cache-Control", "Vary", *(["Retry-After"] if status in (429, 503) else [])]
    return {"description": description, "headers": header_references(headers), "content": content}


def header_references(names: Iterable[str]) -> Json:
    """Return references to the headers called *names*."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
