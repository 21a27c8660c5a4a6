"""The form of every text of an error: ``subject: problem; remedy``."""

import json
import re

from werkzeug.test import TestResponse

# No full stop at the end; the problem and the remedy in lower case except for names and quoted values.
FORM = re.compile(r"\S.*?: (?:(?:HTML|UTF-8|YAML) |[a-z0-9'\"?(]).*?; [a-z].*[^.;:,\s]")


def assert_form(text: str) -> None:
    """Assert that *text* is a subject, a problem and a remedy in one line."""
    assert text.isprintable(), text
    assert FORM.fullmatch(text), text


def said(answer: TestResponse) -> str:
    """The line of text in an error: the whole body, or the detail of an address in JSON."""
    if answer.mimetype == "application/problem+json":
        return f"{json.loads(answer.data)['detail']}\n"
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.text
