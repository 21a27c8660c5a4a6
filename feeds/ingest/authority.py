"""The authority in ids: the store fixes it at its first use."""

from feeds.corpus import Corpus
from feeds.corpus.urls import is_loopback
from feeds.logs.events import EventLog
from feeds.store import Changes, Store

log = EventLog(__name__)


def fix_authority(corpus: Corpus, store: Store) -> None:
    """Fix the authority of *corpus* to the one in *store*; if there is none, record it first."""
    fixed = store.authority()
    if not fixed and not is_loopback(corpus.authority):
        fixed = corpus.authority
        store.record(Changes(authority=fixed))
    if fixed:
        corpus.fix(fixed)


def warn_of_authority(corpus: Corpus, fixed: str) -> None:
    """Warn if *fixed*, the store's authority, is missing or differs from the setting."""
    setting = corpus.authority_setting
    if not fixed:
        log.warning(
            "authority.missing",
            f"site.authority: not set, so ids contain {corpus.authority!r}; set a domain of yours "
            "before publishing",
        )
    elif setting and setting != fixed:
        log.warning(
            "authority.ignored",
            f"site.authority: {setting!r} ignored, because ids in the store contain {fixed!r}; "
            f"set {fixed!r}",
        )
