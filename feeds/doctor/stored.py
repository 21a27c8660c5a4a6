"""The store: intact, in use, and not later than the clock."""

from collections.abc import Iterator
from contextlib import closing

from feeds.bootstrap import check_store, existing_store
from feeds.doctor.clocks import against_store
from feeds.doctor.finding import Finding, FindingGroup
from feeds.errors import StoreError, counted
from feeds.settings import Settings

MAX_DAMAGES = 5  # that are listed; more are counted

_STORE = FindingGroup("store")


def store_findings(settings: Settings, now: float) -> Iterator[Finding]:
    """Verify every row of the store at *now*, without changing it."""
    path = settings.store_path
    try:
        if (store := existing_store(settings)) is None:
            yield _STORE.warning(str(path), "no store yet", "start the server, or run feeds refresh")
            return
        damages = [*check_store(settings)]
        with closing(store):
            stats, has_writer = store.stats(now, 0), store.has_writer()
    except StoreError as error:
        yield _STORE.error(error)
        return
    remedy = "restart the server, or run feeds refresh, to repair it"
    for damage in damages[:MAX_DAMAGES]:
        yield _STORE.failure(str(path), damage, remedy)
    if more := damages[MAX_DAMAGES:]:
        yield _STORE.failure(str(path), counted(len(more), "more damage"), remedy)
    if not damages:
        yield _STORE.ok(f"{path}: intact, revision {stats.revision:,}, {stats.bytes:,} bytes")
    if not has_writer:
        yield _STORE.warning(str(path), "no process records changes in it", "start the server")
    yield from against_store(stats.changed, now)


def store_bytes(settings: Settings) -> int:
    """The size of the store's file, 0 if there is none."""
    try:
        return settings.store_path.stat().st_size
    except OSError:
        return 0
