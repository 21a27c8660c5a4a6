"""feeds.yaml + environment -> Settings."""

import re
from pathlib import Path
from typing import Literal, get_origin

import pytest
import yaml
from msgspec import Meta

from feeds.errors import SettingsError
from feeds.settings import Settings, load, log_format, setting_types
from feeds.settings.kinds import bare
from feeds.settings.sections import NamedSettings, PodcastSettings, WebhookSettings
from tests.paths import ROOT
from tests.table import for_each

DEFAULTS = ROOT / "feeds" / "settings" / "config" / "feeds.yaml"
KINDS = {f"{section}.{key}": kind for (section, key), kind in setting_types().items()}
PATHS = [*KINDS]
FORM = r"\S.*: [^A-Z .].*[^.]; [a-z].*[^.]"  # subject: problem; remedy


def refusal(environment: dict[str, str] | None = None, file: Path | None = None) -> str:
    """The error message of these settings, which has one line."""
    with pytest.raises(SettingsError) as caught:
        load(environment or {}, file)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert re.fullmatch(FORM, said)
    return said


def written(folder: Path, text: str | bytes) -> Path:
    """A settings file with *text*."""
    file = folder / "feeds.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_the_file_that_comes_with_us_is_exactly_the_defaults() -> None:
    assert load({}, DEFAULTS) == Settings() == load({})


@for_each("path", PATHS)
def test_every_setting_is_in_the_file_with_a_comment(path: str) -> None:
    section, key = path.split(".")
    lines = DEFAULTS.read_text().split(f"\n{section}:\n")[1].split("\n\n")[0]
    assert re.search(rf"^  {key}: *\S*.*  *# [a-z].{{10,}}$", lines, re.MULTILINE)


def test_the_file_says_nothing_that_is_no_setting() -> None:
    tree = yaml.safe_load(DEFAULTS.read_text())
    assert [f"{section}.{key}" for section in tree for key in tree[section]] == PATHS


@for_each("path", PATHS)
def test_every_setting_may_come_from_the_environment(path: str) -> None:
    section, key = path.split(".")
    default = getattr(getattr(Settings(), section), key)
    text = " ".join(default) if isinstance(default, tuple) else str(default)
    if path in ("corpus.url", "site.icon"):
        text = "https://example.org"
    name = f"FEEDS_{section}_{key}".upper()
    assert load({name: text}) == load({}) or text == "https://example.org"


