"""Settings -> the sealer of secrets of subscribers."""

from functools import partial
from pathlib import Path

from feeds.errors import SettingsError
from feeds.push.key_file import key_in
from feeds.push.sealing import Sealer
from feeds.settings import Settings


def sealer_of(settings: Settings) -> Sealer:
    """The sealer with ``push.key``, else with the key in a file beside the store, made at first use.

    Raises SettingsError in a fleet without ``push.key``: its hosts have to open each other's secrets.
    """
    if settings.push.key:
        return Sealer(lambda: settings.push.key)
    if settings.fleet.dsn:
        problem = "empty in a fleet, whose hosts must seal secrets of subscribers with one key"
        raise SettingsError("push.key", problem, "set the same on all hosts, from openssl rand -hex 32")
    return Sealer(partial(key_in, Path(f"{settings.store_path}.push-key")))
