"""The next release of this program, as it may be one day: a new table, and a new format of batches."""

import shutil
from pathlib import Path

from tests.paths import ROOT

_FORMATS = "BATCH_FORMATS = (1,)"


def next_release(folder: Path) -> Path:
    """Make a copy of this program in *folder* with a newer journal and newer batches; return its root."""
    root = folder / "next"
    for name in ("feeds", "config"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    rows = root / "feeds/store/sqlite/replicated_rows.py"
    text = rows.read_text()
    assert _FORMATS in text
    rows.write_text(text.replace(_FORMATS, "BATCH_FORMATS = (1, 2)"))
    schema = root / "feeds/fleet/postgres/schema"
    last = max(int(file.stem) for file in schema.glob("*.sql"))
    schema.joinpath(f"{last + 1:04}.sql").write_text(
        "CREATE TABLE feeds.of_the_next_release (number bigint PRIMARY KEY);\n"
        f"INSERT INTO feeds.schema (version, readable_by) VALUES ({last + 1}, {last});\n"
    )
    return root
