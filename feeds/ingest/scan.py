"""One scan of a corpus: the files to read, and the circumstances."""

from msgspec import Struct

from feeds.corpus import Stamp
from feeds.ingest.change_log import ChangeLog


class Scan(Struct, frozen=True):
    """The result of a scan of the corpus.

    - *begun*: the time at which it began
    - *log*: logs and counts the recorded changes
    - *stamps*: the stamps of files to read
    - *gone*: the paths of files that no longer exist
    - *had*, *total*: the number of recorded files, and of files now
    - *first*: a first load
    - *is_new*: descriptions or settings have changed
    - *is_reread*: a new version of this program reads unchanged files again
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
