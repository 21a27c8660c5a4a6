import errno
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Response

from feeds.bootstrap import ACCEPTED_BY, ServerProcess
from feeds.cli import main
from feeds.formats import FORMATS
from feeds.sample import write_sample
from feeds.settings import load
from feeds.settings.packaged import EXAMPLES
from feeds.web import create_app
from tests.builders import write_article
from tests.commands import invoke, output_of, run_feeds
from tests.error_form import assert_form
from tests.paths import ROOT
from tests.server import free_port
from tests.table import for_each

Feeds = Callable[..., Result]


@pytest.fixture
def feeds(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    """Runs the command line on *corpus*, with a store of its own."""
    monkeypatch.setenv("FEEDS_CORPUS_PATH", str(corpus))
    monkeypatch.setenv("FEEDS_STORE_PATH", str(tmp_path / "store.db"))
    before = dict(os.environ)
    yield invoke
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample corpus with its store beside it, which no test changes."""
    folder = tmp_path_factory.mktemp("sample") / "corpus"
    write_sample(folder, 200, 1, lambda _done: None)
    store = {"FEEDS_CORPUS_PATH": str(folder), "FEEDS_STORE_PATH": str(folder.with_name("store.db"))}
    assert invoke("refresh", **store).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def sent(sample: Path) -> Iterator[Callable[[str], Response]]:
    """A function that requests an address from the server of *sample*."""
    store = str(sample.with_name("store.db"))
    server = ServerProcess(load({"FEEDS_CORPUS_PATH": str(sample), "FEEDS_STORE_PATH": store}))
    server.current_index.follow()
    web = create_app(server.pipeline, server.site, server.settings.http, sample / "assets", server.clock)
    yield web.test_client().get
    server.stop()


def refused(result: Result) -> str:
    """The reason in the one line of output, after exit status 2."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("feeds: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("feeds: ").strip()


def test_check_names_path_line_and_reason(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus)
    write_article(corpus, "_news/bad.md", publishedDateTime="yesterday")
    write_article(corpus, "_news/held.md", published=False)
    write_article(corpus, "_news/2999-01-01-later.md", publishedDateTime=None)
    (corpus / "_news" / "open.md").write_text("---\ntitle: never closed\n")
    result = feeds("check")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith("_news/bad.md:4: publishedDateTime: ")
    assert lines[1].startswith("_news/open.md:1: front matter not closed")
    assert lines[2:] == [
        "_news/2999-01-01-later.md: withheld (scheduled for 2999-01-01 00:00 UTC)",
        "_news/held.md: withheld (published: false)",
    ]
    assert result.stderr == "1 article, 2 bad files, 2 withheld\n"


def test_check_names_files_that_are_left_aside(
    feeds: Feeds, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDS_CORPUS_ARTICLES", "/*.md posts/*.md")
    write_article(corpus, "hello.md")
    write_article(corpus, "pages/one.md")
    (corpus / "CHANGES.md").write_text("# Changes\n")
    result = feeds("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "1 article, 0 bad files, 0 withheld",
        "1 file passed over, without webUrl, originalUrl and publishedDateTime: CHANGES.md",
        "1 Markdown file matches no pattern in corpus.articles: pages/one.md",
    ]
    report = json.loads(feeds("check", "--format", "json").stdout)
    assert (report["passed_over"], report["unmatched"]) == (["CHANGES.md"], ["pages/one.md"])


def test_check_fails_in_a_folder_in_which_nothing_matches(
    feeds: Feeds, corpus: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FEEDS_CORPUS_ARTICLES", "posts/*.md")
    write_article(corpus, "hello.md")
    result = feeds("check")
    assert result.exit_code == 1
    expected = ".: 1 Markdown file matches no pattern in corpus.articles: hello.md; "
    assert result.stdout.startswith(expected)
    assert feeds("list", "topics").exit_code == 0
    assert any(line.startswith(expected) for line in caplog.messages)


def test_check_says_that_a_folder_has_no_article(feeds: Feeds, corpus: Path) -> None:
    (corpus / "notes.txt").touch()
    result = feeds("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "0 articles, 0 bad files, 0 withheld", f"{corpus}: no Markdown files in this folder or below",
    ]  # fmt: skip


def test_check_says_why_a_site_has_no_article(feeds: Feeds, corpus: Path) -> None:
    (corpus / "pelicanconf.py").write_text("SITENAME = 'Tide'")
    result = feeds("check")
    assert result.stderr.endswith(f"{corpus}: no Markdown files in this folder or below\n")
    (corpus / "content" / "pages").mkdir(parents=True)
    (corpus / "content" / "pages" / "a.md").write_text("title: A\n\nWords\n")
    result = feeds("check")
    assert result.stderr.splitlines()[-1] == (
        f'{corpus}: no folder of dated files (Pelican site "Tide", 0 articles, 1 page, 0 drafts); '
        "give articles a line such as date: 2026-01-31, or a name that begins with 2026-01-31"
    )


def test_check_counts_the_files_in_other_formats_than_markdown(feeds: Feeds, corpus: Path) -> None:
    (corpus / "conf.py").write_text("BLOG_TITLE = 'Tide'")
    (corpus / "posts").mkdir()
    for name in ("README.rst", "posts/a.rst", "posts/b.rst", "posts/c.org", ".d.rst"):
        (corpus / name).write_text(".. title: A\n.. date: 2026-01-31\n\nWords\n")
    assert feeds("check").stderr.splitlines()[2:] == [
        "1 file in Org not read: posts/c.org",
        "2 files in reStructuredText not read: posts/a.rst, posts/b.rst",
    ]
    assert json.loads(feeds("check", "--format", "json").stdout)["unread"] == {
        "Org": ["posts/c.org"], "reStructuredText": ["posts/a.rst", "posts/b.rst"],
    }  # fmt: skip


def test_check_warns_of_articles_that_are_published(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, topic="Go")
    result = feeds("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("_news/2026-01-02-one.md:8: topic: not read, but similar to topics; ")
    assert result.stderr == "1 article, 0 bad files, 0 withheld, 1 warning\n"
    assert feeds("check", "--explain").stdout.splitlines() == [
        "_news/2026-01-02-one.md:8: topic: not read, but similar to topics",
        '    > topic: "Go"',
        "    correct its name, if that is meant",
    ]
    (warning,) = json.loads(feeds("check", "--format", "json").stdout)["warnings"]
    assert warning == {
        "path": "_news/2026-01-02-one.md", "line": 8, "reason": "topic: not read, but similar to topics",
    }  # fmt: skip


def test_check_counts_what_most_files_have_in_common(feeds: Feeds, corpus: Path) -> None:
    for number in range(25):
        write_article(corpus, f"_news/{number:02}.md", webUrl=None)
    write_article(corpus, "_news/30.md", publishedDateTime="soon")
    result = feeds("check")
    lines = result.stdout.splitlines()
    assert len(lines) == 22
    assert lines[-2].startswith("_news/30.md:4: publishedDateTime: not a date: 'soon'")
    assert lines[-1] == "5 more files: webUrl: missing; list all with feeds check --explain"
    assert result.stderr == "0 articles, 26 bad files, 0 withheld\n"
    assert feeds("check", "--explain").stdout.count("webUrl: missing") == 25


def test_check_says_it_in_json_too(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus)
    write_article(corpus, "_news/bad.md", title="")
    write_article(corpus, "_news/gone.md", removed=True)
    result = feeds("check", "--format", "json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["articles"] == 1
    assert report["withheld"] == [{"path": "_news/gone.md", "reason": "removed: true"}]
    assert [problem["path"] for problem in report["problems"]] == ["_news/bad.md"]
    assert report["problems"][0]["line"] == 2
    assert "title" in report["problems"][0]["reason"]


def test_check_reports_all_problems_of_a_file(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, "_news/bad.md", publishedDateTime="soon", webUrl="x:y", images=[{"url": "z:"}])
    result = feeds("check")
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [
        "_news/bad.md:4", "_news/bad.md:5", "_news/bad.md:8",
    ]  # fmt: skip
    assert result.stderr == "0 articles, 1 bad file, 0 withheld\n"
    report = json.loads(feeds("check", "--explain", "--format", "json").stdout)
    assert [each["line"] for each in report["problems"]] == [4, 5, 8]
    assert len({each["help"] for each in report["problems"]}) == 3


def test_check_explains_what_would_let_each_file_in(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, "_news/bad.md", publishedDateTime="yester\tday " + "x" * 100)
    write_article(corpus, "_news/blank.md", title=None)
    write_article(corpus, "_news/held.md", published=False)
    write_article(corpus, "_news/2999-01-01-later.md", publishedDateTime=None)
    (corpus / "_news" / "open.md").write_text("---\ntitle: never closed\n")
    result = feeds("check", "--explain")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    quoted = 'publishedDateTime: "yester\\tday ' + "x" * 100
    assert lines[0].startswith("_news/bad.md:4: publishedDateTime: ")
    assert lines[1:3] == [
        f"    > {quoted[:80]}…",
        "    use 2026-01-31 or 2026-01-31T08:00:00Z",
    ]
    assert lines[3:] == [
        "_news/blank.md:1: title: missing",
        "    add a line such as title: What Happened",
        "_news/open.md:1: front matter not closed",
        "    add a line of --- after the last field",
        "_news/2999-01-01-later.md: withheld (scheduled for 2999-01-01 00:00 UTC)",
        "    set publishedDateTime to a past date to publish the article now",
        "_news/held.md: withheld (published: false)",
        "    delete that line to publish the article",
    ]
    assert result.stderr == "0 articles, 3 bad files, 2 withheld\n"


def test_check_explains_it_in_json_too_and_only_if_it_is_asked_to(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, "_news/bad.md", title="")
    write_article(corpus, "_news/gone.md", removed=True)
    plain = json.loads(feeds("check", "--format", "json").stdout)
    report = json.loads(feeds("check", "--explain", "--format", "json").stdout)
    assert "help" not in plain["problems"][0] | plain["withheld"][0]
    assert report["problems"][0].pop("help").endswith("add a line such as title: What Happened")
    assert report["withheld"][0].pop("help").endswith("delete that line to publish the article again")
    assert report == plain


def test_a_quoted_line_cannot_write_to_the_terminal(feeds: Feeds, corpus: Path) -> None:
    (corpus / "_news" / "bad.md").write_bytes(b"---\ntitle: \x1b[2J\xff\n---\n")
    assert feeds("check", "--explain").stdout.splitlines()[1] == "    > title: \\x1b[2J\ufffd"


def test_check_of_a_corpus_in_order_succeeds_and_makes_no_store(
    feeds: Feeds, corpus: Path, tmp_path: Path
) -> None:
    write_article(corpus)
    result = feeds("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "1 article, 0 bad files, 0 withheld\n"
    assert not (tmp_path / "store.db").exists()


def test_check_says_which_rule_addresses_come_from(feeds: Feeds, tmp_path: Path) -> None:
    site = tmp_path / "blog"
    (site / "content" / "posts").mkdir(parents=True)
    (site / "hugo.toml").write_text('baseURL = "https://tide.example/"')
    (site / "content/posts/a.md").write_text("---\ndate: 2026-01-02\n---\n# A\nWords.")
    (site / "content/posts/b.md").write_text("---\ndate: 2026-01-03\nurl: /b/\n---\n# B\nWords.")
    assert feeds("--corpus", site, "check").stderr.splitlines()[1:] == [
        "1 address by the default of the program: /:path:ending",
        "1 address in the files",
    ]
    found = json.loads(feeds("--corpus", site, "check", "--format", "json").stdout)["addresses"]
    assert [(each["path"], each["url"], each["origin"]) for each in found] == [
        ("content/posts/a.md", "https://tide.example/posts/a/", "default"),
        ("content/posts/b.md", "https://tide.example/b/", "file"),
    ]


def test_check_finds_nothing_wrong_with_a_sample(feeds: Feeds, tmp_path: Path) -> None:
    feeds("sample", tmp_path / "sample", "--articles", 50)
    result = feeds("--corpus", tmp_path / "sample", "check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "50 articles, 0 bad files, 0 withheld\n"


def test_list_counts_and_dates_topics_and_providers(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, topics=["Oceans", "R&D"])
    write_article(corpus, "_news/2026-02-03-two.md", topics=["Oceans"], publishedDateTime=None)
    assert feeds("list", "topics").stdout.splitlines() == [
        "oceans         2  2026-02-03  Oceans",
        "r-and-d        1  2026-01-02  R&D",
    ]
    assert feeds("list", "providers").stdout.splitlines() == ["example.org        2  2026-02-03  Example"]
    assert json.loads(feeds("list", "topics", "--format", "json").stdout)[0] == {
        "slug": "oceans",
        "name": "Oceans",
        "articles": 2,
        "newest": "2026-02-03",
    }
    assert json.loads(feeds("list", "providers", "--format", "json").stdout)[0]["slug"] == "example.org"


def test_list_articles_prints_every_field_for_scripts(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, topics=["Oceans", "R&D"], title="Tab\tand tide")
    write_article(corpus, "_news/2026-02-03-two.md", publishedDateTime=None, language="de", type="Report")
    lines = feeds("list", "articles").stdout.splitlines()
    found = json.loads(feeds("list", "articles", "--format", "json").stdout)
    assert [line.split("\t")[0] for line in lines] == [each["path"] for each in found]
    assert found[0]["path"] == "_news/2026-02-03-two.md"
    assert (found[0]["published"], found[0]["language"]) == ("2026-02-03T00:00:00Z", "de")
    assert found[0]["type"] == "report"
    assert (found[1]["title"], found[1]["topics"]) == ("Tab and tide", ["Oceans", "R&D"])
    assert lines[1].split("\t")[5:7] == ["Tab and tide", "Oceans, R&D"]
    assert set(found[1]) >= {"id", "url", "updated", "authors"}


def test_list_of_nothing_is_nothing(feeds: Feeds) -> None:
    assert feeds("list", "topics").stdout == ""
    assert json.loads(feeds("list", "topics", "--format", "json").stdout) == []


@pytest.mark.parametrize(
    ("feed", "extension"),
    [
        ("", "rss"),
        ("feed", "rss"),
        *(("topics/oceans", extension) for extension in FORMATS),
        ("providers/tidalpost.example", "rss"),
        ("/topics/food/providers/tidalpost.example/", "rss"),
    ],
)
def test_render_prints_what_the_server_sends(
    feeds: Feeds, sample: Path, sent: Callable[[str], Response], extension: str, feed: str
) -> None:
    os.environ |= {
        "FEEDS_CORPUS_PATH": str(sample), "FEEDS_STORE_PATH": str(sample.with_name("store.db"))
    }  # fmt: skip
    printed = feeds("render", f"{feed}?limit=7", "--format", extension)
    assert printed.exit_code == 0, printed.output
    assert printed.stderr == ""
    response = sent(f"/{feed.strip('/') or 'feed'}.{extension}?limit=7")
    assert response.status_code == 200
    assert printed.stdout_bytes == response.data


@pytest.mark.parametrize(
    ("address", "extension"),
    [("/topics/oceans.atom", "atom"), ("http://localhost:8000/topics/oceans.json?limit=7#x", "json"),
     ("http://127.0.0.1:9000/topics/oceans", "rss")],
)  # fmt: skip
def test_render_takes_a_copied_address(
    feeds: Feeds, sample: Path, sent: Callable[[str], Response], address: str, extension: str
) -> None:
    os.environ |= {
        "FEEDS_CORPUS_PATH": str(sample), "FEEDS_STORE_PATH": str(sample.with_name("store.db"))
    }  # fmt: skip
    limit = "?limit=7" if "limit" in address else ""
    assert feeds("render", address).stdout_bytes == sent(f"/topics/oceans.{extension}{limit}").data
    chosen = feeds("render", address, "--format", "ndjson").stdout_bytes
    assert chosen == sent(f"/topics/oceans.ndjson{limit}").data


def test_an_address_of_another_site_is_refused(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus)
    for command in ["render"], ["explain"]:
        arguments = [ONE] if command == ["explain"] else []
        reason = refused(feeds(*command, "https://other.example/feed.rss", *arguments))
        assert reason == (
            "feed: not an address of this site: 'https://other.example/feed.rss'; "
            "use an address that begins with http://127.0.0.1:8000, or set site.url"
        )


def test_explain_takes_copied_addresses_of_the_feed_and_of_the_article(
    feeds: Feeds, corpus: Path
) -> None:
    write_article(corpus, topics=["Oceans"])
    os.environ["FEEDS_SITE_URL"] = "https://feeds.example.org/news"
    feed = "https://feeds.example.org/news/topics/oceans.rss?limit=5#top"
    result = feeds("explain", feed, "https://example.org/2026-01-02-one#comments")
    assert result.stdout.startswith(f"in: Title of 2026-01-02-one ({ONE})\n")


def test_render_shows_edits_at_once(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, title="Before")
    assert "Before" in feeds("render").stdout
    write_article(corpus, title="Afterwards")
    assert "Afterwards" in feeds("render").stdout


ONE = "tag:corpus.example,2020:news/2026-01-02-one"


@pytest.mark.parametrize(
    "named",
    [
        ONE,
        "https://example.org/2026-01-02-one",
        "_news/2026-01-02-one.md",
        "CORPUS/_news/2026-01-02-one.md",
    ],
)
def test_explain_finds_an_article_by_id_address_and_path(feeds: Feeds, corpus: Path, named: str) -> None:
    write_article(corpus, topics=["Oceans"])
    result = feeds("explain", "topics/oceans?lang=en", named.replace("CORPUS", str(corpus)))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        f"in: Title of 2026-01-02-one ({ONE})",
        "yes: on Oceans; it is on Oceans",
        "yes: in English; it names no language, so English (US) is assumed",
        "entry 1 of 1",
    ]


def test_explain_finds_a_file_from_where_it_is_called(
    feeds: Feeds, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_article(corpus)
    monkeypatch.chdir(corpus / "_news")
    assert feeds("explain", "feed", "./2026-01-02-one.md").stdout.startswith("in: ")


@pytest.mark.parametrize(
    ("query", "verdict"),
    [("topics/tests", "out"), ("topics/oceans", "in"), ("limit=1", "cut"), ("feed/daily", "in")],
)
def test_explain_succeeds_whatever_the_verdict_is(
    feeds: Feeds, corpus: Path, query: str, verdict: str
) -> None:
    write_article(corpus, topics=["Oceans"])
    write_article(corpus, "_news/2026-02-03-two.md", publishedDateTime=None)
    result = feeds("explain", query, ONE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{verdict}: ")


def test_explain_knows_the_named_feeds(feeds: Feeds, corpus: Path) -> None:
    os.environ["FEEDS_SITE_FEEDS"] = "{best: {title: The Best, query: min_quality=80}}"
    write_article(corpus, quality=70)
    result = feeds("explain", "f/best", ONE)
    assert result.stdout.splitlines()[1:] == ["no: with a quality of 80 or more; its quality is 70"]
    assert refused(feeds("explain", "f/bets", ONE)) == "feed 'bets': not found; did you mean best?"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"publishedDateTime": "yesterday"},
            ":4: publishedDateTime: not a date: 'yesterday'",
        ),
        ({"published": False}, ": published: false"),
        ({"removed": True}, ": removed: true"),
    ],
)
def test_explain_says_why_a_file_is_held_back(
    feeds: Feeds, corpus: Path, fields: dict[str, object], reason: str
) -> None:
    write_article(corpus, **fields)
    result = feeds("explain", "feed", "_news/2026-01-02-one.md")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"held back: _news/2026-01-02-one.md{reason}\n"


@pytest.mark.parametrize("named", [ONE, "https://example.org/2026-01-02-one", "_news/2026-01-02-one.md"])
def test_explain_says_when_an_article_is_to_appear(feeds: Feeds, corpus: Path, named: str) -> None:
    write_article(corpus, publishedDateTime="2999-01-02T03:04:05Z")
    result = feeds("explain", "feed", named)
    assert (result.exit_code, result.stdout) == (0, "held back: scheduled for 2999-01-02 03:04 UTC\n")


def test_explain_says_when_an_article_was_taken_back_and_how(feeds: Feeds, corpus: Path) -> None:
    file = write_article(corpus)
    feeds("refresh")
    write_article(corpus, removed=True)
    lines = feeds("explain", "feed", ONE).stdout.splitlines()
    assert lines[0] == "held back: _news/2026-01-02-one.md: removed: true"
    assert lines[1].startswith("held back: removed 20")
    assert len(lines) == 2
    file.unlink()
    (gone,) = feeds("explain", "feed", ONE).stdout.splitlines()
    assert gone == lines[1]
    assert refused(feeds("explain", "feed", "_news/2026-01-02-one.md")).startswith("article '")


def test_explain_says_that_a_file_which_is_bad_now_is_shown_as_it_was(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus)
    feeds("refresh")
    write_article(corpus, title=None)
    for named in ONE, "_news/2026-01-02-one.md":
        lines = feeds("explain", "feed", named).stdout.splitlines()
        assert lines == [
            "held back: _news/2026-01-02-one.md:1: title: missing",
            f"in: Title of 2026-01-02-one ({ONE})",
            "entry 1 of 1",
        ]


def test_explain_says_which_of_two_files_with_one_id_is_held_back(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, id="urn:x")
    write_article(corpus, "_news/copy.md", id="urn:x")
    reason = "_news/copy.md:1: same id as _news/2026-01-02-one.md"
    for named in "urn:x", "_news/copy.md":
        lines = feeds("explain", "feed", named).stdout.splitlines()
        assert lines[:2] == [f"held back: {reason}", "in: Title of 2026-01-02-one (urn:x)"]
    assert feeds("explain", "feed", "_news/2026-01-02-one.md").stdout.startswith("in: ")


@for_each("named", ["", "urn:none", "_news/none.md", "../x", "a\nb\x1b", "_config.yml", "/"])
def test_explain_refuses_an_article_that_nobody_knows(feeds: Feeds, corpus: Path, named: str) -> None:
    write_article(corpus)
    assert refused(feeds("explain", "feed", named)).startswith("article '")


@for_each("query", ["topics/none", "x/y", "limit=0", "f/none", "feed/1999-01"])
def test_explain_refuses_what_is_no_feed(feeds: Feeds, corpus: Path, query: str) -> None:
    write_article(corpus)
    assert refused(feeds("explain", query, ONE))


def test_sample_is_the_same_for_the_same_seed(feeds: Feeds, tmp_path: Path) -> None:
    for name in "a", "b":
        result = feeds("sample", tmp_path / name, "--articles", 5, "--seed", 7)
        assert result.exit_code == 0
        assert result.stdout == ""
        assert result.stderr == f"5 articles in {tmp_path / name}\n"
    articles = [
        sorted(p.read_text() for p in (tmp_path / name).rglob("_news/*/*.md")) for name in ("a", "b")
    ]
    assert len(articles[0]) == 5
    assert articles[0] == articles[1]


def test_refresh_says_how_many_files_had_changed(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus)
    write_article(corpus, "_news/2026-01-03-two.md")
    assert feeds("refresh").stderr == "2 files changed\n"
    assert feeds("refresh").stderr == "0 files changed\n"
    (corpus / "_news" / "2026-01-03-two.md").unlink()
    assert feeds("refresh").stderr == "1 file changed\n"


def test_refresh_asks_the_server_that_is_at_work(feeds: Feeds) -> None:
    server = ServerProcess(load(os.environ))
    assert server.store.acquire_writer()
    result = feeds("refresh")
    assert result.exit_code == 0
    assert "requested a scan" in result.stderr
    assert server.store.requests() == {"scan"}
    server.stop()


COMMANDS = ["check", "list topics", "render", "explain feed x", "refresh"]


@pytest.mark.parametrize("command", [*COMMANDS, "serve"])
def test_a_corpus_that_is_not_there_is_named(feeds: Feeds, tmp_path: Path, command: str) -> None:
    result = feeds("--corpus", tmp_path / "nowhere", *command.split())
    assert refused(result) == (
        f"{tmp_path}/nowhere: no such folder; name the folder of the articles in corpus.path"
    )


def test_a_corpus_with_an_impossible_name_is_refused(feeds: Feeds, tmp_path: Path) -> None:
    assert ": no such folder; " in refused(feeds("check", "--corpus", tmp_path / ("x" * 300)))
    (tmp_path / "loop").symlink_to("loop")
    assert ": no such folder; " in refused(feeds("check", "--corpus", tmp_path / "loop"))


@pytest.mark.parametrize("command", [*COMMANDS, "serve"])
def test_an_unknown_setting_is_refused(feeds: Feeds, command: str) -> None:
    os.environ["FEEDS_SITE_TITEL"] = "Feeds"
    assert "FEEDS_SITE_TITLE" in refused(feeds(*command.split()))


@pytest.mark.parametrize("command", [*COMMANDS, "serve"])
def test_settings_that_are_not_there_are_named(feeds: Feeds, tmp_path: Path, command: str) -> None:
    result = feeds("--config", tmp_path / "none.yaml", *command.split())
    assert refused(result).startswith(f"{tmp_path}/none.yaml: ")


@pytest.mark.parametrize("command", ["list topics", "render", "explain feed x", "refresh", "serve"])
def test_a_store_that_cannot_be_made_is_named(feeds: Feeds, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    os.environ["FEEDS_STORE_PATH"] = str(tmp_path / "file" / "store.db")
    assert str(tmp_path / "file") in refused(feeds(*command.split()))


def commands(group: click.Command, *names: str) -> Iterator[list[str]]:
    """The names of every command that people use and that is no group, as words of a command line."""
    for name, command in getattr(group, "commands", {}).items():
        if command.hidden:
            continue
        below = list(commands(group.commands[name], *names, name))
        yield from below or [[*names, name]]


ARGUMENTS = {
    "list": ["topics"], "explain": ["feed", "x"], "export": ["out"], "backup": ["x"], "restore": ["x"],
    "forget": ["x"], "test": ["x"], "readers": ["--access-log", "-"], "pollers": ["--access-log", "-"],
}  # fmt: skip
WITHOUT_CORPUS = ("config", "doctor", "fleet", "pollers", "push", "readers", "sample", "store")


@pytest.mark.parametrize("words", [*commands(main)], ids=" ".join)
def test_options_for_all_commands_may_stand_after_each_command(
    feeds: Feeds, tmp_path: Path, words: list[str]
) -> None:
    config = tmp_path / "none.yaml"
    arguments = ARGUMENTS.get(words[-1], [])
    for line in (
        [*words, *arguments, "--config", config],
        [*words, "--config", config, *arguments],
        ["--config", "other", *words, "--config", config, *arguments],
    ):
        if words != ["sample"]:  # which reads no settings
            assert refused(feeds(*line)).startswith(f"{config}: cannot be read")
    if words[0] not in WITHOUT_CORPUS:
        corpus = tmp_path / "nowhere"
        reason = refused(feeds(*words, *arguments, "--corpus", corpus))
        assert reason.startswith(f"{corpus}: no such folder")
    assert feeds(*words, "--version").stdout == feeds("--version").stdout


def test_an_option_after_the_command_is_an_origin_too(feeds: Feeds, corpus: Path) -> None:
    assert f"path: {corpus}  # --corpus" in feeds("config", "--corpus", corpus).stdout


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("chekc", "command: not one of COMMANDS: 'chekc'; did you mean check?"),
        ("xyz", "command: not one of COMMANDS: 'xyz'; see feeds --help"),
        (
            "store bakcup x",
            "store: not one of backup, check, info, restore: 'bakcup'; did you mean backup?",
        ),
        (
            "list topic",
            "KIND: not one of topics, providers, authors, articles: 'topic'; did you mean topics?",
        ),
        ("list", "KIND: missing; use one of topics, providers, authors, articles"),
        (
            "config ngnix",
            "NAME: not one of EXAMPLES: 'ngnix'; did you mean nginx?",
        ),
        (
            "render --format jsn",
            "--format: not one of rss, atom, json, ndjson: 'jsn'; did you mean json?",
        ),
        ("check --format xml", "--format: not one of text, json: 'xml'; use text"),
        ("export x --codings gz", "--codings: not one of gzip, br, zstd, none: 'gz'; did you mean gzip?"),
        ("export", "TARGET: missing; write it after feeds export, or see feeds export --help"),
        ("serve --server gunicron", "--server: not one of SERVERS: 'gunicron'; did you mean gunicorn?"),
        ("serve --port 70000", "--port: not a whole number from 1 to 65535: '70000'; use 8000"),
        ("serve --workers 0", "--workers: not a whole number from 1 to 64: '0'; use 2"),
        ("sample x --articles few", "--articles: not a whole number from 0: 'few'; use 200"),
        ("sample x --seed s", "--seed: not a whole number: 's'; use 1"),
        ("check --corpsu x", "--corpsu: no such option; did you mean --corpus?"),
        ("--corpsu x check", "--corpsu: no such option; did you mean --corpus?"),
        ("check --bogus", "--bogus: no such option; see feeds check --help"),
        ("serve --port", "--port: no value; write one after it"),
        ("check more", "check: got unexpected extra argument (more); see feeds check --help"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_line_with_the_choices(
    feeds: Feeds, line: str, reason: str
) -> None:
    known = {"COMMANDS": ", ".join(sorted(main.commands)), "FORMATS": ", ".join(FORMATS)}
    known |= {"SERVERS": "gunicorn, gthread, granian", "EXAMPLES": ", ".join(EXAMPLES)}
    for word, names in known.items():
        reason = reason.replace(word, names)
    assert refused(feeds(*line.split())) == reason
    assert_form(reason)


def test_a_mistake_is_the_same_if_python_runs_the_program() -> None:
    for line, subject in ("check more", "check"), ("store bakcup", "store"), ("chekc", "command"):
        result = CliRunner().invoke(main, line.split(), prog_name="python -m feeds")
        assert result.stderr.startswith(f"feeds: {subject}: ")


def test_a_command_ends_without_a_garbage_collection() -> None:
    program = """
import atexit, gc
atexit.register(lambda: print("frozen:", gc.get_freeze_count() > 10_000))
from feeds.__main__ import run
run()
"""
    assert output_of(program, "--version").splitlines()[-1] == "frozen: True"


def test_options_leave_the_environment_of_the_process_alone(
    feeds: Feeds, corpus: Path, tmp_path: Path
) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text("site: {title: Elsewhere}\n")
    before = dict(os.environ)
    assert feeds("--config", config, "--corpus", corpus, "list", "topics").exit_code == 0
    assert dict(os.environ) == before


@pytest.mark.parametrize("server", ["gunicorn", "gthread", "granian"])
def test_serve_hands_its_options_to_the_server_in_its_environment(
    feeds: Feeds, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    (config := tmp_path / "feeds.yaml").touch()
    started: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(
        os, "execve", lambda _path, words, environment: started.append((words, environment))
    )
    before = dict(os.environ)
    port = free_port()
    options = ("--server", server, "--host", "::1", "--port", port, "--workers", 3, "--log", "json")
    result = feeds("--config", config, "--corpus", corpus, "serve", *options)
    assert result.exit_code == 0, result.output
    assert dict(os.environ) == before
    ((words, environment),) = started
    settings = {
        "FEEDS_CONFIG": str(config), "FEEDS_CORPUS_PATH": str(corpus),
        "FEEDS_SITE_URL": f"http://127.0.0.1:{port}", "FEEDS_LOG_FORMAT": "json",
    }  # fmt: skip
    if server == "granian":
        assert words[1:3] == ["-m", "granian"]
        assert words[-8:-2] == ["--host", "::1", "--port", str(port), "--workers", "3"]
        assert words[-2] == "--log-config"
        assert 0 < int(words[words.index("--backpressure") + 1]) <= 16_384
        settings |= {ACCEPTED_BY: str(os.getpid())}
    else:
        assert words[1:4] == ["-m", "gunicorn", "--config"]
        worker = "asgi" if server == "gunicorn" else "gthread"
        settings |= {"HOST": "::1", "PORT": str(port), "WEB_CONCURRENCY": "3", "WORKER_CLASS": worker}
    assert environment == before | settings


@pytest.mark.parametrize("server", ["gunicorn", "gthread", "granian"])
def test_serve_refuses_an_address_that_cannot_be_used_before_the_server_starts(
    feeds: Feeds, server: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        reason = refused(feeds("serve", "--server", server, "--port", port))
    assert reason.startswith(f"127.0.0.1:{port}: in use by another program; ")
    reason = refused(feeds("serve", "--server", server, "--host", "host.invalid", "--port", port))
    assert reason.startswith(f"host.invalid:{port}: no such host; ")
    result = feeds("serve", "--server", server, "--host", "host.invalid", "--port", port, "--log", "json")
    written = json.loads(result.stderr)
    assert (result.exit_code, written["event"], written["message"]) == (2, "server.refused", reason)


def test_serve_refuses_what_it_cannot_read_or_write(
    feeds: Feeds, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, who can read and write everything."""
    monkeypatch.setattr(os, "access", lambda _path, mode, **_others: mode != os.W_OK)
    assert refused(feeds("serve", "--port", free_port())) == (
        f"{tmp_path}/store.db: cannot be written: permission denied; give the server's user access to it"
    )

    def fail(path: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "listdir", fail)
    assert refused(feeds("serve", "--port", free_port())) == (
        f"{corpus}: cannot be read: permission denied; give the server's user access to it"
    )


def test_a_server_that_is_not_installed_is_refused_with_what_to_do(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "granian", None)
    reason = refused(feeds("serve", "--server", "granian"))
    assert reason == "--server: granian is not installed; install the extra granian"


@pytest.mark.parametrize(
    "feed", ["oceans", "topics", "topics/", "topics/a/b/c", "providers/a/b/c/d", "x/y\nz"]
)
def test_what_is_no_feed_is_refused(feeds: Feeds, feed: str) -> None:
    reason = refused(feeds("render", feed))
    assert "; use feed, topics/NAME, providers/DOMAIN, topics/NAME/providers/DOMAIN" in reason


def test_an_unknown_topic_or_provider_is_refused_with_the_nearest(feeds: Feeds, corpus: Path) -> None:
    write_article(corpus, topics=["Oceans"])
    assert refused(feeds("render", "topics/ocean")) == "topic 'ocean': not found; did you mean oceans?"
    assert refused(feeds("render", "providers/example.net")) == (
        "provider 'example.net': not found; did you mean example.org?"
    )


def test_a_limit_out_of_range_is_refused(feeds: Feeds) -> None:
    for limit in "0", "201", "many", "-1":
        assert refused(feeds("render", f"limit={limit}")).startswith("limit: ")


def test_a_sample_is_not_written_over_something_else(feeds: Feeds, corpus: Path) -> None:
    assert "neither empty nor a sample; name a new folder" in refused(feeds("sample", corpus))


@pytest.mark.parametrize("command", ["", *main.commands])
def test_every_command_has_help(feeds: Feeds, command: str) -> None:
    for flag in "-h", "--help":
        result = feeds(*command.split(), flag)
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: ")
        assert result.stderr == ""


def test_the_list_of_commands_cuts_no_description(feeds: Feeds) -> None:
    for group, width in ([], 80), (["store"], 80), ([], 50):
        result = feeds(*group, "--help", COLUMNS=str(width))
        listed = result.stdout.split("Commands:")[1]
        assert "..." not in listed
        assert "Exit status:" in listed or group


def _options(command: click.Command, name: str) -> Iterator[tuple[str, click.Option]]:
    """Yield every option of *command* and its subcommands, with the name of the command."""
    for each in command.params:
        if isinstance(each, click.Option):
            yield name, each
    for sub in getattr(command, "commands", {}):
        yield from _options(command.commands[sub], f"{name} {sub}")


def test_every_option_has_a_description() -> None:
    options = [*_options(main, "feeds")]
    assert len(options) > 20
    assert [(name, each.name) for name, each in options if not each.help] == []


def test_only_an_export_imports_flask(corpus: Path, tmp_path: Path) -> None:
    """Flask takes a fifth of the time and memory of a short command."""
    code = (
        "import sys; from feeds.cli import main; main(['refresh'], standalone_mode=False);"
        "assert 'flask' not in sys.modules; main.commands['export']; assert 'flask' in sys.modules"
    )
    environment = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    output_of(code, **environment)


def test_the_version_is_printed_without_settings_or_a_corpus() -> None:
    code = (
        "import sys; from feeds.cli import main; main(['--version'], standalone_mode=False);"
        "print([each for each in sys.modules if each.startswith(('feeds.settings', 'feeds.corpus'))])"
    )
    assert output_of(code).splitlines()[1:] == ["[]"]


def test_a_check_imports_no_package_that_it_does_not_need(corpus: Path, tmp_path: Path) -> None:
    write_article(corpus)
    code = """
import sys
from contextlib import suppress
from feeds.cli import main
with suppress(SystemExit):
    main(["check"], standalone_mode=False)
print([name for name in ("imagesize", "regex", "ssl", "watchfiles") if name in sys.modules])
"""
    environment = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    assert output_of(code, **environment) == "[]\n"


def test_version(feeds: Feeds) -> None:
    assert feeds("--version").stdout.startswith("feeds, version ")


def test_in_a_process_of_its_own_nothing_but_the_answer_is_printed(corpus: Path, tmp_path: Path) -> None:
    """A progress bar is shown only on a terminal, and a pipe is no terminal."""
    write_article(corpus, title="Übergröße — “quoted”")
    store = {"FEEDS_STORE_PATH": str(tmp_path / "store.db")}
    rendered = run_feeds("--corpus", corpus, "render", "--format", "json", LC_ALL="C", **store)
    assert (rendered.returncode, rendered.stderr) == (0, "")
    assert json.loads(rendered.stdout)["items"][0]["title"] == "Übergröße — “quoted”"
    write_article(corpus, "_news/bad.md", title="")
    checked = run_feeds("--corpus", corpus, "check", **store)
    assert checked.returncode == 1
    assert checked.stderr == "1 article, 1 bad file, 0 withheld\n"
    listed = run_feeds("--corpus", corpus, "list", "providers", **store)
    assert listed.stdout == "example.org        1  2026-01-02  Example\n"


def test_a_configuration_that_is_not_yaml_is_refused(feeds: Feeds, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("site: [")
    assert refused(feeds("--config", tmp_path / "bad.yaml", "serve")).startswith(f"{tmp_path}/bad.yaml:")


@pytest.mark.parametrize("command", ["serve", "render topics/none"])
def test_in_a_process_of_its_own_a_mistake_is_one_line_and_no_traceback(
    tmp_path: Path, command: str
) -> None:
    corpus = tmp_path / "nowhere"
    result = run_feeds("--corpus", corpus, *command.split(), FEEDS_STORE_PATH=str(tmp_path / "store.db"))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"feeds: {corpus}: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", ["render", "--version"])
def test_a_full_disk_behind_standard_output_is_a_mistake_on_one_line(
    sample: Path, tmp_path: Path, arguments: str
) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [sys.executable, "-m", "feeds", "--corpus", sample, *arguments.split()],
            env=os.environ | {"FEEDS_STORE_PATH": str(tmp_path / "store.db")},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
            cwd=ROOT,
        )
    problem, remedy = "cannot be written: no space left on device", "free some space on the disk"
    assert (result.returncode, result.stderr) == (2, f"feeds: standard output: {problem}; {remedy}\n")


@pytest.mark.parametrize("option", ["--corpus", "--config"])
def test_an_option_from_an_empty_variable_is_refused(feeds: Feeds, option: str) -> None:
    assert (
        refused(feeds(option, "", "list", "articles"))
        == f"{option}: empty; give it a value, or leave it out"
    )


def test_a_store_whose_damage_hides_its_corpus_is_repaired(
    feeds: Feeds, corpus: Path, tmp_path: Path
) -> None:
    write_article(corpus, title="One")
    feeds("refresh")
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'files'"
        (page,) = database.execute(query).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert feeds("refresh").exit_code == 0
    assert "One" in feeds("list", "articles").output


def test_a_reader_that_stops_reading_causes_no_traceback(sample: Path) -> None:
    command = f"{sys.executable} -m feeds --corpus {sample} render limit=200 | head -c 10"
    result = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"FEEDS_STORE_PATH": str(sample.with_name("store.db"))},
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert (len(result.stdout), result.stderr) == (10, "")


def test_progress_is_shown_on_a_terminal(tmp_path: Path) -> None:
    terminal, other = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "feeds", "sample", str(tmp_path / "sample")], stderr=other
    )
    os.close(other)
    shown = b""
    try:
        while some := os.read(terminal, 4096):
            shown += some
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    assert process.wait(30) == 0
    assert b"writing" in shown
    assert b"200/200" in shown
