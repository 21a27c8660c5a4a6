"""A load balancer in front of the hosts, which leaves out those that are not ready."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.server import Program, free_port

_PATH = "/usr/sbin:/usr/local/sbin"  # Debian's folders of servers
_CHECK = "inter 200ms fall 1 rise 1"  # of a host
_NOBODY = (
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


def haproxy() -> str | None:
    """The path of HAProxy, None if it is not installed."""
    return shutil.which("haproxy") or shutil.which("haproxy", path=_PATH)


class Balancer(Program):
    """HAProxy in front of *hosts*, addresses by name; its files are in *folder*."""

    def __init__(self, folder: Path, hosts: Mapping[str, str]) -> None:
        folder.mkdir()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        (folder / "nobody").write_bytes(_NOBODY.encode())
        file = folder / "haproxy.cfg"
        file.write_text(_configuration(folder, port, hosts))
        super().__init__(
            [haproxy() or "haproxy", "-db", "-f", str(file)], folder / "log", f"{self.url}/up"
        )


def _configuration(folder: Path, port: int, hosts: Mapping[str, str]) -> str:
    servers = (f"    server {name} {url.removeprefix('http://')}" for name, url in hosts.items())
    errors = (f"    errorfile {status} {folder}/nobody" for status in (502, 503, 504))
    return "\n".join(
        [
            "defaults",
            "    mode http",
            "    timeout connect 1s",
            "    timeout client 10s",
            "    timeout server 10s",
            "    timeout check 1s",
            "    retries 0",
            "    default-server check " + _CHECK,
            *errors,
            "frontend readers",
            f"    bind 127.0.0.1:{port}",
            "    monitor-uri /up",
            "    default_backend hosts",
            "backend hosts",
            "    balance roundrobin",
            "    option httpchk GET /ready",
            "    http-check expect status 200",
            *servers,
            "",
        ]
    )
