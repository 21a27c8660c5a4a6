"""feeds.yaml + environment -> Settings."""

import re
from pathlib import Path
from typing import Literal, get_origin

import pytest
import yaml
from msgspec import Meta

from feeds.errors import SettingsError
from feeds.settings import NamedSettings, Settings, load, setting_types
from feeds.settings.kinds import bare
from tests.paths import ROOT

DEFAULTS = ROOT / "feeds" / "settings" / "config" / "feeds.yaml"
KINDS = {f"{section}.{key}": kind for (section, key), kind in setting_types().items()}
PATHS = [*KINDS]


def refusal(environment: dict[str, str] | None = None, file: Path | None = None) -> str:
    """The error message of these settings, which has one line."""
    with pytest.raises(SettingsError) as caught:
        load(environment or {}, file)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert said == f"{caught.value.key}: {caught.value.reason}" or "\n" in caught.value.reason
    assert not caught.value.reason[0].isupper()
    assert not said.endswith(".")
    return said


def written(folder: Path, text: str | bytes) -> Path:
    """A settings file with *text*."""
    file = folder / "feeds.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_the_file_that_comes_with_us_is_exactly_the_defaults() -> None:
    assert load({}, DEFAULTS) == Settings() == load({})


@pytest.mark.parametrize("path", PATHS)
def test_every_setting_is_in_the_file_with_a_comment(path: str) -> None:
    section, key = path.split(".")
    lines = DEFAULTS.read_text().split(f"\n{section}:\n")[1].split("\n\n")[0]
    assert re.search(rf"^  {key}: *\S*.*  *# [a-z].{{10,}}$", lines, re.MULTILINE)


def test_the_file_says_nothing_that_is_no_setting() -> None:
    tree = yaml.safe_load(DEFAULTS.read_text())
    assert [f"{section}.{key}" for section in tree for key in tree[section]] == PATHS


@pytest.mark.parametrize("path", PATHS)
def test_every_setting_may_come_from_the_environment(path: str) -> None:
    section, key = path.split(".")
    default = getattr(getattr(Settings(), section), key)
    text = " ".join(default) if isinstance(default, tuple) else str(default)
    if path in ("corpus.url", "site.icon"):
        text = "https://example.org"
    name = f"FEEDS_{section}_{key}".upper()
    assert load({name: text}) == load({}) or text == "https://example.org"


@pytest.mark.parametrize("path", PATHS)
def test_every_setting_is_refused_when_misspelt(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    known = ", ".join(sorted(each.split(".")[1] for each in PATHS if each.startswith(f"{section}.")))
    file = written(tmp_path, f"{section}:\n  {key}x: 1\n")
    assert refusal(file=file) == f"{section}.{key}x: no such setting; nearest: {key}; known: {known}"
    name = f"FEEDS_{section}_{key}".upper()
    assert refusal({name + "X": "1"}).startswith(
        f"{name}X: no such setting; nearest: {name}; known: FEEDS_"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "sites: {url: x}",
            "sites: no such section; nearest: site; known: cache, corpus, http, site, store, watch",
        ),
        ("42: {}", "42: no such section; known: cache, corpus, http, site, store, watch"),
        ("~: {}", "None: no such section; known: cache, corpus, http, site, store, watch"),
        ("store: {zzz: x}", "store.zzz: no such setting; known: path"),
        ("store: {1: x}", "store.1: no such setting; known: path"),
        ("watch: [poll]", "watch: expected mode, interval below it"),
        ("watch: false", "watch: expected mode, interval below it"),
        ("store: var", "store: expected path below it"),
        ("[site]", "FILE: expected sections such as site: and corpus:"),
        ("just text", "FILE: expected sections such as site: and corpus:"),
        ("site:\n  url: [}", "FILE: line 2: not YAML: did not find expected node content"),
        ("site:\n\turl: x", "FILE: line 2: not YAML: found character that cannot start any token"),
        ("a: *b", "FILE: line 1: not YAML: found undefined alias"),
        ("site: {since: 2020-13-45}", "FILE: not YAML: month must be in 1..12"),
    ],
)
def test_what_is_no_setting_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    assert refusal(file=file) == said.replace("FILE", str(file))


