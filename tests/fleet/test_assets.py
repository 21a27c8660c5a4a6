"""The contract of Assets: contents by digest, names with versions, and the lease of the leader."""

from collections.abc import Iterator
from contextlib import closing
from hashlib import blake2b
from typing import Protocol

import pytest

from feeds.fleet import Generation, Lease
from feeds.fleet.assets import Asset, AssetNames, Assets
from feeds.fleet.errors import LeaseLost
from feeds.fleet.postgres.assets import PostgresAssets
from feeds.fleet.postgres.journal import PostgresJournal
from feeds.store.replication import Position
from tests.fleet.memory_assets import SharedAssets

ONE, TWO = b"one" * 9, b"two" * 9


class AssetBackend(Protocol):
    """One set of files, and the hosts that open it."""

    def open(self) -> Assets:
        """The files as another host sees them."""

    def lead(self) -> Lease:
        """Give the lease to another host."""


class InMemory(AssetBackend):
    def __init__(self) -> None:
        self._shared = SharedAssets()

    def open(self) -> Assets:
        return self._shared.open()

    def lead(self) -> Lease:
        self._shared.epoch += 1
        return self._shared.lease()


class InPostgres(AssetBackend):
    def __init__(self, url: str) -> None:
        self._url = url

    def open(self) -> Assets:
        return PostgresAssets(self._url)

    def lead(self) -> Lease:
        with closing(PostgresJournal(self._url)) as journal:
            lease = journal.acquire("a", Generation(), Position())
        assert lease
        return lease


@pytest.fixture(params=["memory", "postgres"])
def shared(request: pytest.FixtureRequest) -> AssetBackend:
    """The files of an empty journal of each kind."""
    if request.param == "memory":
        return InMemory()
    return InPostgres(request.getfixturevalue("fleet_database"))


@pytest.fixture
def assets(shared: AssetBackend) -> Iterator[Assets]:
    with closing(shared.open()) as made:
        yield made


def digest_of(content: bytes) -> str:
    return blake2b(content, digest_size=10).hexdigest()


def asset(content: bytes, modified: int = 0) -> Asset:
    return Asset(digest_of(content), len(content), modified)


def test_a_content_is_read_as_it_was_written(assets: Assets) -> None:
    large = bytes(range(256)) * 10_000
    for content, chunks in ((ONE, [ONE]), (large, [large[:1_000_000], large[1_000_000:]]), (b"", [])):
        assert assets.read(digest_of(content)) is None
        assert assets.lacking({digest_of(content)}) == {digest_of(content)}
        assert assets.write(digest_of(content), iter(chunks))
        found = assets.read(digest_of(content))
        assert found is not None
        assert b"".join(found) == content
        assert assets.lacking({digest_of(content)}) == set()


def test_a_content_is_written_twice_without_harm(shared: AssetBackend, assets: Assets) -> None:
    with closing(shared.open()) as other:
        for each in (assets, other):
            assert each.write(digest_of(ONE), [ONE])
    assert b"".join(assets.read(digest_of(ONE)) or ()) == ONE


def test_nothing_is_kept_of_a_file_that_changes_while_it_is_written(assets: Assets) -> None:
    assert not assets.write(digest_of(ONE), [ONE, TWO])
    assert assets.read(digest_of(ONE)) is None


def test_nothing_is_kept_of_a_file_that_cannot_be_read_to_its_end(assets: Assets) -> None:
    def broken() -> Iterator[bytes]:
        yield ONE
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        assets.write(digest_of(ONE), broken())
    assert assets.read(digest_of(ONE)) is None
    assert assets.write(digest_of(ONE), [ONE])


def test_a_journal_without_names_is_behind_every_revision(assets: Assets) -> None:
    found = assets.names("")
    assert (found.revision, dict(found.named), found.whole) == (-1, {}, True)


