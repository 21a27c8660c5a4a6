"""An invented corpus of any size, the same for the same seed on any machine and any day."""

import re
import shutil
from binascii import crc32
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import isqrt
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar
from zlib import adler32

from feeds.article import slugify
from feeds.errors import CorpusError

END = datetime(2026, 11, 20, 18, tzinfo=UTC)  # fixed, so that the same seed means the same dates
DAYS = 1095
PICTURES = 24

T = TypeVar("T")

MARKER = ".sample"
UNFINISHED = ".sample-unfinished"


def write_sample(folder: Path, articles: int, seed: int, progress: Callable[[int], object]) -> None:
    """Write a corpus of *articles* to *folder*, telling *progress* how many are written.

    An earlier sample there is replaced, finished or not. Raises CorpusError where *folder* holds
    anything else, or cannot be written.
    """
    try:
        _make_room(folder)
        _write_taxonomy(folder)
        _write_pictures(folder / "assets" / "images")
        _write_articles(folder, articles, seed, progress)
        (folder / UNFINISHED).rename(folder / MARKER)
    except OSError as error:
        raise CorpusError(folder, f"cannot be written: {error.strerror}") from error


def _make_room(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CorpusError(folder, "not a folder")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MARKER).exists():
        (folder / MARKER).rename(folder / UNFINISHED)
    elif any(folder.iterdir()) and not (folder / UNFINISHED).exists():
        raise CorpusError(folder, "not empty, and not a sample: name a folder that is new")
    (folder / UNFINISHED).write_bytes(b"Written by `feeds sample`, which may replace this folder.\n")
    for name in ("_news", "_data", "assets"):
        if (folder / name).is_symlink():
            raise CorpusError(folder / name, "a link, which no sample has: move it elsewhere")
        if (folder / name).exists():
            shutil.rmtree(folder / name)


class _Topic(NamedTuple):
    name: str
    parent: str
    things: tuple[str, ...]  # plural, without an article
    people: tuple[str, ...]  # plural


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


_TOPICS = (
    _Topic(
        "Nature", "",
        _words(
            "wild orchards, peat bogs, chalk streams, barn owls, hedgerows, river otters, water meadows,"
            " glow-worms, dry-stone walls, beaver dams, night skies, swift boxes"
        ),
        _words("wardens, bird ringers, farmers, school classes, rangers, mapmakers"),
    ),
    _Topic(
        "Oceans", "Nature",
        _words(
            "kelp gardens, oyster reefs, tide pools, seagrass meadows, whale songs, grey seals,"
            " salt marshes, cold-water corals, drifting buoys, eel runs, spring tides, sea caves"
        ),
        _words("divers, marine biologists, net menders, tide watchers, skippers, oyster growers"),
    ),
    _Topic(
        "Harbours", "Oceans",
        _words(
            "lighthouses, tide mills, stone quays, dry docks, salvaged timbers, pilot boats,"
            " fish markets, foghorns, rope walks, harbour cranes, sail lofts, lock gates"
        ),
        _words("harbour pilots, boatbuilders, lock keepers, dockers, sailmakers, ferrymen"),
    ),
    _Topic(
        "Forests", "Nature",
        _words(
            "veteran oaks, birch woods, mushroom rings, seed banks, coppiced hazels, forest paths,"
            " woodpeckers, old pines, charcoal kilns, tree nurseries, bramble thickets, canopy walks"
        ),
        _words("foresters, seed collectors, woodcarvers, climbers, botanists, beekeepers"),
    ),
    _Topic(
        "Cities", "",
        _words(
            "roof gardens, public clocks, arcades, courtyards, market halls, town squares,"
            " brick chimneys, street lamps, drinking fountains, staircases, corner shops, allotments"
        ),
        _words("architects, neighbours, bricklayers, town planners, caretakers, street sweepers"),
    ),
    _Topic(
        "Transport", "Cities",
        _words(
            "night trains, cable cars, trams, cargo bicycles, river ferries, railway arches,"
            " branch lines, signal boxes, bus shelters, footbridges, canal boats, timetables"
        ),
        _words("tram drivers, signallers, commuters, bicycle couriers, engineers, ferry crews"),
    ),
    _Topic(
        "Food", "Cities",
        _words(
            "sourdough bakeries, cider presses, seaweed farms, smokehouses, cheese cellars, seed swaps,"
            " street kitchens, heritage apples, salt pans, tea rooms, community ovens, honey harvests"
        ),
        _words("bakers, cooks, cheesemakers, growers, fishmongers, millers"),
    ),
    _Topic(
        "Culture", "",
        _words(
            "puppet theatres, village archives, lantern parades, sign painters, weaving mills,"
            " letterpress shops, pottery kilns, film clubs, carnival floats, small museums, murals"
        ),
        _words("curators, weavers, potters, printers, storytellers, archivists"),
    ),
    _Topic(
        "Books", "Culture",
        _words(
            "travelling libraries, marginal notes, pocket atlases, second-hand bookshops, lost diaries,"
            " reading rooms, ghost stories, field guides, dictionaries, comic strips, translations"
        ),
        _words("librarians, translators, bookbinders, poets, booksellers, young readers"),
    ),
    _Topic(
        "Music", "Culture",
        _words(
            "brass bands, church organs, sea shanties, street pianos, listening rooms, wooden flutes,"
            " record fairs, choirs, folk archives, bell towers, dance halls, lullabies"
        ),
        _words("bell ringers, fiddlers, organ tuners, choir leaders, record collectors, composers"),
    ),
    _Topic(
        "Science", "",
        _words(
            "ice cores, tree rings, weather stations, pollen counts, seismographs, star charts,"
            " microscopes, fossil beds, tide tables, soil samples, glass lenses, citizen surveys"
        ),
        _words("geologists, students, glassblowers, meteorologists, amateurs, statisticians"),
    ),
    _Topic(
        "Space", "Science",
        _words(
            "meteor showers, small satellites, radio telescopes, lunar maps, comet tails, planetariums,"
            " dark-sky parks, sounding rockets, solar storms, star parties, orbit tables, moon rocks"
        ),
        _words("astronomers, rocket builders, stargazers, radio operators, mission planners"),
    ),
)  # fmt: skip


