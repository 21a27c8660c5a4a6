"""An exported folder has the server's answers, and only changed files are written."""

import gzip
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import Result

from feeds.bootstrap import ServerProcess
from feeds.errors import ExportError
from feeds.export import addresses
from feeds.export.folder import Folder
from feeds.export.manifest import SUFFIXES, ExportedResponse, Head, Manifest, Part
from feeds.export.names import ENDINGS, FileNames
from feeds.export.rewriting import Rewriting, is_digest
from feeds.export.walk import Walk
from feeds.feed.directory import FEED_KINDS
from feeds.formats import FORMATS
from feeds.formats.document import etag
from feeds.query import DIGESTS
from feeds.query.parameters import PARAMETERS, SEGMENTS, WINDOW
from feeds.settings import load
from feeds.web import create_app
from feeds.web.exported import Exported as ExportedPages
from feeds.web.files import static_files
from tests.builders import write_article
from tests.codings import DECODE
from tests.commands import invoke, start_feeds
from tests.corpus.media_files import png
from tests.corpus.paths_schema import PathsSchema
from tests.formats.reading import READ
from tests.paths import ROOT
from tests.table import check_each
from tests.waiting import eventually

Export = Callable[..., Result]

EVERY_CODING = ("--codings", "gzip,br,zstd")


@pytest.fixture
def export(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Run ``feeds export`` on *corpus*, in one process and without codings, to a folder ``public``."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    monkeypatch.setenv("FEEDS_SITE_URL", "https://feeds.example")

    def run(*words: object, to: Path = tmp_path / "public", status: int = 0) -> Result:
        result = invoke("export", to, "--workers", 1, "--codings", "none", *words)
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """The target folder of exports."""
    return tmp_path / "public"


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """The inode and modification time of every answer's file: both change when it is written."""
    return {
        str(file.relative_to(folder)): (file.stat().st_ino, file.stat().st_mtime_ns)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".export" not in file.parts
    }


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


def answers(folder: Path) -> list[ExportedResponse]:
    return list(Manifest(folder / ".export" / "manifest").responses())


def written(result: Result) -> int:
    return int(result.stderr.rpartition(" files written")[0].rpartition(" ")[2])


class Exported(NamedTuple):
    """An export of a `full` corpus, which no test changes, and the settings of its server."""

    public: Path
    settings: dict[str, str]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "_config.yml").write_text("title: Example\nurl: https://corpus.example\n")
    full(folder / "corpus")
    settings = {
        "FEEDS_CORPUS_PATH": str(folder / "corpus"), "FEEDS_STORE_PATH": str(folder / "store.db"),
        "FEEDS_SITE_URL": "https://feeds.example",
    }  # fmt: skip
    assert invoke("export", folder / "public", "--workers", 1, **settings).exit_code == 0
    return Exported(folder / "public", settings)


def full(corpus: Path, articles: int = 210) -> None:
    """Write articles for archives, one of them split; a renamed and a removed topic; and a picture."""
    for number in range(articles):
        day = number // 70 + 1
        name = f"_news/2025-11-{day:02}-{number:03}.md"
        write_article(corpus, name, publishedDateTime=None, topics=["Oceans"])
    topics = corpus / "_data" / "topics"
    topics.mkdir(parents=True)
    (topics / "oceans.yaml").write_text("name: Oceans\naliases: [Seas]\n")
    (topics / "old.yaml").write_text("name: Old\nremoved: true\n")
    pictures(corpus)


def pictures(corpus: Path) -> None:
    """Write a picture, and a file that is none."""
    (corpus / "assets").mkdir()
    (corpus / "assets" / "a wave.svg").write_text("<svg/>")
    (corpus / "assets" / "notes.txt").write_text("no picture")


