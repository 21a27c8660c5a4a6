"""The limit of open files of this process."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_open_files() -> Iterator[None]:
    """Let every attempt to open a file fail with EMFILE."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
