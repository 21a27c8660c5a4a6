"""The messages of webhooks: changes as JSON, or as Slack, Discord and Microsoft Teams show them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from feeds.article.expressions import expression

MAX_SHOWN = 10  # items in a message to people
MAX_SHOWN_TITLE = 200  # characters
MAX_SHOWN_SUMMARY = 300  # characters; ten items stay below 6,000 in Discord, and below 28 KB in Teams

_MARKDOWN = expression(r"([\\`*_{}\[\]()#+!|~<>])")
_ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"


class ChangeBatch(Struct, frozen=True):
    """The changes of a feed: JSON Feed *items* that were added or changed, and *removed* ids.

    *webhook* is its name, *title*, *page* and *feed* the title and the addresses of the feed.
    """

    webhook: str
    title: str
    page: str
    feed: str
    items: tuple[dict[str, Any], ...] = ()
    removed: tuple[str, ...] = ()


MessageWriter = Callable[[ChangeBatch], bytes]
"""The body of a request for a batch, empty if there is nothing to say. Raises MessageFailed."""


class MessageFailed(Exception):
    """A batch could not be written by a template; the text is the reason."""


def as_json(batch: ChangeBatch) -> bytes:
    """Everything in *batch*."""
    feed = {"title": batch.title, "home_page_url": batch.page, "feed_url": batch.feed}
    return msgspec.json.encode(
        {"webhook": batch.webhook, "feed": feed, "items": batch.items, "removed": batch.removed}
    )


def for_slack(batch: ChangeBatch) -> bytes:
    """An incoming webhook of Slack (api.slack.com/messaging/webhooks): a section for each item."""
    if not batch.items:
        return b""
    texts = [_slack_item(each) for each in batch.items[:MAX_SHOWN]]
    blocks: list[dict[str, Any]] = [_slack_section(text) for text in texts]
    note = f"{_slack(batch.title)}{_rest(batch)}"
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": note}]})
    summary = _slack(f"{_title(batch.items[0])}{_others(batch)}")
    return msgspec.json.encode({"text": summary, "blocks": blocks, "unfurl_links": False})


def for_discord(batch: ChangeBatch) -> bytes:
    """A webhook of Discord (discord.com/developers/docs/resources/webhook): an embed for each item."""
    if not batch.items:
        return b""
    embeds = [
        _present(title=_markdown(_title(each)), url=_url(each), description=_markdown(_summary(each)))
        for each in batch.items[:MAX_SHOWN]
    ]
    content = f"{_markdown(_cut(batch.title, MAX_SHOWN_TITLE))}{_rest(batch)}"
    return msgspec.json.encode({"content": content, "embeds": embeds, "allowed_mentions": {"parse": []}})


def for_teams(batch: ChangeBatch) -> bytes:
    """A workflow of Microsoft Teams that posts an adaptive card (adaptivecards.io)."""
    if not batch.items:
        return b""
    body = [_teams_text(_markdown(_cut(batch.title, MAX_SHOWN_TITLE)), weight="Bolder")]
    for each in batch.items[:MAX_SHOWN]:
        title = _markdown(_title(each))
        body.append(_teams_text(f"[{title}]({_in_markdown(_url(each))})" if _url(each) else title))
        if summary := _summary(each):
            body.append(_teams_text(_markdown(summary), isSubtle=True, spacing="None"))
    if rest := _rest(batch):
        body.append(_teams_text(rest.removeprefix(": ")))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": _ADAPTIVE_CARD, "contentUrl": None, "content": card}
    return msgspec.json.encode({"type": "message", "attachments": [attachment]})


MESSAGES: Mapping[str, MessageWriter] = {
    "json": as_json,
    "slack": for_slack,
    "discord": for_discord,
    "teams": for_teams,
}
"""The messages that need no template of a file, by name."""


def _rest(batch: ChangeBatch) -> str:
    """The end of a message that does not show all items."""
    more = len(batch.items) - MAX_SHOWN
    return f": and {more} more" if more > 0 else ""


def _others(batch: ChangeBatch) -> str:
    more = len(batch.items) - 1
    return f" and {more} more" if more else ""


def _slack_item(item: Mapping[str, Any]) -> str:
    title, url = _slack(_title(item)), _slack_url(_url(item))
    head = f"*<{url}|{title.replace('|', '¦')}>*" if url else f"*{title}*"
    return "\n".join(filter(None, (head, _slack(_summary(item)))))


def _slack_section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _slack(text: str) -> str:
    """*text* without control sequences such as ``<!channel>``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _slack_url(url: str) -> str:
    return _slack(url.replace("|", "%7C"))


def _teams_text(text: str, **members: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True, **members}


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


def _in_markdown(url: str) -> str:
    """*url* as the target of a link."""
    return re.sub(r"[()<>\s]", lambda found: f"%{ord(found[0]):02X}", url)


def _title(item: Mapping[str, Any]) -> str:
    return _cut(item.get("title", ""), MAX_SHOWN_TITLE) or "·"


def _summary(item: Mapping[str, Any]) -> str:
    return _cut(item.get("summary", ""), MAX_SHOWN_SUMMARY)


def _url(item: Mapping[str, Any]) -> str:
    url: str = item.get("url", "")
    return url if url.startswith(("http://", "https://")) else ""


def _cut(text: str, most: int) -> str:
    """*text* on one line, with at most *most* characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _present(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}
