"""The objects of S3, Google Cloud Storage, Azure and servers that are compatible with S3, by obstore."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import from_url

from feeds.article.expressions import expression
from feeds.errors import ExportError
from feeds.export.objects import DIGEST, ObjectVersion

RETRY_SECONDS = 60  # for which a request is repeated, if the network fails or the storage is busy
STORAGE_TIMEOUT = 120  # for one of at most 5 MB, also by a slow network; shorter than a lock is held
MAX_REASON = 200  # characters of the reason of a failure

_RIGHTS = "check the credentials, and their rights to get, put, list and delete objects"
_ELSE = "check the network, the endpoint, the region and the credentials, and export again"
_NO_BUCKET = ("no such bucket", "create it, or check its name and its region")
_NO_CREDENTIALS = (
    "no credentials, neither in the environment nor from this machine",
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the variables of another provider",
)
# The addresses at which providers give credentials to a machine without such variables.
_METADATA = expression("/latest/api/token|/computeMetadata/|/metadata/identity/")
_SAID = expression(rf"<Message>([^<]{{1,{MAX_REASON}}}?)\.?<")  # in the document of an error


class ObjectStorage:
    """The objects below *url*, such as ``s3://bucket/prefix``.

    The credentials, the region and the endpoint are in the environment variables of the provider's own
    tools; *endpoint* is another endpoint of S3. Raises ExportError if there are none.
    """

    def __init__(self, url: str, endpoint: str = "", retry_seconds: float = RETRY_SECONDS) -> None:
        self.url = url.rstrip("/")
        config: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        make: Any = from_url  # its overloads know the providers, of which any is fine here
        with self._failures():
            # An endpoint without TLS was named by the user: it is one on this machine or in its network.
            self._store = make(
                self.url,
                config=config,
                client_options={"allow_http": True, "timeout": timedelta(seconds=STORAGE_TIMEOUT)},
                retry_config={"retry_timeout": timedelta(seconds=retry_seconds)},
            )

    def digest(self, key: str) -> str | None:
        """See Objects."""
        try:
            with self._failures(key):
                found = obstore.get(self._store, key, options={"head": True})
        except FileNotFoundError:
            return None
        return str(found.attributes.get(DIGEST, ""))

    def get(self, key: str) -> tuple[bytes, ObjectVersion] | None:
        """See Objects."""
        try:
            with self._failures(key):
                found = obstore.get(self._store, key)
                body = bytes(found.bytes())
        except FileNotFoundError:
            return None
        return body, _version(found.meta)

    def put(self, key: str, body: bytes | Path, headers: dict[str, str], digest: str) -> None:
        """See Objects."""
        with self._failures(key), self._bucket():
            # The parts of a large body one after another: there are other threads.
            obstore.put(self._store, key, body, attributes={**headers, DIGEST: digest}, max_concurrency=1)

    def replace(self, key: str, body: bytes, version: ObjectVersion | None) -> ObjectVersion | None:
        """See Objects."""
        mode: Any = "create"
        if version:
            mode = {"e_tag": version.tag} | ({"version": version.number} if version.number else {})
        try:
            with self._failures(key), self._bucket():
                made = obstore.put(
                    self._store, key, body, mode=mode, attributes={"Cache-Control": "no-store"}
                )
        except (AlreadyExistsError, PreconditionError):
            return None
        return _version(made)

    def keys(self) -> Iterator[str]:
        """See Objects."""
        with self._failures():
            for some in obstore.list(self._store):
                for each in some:
                    yield each["path"]

    def delete(self, keys: Sequence[str]) -> None:
        """See Objects."""
        try:
            with self._failures():
                obstore.delete(self._store, keys)
        except FileNotFoundError:
            for key in keys if len(keys) > 1 else ():
                self.delete([key])

    @contextmanager
    def _failures(self, key: str = "") -> Iterator[None]:
        """Raise what a caller cannot handle as ExportError about *key*."""
        subject = f"{self.url}/{key}" if key else self.url
        try:
            yield
        except (NotFoundError, FileNotFoundError, AlreadyExistsError, PreconditionError):
            raise
        except (PermissionDeniedError, UnauthenticatedError) as error:
            said = _SAID.search(str(error))
            quoted = f', which says "{said[1]}"' if said else ""
            raise ExportError(subject, f"refused by the storage{quoted}", _RIGHTS) from error
        except (BaseError, ValueError, OSError) as error:
            if _METADATA.search(str(error)):
                raise ExportError(self.url, *_NO_CREDENTIALS) from error
            raise ExportError(subject, _reason(error), _ELSE) from error

    @contextmanager
    def _bucket(self) -> Iterator[None]:
        """Raise ExportError if the bucket is absent: that alone prevents a write."""
        try:
            yield
        except FileNotFoundError as error:
            raise ExportError(self.url, *_NO_BUCKET) from error


def _version(made: Any) -> ObjectVersion:
    return ObjectVersion(made["e_tag"] or "", made["version"] or "")


def _reason(error: Exception) -> str:
    """The message of the storage in *error*, else its first line without the arguments of URLs.

    Such an argument may be a signature.
    """
    if said := _SAID.search(str(error)):
        return f'the storage says "{said[1]}"'
    line = str(error).partition("\n")[0].partition("<?xml")[0]
    return re.sub(r"\?\S+", "", line)[:MAX_REASON].strip(" :")