def test_every_feed_page_and_list_is_there_in_every_coding(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans", "Tests"])
    export(*EVERY_CODING)
    names = {name for name in files(public) if not name.endswith(tuple(SUFFIXES.values()))}
    places = ["feed", "feed/daily", "feed/weekly", "providers/example.org"]
    places += [
        f"topics/{topic}{end}" for topic in ("oceans", "tests") for end in ("", "/daily", "/weekly")
    ]
    feeds = {f"{place}.{extension}" for place in places for extension in FORMATS}
    pages = {
        "index.html",
        "needs-server/index.html",
        "articles/2026-01-02-one.md",
        "articles/2026-01-02-one/index.html",
        *(f"{place}/index.html" for place in (*places, *SEGMENTS)),
        *(f"qr/{place}.svg" for place in places if not place.endswith(DIGESTS)),
    }
    lists = {"opml.opml", *(f"opml/{kind}.opml" for kind in FEED_KINDS)}
    statics = {f"static/{name}" for name in static_files()}
    assert names == feeds | pages | lists | statics | {"catalog.json", "robots.txt"}
    assert set(files(public)) == {name + suffix for name in names for suffix in ("", *SUFFIXES.values())}


def test_an_export_announces_the_hubs_of_others_alone(
    export: Export, corpus: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is not there when somebody subscribes, and would send nothing of an export."""
    write_article(corpus)
    other = "https://hub.example/"
    monkeypatch.setenv("FEEDS_SITE_HUBS", other)
    monkeypatch.setenv("FEEDS_PUSH_HUB", "on")
    export()
    for extension, made in FORMATS.items():
        feed = (public / f"feed.{extension}").read_bytes()
        assert (other.encode() in feed) == made.has_head
        assert b"https://feeds.example/hub" not in feed
    links = [each.headers["Link"] for each in answers(public) if "Link" in each.headers]
    assert any(f'<{other}>; rel="hub"' in each for each in links)
    assert not any("feeds.example/hub>" in each for each in links)
    assert not (public / "hub").exists()


def test_every_file_is_what_the_server_sends(exported: Exported) -> None:
    """Each address is requested in one coding; its files in all codings have the same content.

    Of the pages of articles, in HTML and Markdown, it is every ninth one.
    """
    public, settings = exported
    server = ServerProcess(load(settings | {"FEEDS_PUSH_HUB": "off"}))
    server.current_index.follow()
    assets = Path(settings["FEEDS_CORPUS_PATH"]) / "assets"
    pages = frozenset(each.address for each in answers(public) if each.file.endswith("/index.html"))
    exported_pages = ExportedPages(pages | {"/"}, endings=ENDINGS)
    app = create_app(
        server.pipeline, server.site, server.settings.http, assets, server.clock, exported=exported_pages
    )
    rewriting, client = Rewriting(server.site.url, FileNames()), app.test_client()
    articles = [each for each in answers(public) if each.address.startswith("/articles/")]
    others = [each for each in answers(public) if not each.address.startswith("/articles/")]
    assert len(articles) > 400
    for number, kept in enumerate([*articles[::9], *others]):
        codings = (*SUFFIXES, "identity") if kept.is_coded else ("identity",)
        coding = codings[number % len(codings)]
        answer = client.get(kept.address, headers={"Accept-Encoding": coding})
        assert answer.status_code == kept.status
        written = {each: public / (kept.file + SUFFIXES.get(each, "")) for each in codings}
        if kept.file and kept.status == 200:
            sent = rewriting(kept.address, DECODE[coding](answer.data))
            for each, file in written.items():
                assert DECODE[each](file.read_bytes()) == sent
            assert is_digest(kept.address) or written[coding].read_bytes() == answer.data
            assert answer.headers["ETag"] == etag(kept.key, coding)
        if kept.file and answer.last_modified:
            modified = {int(file.stat().st_mtime) for file in written.values()}
            assert modified == {answer.last_modified.timestamp()}
        for name, value in kept.headers.items():
            assert answer.headers[name] == value
        answer.close()
    server.stop()


def test_all_of_a_feeds_history_is_there_and_the_way_to_it_where_it_is_split(exported: Exported) -> None:
    public, _ = exported
    names = files(public)
    for address in ("feed/2025-11-02", "topics/oceans/2025-11-01"):
        assert {*(f"{address}.{end}" for end in FORMATS), f"{address}/index.html"} <= set(names)
    led = {each.address: each.headers["Location"] for each in answers(public) if each.status == 302}
    assert led["/feed/2025-11.rss"] == "https://feeds.example/feed/2025-11-03.rss"
    provider = "/providers/example.org"
    places = ("/feed", "/topics/oceans", provider, f"/topics/oceans{provider}")
    assert set(led) == {
        f"{place}/2025-11{end}"
        for place in places
        for end in ("", *(f".{extension}" for extension in FORMATS))
    }


@pytest.mark.parametrize(
    ("url", "warned"),
    [("http://127.0.0.1:8000", True), ("http://localhost/a", True), ("https://a.example", False)],
)
def test_an_address_of_this_machine_alone_is_warned_about(
    export: Export, monkeypatch: pytest.MonkeyPatch, url: str, warned: bool
) -> None:
    monkeypatch.setenv("FEEDS_SITE_URL", url)
    text = (
        f"feeds: site.url: {url}: the address of this machine, with which all links in the export begin; "
    )
    assert (text in export("--no-archives").stderr) is warned


def test_history_may_be_left_out(export: Export, corpus: Path, public: Path) -> None:
    full(corpus, articles=51)
    export("--no-pages")
    whole = files(public)
    assert {"feed/2025-11.rss", "topics/oceans/2025-11.json"} <= whole.keys()
    export("--no-pages", "--no-archives")
    assert files(public).keys() == {name for name in whole if "2025-11" not in name}


def test_digests_codings_and_pages_may_be_left_out(export: Export, corpus: Path, public: Path) -> None:
    full(corpus, articles=9)
    export(*EVERY_CODING)
    whole = content(public)
    export(*EVERY_CODING, "--no-digests")
    daily = {name for name in whole if re.search(r"/(daily|weekly)[./]", name)}
    assert "topics/oceans/daily/index.html" in daily
    assert files(public).keys() == whole.keys() - daily
    few = content(public)
    export("--codings", "gzip", "--no-digests", "--no-pages")
    left = content(public)
    assert left == without_pages(without_codings(few, "br", "zst"))
    assert "feed.rss.gz" in left
    export("--no-digests", "--no-pages")
    assert content(public) == without_codings(left, "gz")
    export(*EVERY_CODING)
    assert content(public) == whole


def write_post(corpus: Path) -> None:
    """Write a post whose address nothing knows."""
    (corpus / "_config.yml").unlink(missing_ok=True)
    (corpus / "posts").mkdir(parents=True)
    (corpus / "posts" / "tide.md").write_text("---\ntitle: Tide\ndate: 2026-01-02\n---\nHigh.\n")


def test_an_export_has_the_sitemap_of_its_pages(export: Export, corpus: Path, public: Path) -> None:
    write_post(corpus)
    export()
    assert b"<loc>https://feeds.example/articles/tide</loc>" in content(public)["sitemap.xml"]
    assert b"\nSitemap: https://feeds.example/sitemap.xml\n" in content(public)["robots.txt"]


def test_pages_that_feeds_link_to_cannot_be_left_out(
    export: Export, corpus: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_post(corpus)
    error = export("--no-pages", status=2).stderr
    problem = "--no-pages: 1 article without an address but that of the page here"
    assert f"{problem}; leave it out, or set corpus.url or corpus.permalink" in error
    assert not public.exists()
    monkeypatch.setenv("FEEDS_CORPUS_URL", "https://tide.example")
    monkeypatch.setenv("FEEDS_CORPUS_PERMALINK", "/:slug/")
    export("--no-pages")
    assert b"<link>https://tide.example/tide/</link>" in content(public)["feed.rss"]
    assert not {"sitemap.xml", "articles/tide/index.html"} & files(public).keys()


def test_a_manifest_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest")
    assert manifest.head() is None
    line = '["/feed.rss",200,"feed.rss","6-0f",true,{"Link":"<x>"}]'
    manifest.path.write_text(f'[1,"state",["gzip"]]\n{line}\n["/topics/old",410,"","",false,{{}}]\n')
    assert manifest.head() == Head(1, "state", ("gzip",))
    first, second = manifest.responses()
    assert first == ExportedResponse("/feed.rss", 200, "feed.rss", "6-0f", True, {"Link": "<x>"})
    assert first.files(["gzip"]) == ["feed.rss", "feed.rss.gz"]
    assert (second.status, second.files(["gzip"])) == (410, [])
    for damage in "", "garbage", '[1,"state",["gz':
        manifest.path.write_text(damage)
        with pytest.raises(ExportError, match="damaged; delete"):
            manifest.head()
    manifest.path.write_text(f'[1,"state",["gzip"]]\n{line}\n{line[:9]}')
    with pytest.raises(ExportError, match="damaged; delete"):
        list(manifest.responses())
    manifest.path.write_text('[2,"state",[]]\n')
    with pytest.raises(ExportError, match="written by another version; delete"):
        manifest.head()


def test_nginx_is_told_every_format(exported: Exported) -> None:
    told = (exported.public / ".export" / "nginx-locations.conf").read_text()
    shipped = (ROOT / "config" / "nginx.conf").read_text().replace("/catalog\\.json", "")

    def check(extension: str) -> None:
        assert f'default_type "{FORMATS[extension].media_type}";' in told
        assert f"\\.{extension}" not in shipped
        assert FORMATS[extension].media_type not in shipped

    check_each(FORMATS, check)


def test_nginx_refuses_the_arguments_of_every_parameter(exported: Exported) -> None:
    made = (exported.public / ".export" / "nginx.conf").read_text()
    (pattern,) = re.findall(r'map \$args \$feeds_asked \{\n    default "";\n    "~(.*)" 1;', made)
    for key in (*PARAMETERS, *WINDOW):
        assert re.search(pattern, f"{key}=x")
        assert re.search(pattern, f"utm_source=x&{key}=x")
        assert not re.search(pattern, f"{key}=&not_{key}=x")


def test_nginx_is_told_which_codings_there_are(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    for codings, told in ("gzip,br", ["br", "gzip"]), ("none", []):
        export("--codings", codings)
        named = (public / ".export" / "nginx.conf").read_text()
        chosen = named.partition("$feeds_written {")[2].partition("}")[0].splitlines()[2:]
        assert [line.split()[-1].rstrip(";") for line in chosen] == told


@pytest.mark.parametrize(
    ("chosen", "words"), [("rss", ("--no-pages",)), ("json,atom", ()), ("ndjson,rss", ())]
)
def test_an_export_in_fewer_formats_is_the_same_as_a_new_one(
    export: Export, corpus: Path, public: Path, tmp_path: Path, chosen: str, words: tuple[str, ...]
) -> None:
    full(corpus, articles=9)
    named = {f".{extension}" for extension in chosen.split(",")}
    options = "--no-digests", *words
    export(*options)
    whole = content(public)
    export(*options, "--formats", chosen)
    left = content(public)
    feeds = {name for name in whole if Path(name).suffix[1:] in FORMATS} - {"catalog.json"}
    assert set(left) == {name for name in whole if name not in feeds or Path(name).suffix in named}
    export(*options, "--formats", chosen, to=tmp_path / "new")
    assert left == content(tmp_path / "new")
    for made in public, tmp_path / "new":
        links = [each.headers.get("Link", "") for each in answers(made)]
        assert {end for link in links for end in re.findall(r"/feed(\.\w+)>", link)} == named


@pytest.mark.parametrize(
    ("option", "written", "problem"),
    [
        ("--codings", "gzip,rar", "not one of gzip, br, zstd, none: 'rar'; use gzip"),
        ("--formats", "rss,xml", "not one of rss, atom, json, ndjson: 'xml'; use rss"),
        ("--formats", "ndjson", "no format of feed readers; add one of rss, atom, json"),
        ("--formats", "", "not one of rss, atom, json, ndjson: ''; use rss"),
    ],
)
def test_what_is_not_known_is_refused(
    export: Export, corpus: Path, option: str, written: str, problem: str
) -> None:
    write_article(corpus)
    assert export(option, written, status=2).stderr == f"feeds: {option}: {problem}\n"


def test_what_moved_and_what_ended_is_told_to_nginx(exported: Exported) -> None:
    told = (exported.public / ".export" / "nginx.conf").read_text()
    place = '"~^/topics/seas(?<feeds_below>(?:[./].*)?)$"'
    assert f'{place} "https://feeds.example/topics/oceans$feeds_below";' in told
    assert '"~^/topics/old(?<feeds_below>(?:[./].*)?)$" "old";' in told


def test_nothing_is_written_where_nothing_changed(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    export(*EVERY_CODING)
    before = files(public)
    assert written(export(*EVERY_CODING)) == 0
    assert files(public) == before


def test_a_redirected_page_is_not_written_again(export: Export, corpus: Path, public: Path) -> None:
    full(corpus, articles=1)
    export()
    before = files(public)
    write_article(corpus, "_news/2026-01-03-two.md", topics=["Cities"])
    export()
    assert files(public)["topics/seas/index.html"] == before["topics/seas/index.html"]


def test_an_export_with_other_addresses_in_its_files_is_compared_and_corrected(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans"])
    export()
    (public / "topics" / "oceans.rss").write_text("of an earlier version")
    manifest = public / ".export" / "manifest"
    head, _, rest = manifest.read_text().partition("\n")
    version, _, codings, _ = json.loads(head)
    manifest.write_text(f"{json.dumps([version, '', codings])}\n{rest}")
    assert written(export()) == 1
    assert (public / "topics" / "oceans.rss").read_text().startswith("<?xml")


def test_only_what_changed_is_written(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus, topics=["Oceans"])
    write_article(corpus, "_news/2026-01-03-two.md", topics=["Cities"], provider=None)
    export(*EVERY_CODING)
    before = files(public)
    write_article(corpus, topics=["Oceans"], title="Another")
    export(*EVERY_CODING)
    after = files(public)
    assert set(after) == set(before)
    changed = {name for name in after if after[name][0] != before[name][0]}
    assert {"feed.rss", "topics/oceans.json.br", "topics/oceans/index.html"} <= changed
    assert not {"topics/cities.rss", "topics/cities/index.html", "robots.txt"} & changed


def test_a_feed_that_went_is_removed_with_its_folder(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus, topics=["Oceans"])
    write_article(corpus, "_news/2026-01-03-two.md", topics=["Cities"])
    export()
    assert (public / "topics" / "cities" / "daily.rss").exists()
    (public / "topics" / "cities" / "daily.rss").unlink()  # by somebody else
    topic = corpus / "_data" / "topics" / "cities.yaml"
    topic.parent.mkdir(parents=True)
    topic.write_text("name: Cities\nremoved: true\n")
    assert " 0 removed" not in export().stderr
    assert not list(public.glob("topics/cities*"))
    assert (public / "topics" / "oceans" / "daily.rss").exists()


def test_a_file_that_is_missing_is_written_again_with_the_next_change(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans"])
    export("--codings", "br")
    (public / "topics" / "oceans.rss.br").unlink()
    write_article(corpus, "_news/2026-01-03-two.md", topics=["Cities"])
    export("--codings", "br")
    assert (public / "topics" / "oceans.rss.br").exists()


def test_a_file_that_is_missing_is_written_again_after_an_export_that_was_killed(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans"])
    export()
    before = content(public)
    (public / ".export" / "journal").touch()
    (public / "topics" / "oceans.rss").unlink()
    export()
    assert content(public) == before


def test_a_folder_whose_manifest_cannot_be_read_is_not_left_locked(tmp_path: Path) -> None:
    (tmp_path / ".export").mkdir()
    (tmp_path / ".export" / "manifest").write_text('[2,"state",[]]\n')
    for _ in range(2):
        with pytest.raises(ExportError, match="written by another version"), Folder(tmp_path):
            pass


def test_an_answer_that_is_none_ends_an_export_and_a_feed_without_a_file_is_named(tmp_path: Path) -> None:
    status = ["200 OK", "500 Internal Server Error"]

    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(status.pop(0), [])
        return [b" broken\n"]

    with Folder(tmp_path / "public") as folder:
        folder.begin("")
        walk = Walk(app, folder, Rewriting("https://feeds.example", FileNames()), True, "")
        [step] = walk.all(0, ["/feed?q=all.rss"])
        assert step.missing == {"/feed?q=all": "no address of a file"}
        with pytest.raises(ExportError, match=r"^/feed\.rss: answered with 500: broken; fix this and"):
            [*walk.all(0, ["/feed.rss"])]


def test_an_answer_that_two_processes_received_is_in_the_manifest_once(tmp_path: Path) -> None:
    answer = ExportedResponse("/feed.rss", 200, "feed.rss", "6-0f", False, {})
    for name in ("one", "two"):
        with (tmp_path / name).open("wb") as lines:
            Part(lines).add(answer)
    manifest = Manifest(tmp_path / "manifest")
    written = manifest.write(Head(1, "state", ()), [tmp_path / "one", tmp_path / "two"])
    assert written == (1, {"feed.rss"})
    assert [*manifest.responses()] == [answer]


def test_pictures_are_there_and_follow_changes(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    pictures(corpus)
    export()
    assert (public / "assets" / "a wave.svg").read_bytes() == b"<svg/>"
    assert not (public / "assets" / "notes.txt").exists()
    (corpus / "assets" / "a wave.svg").write_bytes(b"<svg> </svg>")
    assert written(export()) == 1
    (corpus / "assets" / "a wave.svg").unlink()
    export()
    assert not (public / "assets").exists()


def test_the_size_of_a_picture_in_feeds_follows_its_file(
    export: Export, corpus: Path, public: Path
) -> None:
    pictures(corpus)
    write_article(corpus, images=[{"url": "https://feeds.example/assets/a%20wave.svg"}])
    picture, feed = corpus / "assets" / "a wave.svg", public / "feed.rss"
    export()
    assert 'a%20wave.svg" length="6" type="image/svg+xml"' in feed.read_text()
    picture.write_bytes(b"<svg> </svg>")
    export()
    assert 'a%20wave.svg" length="12"' in feed.read_text()
    picture.unlink()
    export()
    assert 'a%20wave.svg" length="0"' in feed.read_text()


def test_a_picture_no_address_can_name_is_left_out(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    pictures(corpus)
    assets = os.fsencode(corpus / "assets")
    with open(assets + b"/\xff.png", "wb"), open(assets + b"/two\nlines.png", "wb"):
        (corpus / "assets" / "nowhere.png").symlink_to("missing.png")
        (corpus / "assets" / "outside.png").symlink_to(corpus / "_config.yml")
    export()
    assert [file.name for file in (public / "assets").iterdir()] == ["a wave.svg"]


def test_files_that_articles_name_are_there_as_long_as_they_are_published(
    export: Export, corpus: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.corpus.schema_of", PathsSchema)
    (corpus / "a.png").write_bytes(png())
    write_article(corpus, excerpt="/a.png")
    write_article(corpus, "_news/2026-01-03-two.md", excerpt="none")
    export()
    [file] = (public / "media").rglob("*.png")
    assert file.read_bytes() == png()
    assert (
        f'url="https://feeds.example/{file.relative_to(public).as_posix()}"'
        in (public / "feed.rss").read_text()
    )
    (corpus / "a.png").write_bytes(png(9, 9))
    export()
    [new] = (public / "media").rglob("*.png")
    assert (new.read_bytes(), new.parent != file.parent) == (png(9, 9), True)
    write_article(corpus, excerpt="/a.png", published=False)
    export()
    assert not (public / "media").exists()


def test_a_folder_that_is_not_ours_is_left_alone(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    public.mkdir()
    (public / "letters").write_text("to keep")
    result = export(status=2)
    assert result.stderr.endswith("public: neither empty nor an export; name a new folder\n")
    assert [file.name for file in public.iterdir()] == ["letters"]
    assert export(to=public / "letters", status=2).stderr.endswith(
        "letters: not a folder; name a new folder\n"
    )


def test_what_somebody_put_there_is_neither_removed_nor_replaced(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["Oceans"])
    export()
    (public / "topics" / "mine.txt").write_text("to keep")
    (public / "topics" / "cities.rss").write_text("to keep")
    write_article(corpus, "_news/2026-01-03-two.md", topics=["Cities"])
    assert "cities.rss: not from an export; move it elsewhere" in export(status=2).stderr
    assert (public / "topics" / "cities.rss").read_text() == "to keep"
    (public / "topics" / "cities.rss").unlink()
    export()
    assert (public / "topics" / "cities.rss").exists()
    assert (public / "topics" / "mine.txt").read_text() == "to keep"


def test_two_at_once_do_not_get_in_each_others_way(export: Export, corpus: Path, public: Path) -> None:
    write_article(corpus)
    with Folder(public):
        assert export(status=2).stderr.endswith(
            "public: in use by another export; wait until that ends\n"
        )
    export()


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_whole_files_and_the_next_one_mends_them(
    corpus: Path, tmp_path: Path, export: Export, public: Path
) -> None:
    full(corpus, articles=3)
    codings = ("--codings", "gzip")
    export(*codings)
    journal = public / ".export" / "journal"
    for number, workers in enumerate((1, 2)):  # after more and more of the work
        write_article(corpus, title=f"Title {number}", topics=["Oceans", f"Only {number}"])
        size = journal.stat().st_size if journal.exists() else 0
        with (tmp_path / "output").open("wb") as output:
            process = start_feeds("export", public, "--workers", workers, *codings, output=output)
        much = size + 300 * (number + 1)
        eventually(lambda much=much: journal.stat().st_size > much, 60, 0.001)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        for name, body in content(public).items():
            if name.endswith(".json"):
                json.loads(body)
            if name.endswith(".gz"):
                gzip.decompress(body)
    write_article(corpus, title="Title", topics=["Oceans"])  # removes the new topics
    export(*codings)
    other = tmp_path / "other"
    export(*codings, to=other)
    assert content(public) == content(other)
    assert not journal.exists()


def test_any_number_of_processes_write_the_same(exported: Exported, tmp_path: Path) -> None:
    settings = exported.settings | {"FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    command = ["export", tmp_path / "other", "--workers", 3, "--codings", "gzip", "--no-pages"]
    assert invoke(*command, **settings).exit_code == 0
    expected = without_codings(content(exported.public), "br", "zst")
    assert content(tmp_path / "other") == without_pages(expected)


def test_any_process_writes_pages_and_answers_questions_of_words(
    export: Export, corpus: Path, tmp_path: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "feeds.yaml"
    settings.write_text("site: {feeds: {tide: {title: Tide, query: 'q=tide'}}}\n")
    full(corpus, articles=9)
    write_article(corpus, title="The tide", topics=["Oceans"])
    monkeypatch.setenv("FEEDS_CONFIG", str(settings))
    export("--workers", "2")
    assert b"The tide" in (public / "f" / "tide.rss").read_bytes()
    export(to=tmp_path / "alone")
    assert content(public) == content(tmp_path / "alone")


def without_codings(made: dict[str, bytes], *suffixes: str) -> dict[str, bytes]:
    return {name: body for name, body in made.items() if not name.endswith(suffixes)}


def without_pages(made: dict[str, bytes]) -> dict[str, bytes]:
    return {
        name: body
        for name, body in made.items()
        if not name.endswith((".html", ".html.gz")) and not name.startswith(("articles/", "qr/"))
    }


def test_a_feed_without_articles_is_a_file(
    export: Export, corpus: Path, tmp_path: Path, public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "feeds.yaml"
    settings.write_text("site: {feeds: {none: {title: None, query: 'q=nowhere'}}}\n")
    monkeypatch.setenv("FEEDS_CONFIG", str(settings))
    write_article(corpus)
    export(*EVERY_CODING)

    def check(extension: str) -> None:
        body = (public / f"f/none.{extension}").read_bytes()
        assert READ[extension](body).items == []
        for coding, suffix in SUFFIXES.items():
            assert DECODE[coding]((public / f"f/none.{extension}{suffix}").read_bytes()) == body
        assert f"/f/none.{extension}" in [each.address for each in answers(public)]

    check_each(FORMATS, check)
    assert written(export(*EVERY_CODING)) == 0


def test_a_feed_with_an_address_too_long_for_a_qr_code_is_exported_without_one(
    export: Export, corpus: Path, public: Path
) -> None:
    write_article(corpus, topics=["ж" * 80, "Oceans"])
    export()
    assert (public / "topics" / f"{'ж' * 80}.rss").is_file()
    assert [path.name for path in (public / "qr" / "topics").iterdir() if path.suffix == ".svg"] == [
        "oceans.svg"
    ]


def test_no_name_leads_out_of_the_folder(export: Export, corpus: Path, public: Path) -> None:
    for number, domain in enumerate(["..", ".export", "a/../../b", "x" * 300], 1):
        write_article(corpus, f"_news/2026-01-0{number}-x.md", provider={"name": "X", "domain": domain})
    export()
    assert {path.name for path in public.parent.iterdir()} >= {"public", "corpus"}
    assert {path.name for path in (public / ".export").iterdir()} == {
        "manifest", "nginx.conf", "nginx-locations.conf", "lock",
    }  # fmt: skip
    assert not list(public.parent.glob("b*"))


def test_a_feed_that_is_not_exported_is_a_line_and_a_status_each_time(
    export: Export, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_article(corpus)
    listed = [f"/f/none.{extension}" for extension in FORMATS]
    monkeypatch.setattr(
        "feeds.cli.export.addresses", lambda *given, **more: [*addresses(*given, **more), *listed]
    )
    for _ in range(2):
        errors = export(status=1).stderr
        (line,) = [line for line in errors.splitlines() if line.startswith("feeds: ")]
        assert line == "feeds: /f/none: not exported, no answer of the server; rename it"
