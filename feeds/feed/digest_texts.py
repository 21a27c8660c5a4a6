"""The names of the periods of digests."""

from datetime import datetime

from feeds.period import MONTHS


def days(first: datetime, last: datetime) -> str:
    """``5 March 2026``, ``2–8 March 2026``, ``30 March – 5 April 2026``."""
    month, last_month = MONTHS[first.month - 1], MONTHS[last.month - 1]
    end = f"{last.day} {last_month} {last.year}"
    if first.date() == last.date():
        return end
    if first.year != last.year:
        return f"{first.day} {month} {first.year} – {end}"
    if first.month != last.month:
        return f"{first.day} {month} – {end}"
    return f"{first.day}–{end}"
