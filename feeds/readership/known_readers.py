"""The programs and services that read feeds, from known_readers.yaml."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import yaml
from msgspec import Struct

_FILE = Path(__file__).with_name("known_readers.yaml")

ReaderKind = Literal["hosted", "app", "library"]


class KnownReader(Struct, frozen=True, forbid_unknown_fields=True):
    """A program or service, found in a User-Agent by *pattern*, or by its name if that is empty."""

    name: str
    home: str
    pattern: str = ""
    kind: ReaderKind = "app"


class KnownReaders:
    """Finds the reader that a User-Agent names first."""

    def __init__(self, readers: list[KnownReader]) -> None:
        self._homes = {each.name: each.home for each in readers if each.kind == "hosted"}
        patterns = [each.pattern or re.escape(each.name.lower()) for each in readers]
        # Without groups, and of lower case, alternatives are told apart by their first letter.
        self._any = re.compile(rf"(?<![a-z])(?:{'|'.join(patterns)})")
        self._each = [
            (re.compile(pattern), each) for pattern, each in zip(patterns, readers, strict=True)
        ]

    @property
    def homes(self) -> Mapping[str, str]:
        """The home pages of services by name."""
        return self._homes

    def find(self, agent: str) -> KnownReader | None:
        """Return the reader in *agent*, or None."""
        name = agent.lower()
        found = self._any.search(name)
        if found is None:
            return None
        return next(each for pattern, each in self._each if pattern.match(name, found.start()))


@cache
def known_readers() -> KnownReaders:
    """Read the file once."""
    kinds = msgspec.convert(
        yaml.load(_FILE.read_bytes(), yaml.CSafeLoader), dict[ReaderKind, list[KnownReader]]
    )
    return KnownReaders(
        [msgspec.structs.replace(each, kind=kind) for kind, found in kinds.items() for each in found]
    )