@for_each("path", PATHS)
def test_every_setting_is_refused_when_misspelt(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    file = written(tmp_path, f"{section}:\n  {key}x: 1\n")
    assert refusal(file=file) == f"{path}x: unknown setting; did you mean {path}?"
    name = f"FEEDS_{section}_{key}".upper()
    assert refusal({name + "X": "1"}) == f"{name}X: unknown setting; did you mean {name}?"


def test_a_name_that_is_like_no_setting_is_refused_with_all_names() -> None:
    names = sorted(f"FEEDS_{path}".replace(".", "_").upper() for path in PATHS)
    assert refusal({"FEEDS_ZZZ": "1"}) == f"FEEDS_ZZZ: unknown setting; use one of {', '.join(names)}"


SECTIONS = "cache, corpus, export, fleet, http, images, log, push, readership, site, store, watch"
CORRECT_LINE = "correct this line or the one before"


@for_each(
    ("text", "said"),
    [
        ("sites: {url: x}", "sites: unknown setting; did you mean site?"),
        ("42: {}", f"42: unknown setting; use one of {SECTIONS}"),
        ("~: {}", f"None: unknown setting; use one of {SECTIONS}"),
        ("store: {zzz: x}", "store.zzz: unknown setting; use one of store.path"),
        ("store: {1: x}", "store.1: unknown setting; use one of store.path"),
        ("watch: [poll]", "watch: not a mapping: ['poll']; write mode or interval below it"),
        ("watch: false", "watch: not a mapping: false; write mode or interval below it"),
        ("store: var", "store: not a mapping: 'var'; write path below it"),
        ("[site]", "FILE: no sections; write settings below sections such as site and corpus"),
        ("just text", "FILE: no sections; write settings below sections such as site and corpus"),
        ("site:\n  url: [}", f"FILE:2: not YAML: did not find expected node content; {CORRECT_LINE}"),
        (
            "site:\n\turl: x",
            f"FILE:2: not YAML: found character that cannot start any token; {CORRECT_LINE}",
        ),
        (
            "site:\n  title: A\nhttp: {}\nsite:\n  since: 2021",
            "FILE:4: site: written twice; delete one of the two",
        ),
        ("site:\n  title: A\n  title: B", "FILE:3: title: written twice; delete one of the two"),
        (
            "site:\n  feeds:\n    a: {title: A, query: feed}\n    a: {title: B, query: feed}",
            "FILE:4: a: written twice; delete one of the two",
        ),
        ('corpus: {path: "a\\0b"}', "corpus.path: not a path: 'a\\x00b'; delete its control characters"),
        ('store: {path: "a\\0b"}', "store.path: not a path: 'a\\x00b'; delete its control characters"),
        ("a: *b", f"FILE:1: not YAML: found undefined alias; {CORRECT_LINE}"),
        (
            "site: &site {title: *site}",
            "site.title: not text: {'title': {...}}; write text in quotes",
        ),
        ("site: {since: 2020-13-45}", "FILE: not YAML: month must be in 1..12; correct this value"),
    ],
)
def test_an_unknown_setting_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    assert refusal(file=file) == said.replace("FILE", str(file))


def test_a_path_may_begin_with_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/ann")
    hooks = f"{{news: {{query: feed, url: '{WEBHOOK}', template: ~/news.json}}}}"
    file = written(
        tmp_path,
        f"corpus: {{path: ~/blog}}\nstore: {{path: ~/var/store.db}}\npush: {{webhooks: {hooks}}}",
    )
    settings = load({}, file)
    assert (settings.corpus.path, settings.store.path) == ("/ann/blog", "/ann/var/store.db")
    assert settings.push.webhooks["news"].template == "/ann/news.json"
    assert load({"FEEDS_CORPUS_PATH": "~/a~b"}).corpus.path == "/ann/a~b"


@for_each("content", [b"site: \xff", b"\x00", b"!!python/object:os.system {}", b"a: 'b", b"a: !b"])
def test_a_file_that_is_not_yaml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, content)
    assert "not YAML" in refusal(file=file).removeprefix(f"{file}: ")