class _Provider(NamedTuple):
    name: str
    domain: str
    weight: int
    topics: tuple[str, ...]
    authors: tuple[str, ...]


_PROVIDERS = (
    _Provider(
        "Tidal Post", "tidalpost.example", 6, ("Oceans", "Harbours", "Nature", "Food"),
        _words("Maren Ostley, Tobias Quill, Ines Harrow, Fenn Waverly"),
    ),
    _Provider(
        "The Lantern", "lantern.example", 5, ("Cities", "Culture", "Books", "Music", "Transport"),
        _words("Odile Brandt, Casper Lune, Priya Somerset, Jory Penhale"),
    ),
    _Provider(
        "Hedgerow", "hedgerow.example", 4, ("Nature", "Forests", "Food"),
        _words("Willa Thorne, Anselm Birk, Ruta Meadows"),
    ),
    _Provider(
        "Signal & Siding", "signalandsiding.example", 3, ("Transport", "Cities", "Harbours"),
        _words("Harriet Points, Emeka Vale, Lars Underhill"),
    ),
    _Provider(
        "Perihelion", "perihelion.example", 4, ("Space", "Science"),
        _words("Noor Castellan, Ida Kepple, Matteo Vance"),
    ),
    _Provider(
        "Café Atlas", "cafe-atlas.example", 3, ("Food", "Cities", "Books"),
        _words("Zoë Marchetti, Émile Roux, Sanna Lindqvist"),
    ),
    _Provider(
        "The Quarter Note", "quarternote.example", 2, ("Music", "Culture"),
        _words("Dov Arpeggi, Clementine Hall"),
    ),
    _Provider(
        "Field Notes Weekly", "fieldnotes.example", 3, ("Science", "Forests", "Oceans", "Space"),
        _words("Bryn Sedgewick, Amara Finch, Kaito Moss"),
    ),
)  # fmt: skip

