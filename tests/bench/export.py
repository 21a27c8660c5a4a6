"""An export beside Hugo building RSS feeds of the same articles: ``python -m tests.bench.export``.

All begin with a folder of articles and nothing else, write to a new one, and take a turn in every round.
An export writes the feed of everything, each topic and each provider: in RSS alone and in three formats,
not compressed, which compare with Hugo's RSS of the same entries, and with pages in four codings.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

ROOT = Path(__file__).parent.parent.parent
ROUNDS = 3
OURS, HUGO = "`feeds export`, RSS alone", "Hugo, RSS alone"
PLAIN = ("--codings", "none", "--no-pages")
CONFIG = """\
baseURL = "https://feeds.example/"
title = "Bench"
rssLimit = 50
ignoreErrors = ["error-disable-taxonomy"]
disableKinds = ["taxonomy", "section", "sitemap", "robotsTXT", "404"]
[taxonomies]
topic = "topics"
provider = "providers"
[outputs]
home = ["RSS"]
term = ["RSS"]
[[cascade]]
[cascade._build]
render = "never"
[cascade._target]
kind = "page"
"""
# An item with all that ours has that an article says itself.
RSS = """\
{{- $pages := cond .IsHome .Site.RegularPages .Pages -}}
{{ `<?xml version="1.0" encoding="utf-8"?>` | safeHTML }}
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>{{ .Title }}</title>
    <link>{{ .Permalink }}</link>
    <description>{{ .Title }}</description>
    {{- range first 50 $pages }}
    <item>
      <title>{{ .Title }}</title>
      <link>{{ .Params.address }}</link>
      <guid isPermaLink="false">{{ .Params.address }}</guid>
      <pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 GMT" | safeHTML }}</pubDate>
      {{- with .Params.author }}
      <dc:creator>{{ . }}</dc:creator>
      {{- end }}
      {{- range .Params.topics }}
      <category>{{ . }}</category>
      {{- end }}
      {{- with .Params.picture }}
      <enclosure url="{{ . }}" length="0" type="image/png"/>
      <media:content url="{{ . }}" medium="image"/>
      {{- end }}
      <description>{{ .Params.summary }}</description>
      {{ `<content:encoded>` | safeHTML }}{{ .Content | html }}{{ `</content:encoded>` | safeHTML }}
    </item>
    {{- end }}
  </channel>
