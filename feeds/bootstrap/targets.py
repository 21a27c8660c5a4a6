"""Settings -> the targets of the operator."""

from feeds.bootstrap.objects import pinged_hubs
from feeds.bootstrap.webhooks import webhooks_of
from feeds.push.external_hubs import ExternalHub
from feeds.push.purging import PurgedCache
from feeds.push.targets import Target, Targets
from feeds.settings import Settings


def targets_of(settings: Settings) -> Targets:
    """The targets of the settings. Raises SettingsError if a template cannot be used."""
    caches = [
        PurgedCache(name, each.kind, each.url, each.secret) for name, each in settings.push.purge.items()
    ]
    hubs = map(ExternalHub, pinged_hubs(settings))
    found: list[Target] = [*caches, *webhooks_of(settings), *hubs]
    return {each.callback: each for each in found}
