"""Requests per second of a server, and the CPU time that it takes for them."""

import os
import re
import subprocess
from pathlib import Path

from tests.server import children


def rated(url: str, pid: int, arguments: list[str], seconds: int) -> tuple[float, float]:
    """Requests a second at *url*, and in a second of CPU time of its server, which is *pid*."""
    before = spent(pid)
    rate = wrk(url, arguments, seconds)
    return rate, rate * seconds / (spent(pid) - before)


def wrk(url: str, arguments: list[str], seconds: int) -> float:
    """Requests a second at *url*."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c32", f"-d{seconds}s", *arguments, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found, output
    assert "Non-2xx" not in output, output
    assert "Socket errors" not in output, output
    return float(found[1])


def spent(pid: int) -> float:
    """Seconds of CPU time that a server and its workers have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(spent, children(pid)))