@pytest.mark.parametrize(
    "content", [b"site: \xff", b"\x00", b"!!python/object:os.system {}", b"a: 'b", b"a: !b"]
)
def test_what_is_not_yaml_is_refused_by_file(tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, content)
    assert "not YAML" in refusal(file=file).removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site: {title: 5}", "site.title: 5 cannot be used: expected `str`, got `int`"),
        ("site: {title: }", "site.title: null cannot be used: expected `str`, got `null`"),
        ("site: {title: no}", "site.title: false cannot be used: expected `str`, got `bool`"),
        ("site: {since: '2020'}", "site.since: '2020' cannot be used: expected `int`, got `str`"),
        ("site: {since: 2020.5}", "site.since: 2020.5 cannot be used: expected `int`, got `float`"),
        ("site: {since: true}", "site.since: true cannot be used: expected `int`, got `bool`"),
        ("http: {max_age: [1]}", "http.max_age: [1] cannot be used: expected `int`, got `array`"),
        ("watch: {interval: x}", "watch.interval: 'x' cannot be used: expected `float`, got `str`"),
        ("watch: {mode: pol}", "watch.mode: 'pol' cannot be used: invalid enum value 'pol'"),
        (
            "corpus: {articles: '*.md'}",
            "corpus.articles: '*.md' cannot be used: expected `array`, got `str`",
        ),
        (
            "corpus: {articles: [a, 5]}",
            "corpus.articles: ['a', 5] cannot be used: expected `str`, got `int` - at `$[1]`",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(file=written(tmp_path, text)) == said


def limits(path: str) -> list[float]:
    """The values just outside of the bounds of a number, none if it has no bounds."""
    marks = getattr(KINDS[path], "__metadata__", ())
    ends = [(mark.ge, mark.le) for mark in marks if isinstance(mark, Meta) and mark.ge is not None]
    return [beyond for least, most in ends for beyond in (least - 1, most + 1)]


def outside(path: str) -> object:
    """A value of the right type that a pattern or check of a setting refuses, None if it has neither."""
    kind, inner = KINDS[path], bare(KINDS[path])
    if get_origin(kind) is Literal:
        return "neither"
    if get_origin(inner) is dict:
        return {"a": {"title": "", "query": ""}} if path == "site.feeds" else {"a": "\n"}
    if get_origin(inner) is tuple:
        return None if kind == inner else ["\n"]
    if inner is str and kind is not str:
        return "" if path == "corpus.path" else "\n"
    return None


@pytest.mark.parametrize("path", PATHS)
def test_every_number_is_refused_when_it_is_out_of_bounds(path: str, tmp_path: Path) -> None:
    assert limits(path) or bare(KINDS[path]) not in (int, float)
    section, key = path.split(".")
    for value in limits(path):
        said = refusal(file=written(tmp_path, f"{section}: {{{key}: {value}}}"))
        assert re.fullmatch(rf"{path}: {re.escape(str(value))}(\.0)? is not from [\d.]+ to \d+", said)


@pytest.mark.parametrize("path", [path for path in PATHS if outside(path) is not None])
def test_every_text_with_a_form_is_refused_in_another(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    file = written(tmp_path, yaml.safe_dump({section: {key: outside(path)}}))
    assert refusal(file=file).startswith(path)


@pytest.mark.parametrize("path", PATHS)
def test_every_setting_is_refused_when_it_is_of_another_type(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    text = get_origin(KINDS[path]) is Literal or bare(KINDS[path]) is str
    said = refusal(file=written(tmp_path, f"{section}: {{{key}: {'[7]' if text else 'seven'}}}"))
    assert said.startswith(f"{path}: ")
    assert "cannot be used: " in said


def test_what_the_environment_sets_is_refused_by_its_name_there() -> None:
    assert refusal({"FEEDS_SITE_SINCE": "1989"}) == "FEEDS_SITE_SINCE: 1989 is not from 1990 to 9999"
    assert refusal({"FEEDS_SITE_TITEL": "x"}).startswith("FEEDS_SITE_TITEL: no such setting")


NO_ADDRESS = [
    "", "feeds.example", "//feeds.example", "/feeds", "ftp://feeds.example", "http://", "http:///x",
    "http://größer.example", "http://a b.example", "http://[", "http://x:99999", "http://x:y", "http://x:0",
    "http://x/\n", "http://x/<", 'http://x/"', "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", NO_ADDRESS)
@pytest.mark.parametrize("key", ["site.url", "corpus.url", "site.icon"])
def test_what_is_no_address_is_refused(key: str, url: str) -> None:
    if url or key == "site.url":
        name = f"FEEDS_{key.replace('.', '_')}".upper()
        assert (
            refusal({name: url}) == f"{name}: {url!r} is not an address such as https://feeds.example.org"
        )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SITE_URL", "http://x/?a", "'http://x/?a' has a ? or #, where paths must follow"),
        ("SITE_URL", "http://x/#a", "'http://x/#a' has a ? or #, where paths must follow"),
        ("SITE_SINCE", "1989", "1989 is not from 1990 to 9999"),
        ("SITE_SINCE", "10000", "10000 is not from 1990 to 9999"),
        ("SITE_SINCE", "MMXX", "'MMXX' is not a number"),
        (
            "SITE_AUTHORITY",
            "our house",
            "'our house' is not a domain such as example.org",
        ),
        ("SITE_AUTHORITY", "http://x", "'http://x' is not a domain such as example.org"),
        ("SITE_AUTHORITY", "x,2020", "'x,2020' is not a domain such as example.org"),
        ("CORPUS_PATH", "", "'' is not a folder"),
        ("CORPUS_MAX_BYTES", "0", "0 is not from 1 to 1099511627776"),
        ("CORPUS_MAX_BYTES", "4M", "'4M' is not a number"),
        (
            "CORPUS_TIMEZONE",
            "Mars",
            "'Mars' is no time zone such as UTC or Europe/Berlin",
        ),
        ("CORPUS_TIMEZONE", "", "'' is no time zone such as UTC or Europe/Berlin"),
        (
            "CORPUS_TIMEZONE",
            "../x",
            "'../x' is no time zone such as UTC or Europe/Berlin",
        ),
        ("WATCH_MODE", "off", "'off' cannot be used: invalid enum value 'off'"),
        ("WATCH_INTERVAL", "0", "0.0 is not from 0.05 to 86400"),
        ("WATCH_INTERVAL", "nan", "nan is not from 0.05 to 86400"),
        ("WATCH_INTERVAL", "inf", "inf is not from 0.05 to 86400"),
        ("CACHE_MAX_BYTES", "-1", "-1 is not from 0 to 1099511627776"),
        ("HTTP_MAX_AGE", "-1", "-1 is not from 0 to 31536000"),
        ("HTTP_MAX_AGE", "", "'' is not a number"),
        ("HTTP_MAX_AGE", "1.5", "'1.5' is not a number"),
        ("HTTP_XML_FOR_BROWSERS", "no", "'no' is not true or false"),
        ("HTTP_STALE_IF_ERROR", "-1", "-1 is not from 0 to 31536000"),
        ("HTTP_STALE_WHILE_REVALIDATE", "9" * 99, "9" * 99),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str, said: str) -> None:
    assert refusal({f"FEEDS_{name}": value}).startswith(f"FEEDS_{name}: {said}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "http://[::1]:8000"),
        ("SITE_URL", "https://example.org/below/a/folder"),
        ("SITE_ICON", "https://example.org/icon.png?v=1"),
        ("SITE_AUTHORITY", "example.org"),
        ("SITE_AUTHORITY", "editor@example.org"),
        ("CORPUS_TIMEZONE", "Europe/Berlin"),
        ("WATCH_MODE", "poll"),
    ],
)
def test_a_value_that_does_is_taken_as_it_is(name: str, value: str) -> None:
    section, key = name.lower().split("_")
    assert getattr(getattr(load({f"FEEDS_{name}": value}), section), key) == value


@pytest.mark.parametrize(
    "sources",
    [
        ("*",),
        ("'none'",),
        (),
        ("'self'", "https:", "https://news.example.org", "http://localhost:8080", "127.0.0.1"),
        ("*.example.org", "https://*.example.org:*/front/page", "app.example.org:443"),
    ],
)
def test_who_may_embed_is_said_as_policies_do(sources: tuple[str, ...]) -> None:
    assert load({"FEEDS_HTTP_FRAME_ANCESTORS": " ".join(sources)}).http.frame_ancestors == sources


@pytest.mark.parametrize(
    "source",
    [
        "self", "none", "'unsafe-inline'", "https://", "https://a.example;", "a,b", "**",
        "a.*", "*.", "ä.example", "https://a.example;script-src", "'self", "http://[::1]",
        "//a.example", "a.example:x", "a.example?x",
    ],
)  # fmt: skip
def test_what_is_no_source_is_refused(source: str) -> None:
    said = refusal({"FEEDS_HTTP_FRAME_ANCESTORS": f"https://a.example {source}"})
    expected = "is not a source such as https://news.example.org, 'self', 'none' or *"
    assert said == f"FEEDS_HTTP_FRAME_ANCESTORS: {source!r} {expected}"


def test_nobody_is_nobody_else(tmp_path: Path) -> None:
    file = written(tmp_path, "http: {frame_ancestors: [\"'none'\", 'https://a.example']}")
    assert refusal(file=file) == "http.frame_ancestors: 'none' stands alone, or not at all"
    file = written(tmp_path, "http: {frame_ancestors: ['a.example\\nX-Evil: 1']}")
    assert "is not a source" in refusal(file=file)


def test_a_huge_value_is_not_repeated_whole() -> None:
    assert len(refusal({"FEEDS_SITE_URL": "x" * 10_000})) < 200


def test_the_environment_comes_after_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "http: {max_age: 1, stale_if_error: 2}\nsite: {title: File}\n")
    http = load({"FEEDS_HTTP_MAX_AGE": "9"}, file).http
    assert (http.max_age, http.stale_if_error, http.stale_while_revalidate) == (9, 2, 600)


