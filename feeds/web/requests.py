"""The request as views read it."""

from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from feeds.query.grammar import as_typed


class FeedRequest(flask.Request):
    """A request with the names in its arguments as they were typed: ``topic=C++``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._begun = perf_counter()

    @property
    def seconds(self) -> float:
        """The time since the application began with this request."""
        return perf_counter() - self._begun

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The arguments, parsed as Werkzeug does."""
        text = as_typed(self.query_string.decode())
        return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"))
