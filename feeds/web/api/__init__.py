"""The interface for programs: its description in OpenAPI, and the same for people."""

from functools import cached_property

import msgspec
from flask import Response, current_app

from feeds.index import Index
from feeds.readership.check.names import READER_CHECK
from feeds.web.api.guide import guide
from feeds.web.api.openapi import openapi
from feeds.web.api.operations import OPERATIONS, Operation
from feeds.web.hub import JSON_TYPE
from feeds.web.languages import page_language
from feeds.web.pages import named_page, rendered
from feeds.web.responses import Context


class Api:
    """The views of these descriptions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def document(self) -> Response:
        """Respond with the description of this server in OpenAPI 3.1."""
        return self._context.whole(self._document, JSON_TYPE)

    @cached_property
    def _document(self) -> bytes:
        """The description, which depends on the program and the settings alone."""
        routes = {
            path: getattr(view, "__func__", view) for path, view in current_app.view_functions.items()
        }
        written = openapi(self._context.site, routes, DESCRIBED)
        return msgspec.json.format(msgspec.json.encode(written), indent=1) + b"\n"

    def about(self) -> Response:
        """Respond with the description of queries, formats, catching up and errors."""
        return named_page(self._context, "api", self._about)

    def _about(self, index: Index) -> bytes:
        context = self._context
        return rendered(
            context,
            "api.html",
            site=context.described_site,
            guide=guide(
                context.described_site,
                context.base,
                index,
                page_language(context.described_site.language),
                check=READER_CHECK if context.reader_checks else "",
            ),
        )


# The operation of each view of this server.
DESCRIBED = OPERATIONS | {
    Api.document: Operation(types=(JSON_TYPE,), errors=(400, 406, 414, 500)),
    Api.about: Operation(errors=(400, 406, 414, 500, 503)),
}
