"""Numbers of refused full copies of feeds, among the totals of processes."""

from collections.abc import Mapping

_REFUSED, _WOULD_REFUSE = "refused: ", "would refuse: "


def refusal_total(reason: str, *, dry_run: bool) -> str:
    """Return the name of the total of refusals for *reason*, or of those that a dry run only counts."""
    return f"{_WOULD_REFUSE if dry_run else _REFUSED}{reason}"


def refusals(totals: Mapping[str, int], *, dry_run: bool) -> dict[str, int]:
    """Return the numbers of refusals in *totals* by reason, without those that are zero."""
    begin = refusal_total("", dry_run=dry_run)
    return {
        name.removeprefix(begin): number
        for name, number in totals.items()
        if name.startswith(begin) and number
    }
