"""A server of buckets on this machine: moto, which is compatible with S3."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any, NamedTuple

from werkzeug.serving import WSGIRequestHandler, make_server

from tests.server import Response, get

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_REGION": "us-east-1"}


class Sent(NamedTuple):
    """A request that the server received."""

    method: str
    path: str  # with the bucket, as /bucket/key


class _Quiet(WSGIRequestHandler):
    def log(self, *_words: object) -> None:
        """Say nothing: the tests have their own list."""


def _respond(start: Callable[..., Any], answer: str) -> list[bytes]:
    status, _, document = answer.partition("\n")
    start(status, [("Content-Length", str(len(document)))])
    return [document.encode()]


class BucketServer:
    """The server at *url*, with the requests *sent* to it.

    *refusals* are the statuses that it answers before it does what it is asked, by path, or by method and
    path, each with a document after a line break. *losses* are those that it answers after it did.
    *on_write* is called with the path of each object before it is written.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.refusals: dict[str, list[str]] = {}
        self.losses: dict[str, list[str]] = {}
        self.on_write: Callable[[str], object] = lambda _path: None
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._lock = Lock()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with self._lock:
            self.sent.append(Sent(method, path))
        if method == "PUT":
            self.on_write(path)
        if refusal := self._next(self.refusals, path) or self._next(self.refusals, f"{method} {path}"):
            return _respond(start, refusal)
        if loss := self._next(self.losses, f"{method} {path}"):
            list(self._moto(environ, lambda *_words: None))
            return _respond(start, loss)
        answer: Iterable[bytes] = self._moto(environ, start)
        return answer

    def _next(self, answers: dict[str, list[str]], path: str) -> str:
        with self._lock:
            return answers[path].pop(0) if answers.get(path) else ""

    def written(self) -> list[str]:
        """The paths of the objects that were written since the last call, in order."""
        with self._lock:
            sent, self.sent = self.sent, []
        return [each.path for each in sent if each.method == "PUT"]

    def make(self, bucket: str) -> str:
        """Make an empty bucket; return its URL."""
        assert get(f"{self.url}/{bucket}", "PUT").status == 200
        self.written()
        return f"s3://{bucket}"

    def get(self, bucket: str, key: str) -> Response:
        """Request an object as a reader of a public bucket does: moto knows no policies."""
        return get(f"{self.url}/{bucket}/{key}", Authorization="AWS key:signature")

    @contextmanager
    def running(self) -> Iterator["BucketServer"]:
        """Answer requests in a thread."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
