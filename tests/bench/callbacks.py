"""Callbacks of many subscribers in one process: ``python -m tests.bench.callbacks PORT``.

All of 127.0.0.0/8 are hosts of them. They confirm every subscription, and note the first delivery to each
callback; /begin forgets these times, /times returns them.
"""

import json
import sys
import time

import uvloop

from tests.callbacks import OK, Request, content, serve


class Arrivals:
    """The monotonic times of the first delivery to each callback, and the number of all deliveries."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        self.deliveries = 0

    def answer(self, request: Request) -> bytes:
        match request.target:
            case "/times":
                return content(json.dumps([self.deliveries, [*self.first.values()]]).encode())
            case "/count":
                return content(str(len(self.first)).encode())
            case "/begin":
                self.first, self.deliveries = {}, 0
                return content(b"")
        if request.method == "GET":
            return content(request.target.partition("hub.challenge=")[2].partition("&")[0].encode())
        self.deliveries += 1
        self.first.setdefault(request.target, time.monotonic())
        return OK


async def main(port: int) -> None:
    listening = await serve(Arrivals().answer, ["0.0.0.0"], port)
    await listening.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