_PLACES = _words(
    "Tidewater, Marrow Bay, Kestrel Hill, Upper Lindow, Saltby, Ferris Point, Old Quarrel, Wintermere,"
    " Aldergate, Port Amity, Greywick, Thistledown, Lowmoor, Candle Street, Nine Bridges, Ravensholt,"
    " Ambleford, Copperdale, St Orrin, Windrush End, Halcyon Row, Bellweather, Fallow Green, Hartsease,"
    " Inkerby, Juniper Cross, Larkrise, Mossbank, Northolme, Osprey Sound, Pendle Quay, Quillhaven"
)
_KINDS = _words(
    "forgotten, floating, small, old, borrowed, unfinished, hidden, well-loved, stubborn, hand-made,"
    " restless, moonlit"
)
_DID = _words(
    "rebuilt, saved, rediscovered, counted, mended, learned to love, mapped, opened up, moved, inherited,"
    " photographed, gave away"
)
_DO = _words(
    "rescue, map, count, repair, restore, defend, listen to, draw, rethink, celebrate, look after"
)
_SEASONS = _words(
    "before winter, by candlelight, one at a time, against the odds, for the first time, without a plan,"
    " in a single weekend, after the flood, with borrowed tools, by hand, at low tide"
)
_HEADLINES = (
    "How {place} {did} its {things}",
    "How {place} {did} its {kind} {things}",
    "The {people} who {do} {things} {season}",
    "{People} in {place} {do} {things} {season}",
    "What {things} taught {place}",
    "What the {people} of {place} know about {things}",
    "Why {place} counts on its {things}",
    "Why {people} still {do} {things}",
    "A day among the {things} of {place}",
    "A new map shows where the {things} went",
    "In praise of {kind} {things}",
    "The quiet return of {things} to {place}",
    "The {kind} {things} of {place}",
    "{Number} {things}, {few} {people} and one long summer",
    "{Number} {things} in {place}, and who looks after them",
    "{place} asks its {people}: what should become of the {things}?",
    "{place} {did} its {things} {season}",
    "Can {people} save the {things} of {place}?",
    "Letters from {place}: {people}, {things} and rain",
    "After {few} years, {things} are back in {place}",
    "Meet the {people} of {place} who {do} {kind} {things}",
    "No hurry: how {people} {do} {things} in {place}",
    "“We never stopped”: {people} on {few} years of {things}",
    "Where to find the {kind} {things} of {place}",
    "{Things} at the end of the line",
    "{Things} and the {people} who {do} them",
)
_EXCERPTS = (
    "{Few} years, {number} {things} and a town that would not let go.",
    "It began with {few} {people} and a rainy Tuesday in {place}.",
    "For {few} years nobody in {place} spoke of the {things}. Now everybody does.",
    "The {people} of {place} have a plan, a ladder and very little time.",
    "{Number} {things} were counted this year, {few} more than anyone expected.",
    "What looks like luck in {place} is the work of {few} patient {people}.",
    "Some call them {kind}. In {place} they are simply the {things}.",
    "A walk through {place} with the {people} who {do} {things}.",
    "The {things} of {other} were lost. {place} means to do better.",
    "No grant, no committee: only {people}, {season}.",
    "Between {place} and {other}, {things} are changing what people do with their evenings.",
    "Ask {author}’s neighbours in {place} about {things} and clear your afternoon.",
)
_SENTENCES = (
    "On a clear morning you can see the {things} from the road to {other}.",
    "The {people} arrive early, because the light is better and the kettle is free.",
    "Nobody kept a list until {few} {people} started one on the back of a timetable.",
    "There were {number} {things} then; today there are a few more, and most of them work.",
    "In {place}, {things} are not a hobby but a reason to get up.",
    "“You do the first one badly,” says {author}, {few} years on, “and then you cannot stop.”",
    "The council of {place} gave them a shed, {few} keys and its best wishes.",
    "What happens {season} is mostly patience, with some string.",
    "Their neighbours in {other} thought it could not be done, and came to watch.",
    "A study counted {number} of them within a morning’s walk.",
    "Most visitors come for the {kind} ones and stay for the soup.",
    "The work is slow, and that is rather the point.",
    "It costs about as much as {few} parking spaces.",
    "“People ask what they are for,” says one of the {people}. “I ask what people are for.”",
    "By the second year the {things} had found their own way of being useful.",
    "Last spring a storm took {few} of them, and within a week there were {number} volunteers.",
    "The plans are pinned up in the library, where anyone may correct them in pencil.",
    "Children from {other} now learn to {do} {things} before they learn to cycle.",
    "None of it is {kind}, whatever the postcards say.",
    "The {people} disagree about nearly everything except the {things}.",
    "Records in {place} go back {number} years and smell faintly of apples.",
    "Every one of them has a name, and every name has a story that takes too long.",
    "A good year brings {few} surprises; this one has brought more.",
    "They meet on Thursdays, {season}, whatever the weather does.",
    "What used to take a month is now done between breakfast and the ten o’clock ferry.",
    "It is hard to say when {place} began to care, but easy to see that it does.",
    "The oldest are kept in {other}, under a roof that {few} {people} paid for themselves.",
    "A visitor once offered a fortune for the {things} and was given tea instead.",
    "There is a waiting list, and {author} is not yet on it.",
    "If it works here, {number} other towns would like to hear how.",
    "Not all of it went well: the first {few} attempts are still at the bottom of the pond.",
    "This winter they hope to {do} the last of the {kind} ones.",
    "The maps were wrong, which turned out to be the best thing about them.",
    "You can hear it before you see it, says everyone who has been.",
    "For now the {things} stay where they are, and so do the {people}.",
    "Anyone who wants to help should bring gloves and an opinion.",
    "The next open day is in {place}, after the market.",
)  # a prime number of them: see _some
_HEADINGS = (
    "A beginning in {place}", "What the {people} found", "The {kind} ones", "What happens next",
    "{Number} and counting", "How it works", "A view from {other}",
)  # fmt: skip
_POINTS = (
    "**{Number}** {things} are in use today.",
    "**{Few}** of them are older than the railway.",
    "The {people} of {place} meet every Thursday.",
    "{other} joins in next spring.",
    "Visitors are welcome, dogs *usually* are.",
)
_QUOTES = (
    "You cannot hurry {things}. We have tried.",
    "First they laughed, then they asked for the key.",
    "If {place} can do it, anyone with a ladder can.",
    "My grandmother was one of the {people}. She would have done it faster.",
    "I came for a weekend, {few} years ago.",
)
_NUMBERS = _words(
    "twelve, fourteen, seventeen, nineteen, twenty-one, twenty-six, thirty, forty, forty-four, sixty,"
    " seventy, ninety, a hundred, two hundred"
)
_FEW = _words("two, three, four, five, six, seven, eight, nine, ten")
_TYPES = ("article",) * 16 + ("video",) * 2 + ("interview", "photo-essay")
_AGAIN = _words("Update, Analysis, Explained, Opinion, Live, Watch")  # the one word a title has more
_BY_TITLE, _BY_LINK = 1, 2
_RETOLD = (1,) * 8 + (2,) * 4 + (3,) * 2 + (5,)  # how often a story is told again


