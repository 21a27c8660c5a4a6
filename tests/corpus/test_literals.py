"""Configuration files are read as literals, and never run."""

import time
from contextlib import suppress
from typing import Any

import pytest

from feeds.corpus.literals import front_matter, names_at, read_literals, text_at, value_at
from feeds.errors import ArticleError
from tests.table import for_each

YAML, PYTHON, SCRIPT = "_config.yml", "pelicanconf.py", "astro.config.mjs"


@for_each(
    ("path", "written", "expected"),
    [
        (YAML, "title: no\nfuture: true\ncount: 012", {"title": "no", "future": "true", "count": "012"}),
        (YAML, "title: ~\nname: null\nurl: 'null'", {"title": "", "name": "", "url": "null"}),
        (YAML, "a: &x {b: 1}\nc:\n  <<: *x\n  d: 2", {"a": {"b": "1"}, "c": {"b": "1", "d": "2"}}),
        ("mkdocs.yml", "a: !!python/name:x.y\nb: 1", {"a": "", "b": "1"}),
        ("mkdocs.yml", "url: !ENV [URL, 'https://x.org']\nb: !ENV URL",
         {"url": "https://x.org", "b": ""}),
        ("mkdocs.yml", "a: !!python/object/apply:os.system ['true']", {"a": ""}),
        ("authors.yml", "- name: Ann", {"": [{"name": "Ann"}]}),
        (YAML, "", {}),
        ("hugo.toml", "a = 1\nb = 2020-01-02\nc = true\n[d]\ne = 'x'",
         {"a": "1", "b": "2020-01-02", "c": "true", "d": {"e": "x"}}),
        ("site.json", '{"a": "http://x//y", "b": [1, null], "c": true}',
         {"a": "http://x//y", "b": ["1", ""], "c": "true"}),
        ("deno.jsonc", '{"a": "// no", /* yes */ "b": ["x",], // end\n}', {"a": "// no", "b": ["x"]}),
        ("CNAME", "example.org\n", {"cname": "example.org"}),
        (PYTHON, "A = 'x'\nB = A + '/y'\nC = f'{A}!'\nD = ('a', 'b')\nE: str = 'e'",
         {"A": "x", "B": "x/y", "C": "x!", "D": ["a", "b"], "E": "e"}),
        (PYTHON, "A = 'https://x.org' if X else 'http://localhost:8000'", {"A": "https://x.org"}),
        (PYTHON, "A = 'http://127.0.0.1' if X else 'https://x.org'", {"A": "https://x.org"}),
        (PYTHON, "if DEBUG:\n  A = 'http://localhost'\nelse:\n  A = 'https://x.org'", {"A": "https://x.org"}),
        (PYTHON, "A = 'https://x.org'\nA = ''", {"A": "https://x.org"}),
        (PYTHON, "A = os.environ.get('A', 'https://x.org')", {"A": "https://x.org"}),
        (PYTHON, "A = os.getenv('A') or 'x'", {"A": "x"}),
        (PYTHON, "A = {'en': 'x', 'n': call()}\nA['de'] = 'y'", {"A": {"en": "x", "de": "y"}}),
        (PYTHON, "import os\nA = os.system('false')\nB = [x for x in y]\nC = 'a' * 9**9", {}),
        (PYTHON, "A = '\\d'", {"A": "\\d"}),
        (PYTHON, "try:\n  A = 'x'\nexcept KeyError:\n  A = 'y'\n  B = 'z'", {"A": "x", "B": "z"}),
        (PYTHON, "A, B = 'x', 'y'\nC, D = ('z',)\nE.f = 'z'\nG['g'] = 'z'", {"A": "x", "B": "y"}),
        (PYTHON, "A = -3\nB = 1 + 'x'\nC = ['a'] + ['b']", {"A": "-3", "C": ["a", "b"]}),
        (PYTHON, "A = dict(a='x', b=call())\nA['c'] = call()", {"A": {"a": "x"}}),
    ],
)  # fmt: skip
def test_each_syntax_is_read_as_texts(path: str, written: str, expected: dict[str, Any]) -> None:
    assert read_literals(path, written.encode()) == expected


