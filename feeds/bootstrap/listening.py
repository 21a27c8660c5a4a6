"""The address that a server is to listen on, tried before the server starts, and its ports afterwards."""

import errno
import os
import socket
import stat
from pathlib import Path

from feeds.errors import AddressError, failure, remedy_of

IN_USE = "in use by another program", "stop that program, or choose another port"
PRIVILEGED = "permission denied", "choose a port from 1024, or give the program CAP_NET_BIND_SERVICE"
ELSEWHERE = "not an address of this machine", "use 127.0.0.1, or 0.0.0.0 for all its addresses"
UNKNOWN = "no such host", "use 127.0.0.1, or 0.0.0.0 for all addresses of this machine"


def refuse_address(host: str, port: int, *, shared: bool = False) -> None:
    """Raise AddressError if no server can listen on *port* of *host*, a name or an IP address.

    With *shared*, other sockets may listen on the same port (SO_REUSEPORT).
    """
    host = host.strip("[]")
    if not host:  # else all addresses
        raise AddressError(f":{port}", *UNKNOWN)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if shared:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            probe.bind((host, port))
    except (OSError, UnicodeError) as error:  # UnicodeError: a name with an empty or too long label
        is_ipv6 = ":" in host and not isinstance(error, UnicodeError | socket.gaierror)
        place = f"[{host}]:{port}" if is_ipv6 else f"{host}:{port}"
        raise AddressError(place, *_problem(error)) from error


def refuse_socket(path: str) -> None:
    """Raise AddressError if no server can make its Unix socket at *path*."""
    folder = Path(path).parent
    if not folder.is_dir():
        raise AddressError(path, f"no such folder: {folder}", "create it, or choose another path")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise AddressError(path, "cannot be created: permission denied", remedy_of(errno.EACCES))
    if os.path.lexists(path) and not Path(path).is_socket():
        raise AddressError(path, "not a socket", "delete it, or choose another path")


def ip_address(host: str) -> str:
    """The first IP address of *host*, which ``refuse_address`` accepts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return str(socket.getaddrinfo(host.strip("[]"), None, family, socket.SOCK_STREAM)[0][4][0])


def listening_ports() -> frozenset[int]:
    """The ports of TCP that this process listens on, or is going to; none if the system does not tell.

    Workers of gunicorn and Granian have the sockets of their server; those of Granian listen only later.
    """
    try:
        descriptors = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        return frozenset()
    return frozenset(filter(None, map(_bound_port, descriptors)))


def _bound_port(descriptor: int) -> int:
    """The port of the socket with *descriptor* if it has no peer, 0 for all else."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return 0
        with socket.socket(fileno=os.dup(descriptor)) as found:
            if found.family not in (socket.AF_INET, socket.AF_INET6) or found.type != socket.SOCK_STREAM:
                return 0
            return 0 if _has_peer(found) else int(found.getsockname()[1])
    except OSError:  # closed meanwhile
        return 0


def _has_peer(connection: socket.socket) -> bool:
    try:
        connection.getpeername()
    except OSError:
        return False
    return True


def _problem(error: OSError | UnicodeError) -> tuple[str, str]:
    """The problem and the remedy of an *error* that prevented a server from listening."""
    match error:
        case UnicodeError() | socket.gaierror():
            return UNKNOWN
        case OSError(errno=errno.EADDRINUSE):
            return IN_USE
        case OSError(errno=errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT):
            return ELSEWHERE
        case OSError(errno=errno.EACCES | errno.EPERM):
            return PRIVILEGED
    return failure("cannot be used", error)[0], "choose another address"
