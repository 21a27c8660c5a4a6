"""Bodies of real folders: no sign of a template is shown outside of code, and no prose is lost."""

import html
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from feeds.corpus.bodies.context import BodyContext
from feeds.corpus.bodies.preparation import prepare
from feeds.corpus.markdown import body_html
from tests.examples import examples
from tests.paths import CORPORA
from tests.table import for_each

SYNTAX = {
    "astro-demo": "",
    "contentlayer-timlrx": "",
    "docusaurus-babel": "mdx",
    "eleventy-v8": "liquid",
    "gatsby-react": "",
    "hexo-site": "liquid",
    "hugo-etcd": "shortcodes goldmark",
    "jekyll-docs": "liquid kramdown",
    "jekyll-fixtures": "liquid kramdown",
    "lume-blog": "",
    "mkdocs-material": "mkdocs",
    "pelican-twir": "",
    "zola-rust": "shortcodes",
}
KEPT = 0.98  # of the words of prose
MAX_FILES = examples(25)  # of each folder; tests/corpus/test_real_sites.py reads others

_FILE = re.compile(r"(?i)\.(?:md|mdx|markdown|mkdn?|mdown|html)$")
_HEADER = re.compile(
    r"(?s)\A\ufeff?(?:---\s*\n(?:.*?\n)??---\s*(?:\n|\Z)|\+\+\+\s*\n.*?\n\+\+\+\s*(?:\n|\Z))"
)
_LINES = re.compile(r"\A(?:[A-Z][a-z]+: .*\n)+")
_CODE = re.compile(r"(?is)<(pre|code|kbd|samp)\b.*?</\1>")
_TAG = re.compile(r"<[^<>]*>")
_TEMPLATE = re.compile(
    r"(?m)\{\{|\}\}|\{%|%\}|<%|%>|\[\[[^\[\]]*\]\]|^\s*:::|^\s*!!! \w|\{:\s|\{[#.][\w-]+\}"
    r"|^(?:---|\+\+\+)$|\x02|\x03"
)
# The parts of a source that are no prose.
_FENCE = re.compile(r"(?ms)^[ \t>]*(```+|~~~+).*?^[ \t>]*\1[ \t]*$")
_NO_PROSE = re.compile(
    r"(?ims)<!--.*?-->|<(script|style|svg)\b.*?</\1>|`[^`\n]*`|\{\{.*?\}\}|\{%.*?%\}|<[^<>]*>|\]\([^)]*\)"
    r"|\]\[[^\]]*\]|^\s*\[[^\]]*\]:[^\n]*$|https?://\S+|\{[^{}\n]*\}|^\s*:::+\s*[\w-]+"
    r"|^(?:import|export)\s[^\n]*|:[a-z0-9_-]+:"
)


def render(path: str, markdown: str, dialect: str) -> str:
    """The HTML of the body *markdown* of the file at *path*."""
    context = BodyContext(path=path, syntax=frozenset(SYNTAX[dialect].split()))
    body = prepare(markdown, context).markdown
    return body_html(body, context, "", "The title", "https://example.org/one/")


def bodies(folder: str) -> Iterator[tuple[str, str]]:
    """The path and body of articles and pages in *folder*, of all or of every second, third ..."""
    paths = [path for path in sorted((CORPORA / folder).rglob("*")) if _FILE.search(path.name)]
    for path in paths[:: -(-len(paths) // MAX_FILES) or 1]:
        if path.is_file():
            content = path.read_bytes()
            encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
            text = content.decode(encoding, "ignore").replace("\r\n", "\n")
            header = _LINES if folder.startswith("pelican") else _HEADER
            yield str(path.relative_to(CORPORA / folder)), header.sub("", text)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]{3,}", html.unescape(text)))


@for_each("dialect", SYNTAX)
def test_no_template_is_shown_and_no_prose_is_lost(dialect: str) -> None:
    if not (CORPORA / dialect).is_dir():
        pytest.skip(f"no folder {CORPORA / dialect}")
    all_words = lost_words = 0
    for path, markdown in bodies(dialect):
        made = render(path, markdown, dialect)
        text = html.unescape(_TAG.sub(" ", _CODE.sub(" ", made)))
        assert not _TEMPLATE.search(text), f"{path}: {_TEMPLATE.findall(text)}"
        written = words(_NO_PROSE.sub(" ", _FENCE.sub("", markdown)))
        all_words += sum(written.values())
        lost_words += sum((written - words(re.sub(r"</?\w+", " ", made))).values())
    assert lost_words <= (1 - KEPT) * all_words, f"{lost_words} of {all_words} words"
