"""The services of compose.yaml as processes: the same commands, settings, mounts and rights."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.deployment.container import Box, Mount, volume
from tests.deployment.containerfile import Image
from tests.paths import ROOT

TEXT = (ROOT / "config" / "compose.yaml").read_text()
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def services(variables: Mapping[str, str]) -> dict[str, Any]:
    """The services, with the values of *variables*. Raises KeyError if one is needed and missing."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if kind == "-":
            return variables.get(name) or str(default)
        return variables[name]

    read: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, TEXT))["services"]
    return read


def environment(service: Mapping[str, Any], image: Image, variables: Mapping[str, str]) -> dict[str, str]:
    """The variables of *service*; one without a value has that of *variables*, if there is one."""
    written = service["environment"]
    passed = {name: variables[name] for name in written if name in variables}
    return image.environment | passed | {name: value for name, value in written.items() if value}


def box(service: Mapping[str, Any], folder: Path, user: str, more: Mapping[str, Mount]) -> Box:
    """The box of *service*: files are in *folder*, in which volumes with a name get a folder."""
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    mounts = dict(more)
    for written in service["volumes"]:
        source, target, *options = written.split(":")
        if "/" in source:
            mounts[target] = Mount(folder / source, options == ["ro"])
        else:
            mounts[target] = volume(folder / "volumes" / source, user)
    temporary = dict(each.partition(":")[::2] for each in service["tmpfs"])
    return Box(user, mounts, temporary, {"database": "127.0.0.1"}, is_read_only=service["read_only"])