</rss>
"""


class Taken(NamedTuple):
    """The resources of a command: megabytes are those of its largest process."""

    seconds: float
    megabytes: float
    processor: float


def main() -> None:
    """Measure and say it."""
    arguments = argparse.ArgumentParser(prog="python -m tests.bench.export")
    arguments.add_argument("--articles", type=int, default=10_000)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--coded", action=argparse.BooleanOptionalAction, default=True)
    chosen = arguments.parse_args()
    with TemporaryDirectory(prefix="bench-") as folder:
        exporting(Path(folder), chosen.articles, show, chosen.rounds, coded=chosen.coded)


def show(what: str, figure: str) -> None:
    """Print a *figure* as soon as it is known."""
    print(f"{what:88} {figure}", flush=True)


def exporting(
    folder: Path,
    articles: int,
    say: Callable[[str, str], None],
    rounds: int = ROUNDS,
    *,
    coded: bool = True,
) -> None:
    """Cold, with a topic for every twenty articles and a provider for every hundred.

    *coded* is for what Hugo does not do as well.
    """
    folder /= f"spread-{articles}"
    folder.mkdir()
    corpus, site = folder / "articles", folder / "site"
    # New ones each time: where many files were just deleted, ext4 is slow to make others.
    places = (folder / f"public-{number}" for number in count())
    command = [sys.executable, "-m", "feeds", "sample", str(corpus), "--articles", str(articles)]
    subprocess.run(command, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    spread(corpus, max(1, articles // 20), max(1, articles // 100))

    def ours(*words: str | Path) -> Taken:
        *chosen, public = map(str, words)
        store = {"FEEDS_CORPUS_PATH": str(corpus), "FEEDS_STORE_PATH": f"{public}.db"}
        command = [sys.executable, "-m", "feeds", "export", public, "--no-archives", "--no-digests"]
        return timed([*command, *chosen], os.environ | store)

    def theirs(public: Path) -> Taken:
        command = ["hugo", "--quiet", "--source", str(site), "--destination", str(public)]
        return timed([*command, "--cacheDir", f"{public}-cache"])

    ways = {
        OURS: partial(ours, "--formats", "rss", *PLAIN),
        "`feeds export`, three formats": partial(ours, "--formats", "rss,atom,json", *PLAIN),
    }
    if coded:
        ways["`feeds export`, four formats and pages in four codings"] = ours
    if shutil.which("hugo"):
        write_site(corpus, site)
        ways[HUGO] = theirs
    results: dict[str, list[Taken]] = {way: [] for way in ways}
    for way in [*ways] * rounds:
        public = next(places)
        results[way].append(ways[way](public))
        if way == OURS:
            feeds = len(list(public.rglob("*.rss")))
    for way, taken in results.items():
        seconds, peak, processor = (statistics.median(column) for column in zip(*taken, strict=True))
        told = f"{seconds:.1f} s ({processor:.1f} s of CPU time), largest process {peak:.0f} MB"
        if HUGO in results:
            ratios = [one.seconds / hugo.seconds for one, hugo in zip(taken, results[HUGO], strict=True)]
            told += f", {statistics.median(ratios):.2f} times Hugo"
        say(f"{articles:,} articles, cold, {feeds} feeds: {way}", told)
    if HUGO not in results:
        say(HUGO, "not measured: hugo is not installed (tests/install-tools installs it)")


def spread(corpus: Path, topics: int, providers: int) -> None:
    """Have the articles of a sample be of many topics and providers, a few of them large."""
    random = Random(1)

    def some(of: int) -> int:
        return min(of - 1, int(random.expovariate(5 / of)))

    shutil.rmtree(corpus / "_data")
    for file in sorted((corpus / "_news").rglob("*.md")):
        number = some(providers)
        provider = f'provider:\n  name: "Provider {number}"\n  domain: p{number}.example'
        named = "".join(f"  - Topic {each}\n" for each in sorted({some(topics) for _ in range(3)}))
        text = re.sub(
            r"^provider:\n  name: .*\n  domain: .*", provider, file.read_text(), count=1, flags=re.M
        )
        file.write_text(
            re.sub(r"^topics:\n(?:  - .*\n)+", f"topics:\n{named}", text, count=1, flags=re.M)
        )


def write_site(corpus: Path, site: Path) -> None:
    """The same articles as Hugo has them."""
    (site / "content").mkdir(parents=True)
    (site / "config.toml").write_text(CONFIG)
    (site / "layouts" / "_default").mkdir(parents=True)
    (site / "layouts" / "_default" / "rss.xml").write_text(RSS)
    for number, file in enumerate(sorted((corpus / "_news").rglob("*.md"))):
        _, header, body = file.read_text().split("---\n", 2)
        fields = yaml.load(header, yaml.CBaseLoader)
        if fields.get("published") == "false" or "publishedDateTime" not in fields:
            continue
        made = {
            "title": fields["title"],
            "date": fields["publishedDateTime"],
            "summary": fields.get("excerpt", ""),
            "topics": fields.get("topics", []),
            "providers": [fields["provider"]["domain"]] if "provider" in fields else [],
            "author": next((each["name"] for each in fields.get("provider", {}).get("authors", ())), ""),
            "address": fields.get("webUrl", ""),
            "picture": next((each["url"] for each in fields.get("images", ())), ""),
        }
        text = f"---\n{yaml.dump(made, Dumper=yaml.CSafeDumper, allow_unicode=True)}---\n{body}"
        (site / "content" / f"{number}.md").write_text(text)


def timed(command: list[str], environment: dict[str, str] | None = None, checkout: Path = ROOT) -> Taken:
    """Run *command* to its end in *checkout*."""
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, cwd=checkout, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    seconds = time.monotonic() - begun
    return Taken(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


if __name__ == "__main__":
    main()
