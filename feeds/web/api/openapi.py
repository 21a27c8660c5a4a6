"""The description of all routes in OpenAPI 3.1 (spec.openapis.org), made of the program's tables."""

import re
from collections.abc import Callable, Iterable, Mapping
from inspect import getdoc
from typing import Any

from feeds import __version__
from feeds.article.expressions import expression
from feeds.feed.site import Site
from feeds.formats.xml import XML
from feeds.http.reasons import REASONS
from feeds.http.request_body import MAX_REQUEST_BODY
from feeds.push.hub_form import FORM_TYPE
from feeds.web.api.operations import (
    CHOICES_BY_NAME,
    PAGE_LANGUAGE,
    PLACE_EXAMPLES,
    QUERY_KEYS,
    ArgumentSchema,
    FormOperation,
    Operation,
)
from feeds.web.api.schemas import (
    REQUEST_HEADERS,
    RESPONSE_HEADERS,
    Json,
    error_responses,
    header_references,
    query_parameters,
    schemas,
)
from feeds.web.problem_details import API
from feeds.web.programs import has_language
from feeds.web.responses import HTML
from feeds.web.streams import EVENT_STREAM

_ABOUT = (
    "Every feed in every format, lists of feeds, and pages. Requests need no key, and may come from any "
    "other site (CORS). HEAD and OPTIONS work wherever GET does; the hub alone takes POST."
)
_VARIABLE = expression(r"<(?:\w+(?:\(([^)]*)\))?:)?(\w+)>")  # with the values of any(one, two)


View = Callable[..., Any]


