"""Commands that take the options for all commands, and report every mistake on one line."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any, NamedTuple

import click

from feeds import __version__
from feeds.errors import CommandLineError, FeedsError, did_you_mean, failure, lower_first, not_one_of

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


class CommandEnvironment(NamedTuple):
    """The environment variables, with those that command-line options override.

    *options* are the command-line options by the environment variable that each overrides.
    """

    environment: dict[str, str]
    options: dict[str, str]

    def overridden(self, variable: str, value: str, option: str) -> "CommandEnvironment":
        """A copy in which the command-line *option* overrides the environment *variable*."""
        return CommandEnvironment(self.environment | {variable: value}, self.options | {variable: option})


class Command(click.Command):
    """A command that takes the options for all commands, before or after its name."""

    def __init__(self, *names: Any, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.params += options_for_all()

    def get_short_help_str(self, limit: int = 0) -> str:
        """Return the first paragraph of the help, however long the line becomes."""
        del limit
        return " ".join((self.help or "").partition("\n\n")[0].split())


class CommandGroup(Command, click.Group):
    """A group of such commands. A mistake of the user is one line, and ends with exit status 2."""

    command_class = Command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _mistakes_on_one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, context: click.Context) -> Any:
        with _mistakes_on_one_line():
            return super().invoke(context)

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *arguments* begin with. Raises CommandLineError if there is none."""
        name = arguments[0]
        if name not in self.commands:
            see_help = f"see {context.command_path} --help"
            raise CommandLineError(_subject(context), *not_one_of(name, sorted(self.commands), see_help))
        return super().resolve_command(context, arguments)


class Choice(click.Choice[str]):
    """One of some words; an error lists them, and names the nearest."""

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> str:
        del context
        if value not in self.choices:
            raise CommandLineError(_name(param), *not_one_of(value, [*self.choices]))
        return str(value)


class WholeNumber(click.IntRange):
    """A whole number, with optional bounds."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> int:
        try:
            return super().convert(value, param, context)
        except click.BadParameter:
            bounds = "" if self.min is None else f" from {self.min}"
            bounds += "" if self.max is None else f" to {self.max}"
            problem = f"not a whole number{bounds}: {value!r}"
            remedy = f"use {param.default if param else self.min}"
            raise CommandLineError(_name(param), problem, remedy) from None


def options_for_all() -> list[click.Parameter]:
    """The options for all commands; one after the name of the command overrides one before it."""
    return [
        click.Option(
            ["--config"], metavar="FILE", expose_value=False,
            callback=_overriding("FEEDS_CONFIG"),
            help="Read the settings in FILE, instead of the one in FEEDS_CONFIG.",
        ),
        click.Option(
            ["--corpus"], metavar="FOLDER", expose_value=False,
            callback=_overriding("FEEDS_CORPUS_PATH"),
            help="Read the articles in FOLDER, instead of corpus.path.",
        ),
        click.Option(
            ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=_print_version,
            help="Show the version and exit.",
        ),
    ]  # fmt: skip


def _overriding(variable: str) -> Any:
    """A callback that puts the value of an option in the place of the environment *variable*."""

    def override(context: click.Context, option: click.Parameter, value: str | None) -> None:
        given: CommandEnvironment = context.obj or CommandEnvironment(dict(os.environ), {})
        if value == "":
            raise CommandLineError(option.opts[0], "empty", "give it a value, or leave it out")
        context.obj = given.overridden(variable, value, option.opts[0]) if value is not None else given

    return override


def _print_version(context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"feeds, version {__version__}")
        context.exit()


@contextmanager
def _mistakes_on_one_line() -> Iterator[None]:
    """Print an error on one line, and end the program with status 2."""
    try:
        yield
        if sys.stdout:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError:  # which shows the help
        raise
    except OSError as error:  # of standard output: those of files are errors of the program
        if error.filename is not None or error.errno not in _NO_ROOM:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the end of the process writes what is left
        said = CommandLineError("standard output", *failure("cannot be written", error))
        click.echo(f"feeds: {said}", err=True)
        raise click.exceptions.Exit(2) from error
    except (FeedsError, click.UsageError) as error:
        click.echo(f"feeds: {error if isinstance(error, FeedsError) else _described(error)}", err=True)
        raise click.exceptions.Exit(2) from error


def _described(error: click.UsageError) -> CommandLineError:
    """The error for a mistake that click has found."""
    command = error.ctx.command_path if error.ctx else "feeds"
    see_help = f"see {command} --help"
    match error:
        case click.NoSuchOption(option_name=name):
            near = get_close_matches(name, _options(error.ctx), n=1, cutoff=0.7) if error.ctx else []
            return CommandLineError(name, "no such option", did_you_mean(near) if near else see_help)
        case click.BadOptionUsage(option_name=name):
            return CommandLineError(name, "no value", "write one after it")
        case click.MissingParameter(param=click.Parameter(type=click.Choice(choices=choices)) as param):
            return CommandLineError(_name(param), "missing", f"use one of {', '.join(choices)}")
        case click.MissingParameter(param=param):
            return CommandLineError(_name(param), "missing", f"write it after {command}, or {see_help}")
    subject = _subject(error.ctx) if error.ctx else "command"
    return CommandLineError(subject, lower_first(error.format_message().rstrip(".")), see_help)


def _subject(context: click.Context) -> str:
    """The words before the mistake without the program, ``feeds`` or ``python -m feeds``."""
    program = context.find_root().command_path
    return context.command_path.removeprefix(program).strip() or "command"


def _options(context: click.Context) -> Sequence[str]:
    return [name for each in context.command.params for name in each.opts if name.startswith("--")]


def _name(param: click.Parameter | None) -> str:
    """The name of an option as it is written, or of an argument as the help shows it."""
    if isinstance(param, click.Option):
        return param.opts[-1]
    return (param.name or "").upper() if param else "command line"
