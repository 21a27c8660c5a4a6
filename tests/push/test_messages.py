"""Messages of webhooks for Slack, Discord and Microsoft Teams, and by templates of operators."""

import json
from pathlib import Path
from typing import Any

import pytest

from feeds.push.message_template import message_of
from feeds.push.messages import MESSAGES, ChangeBatch, MessageFailed, MessageWriter

CHATS = ["slack", "discord", "teams"]


def item(number: int, **members: str) -> dict[str, Any]:
    usual = {"id": f"id:{number}", "url": f"https://example.org/{number}", "title": f"Title {number}"}
    return usual | {"summary": f"Summary {number}"} | members


def batch(*items: dict[str, Any]) -> ChangeBatch:
    return ChangeBatch(
        "news", "News", "https://feeds.example/", "https://feeds.example/feed.json", items, ("id:9",)
    )


def parts(name: str, document: dict[str, Any]) -> list[Any]:
    """The parts of a message that show items, with their titles first."""
    match name:
        case "slack":
            return [each["text"]["text"] for each in document["blocks"] if each["type"] == "section"]
        case "discord":
            return [(each["title"], each["url"]) for each in document["embeds"]]
    body = document["attachments"][0]["content"]["body"]
    return [each["text"] for each in body if each["text"].startswith("[")]


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_shows_ten_items_and_the_number_of_the_others(name: str) -> None:
    text = MESSAGES[name](batch(*map(item, range(1, 23))))
    assert len(parts(name, json.loads(text))) == 10
    assert b"and 12 more" in text
    for expected in (b"Title 10", b"https://example.org/10", b"Summary 10"):
        assert expected in text
    assert b"Title 11" not in text


@pytest.mark.parametrize("name", CHATS)
def test_a_chat_is_told_nothing_of_a_mere_removal(name: str) -> None:
    assert MESSAGES[name](batch()) == b""


@pytest.mark.parametrize("name", CHATS)
def test_long_texts_are_cut(name: str) -> None:
    items = [item(number, title="t" * 5_000, summary="s" * 50_000) for number in range(10)]
    text = MESSAGES[name](batch(*items))
    assert b"s" * 200 in text
    assert len(text) < 10_000


def test_slack_gets_no_control_sequences() -> None:
    evil = item(1, title="<!channel> & <@U1> a|b", summary="<!here>", url="https://e.org/a|b>c")
    document = json.loads(MESSAGES["slack"](batch(evil)))
    (text,) = parts("slack", document)
    assert text == ("*<https://e.org/a%7Cb&gt;c|&lt;!channel&gt; &amp; &lt;@U1&gt; a¦b>*\n&lt;!here&gt;")
    assert document["text"] == "&lt;!channel&gt; &amp; &lt;@U1&gt; a|b"


def test_discord_mentions_nobody_and_has_no_markup_of_an_article() -> None:
    document = json.loads(MESSAGES["discord"](batch(item(1, title="@everyone **x** [a](b)"))))
    assert document["allowed_mentions"] == {"parse": []}
    assert document["embeds"][0]["title"] == r"@everyone \*\*x\*\* \[a\]\(b\)"


def test_teams_gets_a_card_without_markup_of_an_article() -> None:
    document = json.loads(MESSAGES["teams"](batch(item(1, title="[a](b)", url="https://e.org/x)y"))))
    (attachment,) = document["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert parts("teams", document) == [r"[\[a\]\(b\)](https://e.org/x%29y)"]


@pytest.mark.parametrize("name", CHATS)
def test_only_web_addresses_become_links(name: str) -> None:
    assert b"javascript" not in MESSAGES[name](batch(item(1, url="javascript:alert(1)")))


def template(folder: Path, text: str) -> MessageWriter:
    file = folder / "own.j2"
    file.write_text(text)
    return message_of(file)


def test_a_template_writes_json(tmp_path: Path) -> None:
    text = (
        '{"t": [{% for each in items %}{{ each.title | tojson }}{% endfor %}], "f": {{ title | tojson }}}'
    )
    made = template(tmp_path, text)(batch(item(1, title='"quoted" <é>')))
    assert json.loads(made) == {"t": ['"quoted" <é>'], "f": "News"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ no_such }}", "'no_such' is undefined"),
        ('{"a": {{ title }}}', "not JSON"),
        ("{{ items.__class__.__mro__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_template_that_fails_says_why(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(MessageFailed, match=said):
        template(tmp_path, text)(batch(item(1)))


def test_a_template_may_say_nothing(tmp_path: Path) -> None:
    assert template(tmp_path, "{% if items %}1{% endif %}\n")(batch()) == b""


@pytest.mark.parametrize("name", CHATS)
def test_an_item_without_a_summary_is_shown_by_its_title_alone(name: str) -> None:
    with_summary, without = (MESSAGES[name](batch(item(1, summary=each))) for each in ("Summary 1", ""))
    assert len(parts(name, json.loads(without))) == 1
    assert b"Title 1" in without
    if name == "teams":
        blocks = [
            len(json.loads(each)["attachments"][0]["content"]["body"]) for each in (with_summary, without)
        ]
        assert blocks[0] == blocks[1] + 1