def openapi(site: Site, routes: Mapping[str, View], operations: Mapping[View, Operation]) -> Json:
    """Return the description of *routes*, views by path, given the *operations* of all views."""
    known = {path: view for path, view in routes.items() if view in operations}
    return {
        "openapi": "3.1.1",
        "info": {"title": site.title or "Feeds", "version": __version__, "description": _ABOUT},
        "externalDocs": {"url": f"{site.url}{API}"},
        "servers": [{"url": site.url}],
        "tags": [{"name": name} for name in dict.fromkeys(map(_tag, known.values()))],
        "paths": {template(path): _path(path, view, operations[view]) for path, view in known.items()},
        "components": {
            "schemas": schemas(),
            "parameters": query_parameters() | {name: _header(name) for name in REQUEST_HEADERS},
            "headers": {
                name: {"description": text, "schema": {"type": "string"}}
                for name, text in RESPONSE_HEADERS.items()
            },
            "responses": error_responses() | _shared_responses(),
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def template(path: str) -> str:
    """The path of a route as OpenAPI writes it: ``/topics/{topic}.{extension}``."""
    return _VARIABLE.sub(r"{\2}", path).replace("*", "{extension}")


def _path(path: str, view: View, operation: Operation) -> Json:
    written = template(path)
    summary, _, more = (getdoc(view) or "").partition("\n\n")
    described = {"description": " ".join(more.split())} if more else {}
    get = {
        "operationId": re.sub(r"\W+", "_", f"get{written}").strip("_"),
        "summary": " ".join(summary.split()).removeprefix("Respond with ").rstrip("."),
        **described,
        "tags": [_tag(view)],
        "parameters": [*_parameters(operation), *_languages(path, operation)],
        "responses": _responses(operation),
    }
    if operation.private:
        get["security"] = [{}, {"basic": []}, {"bearer": []}]
    methods = {"get": get}
    if operation.form:
        methods["post"] = _post(written, view, operation.form)
    values = {name: tuple(any_.split(", ")) if any_ else () for any_, name in _VARIABLE.findall(path)}
    names = re.findall(r"\{(\w+)\}", written)
    places = [_place(name, values.get(name) or CHOICES_BY_NAME.get(name, ())) for name in names]
    return {"parameters": places, **methods} if names else methods


def _post(written: str, view: View, form: FormOperation) -> Json:
    """The operation of a view at the path *written* that takes *form*."""
    properties = {
        each.name: each.schema | {"description": each.description, "maxLength": MAX_REQUEST_BODY}
        for each in form.fields
    }
    schema = {"type": "object", "properties": properties, "required": list(form.required)}
    text: Json = {"text/plain": {"schema": {"type": "string"}}}
    responses = {
        str(status): {"description": REASONS[status]} | ({"content": text} if status != 204 else {})
        for status in form.statuses
    }
    errors = {str(each): {"$ref": f"#/components/responses/Error{each}"} for each in form.errors}
    return {
        "operationId": re.sub(r"\W+", "_", f"post{written}").strip("_"),
        "summary": form.summary,
        "description": form.description,
        "tags": [_tag(view)],
        "requestBody": {"required": True, "content": {FORM_TYPE: {"schema": schema}}},
        "responses": dict(sorted((responses | errors).items())),
    }


def _tag(view: View) -> str:
    return view.__qualname__.partition(".")[0]


def _place(name: str, values: tuple[str, ...]) -> Json:
    description, example = PLACE_EXAMPLES[name]
    schema: Json = {"type": "string", "minLength": 1}
    if values:
        schema = {"type": "string", "enum": list(values)}
    return {
        "name": name, "in": "path", "required": True, "description": description, "schema": schema,
        "example": example,
    }  # fmt: skip


def _header(name: str) -> Json:
    return {
        "name": name, "in": "header", "description": REQUEST_HEADERS[name], "schema": {"type": "string"},
    }  # fmt: skip


def _parameters(operation: Operation) -> Iterable[Json]:
    """Yield the parameters of *operation* beside those in its path."""
    yield from map(_argument, operation.arguments)
    own = {each.name for each in operation.arguments}
    keys = [key for key in QUERY_KEYS if operation.query and key not in own]
    headers = ["If-None-Match"] if operation.cached else []
    headers += ["If-Modified-Since"] if operation.dated else []
    headers += ["Sec-Fetch-Dest"] if XML in operation.types and operation.query else []
    headers += ["A-IM"] if 226 in operation.statuses else []
    headers += ["Last-Event-ID"] if EVENT_STREAM in operation.types else []
    yield from ({"$ref": f"#/components/parameters/{name}"} for name in (*keys, *headers))


def _languages(path: str, operation: Operation) -> Iterable[Json]:
    """Yield the parameters that choose the language of a page at *path*."""
    if operation.types == (HTML,) and not operation.private and has_language(path):
        yield _argument(PAGE_LANGUAGE)
        yield {"$ref": "#/components/parameters/Accept-Language"}


def _argument(argument: ArgumentSchema) -> Json:
    named = {"name": argument.name, "in": "query", "description": argument.description}
    made: Json = named | {"schema": argument.schema}
    return made if argument.example is None else made | {"example": argument.example}


def _responses(operation: Operation) -> Json:
    found: Json = {"200": _document(200, operation)}
    for status in operation.statuses:
        shared = {"$ref": f"#/components/responses/Moved{status}"}
        found[str(status)] = shared if status in _MOVED else _document(status, operation)
    if operation.cached:
        found["304"] = {"$ref": "#/components/responses/Unchanged"}
    if operation.private:
        found |= {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in _PRIVATE}
    found |= {
        str(status): {"$ref": f"#/components/responses/Error{status}"} for status in operation.errors
    }
    return dict(sorted(found.items()))


def _document(status: int, operation: Operation) -> Json:
    names = ["Cache-Control", *(["ETag", "Vary"] if operation.cached else [])]
    names += ["Last-Modified", "Link"] if operation.dated else []
    names += ["IM", "Delta-Base"] if status == 226 else []
    content = {each.partition(";")[0]: _content(each, operation.schema) for each in operation.types}
    return {"description": REASONS[status], "headers": header_references(names), "content": content}


def _content(media_type: str, schema: str) -> Json:
    if media_type.partition(";")[0].endswith(("/json", "+json")):
        return {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {"type": "object"}}
    is_text = not media_type.startswith(("image/", "*/"))
    return {"schema": {"type": "string"}} if is_text else {}


_MOVED = {301: "the document has another address", 302: "the document is at another address for now"}
_PRIVATE = {401: "a token is required", 403: "shown only on the server's machine"}


def _shared_responses() -> Json:
    """Return the responses without a document."""
    text: Json = {"text/plain": {"schema": {"type": "string"}}}
    moved = header_references(("Location", "Cache-Control"))
    return {
        **{
            f"Moved{status}": {"description": said, "headers": moved, "content": text}
            for status, said in _MOVED.items()
        },
        **{f"Error{status}": {"description": said, "content": text} for status, said in _PRIVATE.items()},
        "Unchanged": {
            "description": "the client has the current version",
            "headers": header_references(("ETag", "Cache-Control", "Vary")),
        },
    }