def test_the_environment_names_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "site: {title: File}")
    assert load({"FEEDS_CONFIG": str(file)}).site.title == "File"
    assert load({"FEEDS_CONFIG": ""}) == Settings()
    assert load({"FEEDS_CONFIG": "nowhere"}, file).site.title == "File"


def test_a_list_is_written_with_spaces() -> None:
    assert load({"FEEDS_CORPUS_ARTICLES": " *.md  !drafts/ "}).corpus.articles == ("*.md", "!drafts/")


def test_numbers_are_numbers() -> None:
    settings = load({"FEEDS_WATCH_INTERVAL": "2", "FEEDS_CACHE_MAX_BYTES": "0"})
    assert (settings.watch.interval, settings.cache.max_bytes) == (2.0, 0)


def test_what_is_not_ours_is_ignored() -> None:
    assert load({"FEED_SITE_URL": "x", "PATH": "/bin", "feeds_site_url": "x"}) == Settings()


@pytest.mark.parametrize("text", ["", "# nothing\n", "site:\n", "---\n...\n"])
def test_what_is_left_out_is_the_default(tmp_path: Path, text: str) -> None:
    assert load({}, written(tmp_path, text)) == Settings()


def test_a_slash_at_the_end_of_an_address_is_not_doubled() -> None:
    assert load({"FEEDS_SITE_URL": "https://example.org/x//"}).site.url == "https://example.org/x"


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    missing = f"{file}: cannot be read: no such file or directory"
    assert refusal(file=file) == refusal({"FEEDS_CONFIG": str(file)}) == missing
    assert refusal(file=tmp_path) == f"{tmp_path}: cannot be read: is a directory"


