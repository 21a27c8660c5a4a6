"""The condition of a statement that only the host with the lease may execute."""

from feeds.fleet import LEASE_SECONDS, Lease

# Conditions on the row of feeds.journal, the second one with the values of ``held``. A lease that ends
# later than any could is over: the clock of a server was ahead of the clock of the standby that took
# over.
IN_FORCE = f"""
(until BETWEEN clock_timestamp() AND clock_timestamp() + interval '{2 * LEASE_SECONDS} seconds')
"""
HELD = f"epoch = %(epoch)s AND leader = %(host)s AND {IN_FORCE}"


def held(lease: Lease) -> dict[str, object]:
    """The values of HELD: *lease* is in force."""
    return {"host": lease.host, "epoch": lease.epoch}
