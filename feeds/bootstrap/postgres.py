"""The parts of a fleet that are in PostgreSQL, imported by name: not every host has the driver."""

from pkgutil import resolve_name
from typing import Any

from feeds.errors import SettingsError


def in_postgres(name: str) -> Any:
    """The object called *name*, ``module:object`` in feeds.fleet.postgres.

    Raises SettingsError without psycopg.
    """
    try:
        return resolve_name(f"feeds.fleet.postgres.{name}")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "psycopg":
            raise
        problem, remedy = "psycopg is not installed", "install the extra fleet"
        raise SettingsError("fleet.dsn", problem, remedy) from error
