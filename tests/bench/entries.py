"""Entries of each format beside plain templates of the same bytes, which could not have fewer steps.

``python -m tests.bench.entries ARTICLES FORMAT WRITER COUNT`` writes COUNT entries alone, for valgrind.
"""

import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from html import escape
from itertools import cycle, islice
from json import dumps
from pathlib import Path

import msgspec

from feeds.article import Article
from feeds.feed.site import Site, feed_id, provider_path, topic_scheme
from feeds.formats import FORMATS
from feeds.formats.text import byline, content_html, headline, summary
from feeds.formats.text import source as provider_title

ENTRIES = 50
SITE = Site("https://feeds.example", title="Sample", authority="example.org", content="full")
DATE = "%a, %d %b %Y %H:%M:%S GMT"
Writer = Callable[[Article], bytes]


def text(value: str) -> str:
    """*value* as the text of an element or an attribute."""
    return escape(value, quote=False)


def hexadecimal(value: str) -> str:
    """*value* as plain text of RSS."""
    return value.replace("&", "&#x26;").replace("<", "&#x3C;").replace(">", "&gt;")


def media(article: Article, plain: Callable[[str], str]) -> str:
    """The picture of *article*."""
    if not (image := article.image):
        return ""
    size = f'width="{image.width}" height="{image.height}"'
    length = f' fileSize="{image.length}"' if image.length else ""
    return f"""\
<media:content url="{text(image.url)}"{length} type="{image.type}" medium="image" {size}>
  <media:description type="plain">{plain(image.alt)}</media:description>
  <media:thumbnail url="{text(image.url)}" {size}/>
</media:content>
"""


def rss(article: Article) -> bytes:
    """An ``<item>``, without indentation."""
    categories = "".join(f"<category>{hexadecimal(name)}</category>\n" for name in article.topics)
    enclosure = source = updated = language = ""
    if image := article.image:
        enclosure = f'<enclosure url="{text(image.url)}" length="{image.length}" type="{image.type}"/>\n'
    if provider := article.provider:
        url = f"{SITE.url}{provider_path(provider.domain)}.rss"
        source = f'<source url="{text(url)}">{hexadecimal(provider_title(provider))}</source>\n'
    if article.updated > article.published:
        updated = f"<atom:updated>{article.updated.isoformat()}</atom:updated>\n"
    creators = "".join(
        f"<dc:creator>{hexadecimal(name)}</dc:creator>\n" for name in byline(article, SITE)
    )
    if article.language:
        language = f"<dc:language>{text(article.language)}</dc:language>\n"
    return f"""\
<item>
<title>{hexadecimal(headline(article))}</title>
<link>{text(article.url)}</link>
<guid isPermaLink="false">{text(article.id)}</guid>
{categories}{enclosure}{source}\
<pubDate>{article.published.strftime(DATE)}</pubDate>
{updated}{creators}{language}\
<description>{text(text(summary(article)))}</description>
<content:encoded><![CDATA[{content_html(article).replace("]]>", "]]]]><![CDATA[>")}]]></content:encoded>
{media(article, hexadecimal)}</item>""".encode()


def atom(article: Article) -> bytes:
    """An ``<entry>``, without indentation."""
    authors = "".join(
        f"<author>\n  <name>{text(name)}</name>\n</author>\n" for name in byline(article, SITE)
    )
    scheme = text(topic_scheme(SITE))
    categories = "".join(
        f'<category term="{name}" scheme="{scheme}" label="{name}"/>\n'
        for name in map(text, article.topics)
    )
    language = f' xml:lang="{text(article.language)}"' if article.language else ""
    enclosure = source = ""
    if image := article.image:
        length = f' length="{image.length}"' if image.length else ""
        enclosure = f'<link rel="enclosure" type="{image.type}" href="{text(image.url)}"{length}/>\n'
    if provider := article.provider:
        path = provider_path(provider.domain)
        source = f"""\
<source>
  <id>{text(feed_id(SITE, path))}</id>
  <title>{text(provider_title(provider))}</title>
  <updated>{article.updated.isoformat()}</updated>
  <link rel="self" type="application/atom+xml" href="{text(SITE.url + path)}.atom"/>
</source>
"""
    return f"""\
<entry{language}>
<id>{text(article.id)}</id>
<title>{text(headline(article))}</title>
<updated>{article.updated.isoformat()}</updated>
{authors}{categories}<published>{article.published.isoformat()}</published>
<link rel="alternate" type="text/html" href="{text(article.url)}"/>
{enclosure}{source}\
<summary>{text(summary(article))}</summary>
<content type="html"><![CDATA[{content_html(article).replace("]]>", "]]]]><![CDATA[>")}]]></content>
{media(article, text)}</entry>""".encode()


