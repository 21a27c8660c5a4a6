"""The manifest of an export to a bucket: an object with one line for each object."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from feeds.export.objects import Objects

MANIFEST_KEY = ".export/manifest"
BUCKET_VERSION = 1  # of the manifest; the objects of another version are looked up in the bucket


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """The object *key*. *digest* is empty if an export that did not end may have written the object.

    *gone* is the time, in seconds since 1970, at which an export no longer had it, else 0.
    """

    key: str
    digest: str
    gone: float = 0


class BucketHead(Struct, frozen=True, array_like=True):
    """The first line; *state* is a fingerprint of everything that affects a response, or empty.

    *responses* is the number of addresses.
    """

    version: int = BUCKET_VERSION
    state: str = ""
    responses: int = 0


def read(objects: Objects) -> tuple[BucketHead, dict[str, Entry]] | None:
    """The manifest in the bucket; None if there is none, or it is damaged or of another version."""
    found = objects.get(MANIFEST_KEY)
    if not found:
        return None
    first, *lines = found[0].splitlines() or [b""]
    try:
        head = msgspec.json.decode(first, type=BucketHead)
        if head.version != BUCKET_VERSION:
            return None
        entries = map(msgspec.json.Decoder(Entry).decode, lines)
        return head, {entry.key: entry for entry in entries}
    except msgspec.MsgspecError:
        return None


def write(objects: Objects, head: BucketHead, entries: Iterable[Entry]) -> None:
    """Write the manifest."""
    lines = [msgspec.json.encode(each) + b"\n" for each in (head, *entries)]
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    objects.put(MANIFEST_KEY, b"".join(lines), headers, "manifest")