def test_hosts_learn_the_changes_of_names(shared: AssetBackend, assets: Assets) -> None:
    lease = shared.lead()
    one, two = asset(ONE, 1), asset(TWO)
    assets.publish(lease, 4, {"assets/é.png": one, "media/b": two}, ())
    with closing(shared.open()) as other:
        first = other.names("")
        assert (first.revision, dict(first.named), first.whole) == (
            4,
            {"assets/é.png": one, "media/b": two},
            True,
        )
        assets.publish(lease, 5, {"assets/c.png": one}, {"media/b"})
        changes = other.names(first.version)
        assert (changes.revision, dict(changes.named), [*changes.removed], changes.whole) == (
            5,
            {"assets/c.png": one},
            ["media/b"],
            False,
        )
        expected = {"assets/é.png": one, "assets/c.png": one}
        for changed in (changes, other.names("")):
            assert dict(changed.applied_to(first).named) == expected
        none = other.names(changes.version)
        assert (dict(none.named), [*none.removed], none.version) == ({}, [], changes.version)
        assert none.applied_to(changes.applied_to(first)) == AssetNames(changes.version, 5, expected)


def test_a_version_of_another_journal_is_answered_with_all_names(
    shared: AssetBackend, assets: Assets
) -> None:
    assets.publish(shared.lead(), 1, {"media/a": asset(ONE)}, ())
    version = assets.names("").version
    for unknown in ("other:1", f"{version}000000", "", "?"):
        found = assets.names(unknown)
        assert (found.whole, [*found.named]) == (True, ["media/a"])


def test_a_name_keeps_its_time_as_long_as_its_content(shared: AssetBackend, assets: Assets) -> None:
    lease = shared.lead()
    assets.publish(lease, 1, {"assets/a.png": asset(ONE, 1)}, ())
    version = assets.names("").version
    assets.publish(lease, 2, {"assets/a.png": asset(ONE, 9)}, ())
    assert assets.names(version).version == version
    assert assets.names("").named["assets/a.png"].modified == 1
    assets.publish(lease, 2, {"assets/a.png": asset(TWO, 9)}, ())
    assert assets.names("").named["assets/a.png"] == asset(TWO, 9)
    assets.publish(lease, 2, {}, {"assets/a.png", "media/unknown"})
    assets.publish(lease, 2, {"assets/a.png": asset(ONE, 10)}, ())
    assert assets.names("").named["assets/a.png"].modified == 10


def test_a_host_that_lost_the_lease_publishes_nothing(shared: AssetBackend, assets: Assets) -> None:
    former = shared.lead()
    shared.lead()
    with pytest.raises(LeaseLost):
        assets.publish(former, 1, {"media/a": asset(ONE)}, ())
    with pytest.raises(LeaseLost):
        assets.sweep(former, 0)
    assert assets.names("").revision == -1


def test_only_contents_without_a_name_are_swept_after_the_grace_period(
    shared: AssetBackend, assets: Assets
) -> None:
    lease = shared.lead()
    for content in (ONE, TWO):
        assets.write(digest_of(content), [content])
    assets.publish(lease, 1, {"media/a": asset(ONE)}, ())
    assets.sweep(lease)
    assert assets.lacking({digest_of(ONE), digest_of(TWO)}) == set()
    assets.sweep(lease, -1)
    assert assets.lacking({digest_of(ONE), digest_of(TWO)}) == {digest_of(TWO)}
    assets.publish(lease, 2, {}, {"media/a"})
    assets.sweep(lease)
    assert assets.lacking({digest_of(ONE)}) == set()
    assets.sweep(lease, -1)
    assert assets.lacking({digest_of(ONE)}) == {digest_of(ONE)}
    version = assets.names("").version
    assert assets.names(version).applied_to(assets.names("")).named == {}


def test_a_host_that_slept_while_removed_names_were_swept_gets_all_names(
    shared: AssetBackend, assets: Assets
) -> None:
    lease = shared.lead()
    assets.publish(lease, 1, {"media/a": asset(ONE), "media/b": asset(TWO)}, ())
    known = assets.names("")
    assets.publish(lease, 2, {}, {"media/a"})
    assets.sweep(lease, -1)
    assert [*assets.names(known.version).applied_to(known).named] == ["media/b"]
