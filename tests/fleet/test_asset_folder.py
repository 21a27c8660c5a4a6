"""The folder of copies on a host: whole contents only, and names that survive restarts and damage."""

from hashlib import blake2b
from pathlib import Path

import pytest

from feeds.errors import StoreError
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.assets import KEPT_SECONDS, Asset, AssetNames

DIGEST = blake2b(b"one", digest_size=10).hexdigest()
NAMES = AssetNames("journal:7", 3, {"assets/a.png": Asset(DIGEST, 3, 5)})


def opened(path: Path, now: float = 0) -> AssetFolder:
    return AssetFolder(path / "store.db.assets", lambda: now)


def test_names_are_those_of_all_processes(tmp_path: Path) -> None:
    reader = opened(tmp_path)
    assert reader.names() == AssetNames()
    opened(tmp_path).apply(NAMES)
    assert reader.names() == NAMES == opened(tmp_path).names()
    changes = AssetNames(
        "journal:8", 4, {"assets/b.png": Asset(DIGEST, 3)}, ["assets/a.png"], whole=False
    )
    opened(tmp_path).apply(changes)
    assert reader.names() == AssetNames("journal:8", 4, {"assets/b.png": Asset(DIGEST, 3)})
    opened(tmp_path).apply(AssetNames("journal:8", 9, whole=False))
    assert (reader.names().revision, len(reader.names().named)) == (9, 1)


@pytest.mark.parametrize("name", ["names", "revision"])
def test_damaged_names_are_fetched_again(tmp_path: Path, name: str) -> None:
    opened(tmp_path).apply(NAMES)
    (tmp_path / "store.db.assets" / name).write_bytes(b"\xc1")
    assert opened(tmp_path).names().revision == -1
    opened(tmp_path).apply(NAMES)
    assert opened(tmp_path).names() == NAMES


def test_only_a_whole_content_is_kept(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.apply(NAMES)
    assert folder.missing().keys() == {"assets/a.png"}
    assert not folder.add(DIGEST, [b"on"])
    assert folder.open(DIGEST) is None
    assert folder.add(DIGEST, [b"on", b"e"])
    assert folder.missing() == {}
    content = folder.open(DIGEST)
    assert content
    with content:
        assert content.read() == b"one"
    assert [file.name for file in folder.files()] == [DIGEST]


def test_a_content_that_cannot_be_written_or_read_is_a_failure_of_the_store(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    (tmp_path / "store.db.assets").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be written: "):
        folder.add(DIGEST, [b"one"])
    with pytest.raises(StoreError, match="cannot be written: "):
        folder.apply(NAMES)
    assert folder.open(DIGEST) is None
    (tmp_path / "store.db.assets").unlink()
    (tmp_path / "store.db.assets" / DIGEST[:2] / DIGEST).mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be read: is a directory"):
        folder.open(DIGEST)


def test_incomplete_and_unneeded_contents_are_deleted(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    folder.add(DIGEST, [b"one"])
    [content] = folder.files()
    content.with_name("left.part").write_bytes(b"o")
    folder.sweep()
    assert len([*folder.files()]) == 2
    later = opened(tmp_path, content.stat().st_mtime + KEPT_SECONDS + 1)
    later.apply(NAMES)
    later.sweep()
    assert [*folder.files()] == [content]
