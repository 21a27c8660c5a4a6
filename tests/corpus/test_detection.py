"""The site generator of a folder is found by its files."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from feeds.corpus.detection import MAX_SAMPLES, Detected, detect
from feeds.corpus.dialects.registry import BY_NAME
from tests.table import for_each

DATED = "---\ndate: 2026-01-31\n---\n"


def written(root: Path, files: Mapping[str, str]) -> Path:
    """Write *files* below *root*; a path that ends with a slash is a folder."""
    for path, content in files.items():
        place = root / path
        if path.endswith("/"):
            place.mkdir(parents=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
    return root


@pytest.mark.parametrize(
    ("files", "name", "folder"),
    [
        ({}, "own", ""),
        ({"_data/topics/": "", "_config.yml": "", "_posts/": ""}, "own", ""),
        ({"_config.yml": "", "_news/a.md": "---\nwebUrl: https://x.org/\n---\n"}, "own", ""),
        ({"README.md": "# Read me", "docs/a.md": "Text"}, "own", ""),
        ({"README.md": "# Me", "docs/a.md": "Text", "docs/b.md": "---\ntitle: B\n---\n"}, "bare", ""),
        ({"a.md": DATED}, "bare", ""),
        ({"2026-01-31-a.md": "Text"}, "bare", ""),
        ({"2026/01/31/a.md": "Text"}, "bare", ""),
        ({"notes/a.md": ".. date: 2026-01-31\n"}, "bare", ""),
        ({"_posts/a.md": "Text"}, "bare", ""),
        ({"a/a.md": "---\ncanonical_url:\n---\n", "README.md": "# Read me"}, "devto", ""),
        ({"_config.yml": "", "_posts/": ""}, "jekyll", ""),
        ({"_config.yml": ""}, "jekyll", ""),
        ({"docs/_config.yml": "", "docs/_posts/": ""}, "jekyll", "docs"),
        ({"_config.yml": "", "docs/_config.yml": "", "docs/_posts/": ""}, "jekyll", "docs"),
        ({"Gemfile": "gem 'github-pages'", "_posts/a.md": ""}, "jekyll", ""),
        ({"config/_default/hugo.toml": ""}, "hugo", ""),
        ({"config.toml": "BaseURL = 'https://x.org'"}, "hugo", ""),
        ({"site/hugo.yaml": "", "site/content/": ""}, "hugo", "site"),
        ({"node_modules/x/hugo.toml": "", "a.md": DATED}, "bare", ""),
        ({"themes/hugo.toml": "", "a.md": DATED}, "bare", ""),
        ({".git/hugo.toml": "", "a.md": DATED}, "bare", ""),
        ({"LICENSE.md": "Text", "output/2026/01/a.md": DATED}, "bare", ""),
        ({"LICENSE.md": "Text", "public/2026/01/a.md": DATED}, "own", ""),
        ({"a/b/hugo.toml": "", "a.md": DATED}, "bare", ""),
        ({"packages/docs/.vitepress/config.ts": "", "a.md": DATED}, "vitepress", "packages/docs"),
    ],
)
def test_a_marker_tells_the_tool_and_the_folder(
    tmp_path: Path, files: Mapping[str, str], name: str, folder: str
) -> None:
    found = detect(written(tmp_path, files))
    assert (found.dialect.name, found.folder) == (name, folder)


def test_a_forced_dialect_is_looked_for_in_subfolders_too(tmp_path: Path) -> None:
    root = written(tmp_path, {"_config.yml": "", "_posts/": "", "site/hugo.toml": ""})
    assert (detect(root).dialect.name, detect(root, "auto").folder) == ("jekyll", "")
    forced = detect(root, "hugo")
    assert (forced.dialect.name, forced.folder, forced.marker) == ("hugo", "site", "site/hugo.toml")
    assert detect(root, "bare").folder == ""


def test_an_unknown_dialect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        detect(tmp_path, "wordstar")


def test_few_files_of_a_huge_tree_are_looked_at(tmp_path: Path) -> None:
    for number in range(MAX_SAMPLES):
        (tmp_path / f"{number:03}.md").write_text("Text")
    written(tmp_path, {"z/late.md": "---\nwebUrl: https://x.org/\n---\n"})
    assert detect(tmp_path).dialect.name == "bare"
    (tmp_path / "000.md").unlink()
    assert detect(tmp_path).dialect.name == "own"


def test_folders_that_cannot_be_listed_are_empty(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("missing")
    assert detect(tmp_path).dialect.name == "own"
    assert detect(tmp_path / "missing").dialect.name == "own"


@for_each(
    ("dialect", "folder", "held"),
    [
        ("hugo", "site/content", True), ("hugo", "site/public", False), ("hugo", "public", True),
        ("hugo", "site/content/public", True), ("jekyll", "site/.jekyll-cache", False),
        ("vitepress", "site/.vitepress", True), ("vitepress", "site/.vscode", False),
        ("own", "site/.hidden", True), ("own", "site/node_modules", False),
        ("gatsby", "a/node_modules", False), ("own", ".git", False),
    ],
)  # fmt: skip
def test_what_a_tool_writes_holds_no_articles(dialect: str, folder: str, held: bool) -> None:
    assert Detected(BY_NAME[dialect], "site").can_hold(folder) is held