def test_every_corpus_has_a_store_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stores = {
        load({"FEEDS_CORPUS_PATH": path}).store_path for path in ("a", "b", "c/a", str(tmp_path / "a"))
    }
    assert len(stores) == 3
    assert all(store.parent == Path("var") and store.suffix == ".db" for store in stores)
    assert load({"FEEDS_STORE_PATH": "x.db"}).store_path == Path("x.db")


def named(text: str) -> dict[str, NamedSettings]:
    return load({"FEEDS_SITE_FEEDS": text}).site.feeds


def test_feeds_of_ones_own_come_from_the_file_and_from_the_environment_as_yaml(tmp_path: Path) -> None:
    text = (
        "{best: {title: The Best, query: min_quality=80}, ml-de: {title: KI, query: 'topics/ml?lang=de'}}"
    )
    expected = {
        "best": NamedSettings("The Best", "min_quality=80"),
        "ml-de": NamedSettings("KI", "topics/ml?lang=de"),
    }
    assert load({}, written(tmp_path, f"site: {{feeds: {text}}}")).site.feeds == named(text) == expected
    assert list(named(text)) == ["best", "ml-de"]
    below = "best:\n  title: T\n  description: D\n  query: q=solar\n"
    assert named(below) == {"best": NamedSettings("T", "q=solar", "D")}
    assert named("") == named("{}") == {}


def test_feeds_of_ones_own_in_the_environment_take_the_place_of_those_in_the_file(tmp_path: Path) -> None:
    file = written(tmp_path, "site: {feeds: {a: {title: A, query: q=a}}}")
    environment = {"FEEDS_SITE_FEEDS": "{b: {title: B, query: q=b}}"}
    assert list(load(environment, file).site.feeds) == ["b"]


