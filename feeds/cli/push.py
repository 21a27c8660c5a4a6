"""feeds push: the subscriptions to feeds, and their end by an operator."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pkgutil import resolve_name
from typing import Any

import click

from feeds.bootstrap import begin_child, subscriptions_of
from feeds.cli.command_line import CommandEnvironment, CommandGroup
from feeds.cli.loaded import loaded, settings_of
from feeds.cli.output import format_option, print_json
from feeds.errors import CommandLineError, counted, one_line
from feeds.http.outgoing import RequestFailed
from feeds.logs.lines import write_log
from feeds.push.messages import MessageFailed
from feeds.push.report import HubReport, WebhookReport, decoded
from feeds.settings import Settings
from feeds.store.subscriptions import Intent, IntentLimits, Subscription, SubscriptionKey, Subscriptions

NO_FEED = "no such feed yet"
REASON = "ended by the operator of this server"


@click.group("push", cls=CommandGroup)
def push_commands() -> None:
    """List the subscriptions to feeds, or end some of them."""


@push_commands.command("list")
@click.argument("topic", required=False)
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_obj
def push_list(given: CommandEnvironment, topic: str | None, format_: str, as_json: bool) -> None:
    """List the subscriptions, or those to TOPIC, the address of a feed.

    Each line has the topic, the callback, the end of the lease, the last acknowledged delivery, the time
    since which a change waits for delivery, the number of failures since the last success, and the
    reason of the last failure, separated by tabs. A callback is shown as its host and a digest, since
    its address is a secret of the subscriber, a webhook as its name. Its lease does not end. A webhook
    whose feed does not exist has its query instead of the topic. External hubs are listed too, and on
    the standard error when each last requested a feed after a ping.
    """
    made = settings_of(given)
    with closing(subscriptions_of(made)) as subscriptions:
        found = subscriptions.all()
        _, pending = subscriptions.counts()
        withdrawn = subscriptions.withdrawn()
        report = decoded(subscriptions.report())
    missing = [each for each in report.webhooks if each.missing and not each.is_subscribed]
    if topic:
        found, missing = [each for each in found if each.topic == _topic(topic, made)], []
    if as_json or format_ == "json":
        print_json(
            {
                "subscriptions": [_described(each) for each in found],
                "webhooks_without_feed": [_described_webhook(each) for each in missing],
                "pending": pending,
                "withdrawn": withdrawn,
                "external_hubs": [_described_hub(each) for each in report.hubs],
            }
        )
        return
    for each in found:
        click.echo(_line(each))
    for webhook in missing:
        fields = (webhook.feed, f"webhook {webhook.name}", "-", "-", "-", "0", NO_FEED)
        click.echo("\t".join(map(one_line, fields)))
    said = f"{counted(len(found), 'subscription')}, {counted(pending, 'pending request')}"
    click.echo(said + ("; feeds do not announce the hub" if withdrawn else ""), err=True)
    for hub in report.hubs:
        click.echo(_hub_line(hub), err=True)


@push_commands.command("run", hidden=True)
@click.option("--parent", type=int, required=True, help="The process that sends the settings.")
def push_run(parent: int) -> None:
    """Deliver changes as the child of a server, which sends its settings on standard input."""
    settings, ports = begin_child(parent, sys.stdin.buffer)
    write_log(settings.log.format)
    # Other commands start sooner without its client.
    resolve_name("feeds.bootstrap.deliverer:run_deliverer")(settings, ports)


@push_commands.command("test")
@click.argument("name")
@click.pass_obj
def push_test(given: CommandEnvironment, name: str) -> None:
    """Send the newest entry of its feed to the webhook NAME, and print the response.

    Later deliveries are not affected. The exit status is 1 unless the response is 2xx.
    """
    made = settings_of(given)
    # Other commands start sooner without the client.
    webhook = resolve_name("feeds.bootstrap.webhooks:webhook_named")(made, name)
    send = resolve_name("feeds.bootstrap.webhooks:send_newest")
    with loaded(made) as server:
        try:
            reply = send(webhook, server.pipeline, server.site, server.clock())
        except (RequestFailed, MessageFailed) as error:
            problem, remedy = one_line(str(error)), "see docs/push.md"
            raise CommandLineError(f"webhook {name}", problem, remedy) from error
    click.echo(f"status {reply.status}")
    if body := reply.body.decode("utf-8", "replace").strip():
        click.echo(body)
    if not 200 <= reply.status < 300:
        sys.exit(1)


@push_commands.command("drop")
@click.argument("topic", required=False)
@click.argument("callback", required=False, metavar="CALLBACK")
@click.option("--host", metavar="HOST", help="End all subscriptions with callbacks at this host.")
@click.option(
    "--topic", "whole_topic", metavar="TOPIC", help="End all subscriptions to the feed at this address."
)
@click.option("--reason", default=REASON, show_default=True, help="Send this reason to subscribers.")
@click.pass_obj
def push_drop(
    given: CommandEnvironment,
    topic: str | None,
    callback: str | None,
    *,
    host: str | None,
    whole_topic: str | None,
    reason: str,
) -> None:
    """End the subscription to TOPIC of CALLBACK, or all with --host or --topic.

    CALLBACK is the digest that feeds push list shows, with or without the host. Subscribers are told
    while a server runs, or when it starts. Their pending requests are dropped too. Nothing keeps them
    from subscribing again.
    """
    made = settings_of(given)
    matches = _matching(made, topic, callback, host, whole_topic)
    with closing(subscriptions_of(made)) as subscriptions:
        keys = [key for key in _keys(subscriptions) if matches(key) and not key.is_target]
        if not keys:
            problem, remedy = "no subscription and no pending request matches", "see feeds push list"
            raise CommandLineError("push drop", problem, remedy)
        for key in keys:
            denial = Intent(key.topic, key.callback, "denied", time.time(), reason=one_line(reason))
            subscriptions.ask(denial, IntentLimits())
            click.echo(f"{key.topic}: {key.subscriber} is to end", err=True)


def _matching(
    settings: Settings, topic: str | None, callback: str | None, host: str | None, whole_topic: str | None
) -> Callable[[SubscriptionKey], bool]:
    """The choice of the subscriptions to end. Raises CommandLineError unless it is made in one way."""
    match topic, callback, host, whole_topic:
        case str(), str(), None, None:
            digest = callback.rpartition("#")[2]
            address = _topic(topic, settings)
            return lambda key: key.topic == address and key.subscriber.endswith(f"#{digest}")
        case None, None, str(), None:
            name = host.lower().strip("[]")
            return lambda key: key.host == name
        case None, None, None, str():
            address = _topic(whole_topic, settings)
            return lambda key: key.topic == address
    raise CommandLineError(
        "push drop",
        "needs exactly one choice of subscriptions",
        "use TOPIC CALLBACK, --host or --topic",
    )


def _topic(written: str, settings: Settings) -> str:
    """The address *written* whole, or as a path below ``site.url``."""
    return settings.site.url + written if written.startswith("/") else written


def _keys(subscriptions: Subscriptions) -> Sequence[SubscriptionKey]:
    """The keys of all subscriptions and requests."""
    subscribed = [each.key for each in subscriptions.all()]
    return [*dict.fromkeys([*subscribed, *(each.key for each in subscriptions.intents())])]


def _described(subscription: Subscription) -> dict[str, Any]:
    return {
        "topic": subscription.topic,
        "host": subscription.key.host,
        "callback": subscription.key.subscriber.partition("#")[2],
        "webhook": subscription.key.webhook,
        "cache": subscription.key.cache,
        "subscribed": _instant(subscription.since) or None,
        "lease_ends": _lease_end(subscription) or None,
        "has_secret": bool(subscription.secret),
        "acknowledged": _instant(subscription.acknowledged) or None,
        "due_since": _instant(subscription.due) or None,
        "failures": subscription.failures,
        "failing_since": _instant(subscription.failing) or None,
        "reason": subscription.reason,
        "not_before": _instant(subscription.not_before) or None,
    }


def _described_hub(hub: HubReport) -> dict[str, Any]:
    return {
        "hub": hub.hub,
        "pinged": _instant(hub.pinged) or None,
        "fetched": _instant(hub.fetched) or None,
        "silent": hub.silent,
        "failures": hub.failures,
        "reason": hub.reason,
    }


def _hub_line(hub: HubReport) -> str:
    pinged, fetched = _instant(hub.pinged) or "not yet", _instant(hub.fetched) or "not yet"
    warning = "; accepts pings, but requests no feed after them" if hub.silent else ""
    return f"hub {hub.hub}: pinged {pinged}, requested a feed {fetched}{warning}"


def _described_webhook(webhook: WebhookReport) -> dict[str, Any]:
    return {"webhook": webhook.name, "query": webhook.feed, "since": _instant(webhook.missing)}


def _line(subscription: Subscription) -> str:
    instants = (_lease_end(subscription), *map(_instant, (subscription.acknowledged, subscription.due)))
    fields = (
        subscription.topic,
        subscription.key.subscriber,
        *(each or "-" for each in instants),
        str(subscription.failures),
        subscription.reason or "-",
    )
    return "\t".join(one_line(field) for field in fields)


def _lease_end(subscription: Subscription) -> str:
    """The end of the lease, empty for a target, whose lease does not end."""
    return "" if subscription.key.is_target else _instant(subscription.until)


def _instant(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if second else ""
