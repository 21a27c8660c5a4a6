"""Dates in addresses, with English names of days and months on a server of any locale."""

from datetime import datetime

from feeds.article.expressions import expression
from feeds.period import DAYS, MONTHS

_NAMES = expression(r"%([aAbB%])")


def in_english(moment: datetime, form: str) -> str:
    """Format *moment* as ``strftime`` does in the C locale."""
    names = {
        "A": day_of(moment),
        "a": day_of(moment)[:3],
        "B": month_of(moment),
        "b": month_of(moment)[:3],
    }
    return moment.strftime(_NAMES.sub(lambda found: names.get(found[1], found[0]), form))


def month_of(moment: datetime) -> str:
    """The name of the month of *moment*."""
    return MONTHS[moment.month - 1]


def day_of(moment: datetime) -> str:
    """The name of the day of *moment*."""
    return DAYS[moment.weekday()]