def json(article: Article) -> bytes:
    """An item of a JSON Feed."""

    def string(value: str) -> str:
        return dumps(value, ensure_ascii=False)

    lines = [
        f'"id": {string(article.id)}',
        f'"url": {string(article.url)}',
        f'"title": {string(headline(article))}',
        f'"summary": {string(summary(article))}',
        f'"content_html": {string(content_html(article))}',
    ]
    if image := article.image:
        lines.append(f'"image": {string(image.url)}')
    published, updated = article.published.isoformat(), article.updated.isoformat()
    lines.append(f'"date_published": "{published.replace("+00:00", "Z")}"')
    lines.append(f'"date_modified": "{updated.replace("+00:00", "Z")}"')
    provider = article.provider
    authors = []
    for name in byline(article, SITE):
        url = provider.url if provider and provider.name == name else ""
        more = f',\n      "url": {string(url)}' if url else ""
        authors.append(f'    {{\n      "name": {string(name)}{more}\n    }}')
    between = ",\n"
    lines.append(f'"authors": [\n{between.join(authors)}\n  ]')
    if article.topics:
        names = between.join([f"    {string(name)}" for name in article.topics])
        lines.append(f'"tags": [\n{names}\n  ]')
    if article.language:
        lines.append(f'"language": {string(article.language)}')
    if image:
        size = f',\n      "size_in_bytes": {image.length}' if image.length else ""
        facts = f'"url": {string(image.url)},\n      "mime_type": {string(image.type)}{size}'
        lines.append(f'"attachments": [\n    {{\n      {facts}\n    }}\n  ]')
    return f"{{\n  {f'{between}  '.join(lines)}\n}}".encode()


TEMPLATES: dict[str, Writer] = {"rss": rss, "atom": atom, "json": json}


def writers(extension: str) -> dict[str, Writer]:
    """Ours and the template, by name."""
    entry = FORMATS[extension].entry
    return {"ours": lambda article: entry(article, SITE, ""), "template": TEMPLATES[extension]}


def comparing(articles: list[Article], folder: Path, say: Callable[[str, str], None]) -> None:
    """Compare both: each writes the same fifty of *articles* in turn, then the next fifty."""
    fit = [each for each in articles if _fits(each)]
    file = folder / "articles"
    file.write_bytes(msgspec.msgpack.encode(fit))
    for extension in TEMPLATES:
        _check(extension, fit[:ENTRIES])
        name = f"{ENTRIES} entries as {FORMATS[extension].name}"
        ours, template = _timed(extension, fit)
        ratio = statistics.median(one / other for one, other in zip(ours, template, strict=True))
        say(
            f"{name}, never rendered before: times a template of the same bytes",
            f"{ratio:.2f} (median of {len(ours)} pairs); {1000 * min(ours):.2f} ms and "
            f"{1000 * min(template):.2f} ms of CPU time (least)",
        )
        if not shutil.which("valgrind"):
            say(f"{name}: instructions", "not measured: valgrind is not installed")
            continue
        ours_, template_ = (_instructions(file, extension, each) for each in ("ours", "template"))
        say(
            f"{name}: instructions",
            f"{ours_ / 1e6:.1f} and {template_ / 1e6:.1f} millions: {ours_ / template_:.2f}",
        )


def _fits(article: Article) -> bool:
    """Return whether the templates, which write the fields of most articles, can write *article*."""
    image, others = article.image, (article.enclosures, article.also, article.related)
    return (
        not any(others)
        and len(article.images) < 2
        and (not image or bool(image.alt and image.width))
        and bool(article.summary)
    )


def _check(extension: str, articles: list[Article]) -> None:
    """Check that both make the same bytes, apart from the indentation of XML."""
    ours, template = writers(extension).values()
    for each in articles:
        made = ours(each)
        if extension != "json":
            made = re.sub(rb"\n +(?= *<(?!p>|/p>|li|ul|img|h\d))", b"\n", made)
            assert re.sub(rb"\n +", b"\n", made) == re.sub(rb"\n +", b"\n", template(each)), each.id
        else:
            assert made == template(each), each.id


def _timed(extension: str, articles: list[Article]) -> list[list[float]]:
    """The seconds of CPU time of each, for every fifty of *articles*."""
    taken: list[list[float]] = [[], []]
    both = [*zip(writers(extension).values(), taken, strict=True)]
    for first in range(0, len(articles) - ENTRIES + 1, ENTRIES):
        both.reverse()
        for writer, times in both:
            some = msgspec.msgpack.decode(
                msgspec.msgpack.encode(articles[first : first + ENTRIES]), type=list[Article]
            )
            begun = time.process_time()
            for each in some:
                writer(each)
            times.append(time.process_time() - begun)
    return taken


def _instructions(file: Path, extension: str, writer: str) -> float:
    """Instructions for fifty entries: those of more entries without those of fewer."""

    def run(count: int) -> int:
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        command += [sys.executable, "-m", "tests.bench.entries", str(file), extension, writer, str(count)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        (number,) = re.findall(r"I\s+refs:\s+([\d,]+)", told)
        return int(number.replace(",", ""))

    return (run(3 * ENTRIES) - run(ENTRIES)) / 2


def main() -> None:
    """Write entries, for valgrind."""
    file, extension, writer, count = sys.argv[1:]
    articles = msgspec.msgpack.decode(Path(file).read_bytes(), type=list[Article])
    write = writers(extension)[writer]
    for each in islice(cycle(articles), int(count)):
        write(each)


if __name__ == "__main__":
    main()
