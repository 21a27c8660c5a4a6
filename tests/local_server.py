"""A server in this process: listens like a real one, and starts in a tenth of the time."""

from pathlib import Path
from threading import Thread
from typing import Self

from werkzeug.serving import WSGIRequestHandler, make_server

from feeds.bootstrap import ServerProcess
from feeds.settings import load
from feeds.wsgi import applications
from tests.server import Response, free_port, get
from tests.waiting import eventually


class _Handler(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Write no log."""


class LocalServer:
    """The server of *corpus* with its store in *folder*; `site.url` is its URL.

    *settings* are environment variables. For tests whose subject is not the process of a server.
    """

    def __init__(self, corpus: Path, folder: Path, **settings: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        self._process = ServerProcess(
            load(
                {
                    "FEEDS_CORPUS_PATH": str(corpus),
                    "FEEDS_STORE_PATH": str(folder / "store.db"),
                    "FEEDS_SITE_URL": self.url,
                    **settings,
                }
            )
        )
        app = applications(self._process).app
        self._server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._process.start()
        self._thread.start()
        eventually(lambda: self.get("/ready").status == 200)
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._process.stop()

    def get(self, path: str, method: str = "GET", **headers: str) -> Response:
        return get(self.url + path, method, **headers)
