"""Work that forked processes share."""

import os
from collections.abc import Iterator
from signal import SIGINT

from feeds.export.workers import in_processes


def test_ctrl_c_which_a_terminal_sends_to_every_process_is_left_to_the_first() -> None:
    def work(number: int) -> Iterator[int]:
        os.kill(os.getpid(), SIGINT)
        yield number

    assert sorted(in_processes([work(1), work(2)])) == [1, 2]
