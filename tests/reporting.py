"""The results of tests that the processes of xdist send: each result, and nothing else.

xdist sends six messages for each test: its beginning and end, and reports of its fixtures too. The
process that prints the results needs a millisecond to read those.
"""

import pytest
from _pytest.runner import runtestprotocol


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Report the result of a test, and fixtures that failed or skipped it; all with ``--durations``."""
    if not hasattr(item.config, "workerinput") or item.config.getoption("durations") is not None:
        return None
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True
