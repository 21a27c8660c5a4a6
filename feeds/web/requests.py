"""The request as views read it."""

from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from feeds.query.grammar import as_typed


class FeedRequest(flask.Request):
    """A request with the names in its arguments as they were typed: ``topic=C++``."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The arguments, parsed as Werkzeug does."""
        text = as_typed(self.query_string.decode())
        return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True, errors="werkzeug.url_quote"))
