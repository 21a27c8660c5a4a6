"""feeds config: the settings in force, the default settings, and examples for other servers."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple, get_args, get_origin

import click
import msgspec
import yaml

from feeds.bootstrap import located
from feeds.cli.command_line import Choice, Command, CommandEnvironment
from feeds.cli.output import format_option, print_json
from feeds.errors import FeedsError
from feeds.settings import load, origins, setting_types
from feeds.settings.kinds import bare, is_secret
from feeds.settings.packaged import EXAMPLES, default_settings, example

MASK = "***"  # no valid value of a secret
YAML_STYLE: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": float("inf")}


class _Effective(NamedTuple):
    """The *value* of a setting in force, and its *origin*."""

    value: Any
    origin: str


@click.command("config", cls=Command)
@click.argument("name", type=Choice([*EXAMPLES]), required=False)
@click.option("--default", is_flag=True, help="Print the default settings with comments.")
@format_option
@click.pass_obj
def config_command(given: CommandEnvironment, name: str | None, format_: str, *, default: bool) -> None:
    """Print the settings in force, or an example configuration.

    Each setting has its origin: default, line of the file, environment variable or option. Secrets are
    masked.
    With an argument, print an example configuration for that program instead.
    """
    if name and default:
        raise click.UsageError("--default takes no argument")
    if name or default:
        click.echo(example(name) if name else default_settings(), nl=False)
        return
    sections = _effective(given)
    if format_ == "json":
        print_json(
            {name: {key: each._asdict() for key, each in of.items()} for name, of in sections.items()}
        )
        return
    click.echo("\n\n".join("\n".join(_yaml(name, of)) for name, of in sections.items()))


def _effective(given: CommandEnvironment) -> dict[str, dict[str, _Effective]]:
    """The settings in force by section and key."""
    made, sources = load(given.environment), origins(given.environment)
    if not made.store.path:
        with suppress(FeedsError):  # the other commands report it
            sources["store", "path"] += f": {located(made).store.path}"
    sections: dict[str, dict[str, _Effective]] = {}
    for (section, key), kind in setting_types().items():
        value = msgspec.to_builtins(getattr(getattr(made, section), key))
        source = sources[section, key]
        sections.setdefault(section, {})[key] = _Effective(
            _masked(value, kind), given.options.get(source, source)
        )
    return sections


def _masked(value: Any, kind: Any) -> Any:
    """*value* with a mask in place of each secret, also in mappings."""
    if value and is_secret(kind):
        return MASK
    if not isinstance(value, dict):
        return value
    inner = bare(kind)
    if get_origin(inner) is dict:
        return {name: _masked(each, get_args(inner)[1]) for name, each in value.items()}
    kinds = {field.name: field.type for field in msgspec.structs.fields(inner)}
    return {name: _masked(each, kinds[name]) for name, each in value.items()}


def _yaml(section: str, settings: dict[str, _Effective]) -> Iterator[str]:
    """The lines of a section, with the origin of each setting as a comment."""
    yield f"{section}:"
    for key, (value, origin) in settings.items():
        first, *rest = _dumped(key, value).splitlines()
        yield f"  {first}  # {origin}"
        yield from (f"  {line}" for line in rest)


def _dumped(key: str, value: Any) -> str:
    """*key* and *value* as YAML; a text is on the line of its key, so that a comment can follow."""
    text = str(yaml.safe_dump({key: value}, **YAML_STYLE))
    if isinstance(value, str) and text.count("\n") > 1:
        quoted = yaml.safe_dump(value, default_style='"', **YAML_STYLE)
        return f"{key}: {quoted}"
    return text
