"""The Containerfile: pinned, small and without root. ``tests.drills.image`` builds and runs it."""

import re

import pytest

from feeds.cli import main
from tests.deployment.containerfile import CONTAINERFILE, image, stages

STAGES = stages(CONTAINERFILE)
RUNS = [each.text for stage in STAGES for each in stage.of("RUN")]


def test_every_base_is_pinned_or_a_stage_before() -> None:
    for number, stage in enumerate(STAGES):
        before = {each.name for each in STAGES[:number]}
        assert stage.base in before or re.fullmatch(r"[\w.]+(?:/[\w.-]+)+:[\w.-]+", stage.base)
        assert not stage.base.endswith(":latest")


def test_the_image_runs_as_a_user_with_a_number_that_is_not_root() -> None:
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", image(CONTAINERFILE).user)
    assert [each.name for each in STAGES[-1].instructions].index("USER") < len(STAGES[-1].instructions)


def test_the_user_owns_the_volume_of_the_store_alone() -> None:
    made = image(CONTAINERFILE)
    user, _, group = made.user.partition(":")
    assert made.volumes == ["/var/lib/feeds"]
    assert f"install --directory --owner={user} --group={group} --mode=0700 /var/lib/feeds" in RUNS[0]
    assert made.environment["FEEDS_STORE_PATH"].startswith("/var/lib/feeds/")


@pytest.mark.parametrize("run", RUNS)
def test_no_step_leaves_a_cache_or_installs_what_nobody_named(run: str) -> None:
    if "apt-get" in run:
        assert run.startswith("apt-get update ")  # in the same layer, so that lists are never old
        assert "--yes --no-install-recommends" in run
        assert "rm -rf /var/lib/apt/lists/*" in run
    if "pip install" in run:
        assert "--no-cache-dir" in run
        assert "--constraint" in run
    assert "sudo" not in run


def test_the_image_has_few_layers_and_neither_pip_nor_the_wheel() -> None:
    final = STAGES[-1]
    assert [each.name for each in final.instructions if each.name in {"RUN", "COPY", "ADD"}] == ["COPY"]
    assert final.of("COPY")[0].flags == {"from": "build"}
    assert "pip uninstall --yes pip" in RUNS[-1]


def test_the_command_is_a_command_of_feeds_without_a_shell() -> None:
    made = image(CONTAINERFILE)
    assert made.entrypoint == ["/opt/feeds/bin/feeds"]
    assert made.command[0] in main.commands
    assert made.check[0] == "/opt/feeds/bin/python"
