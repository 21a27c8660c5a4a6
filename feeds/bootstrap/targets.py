"""Settings -> the targets of the operator."""

from feeds.bootstrap.objects import told_hubs
from feeds.bootstrap.webhooks import webhooks_of
from feeds.push.external_hubs import ExternalHub
from feeds.push.targets import Target, Targets
from feeds.settings import Settings


def targets_of(settings: Settings) -> Targets:
    """The targets of the settings. Raises SettingsError if a template cannot be used."""
    found: list[Target] = [*webhooks_of(settings), *map(ExternalHub, told_hubs(settings))]
    return {each.callback: each for each in found}
