"""All articles in order, with a bitmap for each thing that some of them share.

Every article has a slot, a number that grows with its date. Slots have room between them, like the
line numbers of old BASIC, so that an article dated between two others needs no renumbering. The
newest of a selection are the highest bits of its bitmap.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from threading import Lock
from typing import Any, cast

import msgspec
from cachetools import LRUCache
from msgspec import Struct
from pyroaring import BitMap

from feeds.article import Article, Provider
from feeds.index.facets import KINDS, OWN, SECONDS, SHARED, FacetExtractor, decoded, topic_lineages
from feeds.index.tombstones import DeletedEntry, Facet, FacetConjunction, Tombstones
from feeds.period import DAY, Period
from feeds.store import Record, Search, Snapshot, Tombstone, address, contents

ROOM = 16  # slots from one article to the next, where there is the choice
DELETIONS = 200  # told of in one feed
FEW = 1000  # articles of one day that are quicker looked at than put in order
ANSWERS = 4096  # searches remembered, of 1 KB each: one that found more takes the room of several


class Listing(Struct, frozen=True):
    """A feed on offer; *newest* is in seconds since 1970, 0 where it is empty."""

    slug: str
    name: str
    parent: str
    count: int
    newest: int
    url: str = ""


class _Titled(Struct, gc=False):
    """The part of an Article that announces it."""

    title: str
    language: str = ""


class _Addressed(Struct, gc=False):
    """The part of an Article that says where it is."""

    url: str


_titled = msgspec.msgpack.Decoder(_Titled)
_addressed = msgspec.msgpack.Decoder(_Addressed)
_article = msgspec.msgpack.Decoder(Article)


class Index:
    """Immutable: ``apply`` and ``release`` return another. Use from any number of threads.

    *due* is when the next scheduled article appears, in seconds since 1970, None where none is;
    *taxonomy* is what the corpus says of itself; *renewed* is when every feed last counted as changed,
    0 where that never was.
    """

    __slots__ = (
        "_answers",
        "_called",
        "_extractor",
        "_facets",
        "_language",
        "_numbered",
        "_ordered",
        "_organizations",
        "_positions",
        "_records",
        "_scheduled",
        "_search",
        "_tombstones",
        "_topics",
        "due",
        "everything",
        "renewed",
        "revision",
        "taxonomy",
    )  # fmt: skip

    def __init__(
        self, snapshot: Snapshot, now: float, search: Search | None = None, language: str = ""
    ) -> None:
        """The whole of *snapshot*, as it is to be seen at *now*.

        *search* is that of the store it is from; without it, nothing matches. *language* is that of
        articles which name none, where it is not the one in the taxonomy.
        """
        self._search = search
        self._language = language
        self._answers = _Answers()
        self.revision = snapshot.revision
        self.taxonomy = snapshot.taxonomy
        self._topics = {topic.slug: topic for topic in snapshot.taxonomy.topics}
        self._organizations = {known.domain: known for known in snapshot.taxonomy.organizations}
        self._extractor = FacetExtractor(topic_lineages(snapshot.taxonomy), self.language)
        self._tombstones = Tombstones()
        self.renewed = 0
        self._depart(snapshot.tombstones)
        self._schedule(snapshot.records, now)
        self._number([record for record in snapshot.records if record.published <= now])

    def _number(self, records: list[Record]) -> None:
        records.sort(key=attrgetter("id"))
        records.sort(key=attrgetter("published"))  # in two steps, which is quicker than by pairs
        positions = range(ROOM, ROOM * len(records) + 1, ROOM)
        self._records = dict(zip(positions, records, strict=True))
        self._positions = {record.id: position for position, record in self._records.items()}
        highest = max((record.number for record in records), default=0)
        self._numbered = array("I", bytes(4 * (highest + 1)))  # number -> slot, 0 where there is none
        for position, record in self._records.items():
            self._numbered[record.number] = position
        self._numbered[0] = 0
        self.everything = BitMap(positions)
        shared: defaultdict[bytes, array[int]] = defaultdict(_no_slots)
        facets: defaultdict[str, defaultdict[str | int, array[int]]] = defaultdict(
            lambda: defaultdict(_no_slots)
        )
        for position, record in self._records.items():
            shared[record.facets].append(position)
        for kind, value_of in OWN.items():
            values = facets[kind]
            for position, value in zip(positions, map(value_of, records), strict=True):
                if value is not None:
                    values[value].append(position)
        names: defaultdict[Facet, Counter[Any]] = defaultdict(Counter)
        fields = [(decoded(encoded), those) for encoded, those in shared.items()]
        for kind, (source, values_of) in SHARED.items():
            by_source: defaultdict[Any, array[int]] = defaultdict(_no_slots)
            for each, those in fields:
                by_source[source(each)].extend(those)
            for found, those in by_source.items():
                for value, name in values_of(found, self._extractor):
                    facets[kind][value].extend(those)
                    if name is not None:
                        names[kind, value][name] += len(those)
        self._facets = {
            kind: {value: BitMap(those) for value, those in facets[kind].items()} for kind in KINDS
        }
        self._ordered: dict[Facet, array[int]] = {}
        self._called: dict[Facet, Counter[Any]] = dict(names)

    def _schedule(self, records: Iterable[Record], now: float) -> None:
        self._scheduled = tuple(record for record in records if record.published > now)
        self.due = min((record.published for record in self._scheduled), default=None)

    def _depart(self, tombstones: Sequence[Tombstone]) -> None:
        self.renewed = max([self.renewed, *(each.at for each in tombstones if each.facets is None)])
        self._tombstones = self._tombstones.followed_by(
            (self._extractor.of_tombstone(each.facets), DeletedEntry(each.at, each.id, each.published))
            for each in tombstones
            if each.facets is not None
        )

    def apply(self, changes: Snapshot, now: float) -> Index:
        """This index after *changes*, with what was scheduled for *now* or before."""
        if not changes.partial:
            return Index(changes, now, self._search, self._language)
        draft = _Draft(self)
        touched = {record.id for record in changes.records} | set(changes.removed)
        for id_ in touched:
            draft.remove(id_)
        coming = [record for record in self._scheduled if record.id not in touched]
        coming += changes.records
        shown = sorted((record for record in coming if record.published <= now), key=_order)
        # First what keeps its place: of many neighbours, new ones would find no room between.
        for record in sorted(shown, key=draft.moves):
            draft.add(record)
        index = draft.done()
        index.revision = changes.revision
        index._depart(changes.tombstones)
        index._schedule(coming, now)
        return index

    def release(self, now: float) -> Index:
        """This index with what was scheduled for *now* or before."""
        nothing = Snapshot(
            revision=self.revision, records=[], removed=[], tombstones=[],
            taxonomy=self.taxonomy, partial=True,
        )  # fmt: skip
        return self.apply(nothing, now)

    def searched_by(self, search: Search | None) -> Index:
        """This index, of which no more is copied, with the *search* of the same store opened anew."""
        index = Index.__new__(Index)
        for name in Index.__slots__:
            setattr(index, name, getattr(self, name))
        index._search = search
        index._answers = _Answers()
        return index

    @property
    def language(self) -> str:
        """That of articles which name none, empty where nobody says."""
        return self._language or self.taxonomy.language

    def scheduled(self, named: str) -> int | None:
        """When the article with the id or the address *named* is to appear, None where none will."""
        coming = [each for each in self._scheduled if each.id == named]
        return min((each.published for each in [*coming, *_at(named, self._scheduled)]), default=None)

    def __len__(self) -> int:
        return len(self._records)

    def postings(self, kind: str, slug: str) -> BitMap | None:
        """The slots of one topic, provider or type; None where it never existed. Not to be changed."""
        found = self._facets[kind].get(slug)
        if found is not None:
            return found
        return BitMap() if slug in self.known(kind) or self._tombstones.had((kind, slug)) else None

    def matching(self, phrase: tuple[str, ...], titles: bool) -> BitMap:
        """The slots of what has *phrase*, as Store.search finds it. Not to be changed.

        The store may know of more by now, which is left out. Raises StoreError where it cannot be read.
        """
        found = self._answers.get((phrase, titles))
        if found is None:
            positions, known = self._numbered, len(self._numbered)
            numbers = self._search(phrase, titles) if self._search else []
            numbers = numbers[: bisect_left(numbers, known)]
            found = BitMap(array("I", map(positions.__getitem__, numbers)))
            found.discard(0)
            self._answers.put((phrase, titles), found)
        return found

    def known(self, kind: str) -> set[str]:
        """The slugs on offer, of empty feeds too, but not those that only left articles had."""
        slugs = {str(slug) for slug in self._facets[kind]}
        if kind == "topic":
            slugs.update(self._topics)
            slugs -= {topic.slug for topic in self._topics.values() if topic.gone}
        if kind == "provider":
            slugs.update(self._organizations)
        return slugs

    def gone(self, kind: str, slug: str) -> bool:
        """Whether the taxonomy says that this feed was ended for good."""
        known = self._topics.get(slug) if kind == "topic" else None
        return known is not None and known.gone

    def canonical(self, kind: str, slug: str) -> str:
        """*slug*, or what the taxonomy says is the same."""
        return self._extractor.lineages.get(slug, (slug,))[0] if kind == "topic" else slug

    def top(self, positions: BitMap, limit: int) -> list[int]:
        """The first *limit* of *positions*, newest first, those of one second by id."""
        size = len(positions)
        return list(reversed(positions[max(0, size - limit) : size]))

    def newest(self, positions: BitMap, limit: int) -> tuple[Record, ...]:
        """The records at the ``top`` of *positions*."""
        return tuple(self._records[position] for position in self.top(positions, limit))

    def record(self, position: int) -> Record:
        """What is at *position*, which must be of this index."""
        return self._records[position]

    def find(self, named: str) -> Record | None:
        """The article with the id or the address *named*, the newest of several."""
        if named in self._positions:
            return self._records[self._positions[named]]
        return max(_at(named, self._records.values()), key=_order, default=None)

    def position(self, record: Record) -> int:
        """Where *record* is, which must be of this index."""
        return self._positions[record.id]

    def between(self, begin: int | None, end: int) -> BitMap:
        """The slots of what was published from *begin*, or ever, until just before *end*."""
        positions = self.everything
        low = 0 if begin is None else self._place((begin, ""))
        high = self._place((end, ""))
        # Slicing would take them out one by one.
        return (
            positions & BitMap(range(positions[low], positions[high - 1] + 1)) if low < high else BitMap()
        )

    def marks(self, seconds: Iterable[int]) -> list[int]:
        """For each of *seconds*, the slot from which on articles are of it or later."""
        positions = self.everything
        end = positions.max() + 1 if positions else 0
        places = (self._place((second, "")) for second in seconds)
        return [positions[place] if place < len(positions) else end for place in places]

    def changed_since(self, positions: BitMap, moment: int) -> BitMap:
        """Those of *positions* that came to look as they do after *moment*."""
        day = moment // DAY
        found = self.at_least("changed", day + 1) & positions
        same = self._postings("changed", day) & positions
        found.update(position for position in same if self._records[position].moment > moment)
        return found

    def latest(self, positions: BitMap) -> int:
        """When one of *positions* last came to look as it does, 0 where there are none."""
        return self._last("changed", positions)

    def rated(self, positions: BitMap) -> int:
        """When the heat or quality of one of *positions* last changed, 0 where that never was."""
        return self._last("rated", positions)

    def _last(self, kind: str, positions: BitMap) -> int:
        """The last second of a *kind* that one of *positions* has, 0 where none has any."""
        for day, found in self._by_number(kind, positions):
            second = SECONDS[kind]
            if len(found) < FEW:
                return max(second(self._records[position]) for position in found)
            last = next(position for position in self._in_order(kind, day) if position in found)
            return second(self._records[last])
        return 0

    def _in_order(self, kind: str, day: int) -> array[int]:
        """The slots of what has a *day* of a *kind*, the last first, ordered once it is asked for."""
        ordered = self._ordered.get((kind, day))
        if ordered is None:
            second, positions = SECONDS[kind], self._numbers(kind)[day]
            by_second = sorted(
                positions, key=lambda position: second(self._records[position]), reverse=True
            )
            ordered = self._ordered[kind, day] = array("I", by_second)
        return ordered

    def _by_number(self, kind: str, positions: BitMap) -> Iterator[tuple[int, BitMap]]:
        """Each number of a *kind* that some of *positions* have, with those, the highest first."""
        parts = self._numbers(kind)
        for value in sorted(parts, reverse=True):
            if found := parts[value] & positions:
                yield value, found

    @property
    def newest_at(self) -> int:
        """The date of the newest article, 0 where there are none."""
        return self._records[self.everything.max()].published if self._records else 0

    @property
    def appeared_at(self) -> int:
        """When the last article appeared, 0 where none did."""
        return self._last("appeared", self.everything)

    def appeared(self, positions: BitMap, end: int) -> Iterator[tuple[int, BitMap]]:
        """The days before *end* on which some of *positions* appeared, with those, the last day first."""
        for day, found in self._by_number("appeared", positions):
            if day * DAY < end:
                yield day * DAY, found

    def telling(self, story: str) -> BitMap:
        """The slots of what tells *story*, the id of one. Not to be changed."""
        return self._postings("cluster", story)

    def one_of_each_story(self, positions: BitMap) -> BitMap:
        """*positions* with only the newest one of those that tell the same story."""
        told = self._postings("has", "story") & positions
        newest = {self._records[position].cluster: position for position in told}
        return (positions - told) | BitMap(array("I", newest.values()))

    def ranked(self, positions: BitMap, kind: str) -> Iterator[BitMap]:
        """*positions* in parts of the same heat or quality, the highest first; what has none has 0."""
        above: list[BitMap] = []
        below: list[BitMap] = []
        for value, part in self._by_number(kind, positions):
            if value > 0:
                above.append(part)
                yield part
            else:
                below.append(part)
        if none := positions - BitMap.union(BitMap(), *above, *below):
            yield none
        yield from below

    def at_least(self, kind: str, least: int) -> BitMap:
        """The slots of what has *least* or more heat or quality; what has none has 0."""
        parts = self._numbers(kind)
        if least > 0:
            return BitMap.union(BitMap(), *(part for value, part in parts.items() if value >= least))
        below = (part for value, part in parts.items() if value < least)
        return self.everything - BitMap.union(BitMap(), *below)

    def _numbers(self, kind: str) -> dict[int, BitMap]:
        """The slots of what has a number, by that number."""
        return cast(dict[int, BitMap], self._facets[kind])

    def _postings(self, kind: str, value: str | int) -> BitMap:
        return self._facets[kind].get(value) or BitMap()

    def departed(self, wanted: FacetConjunction, within: Period | None = None) -> int:
        """When an article last left the feed of those that have one of each *wanted*, or came back.

        Only those published *within* a period count, where one is given; 0 where none did.
        """
        ended = (self._ended(each) for each in self._tombstones.of(wanted, within))
        return max([0 if within else self.renewed, *ended])

    def deleted(self, wanted: FacetConjunction, within: Period | None = None) -> tuple[DeletedEntry, ...]:
        """What left the feed of those that have one of each *wanted*, and every other, the last first."""
        left = {each.id: each for each in self._tombstones.of(wanted, within)}
        gone = (each for id_, each in left.items() if id_ and id_ not in self._positions)
        last = (each._replace(at=self._tombstones.last(each.id)) for each in gone)
        return tuple(sorted(last, reverse=True)[:DELETIONS])

    def _ended(self, deletion: DeletedEntry) -> int:
        """When a feed was last told otherwise of the article that left it."""
        position = self._positions.get(deletion.id)
        if position is not None:
            return max(deletion.at, self._records[position].moment)
        return max(deletion.at, self._tombstones.last(deletion.id))

    def _place(self, wanted: tuple[int, str]) -> int:
        """How many articles come before one in such a place."""
        positions, records = self.everything, self._records
        low, high = 0, len(positions)
        while low < high:
            middle = (low + high) // 2
            if _order(records[positions[middle]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

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
        return self._called.get((kind, slug)) or Counter()

    def topics(self) -> list[Listing]:
        """Every topic, by name."""
        return sorted((self.topic(slug) for slug in self.known("topic")), key=_by_name)

    def providers(self) -> list[Listing]:
        """Every provider with articles, by name; an organization without any is not on offer."""
        listings = []
        for domain in map(str, self._facets["provider"]):
            provider = self.provider(domain)
            listings.append(self._listing("provider", domain, provider.name, "", provider.url))
        return sorted(listings, key=_by_name)

    def author(self, slug: str) -> Listing:
        """The author called *slug*, under the most common spelling of the name."""
        return self._listing("author", slug, _most_common(self._names("author", slug)) or slug, "")

    def authors(self) -> list[Listing]:
        """Every author with articles, by name."""
        return sorted((self.author(slug) for slug in self.known("author")), key=_by_name)

    def _listing(self, kind: str, slug: str, name: str, parent: str, url: str = "") -> Listing:
        positions = self._postings(kind, slug)
        newest = self._records[positions.max()].published if positions else 0
        return Listing(slug, name, parent, len(positions), newest, url)


def article(record: Record) -> Article:
    """The article that *record* holds."""
    return _article.decode(record.content)


def articles(records: Sequence[Record]) -> Iterator[Article]:
    """The articles that *records* hold."""
    return map(_article.decode, contents(records))


def _at(url: str, records: Iterable[Record]) -> Iterator[Record]:
    """Those of *records* whose article is at *url*."""
    wanted = address(url)
    likely = (record for record in records if record.address == wanted)
    return (record for record in likely if _addressed.decode(record.content).url == url)


def headlines(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """The titles of what *records* hold, and the language each is in, empty where it names none."""
    for article in map(_titled.decode, contents(records)):
        yield article.title, article.language


class _Draft:
    """An index being changed; what it shares with the one it came from is copied when touched."""

    def __init__(self, origin: Index) -> None:
        index = self._index = Index.__new__(Index)
        for name in Index.__slots__:
            setattr(index, name, getattr(origin, name))
        index._records = dict(origin._records)
        index._positions = dict(origin._positions)
        index._numbered = origin._numbered[:]
        index._answers = _Answers()
        index._ordered = {}
        index._facets = {kind: dict(postings) for kind, postings in origin._facets.items()}
        index._called = dict(origin._called)
        index.everything = BitMap(origin.everything)
        self._own: set[Facet] = set()
        self._late: list[Record] = []
        self._left: dict[tuple[int, str], int] = {}  # slots of what was removed, by its place

    def remove(self, id_: str) -> None:
        index = self._index
        position = index._positions.pop(id_, None)
        if position is None:
            return
        record = index._records.pop(position)
        self._left[_order(record)] = position
        index._numbered[record.number] = 0
        index.everything.discard(position)
        for key, name in index._extractor.of(record):
            positions = self._touch(key)
            positions.discard(position)
            if name is not None:
                index._called[key][name] -= 1
            if not positions:
                kind, value = key
                del index._facets[kind][value], index._called[key]
                self._own.discard(key)

    def moves(self, record: Record) -> bool:
        """Whether *record* is to be in another place than it was removed from."""
        return _order(record) not in self._left

    def add(self, record: Record) -> None:
        index = self._index
        position = self._left.get(_order(record)) or self._room_for(record)
        if position is None:
            self._late.append(record)
            return
        index._records[position] = record
        index._positions[record.id] = position
        if record.number >= (known := len(index._numbered)):
            index._numbered.extend(array("I", bytes(4 * (record.number + 1 - known))))
        if record.number:
            index._numbered[record.number] = position
        index.everything.add(position)
        for key, name in index._extractor.of(record):
            self._touch(key).add(position)
            if name is not None:
                index._called[key][name] += 1

    def done(self) -> Index:
        if self._late:
            self._index._number([*self._index._records.values(), *self._late])
        return self._index

    def _touch(self, key: Facet) -> BitMap:
        """The slots of what has *key*: these, and what it is called, may be changed now."""
        kind, value = key
        facets, names = self._index._facets[kind], self._index._called
        if key not in self._own:
            self._own.add(key)
            facets[value] = BitMap(facets.get(value) or ())
            names[key] = +names.get(key, Counter())
        return facets[value]

    def _room_for(self, record: Record) -> int | None:
        positions = self._index.everything
        low = self._index._place(_order(record))
        before = positions[low - 1] if low else 0
        if low == len(positions):
            return int(before) + ROOM
        position = (before + positions[low]) // 2
        return int(position) if position > before else None


class _Answers:
    """The last few answers to searches. Use from any number of threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bitmaps: LRUCache[tuple[tuple[str, ...], bool], BitMap] = LRUCache(
            ANSWERS, lambda found: 1 + len(found) // 512
        )

    def get(self, asked: tuple[tuple[str, ...], bool]) -> BitMap | None:
        with self._lock:
            return self._bitmaps.get(asked)

    def put(self, asked: tuple[tuple[str, ...], bool], found: BitMap) -> None:
        with self._lock:
            if self._bitmaps.getsizeof(found) <= ANSWERS:
                self._bitmaps[asked] = found


def _no_slots() -> array[int]:
    return array("I")


def _order(record: Record) -> tuple[int, str]:
    return record.published, record.id


def _by_name(listing: Listing) -> tuple[str, str]:
    return listing.name.casefold(), listing.slug


def _most_common(names: Counter[Any]) -> Any:
    """The commonest of *names*, of equally common ones the same everywhere."""
    return min(names, key=lambda name: (-names[name], repr(name)), default=None)
