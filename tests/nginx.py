"""nginx with its files in a folder of its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import Program
from tests.skipping import skip_without


@contextmanager
def running_nginx(folder: Path, settings: str, ready_url: str) -> Iterator[None]:
    """Run nginx with *settings*, the content of its block http; skip the test if it is missing."""
    # Debian installs servers in folders outside of many a PATH.
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    program = found or skip_without("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "http.conf").write_text(settings)
    paths = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"    {path}_temp_path {folder}/{path};\n" for path in paths)
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "main.conf").write_text(
        f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\n    access_log off;\n{temporary}    include {folder}/http.conf;\n}}\n"
    )
    command = [program, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/main.conf"]
    with Program(command, folder / "errors", ready_url):
        yield
