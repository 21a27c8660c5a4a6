"""Recording policy shared by every backend: revisions, visibility, numbers, stamps and tombstones.

A backend reads a State and the former entries, and writes the results of these functions, all or nothing.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import Struct

from feeds.store import Changes, Progress, StoredEntry, Tombstone
from feeds.store.slugs import new_slug

# A store with more tombstones merges the older half into one for every feed. The merge changes each feed
# that has no later change, and must therefore be rare.
MAX_TOMBSTONES = 20_000


class State(Struct, frozen=True):
    """The state of a store before a call of ``record``.

    *changed* is the last stamp of a change that a feed could show; *number* is the highest number of an
    article, 0 if there is none.
    """

    revision: int = 0
    changed: int = 0
    progress: Progress = Progress()
    number: int = 0


class Recording(Struct, frozen=True):
    """The values that a call of ``record`` writes beside those in Changes; *changed* as in State.

    *entries* are the last entry of each id, with their numbers and slugs. *shown* are those that a feed
    could show differently: their rows get *revision*. *is_loaded* marks the end of the first load, which
    clusters all articles; *is_ready* means that it ended before, so that only *shown* are clustered.
    """

    revision: int
    changed: int
    entries: list[StoredEntry]
    shown: list[StoredEntry]
    is_loaded: bool
    is_ready: bool


def recording(
    changes: Changes,
    before: Mapping[str, StoredEntry],
    state: State,
    is_taken: Callable[[str], bool],
) -> Recording:
    """Make the Recording of *changes*; *before* has the former entries of their ids, if any.

    *is_taken* returns whether an entry of the store, live or removed, has a slug.
    """
    entries = _numbered(changes.entries, before, state.number, is_taken)
    shown = [entry for entry in entries if is_shown(before.get(entry.record.id), entry)]
    is_ready = state.progress.ready
    is_loaded = not is_ready and changes.progress is not None and changes.progress.ready
    is_visible = bool(shown or changes.tombstones or changes.taxonomy is not None or is_loaded)
    changed = max(state.changed, changes.at if is_visible else 0)
    if changes.not_after:
        changed = min(changed, changes.not_after)
    return Recording(state.revision + is_visible, changed, entries, shown, is_loaded, is_ready)


def _numbered(
    entries: Sequence[StoredEntry],
    before: Mapping[str, StoredEntry],
    last: int,
    is_taken: Callable[[str], bool],
) -> list[StoredEntry]:
    """The last entry of each id, with its former number, slug and cluster, or else with new ones."""
    numbered = []
    assigned: set[str] = set()
    for entry in {each.record.id: each for each in entries}.values():
        former = before.get(entry.record.id)
        last += former is None
        if former:
            number, slug, cluster = former.record.number, former.record.slug, former.record.cluster
        else:
            slug = new_slug(entry.record.id, lambda slug: slug in assigned or is_taken(slug))
            assigned.add(slug)
            number, cluster = last, ""
        record = msgspec.structs.replace(entry.record, number=number, slug=slug, cluster=cluster)
        numbered.append(msgspec.structs.replace(entry, record=record))
    return numbered


def is_shown(before: StoredEntry | None, entry: StoredEntry) -> bool:
    """Return whether a feed could look different because *entry* replaces *before*."""
    if before is None or before.removed:
        return not entry.removed
    return bool(entry.removed) or before.record != entry.record


def is_retired(entry: StoredEntry) -> bool:
    """Return whether *entry* is of an article that was visible, and was removed since."""
    return 0 < entry.removed >= entry.record.published


def is_partial(since: int, revision: int, taxonomy: int) -> bool:
    """Return whether the single changes from *since* to *revision* are available.

    They are unavailable if *since* is 0 (everything), was never recorded, or is before *taxonomy*, the
    revision of the last taxonomy.
    """
    return since > 0 and taxonomy <= since <= revision


def is_stamped_after(entry: StoredEntry, second: int) -> bool:
    """Return whether *entry* has a stamp later than *second*, other than the article's own date."""
    record = entry.record
    own = {record.changed, entry.first_seen, record.appeared} - {record.published}
    return max(record.rated, entry.removed, *own) > second


def live_first(entry: StoredEntry) -> tuple[bool, int, str, str]:
    """The sort key of entries with one digest: live ones by path, then removed ones, latest first."""
    return entry.removed > 0, -entry.removed, entry.path, entry.record.id


def not_after(tombstone: Tombstone, second: int) -> Tombstone:
    """Return *tombstone* with *second* as its latest possible time, unless *second* is 0."""
    return msgspec.structs.replace(tombstone, at=min(tombstone.at, second or tombstone.at))


def surplus_tombstones(count: int) -> int:
    """The number of tombstones to merge into one, the oldest of *count*; 0 if none are to be merged."""
    return count - MAX_TOMBSTONES // 2 if count > MAX_TOMBSTONES else 0


def merged(tombstone: Tombstone) -> Tombstone:
    """The tombstone for every feed that replaces *tombstone* and all before it."""
    return Tombstone(tombstone.at, None, "", tombstone.published)
