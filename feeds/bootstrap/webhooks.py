"""Settings -> the webhooks, and a test of one."""

import asyncio
from pathlib import Path
from pkgutil import resolve_name

from feeds import __version__
from feeds.bootstrap.objects import site_of
from feeds.errors import SettingsError
from feeds.feed.site import Site
from feeds.pipeline import Pipeline
from feeds.push.client import Reply, Sender, SendingLimits
from feeds.push.destinations import OwnServer
from feeds.push.messages import MESSAGES, MessageWriter
from feeds.push.webhooks import Webhook, newest, secret_of
from feeds.query.grammar import read
from feeds.settings import Settings
from feeds.store.subscriptions import TopicState


def webhooks_of(settings: Settings) -> list[Webhook]:
    """The webhooks of the settings. Raises SettingsError if a template cannot be used."""
    if not settings.push.webhooks:
        return []
    named = {each.query.name: each.query for each in site_of(settings).named}
    return [
        Webhook(
            name,
            query=read(each.query, named),
            written=each.query,
            url=each.url,
            secret=secret_of(each.secret),
            message=_message(f"push.webhooks.{name}.template", each.template),
        )
        for name, each in settings.push.webhooks.items()
    ]


def operator_sender(site: Site) -> Sender:
    """A sender of requests to addresses that the operator has chosen, wherever they are."""
    headers = {"User-Agent": f"feeds/{__version__} (+{site.url}/)"}
    return Sender(SendingLimits(), lambda _: True, OwnServer(), headers=headers)


def webhook_named(settings: Settings, name: str) -> Webhook:
    """The webhook called *name*. Raises SettingsError if there is none."""
    for each in webhooks_of(settings):
        if each.name == name:
            return each
    names = ", ".join(settings.push.webhooks)
    remedy = f"use one of {names}" if names else "add it to push.webhooks"
    raise SettingsError(f"push.webhooks.{name}", "no such webhook", remedy)


def send_newest(webhook: Webhook, pipeline: Pipeline, site: Site, now: float) -> Reply:
    """Send the newest entry of the feed of *webhook* to it, once.

    Raises UnknownFeed, MessageFailed and RequestFailed.
    """
    body = webhook.message(newest(webhook, pipeline))
    # Receivers ignore a request with an id that they know.
    signed = webhook.signed(body, TopicState(0, str(now).encode()), now)
    headers = {"Content-Type": "application/json", **signed}

    async def send() -> Reply:
        async with operator_sender(site) as sender:
            return await sender.request("POST", webhook.url, body, headers, reads=True)

    return asyncio.run(send())


def _message(subject: str, template: str) -> MessageWriter:
    if found := MESSAGES.get(template):
        return found
    if not Path(template).is_file():
        names = ", ".join(MESSAGES)
        raise SettingsError(subject, f"no such file: {template}", f"use {names} or the path of a file")
    # Servers without such a template start sooner without Jinja2.
    made: MessageWriter = resolve_name("feeds.push.message_template:message_of")(Path(template))
    return made
