"""The errors of a fleet: a store whose journal refuses a change cannot be written."""

import logging

from feeds.errors import FeedsError, StoreError


class JournalError(StoreError):
    """The journal *subject* cannot be reached or used now."""


class LeaseLost(StoreError):
    """This host must not write to the journal *subject* now: another one leads, or wrote meanwhile."""


class FileNotHere(FeedsError):
    """The published file *subject* is not on this host, and cannot be had from the journal now."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject, "not on this host yet", "try again in a few seconds")


def level_of(error: Exception) -> int:
    """The level at which to log *error* of the work on files: the member logs those of the journal."""
    return logging.DEBUG if isinstance(error, JournalError) else logging.WARNING
