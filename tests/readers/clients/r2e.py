"""Run Debian's r2e in a forked process for each line of input, the arguments and the home folder.

Answers each line with the exit status and the error messages. Needs the interpreter of Debian.
"""

import json
import os
import runpy
import shutil
import sys
from importlib import import_module
from tempfile import TemporaryFile
from typing import Any

R2E = shutil.which("r2e") or ""


def run(arguments: list[str], home: str) -> dict[str, Any]:
    """Run r2e with *arguments* to its end."""
    with TemporaryFile() as errors:
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(errors.fileno(), 2)
            os.environ["HOME"] = home
            sys.argv = [R2E, *arguments]
            runpy.run_path(R2E, run_name="__main__")
            sys.exit()
        _, status = os.waitpid(child, 0)
        errors.seek(0)
        return {"status": os.waitstatus_to_exitcode(status), "errors": errors.read().decode()}


if __name__ == "__main__":
    import_module("rss2email.main")
    for line in sys.stdin:
        print(json.dumps(run(**json.loads(line))), flush=True)
