"""Files kept beside a store: damaged and replaced stores, and backups from before a migration."""

import os
import re
from pathlib import Path

from feeds.store.sqlite.ownership import SIDE_FILES

MAX_ASIDE = 5  # damaged files to keep


def free_name(store: Path, kind: str) -> Path:
    """An unused name beside *store*, such as ``store.db.aside-1``."""
    number = 0 if kind.startswith("schema-") else 1
    while True:
        name = f"{store}.{kind}" if not number else f"{store}.{kind}-{number}"
        if not any(os.path.lexists(f"{name}{suffix}") for suffix in ("", *SIDE_FILES)):
            return Path(name)
        number += 1


def numbered(store: Path, kind: str) -> list[Path]:
    """The files whose names ``free_name`` returned for *kind*."""
    pattern = re.compile(re.escape(f"{store.name}.{kind}") + r"(-\d+)?")
    found = store.parent.iterdir()
    return [each for each in found if pattern.fullmatch(each.name) and each.is_file()]


def delete_oldest_aside(store: Path) -> None:
    """Delete all but the newest damaged files."""
    found = sorted(numbered(store, "aside"), key=lambda each: each.stat().st_mtime_ns)
    for file in found[:-MAX_ASIDE]:
        for suffix in ("", *SIDE_FILES):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
