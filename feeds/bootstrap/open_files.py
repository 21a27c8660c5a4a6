"""The limit of open files, which bounds the number of connections."""

import resource

MAX_FILES = 65_536
MAX_CONNECTIONS = 16_384  # of one process; each may need 100 KB
OTHER_FILES = 256  # that a process may have open beside its connections


def allow_connections() -> int:
    """Raise the limit of open files, often 1,024, to MAX_FILES if permitted.

    Return the number of connections that each process may then have.
    """
    files, permitted = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= files < MAX_FILES:
        files = MAX_FILES if permitted < 0 else min(permitted, MAX_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, permitted))
    return connections_with(files)


def allowed_connections() -> int:
    """The number of connections that this process may have by the present limit of open files."""
    return connections_with(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def connections_with(files: int) -> int:
    """The number of connections that a process with this limit of open files may have."""
    return min(MAX_CONNECTIONS, max(files - OTHER_FILES, 1)) if files >= 0 else MAX_CONNECTIONS
