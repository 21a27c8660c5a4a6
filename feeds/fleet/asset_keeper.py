"""The background work of a host on the files of the corpus: publish or copy them."""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event
from time import monotonic

from feeds.errors import NotReady, StoreError, message, text_of
from feeds.fleet import Lease
from feeds.fleet.asset_folder import AssetFolder
from feeds.fleet.assets import CHUNK_BYTES, JOURNAL_REST, MAX_ASSET_BYTES, Asset, Assets, changed_names
from feeds.fleet.corpus_files import CorpusFiles
from feeds.fleet.errors import LeaseLost, level_of
from feeds.index import Index
from feeds.logs.events import EventLog

log = EventLog(__name__)

_TOO_LARGE = "copy it to all hosts, or set fleet.assets"

QUICK_LOOK = 0.25  # seconds between two looks at the index of a leader, or at the names that a host lacks
LOOK_INTERVAL = 2.0  # seconds between two looks at the names
SCAN_INTERVAL = 10.0  # seconds between two scans of the pictures without a new index, at least
MAX_SCAN_INTERVAL = 60.0  # the same at most
SCAN_SHARE = 0.01  # of the time may be spent on these
SWEEP_INTERVAL = 3600.0  # seconds between two deletions of contents without a name


class AssetKeeper:
    """Keeps the files of the corpus of one host: *folder* is its copy, *corpus* its corpus folder.

    *open_assets* connects to the journal, and *index* returns the present index. ``changed`` may be
    called from any thread; ``run`` is a thread of its own, because a file may be large.
    """

    def __init__(
        self,
        folder: AssetFolder,
        corpus: CorpusFiles,
        open_assets: Callable[[], Assets],
        index: Callable[[], Index],
    ) -> None:
        self._folder = folder
        self._corpus = corpus
        self._open_assets = open_assets
        self._index = index
        self._assets: Assets | None = None
        self._lease: Lease | None = None  # of the last call of ``changed``
        self._refused: Lease | None = None  # the last one that the journal refused
        self._woken = Event()
        self._is_asked = False
        self._published: tuple[int, Index] | None = None  # the epoch and the index
        self._scan_due = self._swept = float("-inf")
        self._settled = ""  # the version whose files are all here
        self._here: set[tuple[str, str]] = set()  # names and digests that the corpus folder has
        self._reported: set[str] = set()  # the names of files that are too large
        self.trouble = ""
        """The last failure, empty while all works."""

    def changed(self, lease: Lease | None) -> None:
        """Look at once: batches were recorded with *lease*, or applied without one."""
        self._lease = lease
        self._is_asked = True
        self._woken.set()

    def run(self, stop: Event) -> None:
        """Work from the first call of ``changed`` until *stop* is set."""
        due = float("inf")
        while not stop.wait(QUICK_LOOK):
            if self._woken.is_set() or monotonic() >= due:
                self._woken.clear()
                due = monotonic() + self.step()
        self.close()

    def close(self) -> None:
        """Close the connection to the journal."""
        if self._assets:
            self._assets.close()
            self._assets = None

    def step(self) -> float:
        """Publish or copy what changed; return the seconds until the next look. Errors are logged."""
        lease = None if self._lease is self._refused else self._lease
        try:
            index = self._index()
            self._keep(index, lease)
        except NotReady:
            return LOOK_INTERVAL
        except LeaseLost:
            self._refused = lease  # ``changed`` may have brought another one meanwhile
            return LOOK_INTERVAL
        except (StoreError, OSError) as error:
            self.close()
            if self.trouble != (text := text_of(error)):
                log.log(level_of(error), "assets.failed", text)
            self.trouble = text
            return JOURNAL_REST
        self.trouble = ""
        is_behind = self._folder.names().revision < index.revision
        return QUICK_LOOK if lease or is_behind else LOOK_INTERVAL

    def _keep(self, index: Index, lease: Lease | None) -> None:
        if lease and not self._is_due(index, lease):
            return
        assets = self._assets = self._assets or self._open_assets()
        self._follow(assets)
        if lease:
            self._publish(assets, index, lease)
        self._copy(assets, index)
        self._sweep(assets, lease)

    def _follow(self, assets: Assets) -> None:
        self._folder.apply(assets.names(self._folder.names().version))

    def _is_due(self, index: Index, lease: Lease) -> bool:
        """Return whether files may have changed since the leader published them last."""
        is_new = self._published != (lease.epoch, index)
        return is_new or self._is_asked or monotonic() >= self._scan_due

    def _publish(self, assets: Assets, index: Index, lease: Lease) -> None:
        """Publish the files of *index*; those of an empty corpus folder stay as they are."""
        if not self._corpus.are_there():
            return
        self._is_asked = False
        known, published = self._folder.names(), self._scan(index)
        named, removed = changed_names(known.named, published)
        is_first = not self._published or self._published[0] != lease.epoch
        self._write(assets, published if is_first else named, named)
        if named or removed or known.revision != index.revision:
            assets.publish(lease, index.revision, named, removed)
            self._follow(assets)
        self._published = lease.epoch, index

    def _scan(self, index: Index) -> dict[str, Asset]:
        begun = monotonic()
        published = self._corpus.all(index)
        taken = monotonic() - begun
        self._scan_due = begun + min(max(SCAN_INTERVAL, taken / SCAN_SHARE), MAX_SCAN_INTERVAL)
        return published

    def _write(self, assets: Assets, checked: Mapping[str, Asset], named: dict[str, Asset]) -> None:
        """Write the contents of *checked* that the journal lacks; take those not here from *named*."""
        small = {name: asset for name, asset in checked.items() if self._is_copied(name, asset)}
        lacking = assets.lacking({asset.digest for asset in small.values()})
        for name, asset in sorted(small.items(), key=lambda item: item[1].size):
            if asset.digest not in lacking:
                continue
            if self._write_one(assets, name, asset.digest):
                lacking.discard(asset.digest)
            else:
                named.pop(name, None)

    def _write_one(self, assets: Assets, name: str, digest: str) -> bool:
        opened = self._corpus.open(name, digest) or self._folder.open(digest)
        if not opened:
            return False
        with opened:
            return assets.write(digest, iter(partial(opened.read, CHUNK_BYTES), b""))

    def _is_copied(self, name: str, asset: Asset) -> bool:
        if not asset.is_copied and name not in self._reported:
            self._reported.add(name)
            too_large = message(name, f"larger than {MAX_ASSET_BYTES >> 20} MB", _TOO_LARGE)
            log.warning("asset.too-large", too_large, path=name)
        return asset.is_copied

    def _copy(self, assets: Assets, index: Index) -> None:
        """Copy the contents that this host lacks, the smallest first."""
        names = self._folder.names()
        if names.version == self._settled:
            return
        if self._corpus.are_there():
            self._corpus.all(index)
        missing = sorted(self._folder.missing().items(), key=lambda item: item[1].size)
        copied = [
            self._copy_one(assets, asset.digest)
            for name, asset in missing
            if asset.is_copied and not self._has(name, asset.digest)
        ]
        self._settled = names.version if all(copied) else ""

    def _copy_one(self, assets: Assets, digest: str) -> bool:
        chunks = assets.read(digest)
        return chunks is not None and self._folder.add(digest, chunks)

    def _has(self, name: str, digest: str) -> bool:
        """Return whether the corpus folder has the file; this is looked up once."""
        if (name, digest) not in self._here and self._corpus.has(name, digest):
            self._here.add((name, digest))
        return (name, digest) in self._here

    def _sweep(self, assets: Assets, lease: Lease | None) -> None:
        if monotonic() < self._swept + SWEEP_INTERVAL:
            return
        self._swept = monotonic()
        self._here.clear()
        self._folder.sweep()
        if lease:
            assets.sweep(lease)
