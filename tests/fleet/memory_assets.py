"""The files of a journal in memory: a small example of Assets."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from feeds.fleet import Lease
from feeds.fleet.assets import KEPT_SECONDS, Asset, AssetNames, Assets, Hashed
from feeds.fleet.errors import JournalError, LeaseLost


@dataclass
class SharedAssets:
    """The state that all hosts share. *epoch* is that of the present lease."""

    now: float = 1_000_000.0
    epoch: int = 1
    is_down: bool = False
    identity: str = "journal"
    number: int = 0
    revision: int = -1
    names: dict[str, tuple[int, Asset | None]] = field(default_factory=dict)
    contents: dict[str, list[bytes]] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)

    def lease(self) -> Lease:
        return Lease("a", self.epoch)

    def open(self) -> "MemoryAssets":
        return MemoryAssets(self)


class MemoryAssets(Assets):
    def __init__(self, journal: SharedAssets) -> None:
        self._shared = journal

    @property
    def _journal(self) -> SharedAssets:
        if self._shared.is_down:
            raise JournalError("journal", "cannot be reached", "start it")
        return self._shared

    def names(self, after: str) -> AssetNames:
        journal = self._journal
        identity, _, number = after.partition(":")
        whole = identity != journal.identity or int(number) > journal.number
        since = 0 if whole else int(number)
        newer = {name: asset for name, (version, asset) in journal.names.items() if version > since}
        return AssetNames(
            f"{journal.identity}:{journal.number}",
            journal.revision,
            {name: asset for name, asset in newer.items() if asset},
            () if whole else [name for name, asset in newer.items() if not asset],
            whole,
        )

    def read(self, digest: str) -> Iterator[bytes] | None:
        found = self._journal.contents.get(digest)
        return None if found is None else iter(found)

    def lacking(self, digests: Collection[str]) -> set[str]:
        journal = self._journal
        found = journal.contents.keys() & {*digests}
        journal.kept |= dict.fromkeys(found, journal.now)
        return {*digests} - found

    def write(self, digest: str, chunks: Iterable[bytes]) -> bool:
        journal, hashed = self._journal, Hashed(chunks)
        content = [*hashed]
        if hashed.digest != digest:
            return False
        journal.contents[digest] = content
        journal.kept[digest] = journal.now
        return True

    def publish(
        self, lease: Lease, revision: int, named: Mapping[str, Asset], removed: Collection[str]
    ) -> None:
        journal = self._led(lease)
        same = {name for name, asset in named.items() if self._digest(name) == asset.digest}
        changed = {name: asset for name, asset in named.items() if name not in same}
        journal.number += bool(changed or removed)
        for name in changed.keys() | removed:
            journal.kept[self._digest(name)] = journal.now
            journal.names[name] = journal.number, changed.get(name)
        journal.revision = revision

    def sweep(self, lease: Lease, grace: float = KEPT_SECONDS) -> None:
        journal = self._led(lease)
        needed = {asset.digest for _, asset in journal.names.values() if asset}
        for digest in journal.contents.keys() - needed:
            if journal.kept[digest] < journal.now - grace:
                del journal.contents[digest]

    def close(self) -> None:
        pass

    def _digest(self, name: str) -> str:
        asset = self._shared.names.get(name, (0, None))[1]
        return asset.digest if asset else ""

    def _led(self, lease: Lease) -> SharedAssets:
        if lease.epoch != self._journal.epoch:
            raise LeaseLost("journal", "another host leads", "wait")
        return self._journal
