"""feeds config: the settings in force with their origins, the defaults, and the examples."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from feeds.settings import Settings, load, setting_types
from feeds.settings.packaged import EXAMPLES
from tests.commands import invoke, run_feeds
from tests.paths import ROOT
from tests.skipping import skip_without
from tests.table import for_each

TOKEN = "a-token-that-nobody-guesses"


def written(folder: Path, text: str) -> Path:
    file = folder / "feeds.yaml"
    file.write_text(text)
    return file


def test_every_setting_has_its_value_and_its_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "site:\n  title: From the file\n  since: 1999\nhttp: {max_age: 5}\n")
    monkeypatch.setenv("FEEDS_SITE_SINCE", "2001")
    result = invoke("--config", file, "--corpus", tmp_path, "config")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert f"  title: From the file  # {file}:2" in lines
    assert "  since: 2001  # FEEDS_SITE_SINCE" in lines
    assert f"  max_age: 5  # {file}:4" in lines
    assert f"  path: {tmp_path}  # --corpus" in lines
    assert "  most_age: 21600  # default" in lines
    assert len([line for line in lines if "  # " in line]) == len(setting_types())


def test_json_has_the_same_values_and_origins(tmp_path: Path) -> None:
    file = written(tmp_path, "site: {title: One}\n")
    made = json.loads(invoke("--config", file, "config", "--format", "json").stdout)
    assert made["site"]["title"] == {"value": "One", "origin": f"{file}:1"}
    assert made["site"]["since"] == {"value": 2020, "origin": "default"}
    assert sum(map(len, made.values())) == len(setting_types())


@for_each(
    "title", ["a: b", "# no comment", "two\nlines", "'\"", "  ", "null", "{}", "é\u2028\t😀", "x" * 500]
)
def test_the_output_is_a_settings_file_with_the_same_settings(tmp_path: Path, title: str) -> None:
    """Every text stays on the line of its setting."""
    feed = {"title": title.strip() or "-", "query": "min_quality=80", "description": title}
    tree = {"site": {"title": title, "feeds": {"best": feed}}, "corpus": {"articles": ["a", "!b"]}}
    file = written(tmp_path, yaml.safe_dump(tree))
    printed = tmp_path / "printed.yaml"
    printed.write_text(invoke("--config", file, "config").stdout)
    assert load({}, printed) == load({}, file) != Settings()


def test_a_merged_mapping_names_the_file_without_a_line(tmp_path: Path) -> None:
    file = written(tmp_path, "site: &all {since: 2001}\nhttp: {<<: {max_age: 5}}\n")
    lines = invoke("--config", file, "config").stdout.splitlines()
    assert f"  max_age: 5  # {file}" in lines


@pytest.mark.parametrize("words", [(), ("--format", "json")])
def test_a_secret_is_masked_and_its_mask_is_no_valid_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FEEDS_HTTP_STATUS_TOKEN", TOKEN)
    printed = invoke("config", *words).stdout
    assert TOKEN not in printed
    assert "FEEDS_HTTP_STATUS_TOKEN" in printed
    monkeypatch.delenv("FEEDS_HTTP_STATUS_TOKEN")
    assert invoke("--config", written(tmp_path, printed), "config").exit_code == 2


def test_bad_settings_are_refused_in_one_line(tmp_path: Path) -> None:
    result = invoke("--config", written(tmp_path, "site: {titel: x}"), "config")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("feeds: site.titel: ")


def test_the_defaults_are_the_packaged_file_and_a_start_for_ones_own(tmp_path: Path) -> None:
    printed = invoke("config", "--default").stdout_bytes
    assert printed == (ROOT / "config" / "feeds.yaml").read_bytes()
    file = tmp_path / "feeds.yaml"
    file.write_bytes(printed)
    assert load({}, file) == Settings()


@for_each("name", sorted(EXAMPLES.keys() - {"nginx-cache"}))
def test_an_example_is_the_packaged_file(name: str) -> None:
    assert invoke("config", name).stdout_bytes == (ROOT / "config" / EXAMPLES[name]).read_bytes()


def test_the_cache_of_nginx_is_the_second_part_of_its_configuration() -> None:
    whole, cache = (invoke("config", name).stdout for name in ("nginx", "nginx-cache"))
    assert cache.startswith("map_hash_max_size")
    assert cache.endswith(whole[whole.index("proxy_cache_path") :])
    assert "/srv/feeds" not in cache


@for_each("words", [("apache",), ("nginx", "--default")])
def test_what_is_no_example_is_refused(words: tuple[str, ...]) -> None:
    result = invoke("config", *words)
    assert (result.exit_code, result.stdout) == (2, "")


def test_systemd_accepts_the_example_of_a_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if not program:
        skip_without("systemd-analyze")
    executable = tmp_path / "feeds"
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    unit = tmp_path / "feeds.service"
    unit.write_text(invoke("config", "systemd").stdout.replace("/opt/feeds/bin/feeds", str(executable)))
    said = subprocess.run(
        [str(program), "verify", str(unit)], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_command_runs_without_a_corpus_and_writes_no_file(tmp_path: Path) -> None:
    done = run_feeds("config", "--default", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# All settings with their defaults.")
    assert [*tmp_path.iterdir()] == []


@for_each("words", [(), ("--format", "json")])
def test_the_secrets_of_webhooks_are_masked(words: tuple[str, ...]) -> None:
    secret = "whsec_" + "QUJD" * 8
    hook = f"{{query: topics/ai, url: 'https://hooks.example/path', secret: {secret}}}"
    printed = invoke("config", *words, FEEDS_PUSH_WEBHOOKS=f"{{news: {hook}}}").stdout
    assert "topics/ai" in printed
    assert "hooks.example" not in printed
    assert "QUJD" not in printed
