"""The form of every text of an error: ``subject: problem; remedy``."""

import re

# No full stop at the end; the problem and the remedy in lower case except for names and quoted values.
FORM = re.compile(r"\S.*?: (?:(?:HTML|UTF-8|YAML) |[a-z0-9'\"?(]).*?; [a-z].*[^.;:,\s]")


def assert_form(text: str) -> None:
    """Assert that *text* is a subject, a problem and a remedy in one line."""
    assert text.isprintable(), text
    assert FORM.fullmatch(text), text
