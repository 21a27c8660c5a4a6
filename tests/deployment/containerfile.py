"""The instructions of a Containerfile, and the settings of the image that it makes."""

import json
import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from tests.paths import ROOT

CONTAINERFILE = (ROOT / "config" / "container" / "Containerfile").read_text()


class Instruction(NamedTuple):
    """An instruction, such as ``COPY --from=build /a /b``, with its *flags* by name."""

    name: str
    flags: dict[str, str]
    text: str

    def words(self) -> list[str]:
        """The text in exec form, or as words."""
        words: list[str] = json.loads(self.text) if self.text.startswith("[") else shlex.split(self.text)
        return words


class Stage(NamedTuple):
    """The *instructions* of a stage that begins with the image, or the stage, *base*."""

    base: str
    name: str
    instructions: list[Instruction]

    def of(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]


class Image(NamedTuple):
    """The settings of an image, which an engine uses when it starts a container."""

    entrypoint: list[str]
    command: list[str]
    environment: dict[str, str]
    user: str
    volumes: list[str]
    check: list[str]


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of *text* in order."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in lines.replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            flags = dict(re.findall(r"(?<!\S)--([\w-]+)=(\S+)(?!\S)", rest.partition(" CMD ")[0]))
            if name == "RUN":  # its options are those of programs
                flags = {}
            for flag, value in flags.items():
                rest = rest.replace(f"--{flag}={value} ", "", 1)
            yield Instruction(name, flags, rest.strip())


def stages(text: str) -> list[Stage]:
    """The stages of a Containerfile in order; the last one is the image."""
    found: list[Stage] = []
    for each in instructions(text):
        if each.name == "FROM":
            base, _, name = each.text.partition(" AS ")
            found.append(Stage(base, name, []))
        else:
            found[-1].instructions.append(each)
    return found


def image(text: str) -> Image:
    """The image of the last stage."""
    last = stages(text)[-1]
    [entrypoint], [command], [user] = (last.of(name) for name in ("ENTRYPOINT", "CMD", "USER"))
    [check] = last.of("HEALTHCHECK")
    environment = [word.partition("=") for each in last.of("ENV") for word in each.words()]
    return Image(
        entrypoint.words(),
        command.words(),
        {name: value for name, _, value in environment},
        user.text,
        [word for each in last.of("VOLUME") for word in each.words()],
        check._replace(text=check.text.removeprefix("CMD ")).words(),
    )