@for_each(
    ("text", "said"),
    [
        ("site: {title: 5}", "site.title: not text: 5; write text in quotes"),
        ("site: {title: }", "site.title: not text: null; write text in quotes"),
        ("site: {title: no}", "site.title: not text: false; write text in quotes"),
        ("site: {since: '2020'}", "site.since: not a whole number: '2020'; use 2020"),
        ("site: {since: 2020.5}", "site.since: not a whole number: 2020.5; use 2020"),
        ("site: {since: true}", "site.since: not a whole number: true; use 2020"),
        ("http: {max_age: [1]}", "http.max_age: not a whole number: [1]; use 300"),
        ("http: {xml_for_browsers: 1}", "http.xml_for_browsers: not true or false: 1; use true"),
        ("watch: {interval: x}", "watch.interval: not a number: 'x'; use 0.5"),
        ("watch: {mode: pol}", "watch.mode: not one of auto, notify, poll: 'pol'; did you mean poll?"),
        (
            "corpus: {articles: '*.md'}",
            "corpus.articles: not a list of texts: '*.md'; write it as [one, two]",
        ),
        (
            "corpus: {articles: [a, 5]}",
            "corpus.articles: not a list of texts: ['a', 5]; write it as [one, two]",
        ),
        ("http: {readers: x}", "http.readers: not a mapping: 'x'; write name: value below it"),
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
        structs = {"site.feeds": {"title": "", "query": ""}, "push.webhooks": {"url": "", "query": ""}}
        return {"a": structs.get(path, "\n")}
    if get_origin(inner) is tuple:
        return None if kind == inner else ["\n"]
    if inner is str and kind is not str:
        return "" if path == "corpus.path" else "\n"
    return None


@for_each("path", PATHS)
def test_every_number_is_refused_when_it_is_out_of_bounds(path: str, tmp_path: Path) -> None:
    assert limits(path) or bare(KINDS[path]) not in (int, float)
    section, key = path.split(".")
    for value in limits(path):
        said = refusal(file=written(tmp_path, f"{section}: {{{key}: {value}}}"))
        assert re.fullmatch(
            rf"{path}: not from [\d.]+ to \d+: {re.escape(str(value))}(\.0)?; use [\d.]+", said
        )


@for_each("path", [path for path in PATHS if limits(path)])
def test_the_number_in_a_remedy_is_accepted(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    said = refusal(file=written(tmp_path, f"{section}: {{{key}: {limits(path)[0]}}}"))
    load({}, written(tmp_path, f"{section}: {{{key}: {said.rpartition('use ')[2]}}}"))


@for_each("path", [path for path in PATHS if outside(path) is not None])
def test_every_text_with_a_form_is_refused_in_another(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    file = written(tmp_path, yaml.safe_dump({section: {key: outside(path)}}))
    assert refusal(file=file).startswith(path)


@for_each("path", PATHS)
def test_every_setting_is_refused_when_it_is_of_another_type(path: str, tmp_path: Path) -> None:
    section, key = path.split(".")
    text = get_origin(KINDS[path]) is Literal or bare(KINDS[path]) is str
    said = refusal(file=written(tmp_path, f"{section}: {{{key}: {'[7]' if text else 'seven'}}}"))
    assert said.startswith(f"{path}: not ")


def test_a_bad_variable_is_refused_by_its_name() -> None:
    assert refusal({"FEEDS_SITE_SINCE": "1989"}) == (
        "FEEDS_SITE_SINCE: not from 1990 to 9999: 1989; use 2020"
    )
    assert refusal({"FEEDS_SITE_TITEL": "x"}).startswith("FEEDS_SITE_TITEL: unknown setting")


NO_ADDRESS = [
    "", "feeds.example", "//feeds.example", "/feeds", "ftp://feeds.example", "http://", "http:///x",
    "http://größer.example", "http://a b.example", "http://[", "http://x:99999", "http://x:y", "http://x:0",
    "http://x/\n", "http://x/<", 'http://x/"', "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", NO_ADDRESS)
@for_each("key", ["site.url", "corpus.url", "site.icon"])
def test_an_invalid_address_is_refused(key: str, url: str) -> None:
    if url or key == "site.url":
        name = f"FEEDS_{key.replace('.', '_')}".upper()
        assert refusal({name: url}) == (
            f"{name}: not an http or https address: {url!r}; use https://feeds.example.org"
        )


DELETE = "delete it from the ? or # on"
ZONE = "use UTC or a name such as Europe/Berlin"


@for_each(
    ("name", "value", "said"),
    [
        ("SITE_URL", "http://x/?a", f"has a query or a fragment: 'http://x/?a'; {DELETE}"),
        ("SITE_URL", "http://x/#a", f"has a query or a fragment: 'http://x/#a'; {DELETE}"),
        ("SITE_SINCE", "1989", "not from 1990 to 9999: 1989; use 2020"),
        ("SITE_SINCE", "10000", "not from 1990 to 9999: 10000; use 2020"),
        ("SITE_SINCE", "MMXX", "not a whole number: 'MMXX'; use 2020"),
        (
            "SITE_AUTHORITY",
            "our house",
            "not a domain or an e-mail address: 'our house'; use example.org",
        ),
        ("SITE_AUTHORITY", "http://x", "not a domain or an e-mail address: 'http://x'; use example.org"),
        ("SITE_AUTHORITY", "x,2020", "not a domain or an e-mail address: 'x,2020'; use example.org"),
        ("CORPUS_PATH", "", "empty; name the folder of the articles"),
        ("CORPUS_MAX_BYTES", "0", "not from 1 to 1099511627776: 0; use 4194304"),
        ("CORPUS_MAX_BYTES", "4M", "not a whole number: '4M'; use 4194304"),
        ("CORPUS_TIMEZONE", "Mars", f"not a time zone: 'Mars'; {ZONE}"),
        ("CORPUS_TIMEZONE", "", f"not a time zone: ''; {ZONE}"),
        ("CORPUS_TIMEZONE", "../x", f"not a time zone: '../x'; {ZONE}"),
        ("WATCH_MODE", "off", "not one of auto, notify, poll: 'off'; use auto"),
        ("WATCH_INTERVAL", "0", "not from 0.05 to 86400: 0.0; use 0.5"),
        ("WATCH_INTERVAL", "nan", "not from 0.05 to 86400: nan; use 0.5"),
        ("WATCH_INTERVAL", "inf", "not from 0.05 to 86400: inf; use 0.5"),
        ("WATCH_INTERVAL", "often", "not a number: 'often'; use 0.5"),
        ("CACHE_MAX_BYTES", "-1", "not from 0 to 1099511627776: -1; use 67108864"),
        ("HTTP_MAX_AGE", "-1", "not from 0 to 31536000: -1; use 300"),
        ("HTTP_MAX_AGE", "", "not a whole number: ''; use 300"),
        ("HTTP_MAX_AGE", "1.5", "not a whole number: '1.5'; use 300"),
        ("HTTP_XML_FOR_BROWSERS", "no", "not true or false: 'no'; use true"),
        ("HTTP_STALE_IF_ERROR", "-1", "not from 0 to 31536000: -1; use 300"),
        ("HTTP_STALE_WHILE_REVALIDATE", "9" * 99, f"not from 0 to 31536000: {'9' * 80}…; use 300"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(name: str, value: str, said: str) -> None:
    assert refusal({f"FEEDS_{name}": value}) == f"FEEDS_{name}: {said}"


@for_each(
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


@for_each(
    "sources",
    [
        ("*",),
        ("'none'",),
        (),
        ("'self'", "https:", "https://news.example.org", "http://localhost:8080", "127.0.0.1"),
        ("*.example.org", "https://*.example.org:*/front/page", "app.example.org:443"),
    ],
)
def test_sites_that_may_embed_are_written_as_in_policies(sources: tuple[str, ...]) -> None:
    assert load({"FEEDS_HTTP_FRAME_ANCESTORS": " ".join(sources)}).http.frame_ancestors == sources


@for_each(
    "source",
    [
        "self", "none", "'unsafe-inline'", "https://", "https://a.example;", "**",
        "a.*", "*.", "ä.example", "https://a.example;script-src", "'self", "http://[::1]",
        "//a.example", "a.example:x", "a.example?x",
    ],
)  # fmt: skip
def test_an_invalid_source_is_refused(source: str) -> None:
    said = refusal({"FEEDS_HTTP_FRAME_ANCESTORS": f"https://a.example {source}"})
    remedy = "use https://news.example.org, 'self', 'none' or *"
    assert said == f"FEEDS_HTTP_FRAME_ANCESTORS: not a source of a policy: {source!r}; {remedy}"


def test_none_is_refused_beside_other_sources(tmp_path: Path) -> None:
    file = written(tmp_path, "http: {frame_ancestors: [\"'none'\", 'https://a.example']}")
    assert refusal(file=file) == (
        "http.frame_ancestors: 'none' with other sources; delete 'none' or the others"
    )
    file = written(tmp_path, "http: {frame_ancestors: ['a.example\\nX-Evil: 1']}")
    assert "not a source" in refusal(file=file)
    assert "not a source" in refusal(file=written(tmp_path, "http: {frame_ancestors: ['a,b']}"))


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


@for_each("text", ["a,b", "a, b", " a b ", "a ,b,", "[a, b]", '["a", "b"]'])
def test_a_list_in_a_variable_has_blanks_or_commas_or_is_yaml(text: str) -> None:
    assert load({"FEEDS_HTTP_NO_CHANGES_FOR": text}).http.no_changes_for == ("a", "b")


@for_each("path", [path for path in PATHS if get_origin(bare(KINDS[path])) is tuple])
@for_each("text", [",", " ", " , ,"])
def test_a_list_that_is_only_separators_is_refused(path: str, text: str) -> None:
    name = f"FEEDS_{path}".replace(".", "_").upper()
    remedy = "write items with blanks or commas between them"
    assert refusal({name: text}) == f"{name}: a list without items: {text!r}; {remedy}"


@for_each(
    ("name", "text", "said"),
    [
        ("HTTP_NO_CHANGES_FOR", "['', a]", "an empty item; delete it"),
        ("HTTP_NO_CHANGES_FOR", "[a, 5]", "not a list of texts: ['a', 5]; write it as [one, two]"),
        ("CORPUS_ARTICLES", "", "no pattern; write patterns such as */**/*.md"),
        ("SITE_FEEDS", "~", "not a mapping: null; write name: value below it"),
        ("SITE_FEEDS", "[]", "not a mapping: []; write name: value below it"),
        ("HTTP_READERS", "# none", "not a mapping: null; write name: value below it"),
        ("SITE_CONTENT", "sumary", "not one of full, summary, title: 'sumary'; did you mean summary?"),
    ],
)
def test_a_value_that_means_nothing_is_refused(name: str, text: str, said: str) -> None:
    assert refusal({f"FEEDS_{name}": text}) == f"FEEDS_{name}: {said}"


def test_a_key_that_is_written_twice_in_a_variable_is_refused() -> None:
    readers = "{A: 'https://a.example/?u={url}', A: 'https://b.example/?u={url}'}"
    assert refusal({"FEEDS_HTTP_READERS": readers}) == (
        "FEEDS_HTTP_READERS:1: A: written twice; delete one of the two"
    )


def test_an_empty_variable_is_an_empty_list() -> None:
    assert load({"FEEDS_HTTP_NO_CHANGES_FOR": ""}).http.no_changes_for == ()


def test_numbers_are_numbers() -> None:
    settings = load({"FEEDS_WATCH_INTERVAL": "2", "FEEDS_CACHE_MAX_BYTES": "0"})
    assert (settings.watch.interval, settings.cache.max_bytes) == (2.0, 0)


def test_foreign_variables_are_ignored() -> None:
    assert load({"FEED_SITE_URL": "x", "PATH": "/bin", "feeds_site_url": "x"}) == Settings()


@for_each("text", ["", "# nothing\n", "site:\n", "---\n...\n"])
def test_an_empty_file_means_all_defaults(tmp_path: Path, text: str) -> None:
    assert load({}, written(tmp_path, text)) == Settings()


def test_a_slash_at_the_end_of_an_address_is_not_doubled() -> None:
    assert load({"FEEDS_SITE_URL": "https://example.org/x//"}).site.url == "https://example.org/x"


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "feeds.yaml"
    missing = f"{file}: cannot be read: no such file or directory; create it, or name another"
    assert refusal(file=file) == refusal({"FEEDS_CONFIG": str(file)}) == missing
    remedy = "put a file in its place, or name another"
    assert refusal(file=tmp_path) == f"{tmp_path}: cannot be read: is a directory; {remedy}"


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


def test_a_feed_of_ones_own_may_be_a_podcast() -> None:
    facts = (
        "{image: 'https://example.org/artwork.jpg', category: Science > Physics, explicit: false, "
        "author: Ada, owner: Ada, email: ada@example.org, type: serial, "
        "guid: 01234567-89ab-5def-8123-456789abcdef}"
    )
    found = named(f"{{tides: {{title: Tides, query: has=audio, podcast: {facts}}}}}")["tides"].podcast
    assert found == PodcastSettings(
        "https://example.org/artwork.jpg", "Science > Physics", False, "Ada", "Ada", "ada@example.org",
        "serial", "01234567-89ab-5def-8123-456789abcdef",
    )  # fmt: skip
    assert named("{tides: {title: Tides, query: has=audio, podcast: {}}}")["tides"].podcast == (
        PodcastSettings()
    )


@for_each(
    ("podcast", "said"),
    [
        ("yes", "podcast: not a mapping: true; write image below it"),
        ("[a]", "podcast: not a mapping: ['a']; write image below it"),
        ("{imgae: x}", "podcast.imgae: unknown setting; did you mean PATH.podcast.image?"),
        ("{image: artwork.jpg}", "podcast.image: not an http or https address: 'artwork.jpg'; use https"),
        ("{category: Tides}", "podcast.category: not a category of Apple Podcasts: 'Tides'; use a name"),
        ("{explicit: perhaps}", "podcast.explicit: not true or false: 'perhaps'; use true"),
        ("{email: ada}", "podcast.email: not an e-mail address: 'ada'; use an address such as tides@"),
        ("{type: daily}", "podcast.type: not one of episodic, serial: 'daily'; use episodic"),
        ("{guid: '1'}", "podcast.guid: not a UUID: '1'; use that of the podcast so far"),
    ],
)
def test_a_podcast_that_cannot_be_is_refused_by_its_path(podcast: str, said: str) -> None:
    found = refusal({"FEEDS_SITE_FEEDS": f"{{a: {{title: A, query: feed, podcast: {podcast}}}}}"})
    assert found.startswith(f"FEEDS_SITE_FEEDS.a.{said.replace('PATH', 'FEEDS_SITE_FEEDS.a')}")


@for_each("query", ["feed", "", "limit=10", "topics/ai/providers/a.example", "collapse=story"])
def test_any_feed_may_be_named(query: str) -> None:
    assert named(f"{{a: {{title: A, query: '{query}'}}}}")["a"].query == query


NO_NAME = "not lower-case letters, digits and hyphens"


@for_each(
    ("feeds", "said"),
    [
        ("{best: {query: q=a}}", "best.title: missing; add a title"),
        ("{best: {title: A}}", "best.query: missing; add a query"),
        ("{best: {}}", "best.title: missing; add a title"),
        ("{best: {title: '', query: q=a}}", "best.title: empty; write the title of the feed"),
        ("{best: {title: ' ', query: q=a}}", "best.title: empty; write the title of the feed"),
        ("{best: {title: 5, query: q=a}}", "best.title: not text: 5; write text in quotes"),
        ("{best: {title: A, query: }}", "best.query: not text: null; write text in quotes"),
        ("{best: {titel: A, query: q=a}}", "best.titel: unknown setting; did you mean PATH.best.title?"),
        (
            "{best: {title: A, query: q=a, 1: x}}",
            "best.1: unknown setting; use one of PATH.best.description, PATH.best.podcast, "
            "PATH.best.query, PATH.best.title",
        ),
        ("{best: q=a}", "best: not a mapping: 'q=a'; write title and query below it"),
        ("{best: }", "best: not a mapping: null; write title and query below it"),
        ("{The Best: {title: A, query: q=a}}", f"The Best: {NO_NAME}; use the-best"),
        ("{BEST: {title: A, query: q=a}}", f"BEST: {NO_NAME}; use best"),
        ("{a/b: {title: A, query: q=a}}", f"a/b: {NO_NAME}; use a-b"),
        ("{'': {title: A, query: q=a}}", f": {NO_NAME}; use the-best"),
        ("{'..': {title: A, query: q=a}}", f"..: {NO_NAME}; use the-best"),
        ("{no: {title: A, query: q=a}}", f"False: {NO_NAME}; use false"),
        (
            "{best: {title: A, query: limit=500}}",
            "best.query: limit: not a whole number from 1 to 200: '500'; use limit=20",
        ),
        (
            "{best: {title: A, query: min_haet=5}}",
            "best.query: min_haet: unknown parameter; did you mean min_heat?",
        ),
        (
            "{best: {title: A, query: since=soon}}",
            "best.query: since: not a date or a span: 'soon'; use since=2026-01",
        ),
        (
            "{best: {title: A, query: topics/ai.rss}}",
            "best.query: an address of one format: 'topics/ai.rss'; delete .rss",
        ),
        ("{best: {title: A, query: nonsense}}", "best.query: feed: not a feed: 'nonsense'; use feed, "),
        ("{best: {title: A, query: f/other}}", "best.query: feed 'other': not found; see the feeds"),
        (
            "{best: {title: A, query: topics/ai/daily}}",
            "best.query: part of a feed: 'topics/ai/daily'; delete /daily",
        ),
        (
            "{best: {title: A, query: feed/weekly}}",
            "best.query: part of a feed: 'feed/weekly'; delete /weekly",
        ),
        (
            "{best: {title: A, query: feed/2026-01}}",
            "best.query: part of a feed: 'feed/2026-01'; delete /2026-01",
        ),
    ],
)
def test_a_feed_of_ones_own_that_cannot_be_is_refused_by_its_path(
    tmp_path: Path, feeds: str, said: str
) -> None:
    file = written(tmp_path, f"site:\n  feeds: {feeds}\n")
    for path, refused in (
        ("site.feeds", refusal(file=file)),
        ("FEEDS_SITE_FEEDS", refusal({"FEEDS_SITE_FEEDS": feeds})),
    ):
        assert refused.startswith(f"{path}.{said.replace('PATH', path)}")


@for_each(
    ("text", "said"),
    [
        ("[a]", "not a mapping: ['a']; write name: value below it"),
        ("best", "not a mapping: 'best'; write name: value below it"),
        ("{best", "not a mapping: '{best'; write name: value below it"),
        ("{a: 2020-13-45}", "not a mapping: '{a: 2020-13-45}'; write name: value below it"),
    ],
)
def test_named_feeds_that_are_no_mapping_are_refused(text: str, said: str) -> None:
    assert refusal({"FEEDS_SITE_FEEDS": text}) == f"FEEDS_SITE_FEEDS: {said}"


@for_each("token", ["short", "x" * 15, "x" * 15 + "!", "x" * 16 + " ", "x" * 16 + "\n", "ä" * 16])
def test_a_token_that_is_guessed_or_cannot_be_sent_is_refused_and_not_shown(token: str) -> None:
    assert refusal({"FEEDS_HTTP_STATUS_TOKEN": token}) == (
        "FEEDS_HTTP_STATUS_TOKEN: too short, or with a character that tokens cannot have; "
        "use 16 or more of A-Z a-z 0-9 - . _ ~ + / ="
    )


def test_a_token_of_another_kind_is_refused_and_not_shown(tmp_path: Path) -> None:
    said = refusal(file=written(tmp_path, "http: {status_token: 1234567890123456}"))
    assert said == "http.status_token: not text; write text in quotes"
    assert load({"FEEDS_HTTP_STATUS_TOKEN": "1234567890123456"}).http.status_token == "1234567890123456"


WEBHOOK = "https://hooks.example/secret/path"


def webhooks(text: str) -> dict[str, WebhookSettings]:
    return load({"FEEDS_PUSH_WEBHOOKS": text}).push.webhooks


def test_webhooks_have_a_query_and_an_address() -> None:
    secret = "whsec_" + "QUJD" * 8
    found = webhooks(
        f"{{news: {{query: topics/ai, url: '{WEBHOOK}', template: slack, secret: {secret}}}}}"
    )
    assert found == {"news": WebhookSettings("topics/ai", WEBHOOK, "slack", secret)}
    assert webhooks(f"{{news: {{query: feed, url: '{WEBHOOK}'}}}}")["news"].template == "json"


@for_each(
    ("webhook", "said"),
    [
        ("{query: feed}", "url: missing; add a url"),
        ("{query: feed, url: 'ftp://e.example/secret'}", "url: not an http or https address without"),
        ("{query: feed, url: 'https://e.example/secret#x'}", "url: not an http or https address without"),
        (
            "{query: feed, url: 'https://a:secret@e.example/'}",
            "url: not an http or https address without",
        ),
        ("{query: feed, url: 'https://e.example/secret\"'}", "url: not an http or https address; write"),
        (
            "{query: feed, url: 'https://e.example:port/secret'}",
            "url: not an http or https address; write",
        ),
        (f"{{query: 'limit=500', url: '{WEBHOOK}'}}", "query: limit: "),
        (
            f"{{query: feed, url: '{WEBHOOK}', secret: c2VjcmV0}}",
            "secret: not 24 to 64 bytes in base64; use",
        ),
        (f"{{query: feed, url: '{WEBHOOK}', secrte: x}}", "secrte: unknown setting; did you mean"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_without_its_secrets(webhook: str, said: str) -> None:
    found = refusal({"FEEDS_PUSH_WEBHOOKS": f"{{news: {webhook}}}"})
    assert found.startswith(f"FEEDS_PUSH_WEBHOOKS.news.{said}")
    assert "/secret" not in found
    assert "c2VjcmV0" not in found


@for_each(
    ("written", "form"),
    [
        ("log: {format: json}", "json"),
        ("log: {format: json}\nsite: {titel: x}", "json"),
        ("log: {format: jsn}", "text"),
        ("log: [format]\nsite: {titel: x}", "text"),
        ("log: {format: [", "text"),
        ("site: {titel: x}", "text"),
        ("", "text"),
    ],
)
def test_the_form_of_the_log_is_known_although_another_setting_is_wrong(
    tmp_path: Path, written: str, form: str
) -> None:
    (file := tmp_path / "feeds.yaml").write_text(written)
    assert log_format({"FEEDS_CONFIG": str(file)}) == form
    assert log_format({"FEEDS_CONFIG": str(file), "FEEDS_LOG_FORMAT": "json", "FEEDS_X": "x"}) == "json"
    assert log_format({"FEEDS_CONFIG": f"{file}.none"}) == "text"


def test_the_words_off_and_on_need_no_quotes(tmp_path: Path) -> None:
    """YAML 1.1 reads them as false and true."""
    (file := tmp_path / "feeds.yaml").write_text("log: {access: off}\npush: {hub: on}\n")
    settings = load({}, file)
    assert (settings.log.access, settings.push.hub) == ("off", "on")
