"""Durations and sizes as people read them."""


def duration(seconds: int) -> str:
    """*seconds* as on a clock: ``4:05`` or ``1:02:03``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(length: int) -> str:
    """*length* in bytes as people read it: ``3.4 MB``."""
    number, units = float(length), ["bytes", "kB", "MB", "GB", "TB"]
    while number >= 1000 and len(units) > 1:
        number, units = number / 1000, units[1:]
    return (
        f"{number:.0f} {units[0]}" if units[0] == "bytes" or number >= 10 else f"{number:.1f} {units[0]}"
    )
