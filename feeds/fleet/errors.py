"""The errors of a fleet: a store whose journal refuses a change cannot be written."""

from feeds.errors import StoreError


class JournalError(StoreError):
    """The journal *subject* cannot be reached or used now."""


class LeaseLost(StoreError):
    """This host must not write to the journal *subject* now: another one leads, or wrote meanwhile."""
