"""Importing a module has no effect: no file is read, no thread or process started, no socket opened."""

import json

from tests.commands import output_of

PROGRAM = """
import json, pkgutil, sys

EFFECTS = ("open", "os.", "shutil.", "glob.", "tempfile.", "socket.", "sqlite3.", "subprocess.",
           "_thread.")
CODE = (".py", ".pyc", ".so")
seen = []

def note(event, arguments):
    if not event.startswith(EFFECTS):
        return
    if event == "open" and str(arguments[0]).endswith(CODE):
        return
    frame = sys._getframe(1)
    if frame.f_code.co_filename.startswith("<frozen importlib"):
        return  # looks for the next module
    while frame and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    name = frame.f_globals["__name__"] if frame else ""  # the module that is being executed
    if name.partition(".")[0] == "feeds":
        seen.append(f"{name}: {event} {arguments[0]}")

sys.addaudithook(note)
import feeds
modules = [each.name for each in pkgutil.walk_packages(feeds.__path__, "feeds.")]
for name in modules:
    __import__(name)
json.dump([modules, seen], sys.stdout)
"""


def test_importing_any_module_has_no_effect() -> None:
    modules, effects = json.loads(output_of(PROGRAM))
    assert {"feeds.wsgi", "feeds.asgi", "feeds.cli"} < set(modules)
    assert not effects, "\n".join(effects)
