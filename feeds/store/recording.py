"""Recording policy shared by every backend: revisions, visibility, numbers, stamps and tombstones.

A backend reads a State and the former entries, and writes what these functions return, all or nothing.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from feeds.store import Changes, Progress, StoredEntry, Tombstone

MAX_TOMBSTONES = 10_000  # kept one by one; older ones are merged into one for every feed


class State(Struct, frozen=True):
    """What a store holds before a call of ``record``.

    *changed* is the last stamp of a change that a feed could show; *number* is the highest that any
    article has, 0 if there is none.
    """

    revision: int = 0
    changed: int = 0
    progress: Progress = Progress()
    number: int = 0


class Recording(Struct, frozen=True):
    """What a call of ``record`` writes beside the values in Changes; *changed* as in State.

    *entries* are the last of each id, with their numbers. Those in *shown* could show in a feed: their
    rows get *revision*. *is_loaded* marks the end of the first load, in which all articles are clustered,
    *is_ready* that it ended before, so that those in *shown* are.
    """

    revision: int
    changed: int
    entries: list[StoredEntry]
    shown: list[StoredEntry]
    is_loaded: bool
    is_ready: bool


def recording(changes: Changes, before: Mapping[str, StoredEntry], state: State) -> Recording:
    """Decide what *changes* write; *before* has the former entries of their ids, where there are any."""
    entries = _numbered(changes.entries, before, state.number)
    shown = [entry for entry in entries if is_shown(before.get(entry.record.id), entry)]
    is_ready = state.progress.ready
    is_loaded = not is_ready and changes.progress is not None and changes.progress.ready
    is_visible = bool(shown or changes.tombstones or changes.taxonomy is not None or is_loaded)
    changed = max(state.changed, changes.at if is_visible else 0)
    if changes.not_after:
        changed = min(changed, changes.not_after)
    return Recording(state.revision + is_visible, changed, entries, shown, is_loaded, is_ready)


def _numbered(
    entries: Sequence[StoredEntry], before: Mapping[str, StoredEntry], last: int
) -> list[StoredEntry]:
    """The last of each of *entries*, with the number and cluster it has, or the next number."""
    numbered = []
    for entry in {each.record.id: each for each in entries}.values():
        former = before.get(entry.record.id)
        last += former is None
        number, cluster = (former.record.number, former.record.cluster) if former else (last, "")
        record = msgspec.structs.replace(entry.record, number=number, cluster=cluster)
        numbered.append(msgspec.structs.replace(entry, record=record))
    return numbered


def is_shown(before: StoredEntry | None, entry: StoredEntry) -> bool:
    """Whether a feed could look different because *entry* follows *before*."""
    if before is None or before.removed:
        return not entry.removed
    return bool(entry.removed) or before.record != entry.record


def is_partial(since: int, revision: int, taxonomy: int) -> bool:
    """Whether the changes from *since* to *revision* are known one by one.

    They are not if everything is asked for, if *since* was never recorded, or if it is older than
    *taxonomy*, the revision of the last taxonomy.
    """
    return since > 0 and taxonomy <= since <= revision


def is_stamped_after(entry: StoredEntry, second: int) -> bool:
    """Whether *entry* has a stamp later than *second* that is not the article's own date."""
    record = entry.record
    own = {record.changed, entry.first_seen, record.appeared} - {record.published}
    return max(record.rated, entry.removed, *own) > second


def live_first(entry: StoredEntry) -> tuple[bool, int, str, str]:
    """The order of entries with one digest: live ones by path, then removed ones, the last first."""
    return entry.removed > 0, -entry.removed, entry.path, entry.record.id


def not_after(tombstone: Tombstone, second: int) -> Tombstone:
    """Return *tombstone*, at *second* if it is later and *second* is not 0."""
    return msgspec.structs.replace(tombstone, at=min(tombstone.at, second or tombstone.at))


def merged(tombstone: Tombstone) -> Tombstone:
    """The tombstone for every feed that stands for *tombstone* and all before it."""
    return Tombstone(tombstone.at, None, "", tombstone.published)