class _Tongue(NamedTuple):
    language: str
    things: tuple[str, ...]
    headlines: tuple[str, ...]
    excerpts: tuple[str, ...]
    sentences: tuple[str, ...]


_TONGUES = (
    _Tongue(
        "de",
        _words(
            "Leuchttürme, Streuobstwiesen, Nachtzüge, Bienenstöcke, Markthallen, Sternwarten, Glocken"
        ),
        (
            "Wie {place} seine {things} rettete",
            "{things} in {place}: ein Besuch zwischen {place} und {other}",
            "Was die {things} von {place} noch erzählen können",
            "Warum {place} auf {things} zählt und nicht auf {other}",
        ),
        ("Von {place} bis {other} weiß jeder etwas über {things}.", "In {place} begann es im Regen."),
        (
            "Wer früh aufsteht, sieht die {things} von {place} im ersten Licht.",
            "In {other} hielt man das lange für unmöglich.",
            "Niemand führte eine Liste, bis jemand damit anfing.",
            "Die Arbeit ist langsam, und genau das gefällt allen.",
            "Im zweiten Jahr hatten die {things} ihren eigenen Weg gefunden.",
        ),
    ),
    _Tongue(
        "fr",
        _words("phares, vergers, trains de nuit, ruches, halles, observatoires, jardins suspendus"),
        (
            "Comment {place} a sauvé ses {things}",
            "Une journée parmi les {things} de {place}, près de {other}",
            "Ce que les {things} ont appris à {place}",
            "Pourquoi {other} envie à {place} ses {things}",
        ),
        ("De {place} à {other}, chacun connaît les {things}.", "À {place}, tout commença sous la pluie."),
        (
            "Le matin, on aperçoit les {things} depuis la route de {other}.",
            "À {place}, personne n’y croyait avant la première réunion.",
            "Le travail est lent, et c’est bien ce qui plaît.",
            "Les habitants de {other} sont venus voir, puis ils sont restés.",
            "L’été prochain, les {things} seront ouverts à tous.",
        ),
    ),
)  # fmt: skip


