"""The authority that ids are made of: fixed by the store at its first use."""

import logging

from feeds.corpus import Corpus
from feeds.corpus.urls import is_loopback
from feeds.store import Changes, Store

log = logging.getLogger(__name__)


def fix_authority(corpus: Corpus, store: Store) -> None:
    """Fix the authority of *corpus* as recorded in *store*; record it if none is."""
    fixed = store.authority()
    if not fixed and not is_loopback(corpus.authority):
        fixed = corpus.authority
        store.record(Changes(authority=fixed))
    if fixed:
        corpus.fix(fixed)


def warn_of_authority(corpus: Corpus, fixed: str) -> None:
    """Warn if ids are made of another authority than they should be; *fixed* is that of the store."""
    setting = corpus.authority_setting
    if not fixed:
        log.warning("site.authority: ids are made of %r, which is unique nowhere; "
                    "set a domain of yours, once and for ever", corpus.authority)  # fmt: skip
    elif setting and setting != fixed:
        log.warning("site.authority: %r is not used, since the ids in this store are made of %r; "
                    "set that", setting, fixed)  # fmt: skip
