"""Granian, started as by ``python -m granian``, with a drain before it stops.

It imports nothing that workers use, so that they load a new version of the program after a reload.
"""

import os
import runpy

from feeds.http.draining import Drain, drain_at_sigterm, inherit_drain

DRAIN_SECONDS = "_FEEDS_DRAIN_SECONDS"  # the environment variable


def drain_from_first_fork(seconds: float) -> None:
    """Drain for some *seconds* at SIGTERM, once this process has forked its first worker.

    Granian has set its own handler of the signal by then. Where it starts workers without a fork, as it
    does on systems other than Linux, it stops at once.
    """
    drain = Drain()
    inherit_drain(drain)
    left = [lambda: drain_at_sigterm(drain, lambda: seconds)]

    def install() -> None:
        while left:
            left.pop()()

    os.register_at_fork(before=install)


if __name__ == "__main__":
    drain_from_first_fork(float(os.environ[DRAIN_SECONDS]))
    runpy.run_module("granian", run_name="__main__", alter_sys=True)
