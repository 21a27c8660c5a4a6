"""Print the lowest versions that pyproject.toml allows, as constraints: ``-m tests.lowest_versions``.

``make oldest`` installs these. What only tests need has the version of constraints.txt, and what other
packages need has its newest version.
"""

import tomllib
from collections.abc import Iterable
from itertools import chain

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.paths import ROOT


def lowest() -> dict[str, str]:
    """The version of each package that the project, an extra or the tests need, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for_tests = _by_name(extras.pop("test"))
    needed = _by_name([*project["dependencies"], *chain.from_iterable(extras.values())])
    tested = _by_name((ROOT / "constraints.txt").read_text().splitlines())
    allowed = {name: tested[name] for name in for_tests if name in tested} | needed
    return {
        name: each.version
        for name, specifiers in allowed.items()
        for each in specifiers
        if each.operator in ("==", ">=")
    }


def _by_name(requirements: Iterable[str]) -> dict[str, SpecifierSet]:
    return {canonicalize_name(each.name): each.specifier for each in map(Requirement, requirements)}


def main() -> None:
    """Print the versions."""
    for name, version in lowest().items():
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
