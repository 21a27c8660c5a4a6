"""All articles in order, with a bitmap per topic, provider, type and day of change.

Every article has a slot, a number that grows with its date. Slots have room between them, like the
line numbers of old BASIC, so that an article dated between two others needs no renumbering. The
newest of a selection are the highest bits of its bitmap.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import msgspec
from cachetools import LRUCache
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Article, Facets, Provider, Taxonomy, slugify
from feeds.period import Period
from feeds.store import Departure, Record, Search, Snapshot

ROOM = 16  # slots from one article to the next, where there is the choice
DAY = 86_400  # seconds
DELETIONS = 200  # told of in one feed
ANSWERS = 32  # searches remembered, of 200 KB at most where there are 100,000 articles


class Facet(NamedTuple):
    """The articles that share something, and what they call it, with how many do."""

    bitmap: BitMap
    names: Counter[Any]


class Listing(Struct, frozen=True):
    """A feed on offer; *newest* is in seconds since 1970, 0 where it is empty."""

    slug: str
    name: str
    parent: str
    count: int
    newest: int
    url: str = ""


class Deletion(NamedTuple):
    """The article *id*, published at one second since 1970, left for good *at* another."""

    at: int
    id: str
    published: int


class _Dated(Struct, gc=False):
    """The part of an Article that dates the feeds it is in."""

    updated: datetime


class _Faceted(Struct, gc=False):
    """The part of an Article that decides which feeds it is in: quicker to decode than the whole."""

    topics: tuple[str, ...] = ()
    provider: Provider | None = None
    type: str = ""


_dated = msgspec.msgpack.Decoder(_Dated)
_faceted = msgspec.msgpack.Decoder(_Faceted)
_article = msgspec.msgpack.Decoder(Article)
_slugify = lru_cache(1 << 16)(slugify)

Key = tuple[str, str]


class Index:
    """Immutable: ``apply`` and ``release`` return another. Use from any number of threads.

    *due* is when the next scheduled article appears, in seconds since 1970, None where none is;
    *taxonomy* is what the corpus says of itself; *renewed* is when every feed last counted as changed,
    0 where that never was.
    """

    __slots__ = (
        "_answers", "_departed", "_departures", "_facets", "_lines", "_numbered", "_organizations",
        "_records", "_scheduled", "_search", "_slots", "_topics", "due", "everything", "renewed",
        "revision", "taxonomy",
    )  # fmt: skip

    def __init__(self, snapshot: Snapshot, now: float, search: Search | None = None) -> None:
        """The whole of *snapshot*, as it is to be seen at *now*.

        *search* is that of the store it is from; without it, nothing matches.
        """
        self._search = search
        self._answers = _Answers()
        self.revision = snapshot.revision
        self.taxonomy = snapshot.taxonomy
        self._topics = {topic.slug: topic for topic in snapshot.taxonomy.topics}
        self._organizations = {known.domain: known for known in snapshot.taxonomy.organizations}
        self._lines = _lines(snapshot.taxonomy)
        self._departed: dict[frozenset[Key], int] = {}
        self._departures: tuple[tuple[frozenset[Key], Deletion], ...] = ()
        self.renewed = 0
        self._depart(snapshot.departures)
        self._schedule(snapshot.records, now)
        self._number([record for record in snapshot.records if record.published <= now])

    def _number(self, records: list[Record]) -> None:
        records.sort(key=_order)
        self._records = {ROOM * place: record for place, record in enumerate(records, 1)}
        self._slots = {record.id: slot for slot, record in self._records.items()}
        highest = max((record.number for record in records), default=0)
        self._numbered = array("I", bytes(4 * (highest + 1)))  # number -> slot, 0 where there is none
        for slot, record in self._records.items():
            self._numbered[record.number] = slot
        self._numbered[0] = 0
        self.everything = BitMap(self._records)
        members: dict[Key, list[int]] = {}
        names: dict[Key, Counter[Any]] = {}
        for slot, record in self._records.items():
            for key, name in self._facets_of(record):
                if key in members:
                    members[key].append(slot)
                else:
                    members[key] = [slot]
                    names[key] = Counter()
                if name is not None:
                    names[key][name] += 1
        self._facets = {key: Facet(BitMap(slots), names[key]) for key, slots in members.items()}

    def _schedule(self, records: Iterable[Record], now: float) -> None:
        self._scheduled = tuple(record for record in records if record.published > now)
        self.due = min((record.published for record in self._scheduled), default=None)

    def _depart(self, departures: Iterable[Departure]) -> None:
        latest = dict(self._departed)
        known = list(self._departures)
        for departure in departures:
            if departure.facets is None:
                self.renewed = max(departure.at, self.renewed)
            else:
                left = frozenset(self._keys(departure.facets))
                latest[left] = max(departure.at, latest.get(left, 0))
                known.append((left, Deletion(departure.at, departure.id, departure.published)))
        self._departed = latest
        self._departures = tuple(known)

    def _facets_of(self, record: Record) -> Iterator[tuple[Key, Any]]:
        article = _faceted.decode(record.payload)
        seen = set()
        for name in article.topics:
            slug = _slugify(name)
            for place, member in enumerate(self._lines.get(slug, (slug,))):
                if member not in seen:
                    seen.add(member)
                    yield ("topic", member), None if place else name
        if article.provider:
            yield ("provider", article.provider.domain), article.provider
        if article.type:
            yield ("type", article.type), None
        yield _day(record.moment), None

    def apply(self, changes: Snapshot, now: float) -> Index:
        """This index after *changes*, with what was scheduled for *now* or before."""
        if not changes.partial:
            return Index(changes, now, self._search)
        draft = _Draft(self)
        touched = {record.id for record in changes.records} | set(changes.removed)
        for id_ in touched:
            draft.remove(id_)
        coming = [record for record in self._scheduled if record.id not in touched]
        coming += changes.records
        for record in sorted(coming, key=_order):
            if record.published <= now:
                draft.add(record)
        index = draft.done()
        index.revision = changes.revision
        index._depart(changes.departures)
        index._schedule(coming, now)
        return index

    def release(self, now: float) -> Index:
        """This index with what was scheduled for *now* or before."""
        nothing = Snapshot(
            revision=self.revision, records=[], removed=[], departures=[],
            taxonomy=self.taxonomy, partial=True,
        )  # fmt: skip
        return self.apply(nothing, now)

    def __len__(self) -> int:
        return len(self._records)

    def members(self, kind: str, slug: str) -> BitMap | None:
        """The slots of one topic, provider or type; None where it never existed. Not to be changed."""
        facet = self._facets.get((kind, slug))
        if facet:
            return facet.bitmap
        return BitMap() if slug in self.known(kind) or self._had((kind, slug)) else None

    def matching(self, phrase: tuple[str, ...], titles: bool) -> BitMap:
        """The slots of what has *phrase*, as Store.search finds it. Not to be changed.

        The store may know of more by now, which is left out. Raises StoreError where it cannot be read.
        """
        found = self._answers.get((phrase, titles))
        if found is None:
            slots, known = self._numbered, len(self._numbered)
            numbers = self._search(phrase, titles) if self._search else []
            found = BitMap(array("I", [slots[each] for each in numbers if each < known]))
            found.discard(0)
            self._answers.put((phrase, titles), found)
        return found

    def known(self, kind: str) -> set[str]:
        """The slugs on offer, of empty feeds too, but not those that only left articles had."""
        slugs = {slug for facet, slug in self._facets if facet == kind}
        if kind == "topic":
            slugs.update(self._topics)
            slugs -= {topic.slug for topic in self._topics.values() if topic.gone}
        if kind == "provider":
            slugs.update(self._organizations)
        return slugs

    def _had(self, key: Key) -> bool:
        return any(key in left for left in self._departed)

    def gone(self, kind: str, slug: str) -> bool:
        """Whether the taxonomy says that this feed was ended for good."""
        known = self._topics.get(slug) if kind == "topic" else None
        return known is not None and known.gone

    def canonical(self, kind: str, slug: str) -> str:
        """*slug*, or what the taxonomy says is the same."""
        return self._lines.get(slug, (slug,))[0] if kind == "topic" else slug

    def newest(self, slots: BitMap, limit: int) -> tuple[Record, ...]:
        """The first *limit* records of *slots*, newest first, those of one second by id."""
        size = len(slots)
        return tuple(self._records[slot] for slot in reversed(slots[max(0, size - limit) : size]))

    def slot(self, record: Record) -> int:
        """Where *record* is, which must be of this index."""
        return self._slots[record.id]

    def between(self, begin: int | None, end: int) -> BitMap:
        """The slots of what was published from *begin*, or ever, until just before *end*."""
        first = 0 if begin is None else self._place((begin, ""))
        return self.everything[first : self._place((end, ""))]

    def changed_since(self, slots: BitMap, moment: int) -> BitMap:
        """Those of *slots* that came to look as they do after *moment*."""
        day = _day(moment)
        later = [key for key in self._facets if key[0] == "day" and key > day]
        found = BitMap.union(BitMap(), *(self._facets[key].bitmap for key in later)) & slots
        same = self._facets[day].bitmap & slots if day in self._facets else ()
        found.update(slot for slot in same if self._records[slot].moment > moment)
        return found

    def departed(self, facets: Facets, within: Period | None = None) -> int:
        """When an article last left the feed that asks for all of *facets*, 0 where none did.

        Only those published *within* a period count, where one is given.
        """
        wanted = set(_keys(facets))
        if within:
            return max((each.at for each in self._left(wanted, within)), default=0)
        departed = (at for left, at in self._departed.items() if wanted <= left)
        return max(self.renewed, max(departed, default=0))

    def deleted(self, facets: Facets, within: Period | None = None) -> tuple[Deletion, ...]:
        """What left the feed that asks for all of *facets* and every other, the last first."""
        left = {each.id: each for each in self._left(set(_keys(facets)), within)}
        gone = [each for id_, each in left.items() if id_ and id_ not in self._slots]
        return tuple(sorted(gone, reverse=True)[:DELETIONS])

    def _left(self, wanted: set[Key], within: Period | None) -> Iterator[Deletion]:
        for left, each in self._departures:
            if wanted <= left and (not within or within.begin <= each.published < within.end):
                yield each

    def _place(self, wanted: tuple[int, str]) -> int:
        """How many articles come before one in such a place."""
        slots, records = self.everything, self._records
        low, high = 0, len(slots)
        while low < high:
            middle = (low + high) // 2
            if _order(records[slots[middle]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

    def _keys(self, facets: Facets) -> set[Key]:
        keys = set(_keys(facets))
        for slug in facets.topics:
            keys.update(("topic", member) for member in self._lines.get(slug, ()))
        return keys

    def topic(self, slug: str) -> Listing:
        """The topic called *slug*, which must be known."""
        known = self._topics.get(slug)
        name = known.name if known else _most_common(self._names("topic", slug)) or slug
        parent = known.parent if known else ""
        return self._listing("topic", slug, name, parent)

    def provider(self, domain: str) -> Provider:
        """The provider at *domain*: as the taxonomy has it, else as most of its articles do.

        Where no two articles in three agree, as on a site of many authors, it goes by its domain.
        """
        known = self._organizations.get(domain)
        names = self._names("provider", domain)
        likely: Provider | None = _most_common(names)
        if known or not likely:
            return known or Provider(domain, domain)
        called = sum(count for each, count in names.items() if each.name == likely.name)
        if 3 * called < 2 * names.total():
            return msgspec.structs.replace(likely, name=domain, logo=None)
        return likely

    def _names(self, kind: str, slug: str) -> Counter[Any]:
        facet = self._facets.get((kind, slug))
        return facet.names if facet else Counter()

    def topics(self) -> list[Listing]:
        """Every topic, by name."""
        return sorted((self.topic(slug) for slug in self.known("topic")), key=_by_name)

    def providers(self) -> list[Listing]:
        """Every provider with articles, by name; an organization without any is not on offer."""
        domains = [slug for kind, slug in self._facets if kind == "provider"]
        listings = []
        for domain in domains:
            provider = self.provider(domain)
            listings.append(self._listing("provider", domain, provider.name, "", provider.url))
        return sorted(listings, key=_by_name)

    def _listing(self, kind: str, slug: str, name: str, parent: str, url: str = "") -> Listing:
        facet = self._facets.get((kind, slug))
        if not facet:
            return Listing(slug, name, parent, 0, 0, url)
        newest = self._records[facet.bitmap.max()].published
        return Listing(slug, name, parent, len(facet.bitmap), newest, url)


def article(record: Record) -> Article:
    """The article that *record* holds."""
    return _article.decode(record.payload)


def updated(record: Record) -> datetime:
    """When a subscriber last saw the article in *record* change, which is quicker to know alone."""
    return _dated.decode(record.payload).updated


class _Draft:
    """An index being changed; what it shares with the one it came from is copied when touched."""

    def __init__(self, origin: Index) -> None:
        index = self._index = Index.__new__(Index)
        for name in Index.__slots__:
            setattr(index, name, getattr(origin, name))
        index._records = dict(origin._records)
        index._slots = dict(origin._slots)
        index._numbered = origin._numbered[:]
        index._answers = _Answers()
        index._facets = dict(origin._facets)
        index.everything = BitMap(origin.everything)
        self._own: set[Key] = set()
        self._late: list[Record] = []

    def remove(self, id_: str) -> None:
        index = self._index
        slot = index._slots.pop(id_, None)
        if slot is None:
            return
        record = index._records.pop(slot)
        index._numbered[record.number] = 0
        index.everything.discard(slot)
        for key, name in index._facets_of(record):
            facet = self._touch(key)
            facet.bitmap.discard(slot)
            if name is not None:
                facet.names[name] -= 1
            if not facet.bitmap:
                del index._facets[key]
                self._own.discard(key)

    def add(self, record: Record) -> None:
        index = self._index
        slot = self._room_for(record)
        if slot is None:
            self._late.append(record)
            return
        index._records[slot] = record
        index._slots[record.id] = slot
        if record.number >= (known := len(index._numbered)):
            index._numbered.extend(array("I", bytes(4 * (record.number + 1 - known))))
        if record.number:
            index._numbered[record.number] = slot
        index.everything.add(slot)
        for key, name in index._facets_of(record):
            facet = self._touch(key)
            facet.bitmap.add(slot)
            if name is not None:
                facet.names[name] += 1

    def done(self) -> Index:
        if self._late:
            self._index._number([*self._index._records.values(), *self._late])
        return self._index

    def _touch(self, key: Key) -> Facet:
        facet = self._index._facets.get(key)
        if facet is None:
            facet = Facet(BitMap(), Counter())
        elif key not in self._own:
            facet = Facet(BitMap(facet.bitmap), +facet.names)
        self._own.add(key)
        self._index._facets[key] = facet
        return facet

    def _room_for(self, record: Record) -> int | None:
        slots = self._index.everything
        low = self._index._place(_order(record))
        before = slots[low - 1] if low else 0
        if low == len(slots):
            return int(before) + ROOM
        slot = (before + slots[low]) // 2
        return int(slot) if slot > before else None


class _Answers:
    """The last few answers to searches. Use from any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bitmaps: LRUCache[tuple[tuple[str, ...], bool], BitMap] = LRUCache(ANSWERS)

    def get(self, asked: tuple[tuple[str, ...], bool]) -> BitMap | None:
        with self._lock:
            return self._bitmaps.get(asked)

    def put(self, asked: tuple[tuple[str, ...], bool], found: BitMap) -> None:
        with self._lock:
            self._bitmaps[asked] = found


def _day(moment: int) -> Key:
    """The day of *moment*, so that later ones are greater."""
    return "day", f"{moment // DAY:08}"


def _order(record: Record) -> tuple[int, str]:
    return record.published, record.id


def _by_name(listing: Listing) -> tuple[str, str]:
    return listing.name.casefold(), listing.slug


def _keys(facets: Facets) -> Iterator[Key]:
    for slug in facets.topics:
        yield "topic", slug
    if facets.provider:
        yield "provider", facets.provider
    if facets.type:
        yield "type", facets.type


def _most_common(names: Counter[Any]) -> Any:
    """The commonest of *names*, of equally common ones the same everywhere."""
    return min(names, key=lambda name: (-names[name], repr(name)), default=None)


def _lines(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Each topic, by every name it has -> the topics whose feeds hold its articles, itself first."""
    parents = {topic.slug: topic.parent for topic in taxonomy.topics}
    lines: dict[str, tuple[str, ...]] = {}
    for topic in taxonomy.topics:
        line = [topic.slug]
        while parent := parents.get(line[-1]):
            line.append(parent)
        lines[topic.slug] = tuple(line)
    for topic in taxonomy.topics:
        for alias in topic.aliases:
            lines.setdefault(alias, lines[topic.slug])
    return lines
