"""Print the lowest versions that pyproject.toml allows, as constraints: ``-m tests.lowest_versions``.

``make oldest`` installs these. Dependencies of dependencies have their newest versions.
"""

import tomllib

from packaging.requirements import Requirement

from tests.paths import ROOT


def lowest() -> dict[str, str]:
    """The lowest version of each package that the project or an extra needs, but for those of tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = [
        *project["dependencies"],
        *(each for name in extras if name != "test" for each in extras[name]),
    ]
    bounds = {each.name: each.specifier for each in map(Requirement, named)}
    return {
        name: each.version
        for name, several in bounds.items()
        for each in several
        if each.operator == ">="
    }


def main() -> None:
    """Print the versions."""
    for name, version in lowest().items():
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
