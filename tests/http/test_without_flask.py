"""The response cache and the ASGI adapter work with any WSGI application, without Flask."""

from tests.commands import output_of

PROGRAM = """
import pkgutil, sys
import feeds.http
for module in pkgutil.iter_modules(feeds.http.__path__, "feeds.http."):
    __import__(module.name)
print([name for name in sys.modules if name.partition(".")[0] in ("flask", "werkzeug", "jinja2")])
"""


def test_no_module_of_http_loads_flask_or_werkzeug() -> None:
    assert output_of(PROGRAM) == "[]\n"
