"""Print the scores of every kind of page, and fail if one is too low."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from feeds.sample import write_sample
from tests.pages.blog import ARTICLE, write_blog
from tests.pages.browser import CHROMIUM
from tests.server import Server

LIGHTHOUSE = Path(__file__).with_name("node_modules") / "lighthouse" / "cli" / "index.js"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update"
    " --disable-sync --no-first-run"
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = 95  # of 100
# Pages that search engines must not list, on purpose: their other advice for search engines holds.
UNLISTED = ("--skip-audits", "is-crawlable")


class Kind(NamedTuple):
    """A kind of page, the path of an example, and the options of Lighthouse for it.

    It is on the server of the sample, or *of_blog*.
    """

    name: str
    path: str
    categories: tuple[str, ...] = CATEGORIES
    options: tuple[str, ...] = ()
    of_blog: bool = False


KINDS = (
    Kind("home", "/"),
    Kind("feed", "/topics/oceans"),
    Kind("article", f"/articles/{ARTICLE}", of_blog=True),
    Kind("builder", "/build"),
    Kind("search", "/search?q=harbour", options=UNLISTED),
    Kind("embed configurator", "/embed"),
    Kind("embed", "/embed/topics/oceans", CATEGORIES[:3]),
)


def report(url: str, kind: Kind, profile: Path) -> dict[str, Any]:
    """Lighthouse's report on the page at *url*, with an empty browser *profile*."""
    only = f"--only-categories={','.join(kind.categories)}"
    flags = f"--chrome-flags={FLAGS} --user-data-dir={profile}"
    command = ["node", str(LIGHTHOUSE), url, "--output=json", "--quiet", only, flags, *kind.options]
    environ = os.environ | {"CHROME_PATH": shutil.which(CHROMIUM) or ""}
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def scores(found: dict[str, Any]) -> dict[str, int]:
    """The score of each category of a report, of 100."""
    return {name: round((each["score"] or 0) * 100) for name, each in found["categories"].items()}


def failures(found: dict[str, Any]) -> list[str]:
    """The audits of a report that lower a score, with their titles and measured values."""
    weighed = [
        part for each in found["categories"].values() for part in each["auditRefs"] if part["weight"]
    ]
    audits = [found["audits"][part["id"]] for part in weighed]
    return [
        f"{each['id']}: {each['title']} {each.get('displayValue', '')}".rstrip()
        for each in audits
        if each["score"] is not None and each["score"] < 0.9
    ]


def _row(name: str, cells: Iterable[object]) -> str:
    return f"{name:20}" + "".join(f"{cell:>16}" for cell in cells)


def main(names: Sequence[str]) -> int:
    """Print the scores of the pages with *names*, or of all, and return the number of low ones."""
    low = 0
    print(_row("", CATEGORIES))
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write_sample(folder / "corpus", 1000, 7, lambda _done: None)
        write_blog(folder / "blog")
        with (
            Server(folder / "corpus", folder / "server", at_own_address=True) as site,
            Server(folder / "blog", folder / "blog-server", at_own_address=True) as blog,
        ):
            for kind in (each for each in KINDS if not names or each.name in names):
                found = report(
                    (blog if kind.of_blog else site).url + kind.path,
                    kind,
                    folder / f"profile-{kind.name.replace(' ', '-')}",
                )
                got = scores(found)
                print(_row(kind.name, [got.get(name, "-") for name in CATEGORIES]), flush=True)
                low += sum(each < LEAST for each in got.values())
                for problem in failures(found):
                    print(f"    {problem}")
    return low


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) and f"a score is below {LEAST}")