class _Story(NamedTuple):
    """What others tell again, as it was told first."""

    topic: _Topic
    tongue: _Tongue | None
    words: dict[str, str]
    title: str
    address: str
    published: datetime
    provider: _Provider
    heat: int


class _Invention:
    """Draws from the vocabulary; ``Random.random`` alone is the same in every version of Python."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311  (nothing here is secret)

    def below(self, number: int) -> int:
        return int(self._random() * number)

    def chance(self, share: float) -> bool:
        return self._random() < share

    def one(self, members: tuple[T, ...]) -> T:
        return members[int(self._random() * len(members))]

    def some(self, members: tuple[str, ...], count: int) -> list[str]:
        """*count* different ones of *members*, of which there is a prime number."""
        start, step = self.below(len(members)), 1 + self.below(len(members) - 1)
        return [members[(start + i * step) % len(members)] for i in range(count)]


def _write_articles(folder: Path, articles: int, seed: int, progress: Callable[[int], object]) -> None:
    invention = _Invention(seed)
    made: set[str] = set()
    folders: set[Path] = set()
    story: _Story | None = None
    (folder / "_news").mkdir()
    left = 0
    for number in range(articles):
        name, text, told = _article(invention, number / articles, made, story if left else None)
        if left:
            left -= 1
        elif invention.chance(0.06):
            story, left = told, invention.one(_RETOLD)
        place = folder / "_news" / name[:4]
        if place not in folders:
            place.mkdir(exist_ok=True)
            folders.add(place)
        (place / name).write_bytes(text.encode())
        if number % 100 == 99:
            progress(number + 1)
    progress(articles)


def _article(
    invention: _Invention, age: float, made: set[str], story: _Story | None
) -> tuple[str, str, _Story]:
    """The file name and content of an article, and what it tells, which may be *story* again.

    It is of *age*, 0 for the newest to 1; names go to *made*.
    """
    provider = invention.one(_BY_WEIGHT)
    while story and provider == story.provider:
        provider = invention.one(_BY_WEIGHT)
    author = invention.one(provider.authors)
    first = story or _beginning(invention, age, provider, author)
    topic, tongue, published = first.topic, first.tongue, first.published
    words = first.words | {"author": author}
    way = 1 + invention.below(3) if story else 0  # of telling it again, bit by bit
    if story:
        published = min(published + timedelta(minutes=10 + invention.below(600)), END)
    again = story.title if story and way & _BY_TITLE else ""
    for _ in range(5):
        title = _headline(invention, tongue, words, again)
        name = f"{published:%Y-%m-%d}-{slugify(title)[:70].strip('-')}"
        if name not in made:
            break
        if not story and not tongue:
            words = _cast(invention, topic, author)
    else:
        name += f"-{len(made)}"
    made.add(name)
    kind = invention.one(_TYPES)
    address = f"https://{provider.domain}/{name[:4]}/{name[11:]}"
    heat = min(100, first.heat + invention.below(15)) if story else _rating(invention)
    told = first._replace(words=words, title=title, address=address, heat=min(85, heat + 20))
    lines = [
        "---",
        "category: news",
        f'title: "{title}"',
        f'excerpt: "{_sentence(invention.one(tongue.excerpts if tongue else _EXCERPTS), words)}"',
        f"publishedDateTime: {_iso(published)}",
    ]
    if invention.chance(0.15):
        changed = min(published + timedelta(minutes=20 + invention.below(4000)), END)
        lines.append(f"modifiedDateTime: {_iso(changed)}")
    lines += [
        f'webUrl: "{address}"',
        f"type: {kind}",
        f"quality: {1 + _rating(invention) * 99 // 100}",
        f"heat: {heat}",
    ]
    lines += [f"language: {tongue.language}"] if tongue else []
    if kind == "video":
        lines.append(
            f'featuredContent: <iframe src="https://video.example/embed/{name[11:]}"'
            ' width="640" height="360"></iframe>'
        )
    lines += [
        "provider:",
        f'  name: "{provider.name}"',
        f"  domain: {provider.domain}",
        "  authors:",
        f'    - name: "{author}"',
        "topics:",
        f"  - {topic.name}",
    ]
    if invention.chance(0.3):
        lines.append(f"  - {invention.one(tuple(t for t in provider.topics if t != topic.name))}")
    if invention.chance(0.9):
        lines += [
            "images:",
            f'  - url: "/assets/images/{1 + invention.below(PICTURES):02}.png"',
            "    width: 1200",
            "    height: 630",
            f'    title: "{_sentence("{Things} near {place}", words)}"',
        ]
    lines += _relations(invention, topic, published, first if way & _BY_LINK else None)
    lines += ["---", "", _text(invention, told, author, address), ""]
    return f"{name}.md", "\n".join(lines), told


def _beginning(invention: _Invention, age: float, provider: _Provider, author: str) -> _Story:
    """What an article of *age* is about, and when it came out."""
    topic = _BY_NAME[invention.one(provider.topics)]
    words = _cast(invention, topic, author)
    tongue = invention.one(_TONGUES) if invention.chance(0.06) else None
    if tongue:
        words["things"] = invention.one(tongue.things)
        words["Things"] = words["things"][0].upper() + words["things"][1:]
    return _Story(topic, tongue, words, "", "", _moment(invention, age), provider, 0)


def _headline(invention: _Invention, tongue: _Tongue | None, words: dict[str, str], again: str) -> str:
    """A new one, or *again* that of a story with one word more."""
    if again:
        return f"{invention.one(_AGAIN)}: {again}"
    return _sentence(invention.one(tongue.headlines if tongue else _HEADLINES), words)


def _relations(
    invention: _Invention, topic: _Topic, published: datetime, first: _Story | None
) -> list[str]:
    """What an article names: the *first* of its story, and sometimes what nobody has."""
    lines = [*_first(invention, first)] if first else []
    if invention.chance(0.2):
        for _ in range(1 + invention.below(3)):
            lines += _related(invention, topic, published)
    return ["related:", *lines] if lines else []


def _text(invention: _Invention, told: _Story, author: str, address: str) -> str:
    """The body of an article: a few paragraphs, or in one of thirty a long read."""
    if told.tongue:
        return "\n\n".join(
            _sentence(each, told.words) for each in invention.some(told.tongue.sentences, 4)
        )
    parts = [_body(invention, told.words, address)]
    if invention.chance(0.03):
        for _ in range(6 + invention.below(8)):
            words = _cast(invention, told.topic, author)
            parts += ["## " + _sentence("Meanwhile, in {place}", words), _body(invention, words, address)]
    return "\n\n".join(parts)


def _rating(invention: _Invention) -> int:
    """Of 0 to 100: mostly 30 to 60, seldom much more or less."""
    match invention.below(25):
        case 0:
            return 75 + invention.below(26)
        case 1:
            return invention.below(20)
    return 20 + sum(invention.below(18) for _ in range(3))


def _first(invention: _Invention, story: _Story) -> Iterator[str]:
    campaign = "?utm_source=related" if invention.chance(0.3) else ""
    yield f'  - title: "{story.title}"'
    yield f'    webUrl: "{story.address}{campaign}"'
    yield f"    publishedDateTime: {_iso(story.published)}"
    yield f'    provider: {{name: "{story.provider.name}", domain: {story.provider.domain}}}'


def _cast(invention: _Invention, topic: _Topic, author: str) -> dict[str, str]:
    """Who and what one article is about: the words for every gap in a template."""
    words = {
        "things": invention.one(topic.things), "people": invention.one(topic.people),
        "number": invention.one(_NUMBERS), "few": invention.one(_FEW), "author": author,
        "kind": invention.one(_KINDS), "do": invention.one(_DO), "did": invention.one(_DID),
        "season": invention.one(_SEASONS),
    }  # fmt: skip
    for word in ("things", "people", "number", "few"):
        words[word.capitalize()] = words[word][0].upper() + words[word][1:]
    place = invention.below(len(_PLACES))
    words["place"] = _PLACES[place]
    words["other"] = _PLACES[(place + 1 + invention.below(len(_PLACES) - 1)) % len(_PLACES)]
    return words


def _sentence(template: str, words: dict[str, str]) -> str:
    return template.format_map(words)


def _moment(invention: _Invention, age: float) -> datetime:
    """About when an article of *age* came out: mostly on working days, mostly by day."""
    moment = END - timedelta(days=age * DAYS)
    if moment.weekday() > 4 and invention.chance(0.7):
        moment -= timedelta(days=2)
    minute = 360 + int(12 * 60 * (invention.chance(0.5) + invention.below(1000) / 1000) / 2)
    made = moment.replace(hour=minute // 60, minute=minute % 60, second=invention.below(60))
    return min(made, END)


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _related(invention: _Invention, topic: _Topic, published: datetime) -> Iterator[str]:
    provider = invention.one(_PROVIDERS)
    words = _cast(invention, topic, provider.authors[0])
    title = _sentence(invention.one(_HEADLINES), words)
    before = published - timedelta(minutes=60 + invention.below(20_000))
    yield f'  - title: "{title}"'
    yield f'    webUrl: "https://{provider.domain}/{before:%Y}/{slugify(title)}"'
    yield f"    publishedDateTime: {_iso(before)}"
    yield f'    provider: {{name: "{provider.name}", domain: {provider.domain}}}'


def _body(invention: _Invention, words: dict[str, str], address: str) -> str:
    """Two to four paragraphs of Markdown, often with something between them."""
    paragraphs = 2 + invention.below(3)
    sentences = iter(invention.some(_SENTENCES, paragraphs * 4))
    parts = []
    for number in range(paragraphs):
        if number and invention.chance(0.35):
            parts.append(_aside(invention, words, address))
        length = 2 + invention.below(3)
        parts.append(" ".join(_sentence(next(sentences), words) for _ in range(length)))
    return "\n\n".join(parts)


def _aside(invention: _Invention, words: dict[str, str], address: str) -> str:
    match invention.below(4):
        case 0:
            return "## " + _sentence(invention.one(_HEADINGS), words)
        case 1:
            points = invention.some(_POINTS, 3)
            return "\n".join(f"- {_sentence(point, words)}" for point in points)
        case 2:
            return "> " + _sentence(invention.one(_QUOTES), words)
    return _sentence(f"More on [{{things}} in {{place}}]({address}/notes) is on its way.", words)


_BY_NAME = {topic.name: topic for topic in _TOPICS}
_BY_WEIGHT = tuple(provider for provider in _PROVIDERS for _ in range(provider.weight))


def _write_taxonomy(folder: Path) -> None:
    (folder / "_config.yml").write_text(
        "title: Tidewater Digest\ndescription: News from places that are not on any map\nlocale: en-gb\n",
        encoding="utf-8",
    )
    topics, organizations = folder / "_data" / "topics", folder / "_data" / "organizations"
    topics.mkdir(parents=True)
    organizations.mkdir()
    for number, topic in enumerate(_TOPICS):
        slug = slugify(topic.name)
        lines = ["taxonomy: topic", f"_id: {slug}", f"name: {topic.name}"]
        lines += [f"parent: {topic.parent}"] if topic.parent else []
        (topics / f"{number:02}-{slug}.yaml").write_bytes("\n".join([*lines, ""]).encode())
    for provider in _PROVIDERS:
        lines = [
            "---",
            "taxonomy: organization",
            f"_id: {provider.domain}",
            f'name: "{provider.name}"',
            f"domain: {provider.domain}",
            "images:",
            f"  - url: /assets/images/organizations/{provider.domain}-96x96.png",
            "    width: 96",
            "    height: 96",
            "---",
            "",
        ]
        (organizations / f"{provider.domain}.md").write_bytes("\n".join(lines).encode())


# Sky above, sky below, sun, hills from far to near.
_PALETTES = (
    ("2b3a67", "f7b267", "fff1c1", "6d597a", "355070", "1d2f4b"),
    ("89c2d9", "e0fbfc", "fffdf0", "5fa8a0", "2f7f79", "14504f"),
    ("ffcb77", "fef9ef", "fe6d73", "8fb996", "3f8f7b", "1f5c57"),
    ("0b132b", "3a506b", "f4f1de", "1c2541", "162036", "0a1020"),
    ("cdb4db", "ffe5ec", "fffaf0", "a2d2ff", "7aa6d6", "4f6d9a"),
    ("6a994e", "f2e8cf", "fff8dc", "a7c957", "588157", "344e41"),
    ("bc4749", "f4a261", "ffe8c7", "8d3b52", "5c2a4a", "331a38"),
    ("48cae4", "caf0f8", "ffe66d", "90be6d", "4d908e", "577590"),
)
_SKY = 24  # bands of the sky


class _Ellipse(NamedTuple):
    x: int
    y: int
    width: int  # half of it, as with height
    height: int
    colour: int


def _write_pictures(folder: Path) -> None:
    (folder / "organizations").mkdir(parents=True)
    for number in range(PICTURES):
        picture = _landscape(_Invention(number), 1200, 630, _PALETTES[number % len(_PALETTES)])
        (folder / f"{number + 1:02}.png").write_bytes(picture)
    for number, provider in enumerate(_PROVIDERS):
        logo = _landscape(_Invention(100 + number), 96, 96, _PALETTES[number])
        (folder / "organizations" / f"{provider.domain}-96x96.png").write_bytes(logo)


def _landscape(invention: _Invention, width: int, height: int, colours: tuple[str, ...]) -> bytes:
    """A sky, a sun and hills, as a PNG."""
    top, bottom, *solid = (bytes.fromhex(colour) for colour in colours)
    palette = [
        bytes((a * (_SKY - i) + b * i) // _SKY for a, b in zip(top, bottom, strict=True))
        for i in range(_SKY)
    ]
    size = height * (10 + invention.below(8)) // 100
    sun = _Ellipse(
        width * (20 + invention.below(60)) // 100,
        height * (25 + invention.below(25)) // 100,
        size,
        size,
        _SKY,
    )
    hills = [
        _Ellipse(
            width * (hill * 40 - 10 + invention.below(30)) // 100,
            height * (110 + layer * 8) // 100,
            width * (30 + invention.below(30)) // 100,
            height * (60 - layer * 14 + invention.below(10)) // 100,
            _SKY + 1 + layer,
        )
        for layer in range(3)
        for hill in range(4)
    ]
    rows = []
    for y in range(height):
        row = bytearray([y * _SKY // height]) * width
        for shape in (sun, *hills):
            if abs(y - shape.y) < shape.height:
                reach = isqrt(shape.height**2 - (y - shape.y) ** 2) * shape.width // shape.height
                left, right = max(0, shape.x - reach), min(width, shape.x + reach)
                if left < right:
                    row[left:right] = bytes([shape.colour]) * (right - left)
        rows.append(bytes(row))
    return _png(width, height, palette + solid, rows)


def _png(width: int, height: int, palette: list[bytes], rows: list[bytes]) -> bytes:
    """*rows* of indices into *palette* as a PNG (ISO/IEC 15948)."""
    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 3, 0, 0, 0])
    parts = [(b"IHDR", header), (b"PLTE", b"".join(palette)), (b"IDAT", _zlib(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + kind + data + crc32(kind + data).to_bytes(4) for kind, data in parts
    )


def _zlib(rows: list[bytes]) -> bytes:
    """*rows*, unfiltered, as runs in fixed Huffman codes (RFC 1951, 3.2.6).

    ``zlib.compress`` does not give the same bytes everywhere: zlib-ng, which some systems have in
    its place, finds other matches.
    """
    bits = ["110"]  # the last block; fixed codes
    lines = [b"\0" + row for row in rows]
    for line in lines:
        for found in re.finditer(rb"(?s)(.)(\1{3,258})?", line):
            bits.append(_symbol(found[1][0]))
            if found[2]:
                bits.append(_run(len(found[2])))
    bits.append("0000000")  # the end
    stream = "".join(bits)
    packed = int(stream[::-1], 2).to_bytes((len(stream) + 7) // 8, "little")
    return b"\x78\x01" + packed + adler32(b"".join(lines)).to_bytes(4)


def _symbol(code: int) -> str:
    if code < 144:
        return f"{48 + code:08b}"
    if code < 256:
        return f"{256 + code:09b}"
    return f"{code - 256:07b}" if code < 280 else f"{code - 88:08b}"


def _run(length: int) -> str:
    """The byte before, *length* more times: 3 to 258."""
    if length == 258:
        return _symbol(285) + "00000"
    extra = max(0, (length - 3).bit_length() - 3)
    code = 257 + 4 * extra + ((length - 3) >> extra)
    low = f"{(length - 3) & ((1 << extra) - 1):0{extra}b}"[::-1] if extra else ""
    return _symbol(code) + low + "00000"