@pytest.mark.parametrize(
    "query", ["feed", "", "limit=10", "topics/ai/providers/a.example", "collapse=story"]
)
def test_whatever_is_a_feed_may_be_named(query: str) -> None:
    assert named(f"{{a: {{title: A, query: '{query}'}}}}")["a"].query == query


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ("{best: {query: q=a}}", "best.title: missing"),
        ("{best: {title: A}}", "best.query: missing"),
        ("{best: {}}", "best.title: missing"),
        ("{best: {title: '', query: q=a}}", "best.title: a feed must be called something"),
        ("{best: {title: ' ', query: q=a}}", "best.title: a feed must be called something"),
        ("{best: {title: 5, query: q=a}}", "best.title: 5 cannot be used: expected `str`, got `int`"),
        ("{best: {title: A, query: }}", "best.query: null cannot be used: expected `str`, got `null`"),
        (
            "{best: {titel: A, query: q=a}}",
            "best.titel: no such setting; nearest: title; known: description, query, title",
        ),
        (
            "{best: {title: A, query: q=a, 1: x}}",
            "best.1: no such setting; known: description, query, title",
        ),
        ("{best: q=a}", "best: 'q=a' cannot be used: expected `object`, got `str`"),
        ("{best: }", "best: null cannot be used: expected `object`, got `null`"),
        ("{The Best: {title: A, query: q=a}}", "The Best: not a name such as the-best"),
        ("{BEST: {title: A, query: q=a}}", "BEST: not a name such as best"),
        ("{a/b: {title: A, query: q=a}}", "a/b: not a name such as a-b"),
        ("{'': {title: A, query: q=a}}", ": not a name such as the-best"),
        ("{'..': {title: A, query: q=a}}", "..: not a name such as the-best"),
        ("{no: {title: A, query: q=a}}", "False: not a name such as false"),
        (
            "{best: {title: A, query: limit=500}}",
            "best.query: limit: '500' is not a whole number from 1 to 200",
        ),
        (
            "{best: {title: A, query: min_haet=5}}",
            "best.query: min_haet: '5' is not known: there is no 'min_haet', but 'min_heat'",
        ),
        ("{best: {title: A, query: since=soon}}", "best.query: since: 'soon' is not a date such as"),
        (
            "{best: {title: A, query: nonsense}}",
            "best.query: feed: 'nonsense' is not one of feed, ",
        ),
        ("{best: {title: A, query: f/other}}", "best.query: no such feed: other"),
        (
            "{best: {title: A, query: topics/ai/daily}}",
            "best.query: 'topics/ai/daily' is part of a feed, not a feed",
        ),
        ("{best: {title: A, query: feed/weekly}}", "best.query: 'feed/weekly' is part of a feed"),
        ("{best: {title: A, query: feed/2026-01}}", "best.query: 'feed/2026-01' is part of a feed"),
    ],
)
def test_a_feed_of_ones_own_that_cannot_be_is_refused_by_its_path(
    tmp_path: Path, feeds: str, said: str
) -> None:
    file = written(tmp_path, f"site:\n  feeds: {feeds}\n")
    assert refusal(file=file).startswith(f"site.feeds.{said}")
    assert refusal({"FEEDS_SITE_FEEDS": feeds}).startswith(f"FEEDS_SITE_FEEDS.{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]", "['a'] cannot be used: expected `object`, got `array`"),
        ("best", "'best' cannot be used: expected `object`, got `str`"),
        ("{best", "'{best' is not YAML"),
        ("{a: 2020-13-45}", "'{a: 2020-13-45}' is not YAML"),
    ],
)
def test_what_is_no_mapping_of_feeds_is_refused(text: str, said: str) -> None:
    assert refusal({"FEEDS_SITE_FEEDS": text}) == f"FEEDS_SITE_FEEDS: {said}"


@pytest.mark.parametrize(
    "token", ["short", "x" * 15, "x" * 15 + "!", "x" * 16 + " ", "x" * 16 + "\n", "ä" * 16]
)
def test_a_token_that_is_guessed_or_cannot_be_sent_is_refused_and_not_shown(token: str) -> None:
    assert refusal({"FEEDS_HTTP_STATUS_TOKEN": token}) == (
        "FEEDS_HTTP_STATUS_TOKEN: a token is sixteen characters or more of A-Z a-z 0-9 - . _ ~ + / ="
    )


def test_a_token_of_another_kind_is_refused_and_not_shown(tmp_path: Path) -> None:
    said = refusal(file=written(tmp_path, "http: {status_token: 1234567890123456}"))
    assert said.startswith("http.status_token: what is there cannot be used: expected")
    assert "1234" not in said
    assert load({"FEEDS_HTTP_STATUS_TOKEN": "1234567890123456"}).http.status_token == "1234567890123456"
