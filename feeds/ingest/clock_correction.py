"""Correction of times in the store that are ahead of the clock, as after the clock was set back."""

from datetime import UTC, datetime

import msgspec

from feeds.article import Article
from feeds.article.hashes import rendered_hash
from feeds.logs.events import EventLog
from feeds.store import Changes, Record, Store, StoredEntry

log = EventLog(__name__)

# Seconds that stamps may be ahead of the clock before they are set back. Clients keep ETags with such
# stamps, which are accepted for as long (feeds.http.conditional.MAX_LATER).
MAX_AHEAD = 300
EARLIEST_NOW = 1_767_225_600  # 2026: at an earlier time, the clock is not set yet


def correct_times(store: Store, now: float) -> None:
    """Set times in *store* to *now* if they are more than MAX_AHEAD ahead of it."""
    limit = int(now)
    ahead = store.latest(now) - limit
    if ahead > MAX_AHEAD and now > EARLIEST_NOW:
        entries = [limited(entry, limit) for entry in store.stamped_after(limit)]
        log.warning(
            "clock.articles-limited",
            f"system clock: set back; {len(entries):,} articles had times up to {ahead:.0f} s ahead of "
            "it, limited to now",
            articles=len(entries),
            seconds=ahead,
        )
        store.record(Changes(entries=entries, taxonomy=store.taxonomy(), not_after=limit))


def limited(entry: StoredEntry, limit: int) -> StoredEntry:
    """Return *entry* with every later time that this program set replaced by *limit*.

    A scheduled article keeps its own date, which may be later.
    """
    record = entry.record
    published = record.published
    article = msgspec.msgpack.decode(record.content, type=Article)
    if record.updated > limit and record.updated == record.changed:  # else the date comes from the file
        latest = datetime.fromtimestamp(max(limit, published), UTC)
        article = msgspec.structs.replace(article, updated=latest)

    def stamp(second: int) -> int:
        return second if second == published else min(second, limit)

    made = Record.of(
        article,
        version=rendered_hash(article),
        changed=stamp(record.changed),
        appeared=min(record.appeared, max(limit, published)),
        rated=min(record.rated, limit),
        daily=record.daily,
        weekly=record.weekly,
        cluster=record.cluster,
        number=record.number,
    )
    return StoredEntry(made, entry.path, entry.digest, stamp(entry.first_seen), min(entry.removed, limit))
