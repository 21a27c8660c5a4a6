"""The survey of a site is kept as long as nothing that it depends on changed."""

import os
from collections.abc import Mapping, Set
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.article import Article
from feeds.corpus import Corpus, Reading, Stamp
from feeds.corpus.detection import detect
from feeds.corpus.schema import Options
from feeds.corpus.site_schema import SiteSchema
from feeds.errors import ArticleError
from tests.corpus.media_files import png
from tests.table import for_each

HUGO = 'baseURL = "https://{host}.example/"\ntitle = "Tide"\n[permalinks]\nposts = "{pattern}"\n'
# Without it, the dated files in folders of mostly dated ones are articles.
SECTIONS = '[params]\nmainSections = ["posts", "notes"]\n'
BY_DAY = "/:year/:month/:day/:slug/"
A, B = "content/posts/a.md", "content/posts/b.md"
# One moment, on two days.
LATE, EARLY = "2026-01-01T23:30:00Z", "2026-01-02T00:30:00+01:00"


def post(body: str = "Words.", title: str = "One", date: str = "2026-01-02", fields: str = "") -> str:
    return f"---\ntitle: {title}\ndate: {date}\n{fields}---\n{body}\n"


class Site:
    """A folder with a site, and the results of reading it; a file is read again if its stamp differs."""

    def __init__(
        self,
        root: Path,
        files: Mapping[str, str],
        kept: Mapping[str, bytes] | None = None,
        published: Set[str] = frozenset(),
    ) -> None:
        self.root = root
        self._times = count(1_700_000_000)
        for path, text in files.items():
            self.write(path, text)
        self.corpus = Corpus(root, dialect="auto", kept=kept)
        self.known: dict[str, tuple[Stamp, Reading | None]] = {}
        self.published = {*published}
        self.corpus.remember(lambda: self.published)
        self._settings = b""
        self.sweep()

    def write(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(file, (at := next(self._times), at))

    def notice(self, paths: Set[str]) -> None:
        """Read the files again that a change at *paths* affects."""
        if any(map(self.corpus.concerns_all, paths)):
            self.sweep()
            return
        for path in sorted(filter(self.corpus.holds, self.corpus.affected(paths))):
            self._read(path, self.corpus.stamp(path))

    def sweep(self) -> None:
        """Read all files again that changed; after a change of the configuration, each."""
        self.corpus.reload(accept_removals=True)
        self.corpus.fix("tide.example")
        if self.corpus.fingerprint != self._settings:
            self._settings, self.known = self.corpus.fingerprint, {}
        stamps = dict(each for each in self.corpus.files() if not isinstance(each, ArticleError))
        for path in sorted(stamps.keys() | self.known.keys()):
            self._read(path, stamps.get(path))

    def _read(self, path: str, stamp: Stamp | None) -> None:
        if not stamp:
            self.known.pop(path, None)
            self.published.discard(path)
        elif path not in self.known or self.known[path][0] != stamp:
            self.known[path] = stamp, self.corpus.read(path)
            if isinstance(self.known[path][1], Article):
                self.published.add(path)

    def result(self) -> list[object]:
        """The stamp, reading and address of every file, and the summary of the site."""
        files = [(path, *self.known[path], self.corpus.address_of(path)) for path in sorted(self.known)]
        return [[str(each) for each in files], self.corpus.summary]


def agrees(site: Site) -> None:
    """Check that *site* has read what a process that starts now reads."""
    assert site.result() == Site(site.root, {}, site.corpus.descriptions, site.published).result()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    config = HUGO.format(host="tide", pattern=BY_DAY) + SECTIONS
    return Site(tmp_path, {"hugo.toml": config, A: post(), B: post("See [it](a.md).", "Two")})


@pytest.fixture
def schema(site: Site) -> SiteSchema:
    """The schema of the *site*, without the corpus that has it."""
    return SiteSchema(Options(root=site.root), detect(site.root), {}, "tide.example")


def test_an_edit_of_the_words_keeps_the_survey(site: Site, schema: SiteSchema) -> None:
    before = schema.survey()
    site.write(A, post("Other words."))
    schema.affected({A})
    assert schema.survey() is before


def test_a_sweep_without_a_change_or_after_an_edit_of_the_words_keeps_the_survey(
    site: Site, schema: SiteSchema
) -> None:
    before = schema.survey()
    for body in ("Words.", "Other words."):
        site.write(A, post(body))
        schema.find_descriptions()
        schema.use_descriptions(accept_removals=True)
        schema.fix("tide.example")
        assert [*schema.files("")]
        assert schema.survey() is before


def test_a_new_file_keeps_the_addresses_of_others(site: Site, schema: SiteSchema) -> None:
    before = schema.survey()
    site.write("content/posts/c.md", post(title="Three"))
    schema.affected({"content/posts/c.md"})
    now = schema.survey()
    assert now.addresses.keys() - before.addresses.keys() == {"content/posts/c.md"}
    assert all(now.addresses[path] is address for path, address in before.addresses.items())


@for_each("text", [
    post(title="Another"),
    post(date="2026-03-04"),
    post(date=EARLY),
    post(fields="slug: other\n"),
    post(fields="tags: [Go]\n"),
    post(fields="draft: true\n"),
    post(fields="expiryDate: 2020-01-01\n"),
    post("See [it](b.md)."),
    post("See [it](https://tide.example/2026/01/02/two/)."),
    "---\n: [\n---\n",
    "",
])  # fmt: skip
def test_an_edit_of_a_fact_that_others_share_surveys_again(
    site: Site, schema: SiteSchema, text: str
) -> None:
    site.write(A, post(date=LATE))
    site.notice({A})
    schema.affected({A})
    before = schema.survey()
    site.write(A, text)
    schema.affected({A})
    assert schema.survey() is not before
    site.notice({A})
    agrees(site)


def test_a_date_in_another_zone_is_on_another_day(site: Site) -> None:
    site.write(A, post(date=LATE))
    site.notice({A})
    assert "/2026/01/01/one/" in str(site.known[B])
    site.write(A, post(date=EARLY))
    site.notice({A})
    assert "/2026/01/02/one/" in str(site.known[B])


def test_another_authority_or_site_surveys_again(site: Site) -> None:
    before = site.corpus.address_of(B)
    site.corpus.fix("other.example")
    assert "other.example" in site.corpus.id_of(B)
    site.sweep()
    assert site.corpus.address_of(B) is not before
    site.write("hugo.toml", HUGO.format(host="ebb", pattern=BY_DAY) + SECTIONS)
    site.sweep()
    assert "https://ebb.example/" in str(site.known[A])
    agrees(site)


def test_a_file_that_could_not_be_read_names_no_files_later(site: Site) -> None:
    site.write("static/pic.png", png(20, 10))
    site.write(A, post("![x](/pic.png)", "too long " * 1000))
    site.notice({A})
    site.sweep()
    site.write(A, post("Words without a picture."))
    site.notice({A})
    agrees(site)


names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
paths = st.builds("content/posts/{}.md".format, names) | st.builds("content/notes/{}.md".format, names)
bodies = st.sampled_from([
    "Words.", "Other words.", "See [it](a.md).", "See [[b]] and [c](/posts/c.md).", "# A heading",
    "![x](/pic.png)", "[x](/2026/01/02/one/) [y](/posts/a/)", "![y](other.png) {{< ref \"d.md\" >}}",
])  # fmt: skip
dates = st.sampled_from(["2026-01-02", "2026-01-03", LATE, EARLY, "never", ""])
fields = st.sampled_from(
    ["", "draft: true\n", "tags: [Go, go]\n", "tags: [GO]\n", "slug: x\n", "url: /y/\n"]
)
posts = st.builds(post, bodies, st.sampled_from(["One", "Two", "''"]), dates, fields)
configurations = st.builds(
    HUGO.format, host=st.sampled_from(["tide", "ebb"]), pattern=st.sampled_from([BY_DAY, "/:slug/"])
)
writes = st.tuples(paths, posts | st.just("") | st.just("No header.\n"))
changes = st.one_of(
    writes,
    st.tuples(paths, st.none()),
    st.tuples(st.just("hugo.toml"), configurations | st.just("[")),
)


@given(
    first=st.dictionaries(paths, posts, min_size=2),
    changes=st.lists(st.tuples(changes, st.booleans()), max_size=12),
    sections=st.sampled_from([SECTIONS, ""]),
)
def test_what_is_read_after_edits_is_what_a_new_process_reads(
    first: dict[str, str], changes: list[tuple[tuple[str, str | None], bool]], sections: str
) -> None:
    with TemporaryDirectory() as folder:
        config = HUGO.format(host="tide", pattern=BY_DAY) + sections
        made = Site(Path(folder), {"hugo.toml": config} | first)
        for (path, text), is_swept in changes:
            if text is None:
                (made.root / path).unlink(missing_ok=True)
            else:
                made.write(path, text + sections if path == "hugo.toml" else text)
            if is_swept:
                made.sweep()
            else:
                made.notice({path})
            if is_swept or sections:  # other files may become pages: a sweep finds these
                agrees(made)


def test_other_links_to_articles_are_another_example_for_all_addresses(tmp_path: Path) -> None:
    names = ["apple", "birch", "cedar", "daisy", "elder", "fern"]

    def page(folder: str) -> str:
        return "\n\n".join(f"[x](https://tide.example/{folder}/{name}/)" for name in names)

    posts = {f"posts/{name}.md": post(title=name) for name in names}
    made = Site(tmp_path, {"package.json": '{"dependencies": {"next": "15"}}', **posts})
    for folder in ("blog", "notes", "blog"):
        made.write("posts/fern.md", post(page(folder), "fern"))
        made.notice({"posts/fern.md"})
        assert f"https://tide.example/{folder}/apple/" in str(made.known["posts/apple.md"])
        agrees(made)
