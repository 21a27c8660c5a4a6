"""The response cache and the ASGI adapter work with any WSGI application, without Flask."""

import subprocess
import sys

from tests.paths import ROOT

PROGRAM = """
import pkgutil, sys
import feeds.http
for module in pkgutil.iter_modules(feeds.http.__path__, "feeds.http."):
    __import__(module.name)
print([name for name in sys.modules if name.partition(".")[0] in ("flask", "werkzeug", "jinja2")])
"""


def test_no_module_of_http_loads_flask_or_werkzeug() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert result.stdout == "[]\n"
