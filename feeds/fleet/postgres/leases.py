"""The condition of a statement that only the host with the lease may execute."""

from feeds.fleet import Lease

# A condition on the row of feeds.journal, with the values of ``held``.
HELD = "epoch = %(epoch)s AND leader = %(host)s AND until > clock_timestamp()"


def held(lease: Lease) -> dict[str, object]:
    """The values of HELD: *lease* is in force."""
    return {"host": lease.host, "epoch": lease.epoch}