@for_each(
    ("written", "expected"),
    [
        ("export default defineConfig({ site: 'https://x.org', base: `/b` })",
         {"site": "https://x.org", "base": "/b"}),
        ("module.exports = { siteMetadata: { title: 'T', \"siteUrl\": \"https://x.org\" } }",
         {"siteMetadata": {"title": "T", "siteUrl": "https://x.org"}}),
        ("const config: Config = { title: 'T' };\nexport default config", {"title": "T"}),
        ("const config = { title: 'T' } satisfies Config\nmodule.exports = config", {"title": "T"}),
        ("export default async function make() { return { title: 'T' } }", {"title": "T"}),
        ("module.exports = (cfg) => {\n cfg.on('x', () => {});\n return { dir: { input: 'src' } }\n}",
         {"dir": {"input": "src"}}),
        ("export default () => ({ title: 'T' })", {"title": "T"}),
        ("const SITE_URL = 'https://x.org'\nexport default { site: SITE_URL }", {"site": "https://x.org"}),
        ("const S = { url: 'https://x.org' }\nexport default { site: S.url }", {"site": "https://x.org"}),
        ("const base = 'https://x.org'\nexport default { feed: `${base}/blog` }",
         {"feed": "https://x.org/blog"}),
        ("export default { url: process.env.URL || 'https://x.org' }", {"url": "https://x.org"}),
        ("export default { url: process.env.URL ?? \"https://x.org\", }", {"url": "https://x.org"}),
        ("export default { url: mode === 'dev' ? 'http://localhost:1' : 'https://x.org' }",
         {"url": "https://x.org"}),
        ("export const metadata = { metadataBase: new URL('https://x.org'), }",
         {"metadataBase": "https://x.org"}),
        ("const site = lume({ location: new URL('https://x.org') }, { x })", {"location": "https://x.org"}),
        ("export default { presets: [['classic', { blog: { routeBasePath: 'news' } }]] }",
         {"presets": {
            "classic": {"blog": {"routeBasePath": "news"}}, "blog": {"routeBasePath": "news"},
         }}),
        ("export default { ignorePatterns: ['private', 'templates'], cleanUrls: true, n: 3 }",
         {"ignorePatterns": ["private", "templates"], "cleanUrls": "true", "n": "3"}),
        ("export default { // site: 'a'\n /* site: 'b', */ site: 'c' }", {"site": "c"}),
        ("export default { test: /['\"]/, site: 'c' }", {"site": "c"}),
        ("export default { a: 4 / 2, b: x / y, site: 'c' } // /", {"site": "c"}),
        ("export default { text: 'it\\'s \\u00e9 \\x41', site: 'c' }", {"text": "it's é A", "site": "c"}),
        ("export default { x: `${a ? `'${b}` : '}'}`, site: 'c' }", {"site": "c"}),
        ("export default { sum: 'a' + 'b', site: 'c' }", {"sum": "ab", "site": "c"}),
        ("export default { title: call('x'), site: 'c' }", {"site": "c"}),
        ("export default { sum: call() + 'b', site: 'c' }", {"sum": None, "site": "c"}),
        ("export default (config) => { config.setInputDirectory('src') }", {"setInputDirectory": "src"}),
        ("export default { tags: ['x' ;] }", {"tags": ["x"]}),
        ("export default { tags: ['x', 'y'", {"tags": ["x", "y"]}),
        ("export default [{ url: 'http://localhost' }, { url: 'https://x.org' }]", {"url": "https://x.org"}),
        ("const a = 'x'\nconst b = 'y'", {"a": "x", "b": "y"}),
        ("export default { plugins: [['p', { a: '1' }], ['p', { a: '2' }]] }",
         {"plugins": {"p": {"a": "1"}, "a": "1", "p 2": {"a": "2"}}}),
        ("const title = 'T', url = 'https://x.org'\nexport default { title, url }",
         {"title": "T", "url": "https://x.org"}),
        ("export const SITE = {\n website: 'https://x.org/',\n} as const;", {"website": "https://x.org/"}),
    ],
)  # fmt: skip
def test_a_script_gives_one_literal_for_each_key(written: str, expected: dict[str, Any]) -> None:
    read = read_literals(SCRIPT, written.encode())
    assert {key: read.get(key) for key in expected} == expected


@for_each(
    ("path", "written", "line", "code"),
    [
        (YAML, b"a: b\nc: [", 3, "not-configuration"),
        (YAML, b"a: \xff", 1, "not-utf-8"),
        (YAML, b"[" * 60 + b"]" * 60, 1, "too-deep"),
        ("hugo.toml", b"a = 1\nb = \n", 2, "not-configuration"),
        ("site.json", b'{\n"a": }', 2, "not-configuration"),
        ("site.json", b"[" * 100_000, 1, "not-configuration"),
        (PYTHON, b"A = 1\nB = (", 2, "not-configuration"),
        (PYTHON, b"(" * 5_000, 1, "not-configuration"),
        (PYTHON, b"A = " + b"-" * 50_000 + b"1", 1, "not-configuration"),
        (SCRIPT, b"x = " + b"[" * 5_000, 1, "not-configuration"),
        (SCRIPT, b"{" * 5_000, 1, "not-configuration"),
    ],
)
def test_a_broken_file_is_one_problem_with_its_line(
    path: str, written: bytes, line: int, code: str
) -> None:
    with pytest.raises(ArticleError) as found:
        read_literals(path, written)
    assert (found.value.path, found.value.line, found.value.code.name) == (path, line, code)


@for_each(
    "written",
    [
        "'", "`", "`${", "/*", "/", "(/[", "a.", "a=", "a:", "${", "\\", '"\\', "`${`${", "x=>{", "a?",
        "return{", "...", "/(", "}", "])", "a: b,", "const ", "export default ", "// x", "\u2028",
    ],
)  # fmt: skip
def test_a_script_of_anything_is_read_in_linear_time(written: str) -> None:
    """In quadratic time, each would take several seconds."""
    began = time.process_time()
    text = written * (10_000 // len(written))
    with suppress(ArticleError):
        read_literals(SCRIPT, text.encode())
    assert time.process_time() - began < 2


def test_aliases_of_yaml_do_not_multiply() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert read_literals(YAML, "\n".join(lines).encode())["a0"][0] == "x"


def test_dotted_keys_are_found_in_any_case() -> None:
    values = read_literals("hugo.toml", b"BaseURL = 'x'\n[Params]\nAuthor = 'Ann'\ntags = ['a', '']")
    assert value_at(values, "baseURL") == "x"
    assert text_at(values, "none", "params.author") == "Ann"
    assert names_at(values, "params.tags") == ("a",)
    assert value_at(values, "baseURL.x") is value_at(values, "") is None


def test_front_matter_is_read_in_yaml_and_toml() -> None:
    assert front_matter("a.md", b"---\ntitle: T\n---\nBody: x") == {"title": "T"}
    assert front_matter("a.md", b"+++\ntitle = 'T'\n+++\nBody") == {"title": "T"}
    assert front_matter("a.md", b"Body") == front_matter("a.md", b"---\n---\n") == {}
