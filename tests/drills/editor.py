"""Random changes of a corpus, with a record of the expected content of every article."""

import json
import os
from pathlib import Path
from random import Random
from typing import NamedTuple

FIRST = 60  # articles before the first change
FIRST_PICTURES = 4
TOPICS = ("Boats", "Tides", "Ropes")
WORDS = ("anchor", "buoy", "cleat", "deck", "eddy", "fender", "gull", "hull", "inlet", "jetty", "keel")

# The random changes, with their weights.
_CHANGES = {
    "add": 3, "edit": 8, "delete": 2, "rename": 2, "swap": 1, "break": 1, "mend": 2, "restore": 2,
}  # fmt: skip
_PICTURE_CHANGES = {"paint": 4, "erase": 1}


class Text(NamedTuple):
    """The text of an article at one version."""

    title: str
    body: str


class Page:
    """An article: its URL never changes, its path may; *version* counts its texts."""

    def __init__(self, number: int, path: str) -> None:
        self.number = number
        self.path = path
        self.version = 0
        self.is_broken = False
        self.topic = TOPICS[number % len(TOPICS)]
        self.own_id = f"urn:drill:{number}" if number % 2 else ""

    @property
    def url(self) -> str:
        return f"https://drill.example/{self.number}"


class Editor:
    """Changes the corpus at *root*; each file is written under another name, then renamed.

    With *paints*, there are pictures too.
    """

    def __init__(self, root: Path, random: Random, *, paints: bool = False) -> None:
        self.root = root
        self.pictures: dict[str, bytes] = {}  # by name
        self.painted: dict[str, set[bytes]] = {}  # all contents that each name ever had
        self.shown_pictures: set[str] = set()  # names of pictures that all hosts had
        self.live: dict[str, Page] = {}
        self.deleted: dict[str, Page] = {}
        self.written: dict[tuple[str, int], Text] = {}
        self.free_ids: set[str] = set()  # URLs; files without an id swapped names, so that ids may change
        self.ever_deleted: set[str] = set()  # URLs, of articles that were restored too
        self.done: list[str] = []
        self._random = random
        self._next = 0
        self._touched: set[str] = set()  # URLs of articles that were changed since ``settled``
        self._changes = _CHANGES | (_PICTURE_CHANGES if paints else {})
        (root / "_news").mkdir(parents=True)
        (root / "assets").mkdir()
        (root / "_config.yml").write_text("title: Drill\nurl: https://drill.example\n")
        for _ in range(FIRST):
            self._add()
        for _ in range(FIRST_PICTURES if paints else 0):
            self._paint()

    def step(self) -> str:
        """Make one random change; return its description."""
        name = self._random.choices([*self._changes], [*self._changes.values()])[0]
        did: str = getattr(self, f"_{name}")()
        self.done.append(did)
        return did

    def settled(self) -> None:
        """Note that the server has recorded all changes.

        Until then, an article without an id in its file is changed only once: a file that is renamed and
        edited in one step may be another article. For the same reason, only recorded files are broken.
        """
        self._touched.clear()

    def mend_all(self) -> None:
        """Mend all broken files: a new store has no last good version of them."""
        for page in self.live.values():
            if page.is_broken:
                page.is_broken = False
                self._write(page)

    def version_of(self, url: str, text: Text) -> int | None:
        """The version at which the article at *url* had *text*, None if it never had."""
        page = self.live.get(url) or self.deleted.get(url)
        versions = range(page.version, 0, -1) if page else ()
        return next((each for each in versions if self.written.get((url, each)) == text), None)

    def _add(self) -> str:
        page = Page(self._next, f"_news/{self._next:04}.md")
        self._next += 1
        self.live[page.url] = page
        self._write(page)
        return f"add {page.path}"

    def _edit(self) -> str:
        page = self._any()
        self._write(page)
        return f"edit {page.path}: version {page.version}"

    def _delete(self) -> str:
        page = self._any()
        if len(self.live) < FIRST // 2:
            return self._edit()
        del self.live[page.url]
        self.deleted[page.url] = page
        self.ever_deleted.add(page.url)
        (self.root / page.path).unlink()
        return f"delete {page.path}"

    def _restore(self) -> str:
        if not self.deleted:
            return self._add()
        page = self.deleted.pop(self._random.choice(sorted(self.deleted)))
        self.live[page.url] = page
        # Without an id in its file, only the same text makes it the same article.
        self._write(page, page.version + bool(page.own_id))
        return f"restore {page.path}: version {page.version}"

    def _rename(self) -> str:
        page = self._any()
        before = page.path
        page.path = f"_news/{self._random.choice(WORDS)}-{page.number:04}-{page.version}.md"
        (self.root / before).rename(self.root / page.path)
        return f"rename {before} to {page.path}"

    def _swap(self) -> str:
        one, other = self._any(), self._any()
        if one is other or bool(one.own_id) != bool(other.own_id):
            return self._edit()
        between = self.root / f".{one.number}.swap"
        (self.root / one.path).rename(between)
        (self.root / other.path).rename(self.root / one.path)
        between.rename(self.root / other.path)
        one.path, other.path = other.path, one.path
        if not one.own_id:
            self.free_ids |= {one.url, other.url}
        return f"swap {one.path} and {other.path}"

    def _break(self) -> str:
        page = self._any(is_seen=True)
        page.is_broken = True
        self._put(page.path, "---\ntitle: never closed\n")
        return f"break {page.path}"

    def _mend(self) -> str:
        broken = [page for page in self.live.values() if page.is_broken and page.url not in self._touched]
        if not broken:
            return self._edit()
        page = self._random.choice(broken)
        page.is_broken = False
        self._write(page)
        return f"mend {page.path}: version {page.version}"

    def _paint(self) -> str:
        """Paint a picture, and edit an article: a change of an article makes the leader look at once."""
        name = f"{self._random.choice(WORDS)}.png"
        content = self._random.randbytes(self._random.randrange(1, 20_000))
        self.painted.setdefault(name, set()).add(content)
        self._put(f"assets/{name}", content)
        self.pictures[name] = content
        return f"paint {name}; {self._edit()}"

    def _erase(self) -> str:
        if not self.pictures:
            return self._paint()
        name = self._random.choice(sorted(self.pictures))
        self.shown_pictures.discard(name)
        del self.pictures[name]
        (self.root / "assets" / name).unlink()
        return f"erase {name}; {self._edit()}"

    def _any(self, *, is_seen: bool = False) -> Page:
        found = self._random.choice(
            [
                page
                for page in self.live.values()
                if not page.is_broken and (page.url not in self._touched or (page.own_id and not is_seen))
            ]
        )
        self._touched.add(found.url)
        return found

    def _write(self, page: Page, version: int = 0) -> None:
        page.version = version or page.version + 1
        self._touched.add(page.url)
        words = " ".join(self._random.choices(WORDS, k=30))
        title = f"Article {page.number} version {page.version}"
        body = f"Version {page.version} of article {page.number}: {words}."
        title, body = self.written.setdefault((page.url, page.version), Text(title, body))
        # A second apart, so that the order of the articles is the same everywhere.
        header = {
            "title": title,
            "id": page.own_id,
            "webUrl": page.url,
            "publishedDateTime": f"2026-03-02T{page.number // 3600:02}:{page.number // 60 % 60:02}"
            f":{page.number % 60:02}Z",
            "topics": [page.topic],
            "heat": page.number * 37 % 101 + page.version * 53 % 101,
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in header.items() if value]
        self._put(page.path, "\n".join(["---", *lines, "---", body, ""]))

    def _put(self, path: str, content: str | bytes) -> None:
        new = self.root / f".{path.replace('/', '-')}.new"
        new.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(new, self.root / path)
