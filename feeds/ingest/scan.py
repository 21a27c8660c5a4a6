"""One scan of a corpus: the files to read, and the circumstances."""

from msgspec import Struct

from feeds.corpus import Stamp
from feeds.ingest.change_log import ChangeLog


class Scan(Struct, frozen=True):
    """The result of a scan: the *stamps* of files to read, and the paths that are *gone*.

    It began at *begun*; *log* logs and counts the recorded changes. *had* is the number of recorded
    files, *total* the number of files now. *first* marks a first load, *is_new* changed descriptions or
    settings, *is_reread* a new version of this program.
    """

    begun: float
    log: ChangeLog
    stamps: dict[str, Stamp]
    gone: set[str]
    had: int
    total: int
    first: bool
    is_new: bool
    is_reread: bool
