"""The network of a thread, which network_namespaces(7) describes; Python 3.11 cannot change it."""

import ctypes
import os

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)


def present_network() -> int:
    """Open the network of this thread; return the file descriptor. Raises OSError."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def enter_network(file: int) -> None:
    """Move this thread, and what it starts, to the network that *file* is. Raises OSError."""
    _check(_LIBC.setns(file, _NEW_NETWORK))


def enter_new_network() -> None:
    """Move this thread, and what it starts, to a network of its own. Raises OSError."""
    _check(_LIBC.unshare(_NEW_NETWORK))


def _check(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
