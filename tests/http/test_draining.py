"""Signals: what is called before the handlers of the server."""

import signal

from feeds.http.draining import call_before
from tests.table import for_each


@for_each(("former", "both"), [(signal.SIG_IGN, False), ("a handler", True)])
def test_a_function_is_called_before_the_handler_of_a_signal_if_there_is_one(
    former: signal.Handlers | str, both: bool
) -> None:
    order: list[str] = []
    handler = former if isinstance(former, signal.Handlers) else lambda *_: order.append("handler")
    before = signal.signal(signal.SIGUSR2, handler)
    try:
        call_before(signal.SIGUSR2, lambda: order.append("function"))
        signal.raise_signal(signal.SIGUSR2)
    finally:
        signal.signal(signal.SIGUSR2, before)
    assert order == ["function", "handler"][: 1 + both]
