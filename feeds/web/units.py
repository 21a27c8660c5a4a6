"""Durations and sizes as people read them."""

from feeds.web.texts import Texts

UNITS = ("bytes", "kilobytes", "megabytes", "gigabytes", "terabytes")


def duration(seconds: int) -> str:
    """*seconds* as on a clock: ``4:05`` or ``1:02:03``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: float, t: Texts) -> str:
    """``0.8 s``, ``5 min``, ``3 h``: in the largest unit with a count of at least two."""
    name, unit = next(
        ((name, unit) for name, unit in (("hours", 3600), ("minutes", 60)) if seconds >= 2 * unit),
        ("seconds", 1),
    )
    count = seconds / unit
    number = round(count, 2) if unit == 1 and count < 10 else int(count)
    return t(f"hub.{name}", number=t.number(number))


def size(length: int, t: Texts) -> str:
    """*length* in bytes as people read it: ``3.4 MB``."""
    number, unit = float(length), 0
    while number >= 1000 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    rounded = round(number, 1) if unit and number < 10 else round(number)
    return t(f"size.{UNITS[unit]}", number=t.number(rounded))
