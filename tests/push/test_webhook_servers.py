"""Webhooks of a real server, and the commands about them."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from feeds.store.subscriptions import PushChanges, Subscription
from tests.builders import write_article
from tests.commands import invoke, run_feeds
from tests.push.receiver import SECRET, read, titles, verified
from tests.push.subscriber import subscriber
from tests.server import Server, get
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def listed(**settings: str) -> list[dict[str, object]]:
    done = invoke("push", "list", "--json", **settings)
    found: list[dict[str, object]] = json.loads(done.stdout)["subscriptions"]
    return [each for each in found if each["webhook"]]


def test_a_server_without_a_hub_calls_a_webhook_on_a_private_address(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_article(corpus, title="Old")
    with subscriber() as reader:
        hook = {"query": "feed", "url": f"{reader.url}/secret", "secret": SECRET}
        settings = {"FEEDS_PUSH_WEBHOOKS": json.dumps({"news": hook})}
        server = Server(corpus, tmp_path / "run", "asgi", at_own_address=True, **settings)
        of_former_hub = Subscription(f"{server.url}/feed.atom", "https://reader.example/", 9e9, 1)
        server.store.parent.mkdir()
        with closing(SQLiteSubscriptions(Path(f"{server.store}.subscriptions"))) as subscriptions:
            subscriptions.record(PushChanges(subscriptions=[of_former_hub]))
        with server:
            commands = {
                **settings,
                "FEEDS_STORE_PATH": str(server.store),
                "FEEDS_CORPUS_PATH": str(corpus),
                "FEEDS_SITE_URL": server.url,
            }
            eventually(lambda: listed(**commands))
            write_article(corpus, title="New")
            eventually(lambda: reader.deliveries)
            [shown] = eventually(lambda: [each for each in listed(**commands) if each["acknowledged"]])
            assert get(f"{server.url}/hub").status == 404
            assert "reader.example" not in invoke("push", "list", **commands).output
            done = invoke("push", "drop", "--topic", shown["topic"], **commands)
        assert titles(reader.deliveries[0]) == ["New"]
        assert verified(reader.deliveries[0])
        assert (shown["webhook"], shown["lease_ends"], shown["host"]) == ("news", None, "127.0.0.1")
        assert "no subscription and no pending request matches" in done.output


def test_the_newest_entry_is_sent_as_a_test(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    write_article(corpus, title="Only")
    with subscriber() as reader:
        hook = {"query": "feed", "url": f"{reader.url}/hook", "template": "slack"}
        settings = {
            "FEEDS_PUSH_WEBHOOKS": json.dumps({"news": hook}),
            "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
            "FEEDS_CORPUS_PATH": str(corpus),
        }
        good = invoke("push", "test", "news", **settings)
        reader.status = lambda _: 404
        bad = invoke("push", "test", "news", **settings)
        unknown = invoke("push", "test", "nwes", **settings)
    assert (good.exit_code, good.stdout) == (0, "status 204\n")
    assert read(reader.deliveries[0])["text"] == "Only"
    assert (bad.exit_code, bad.stdout.splitlines()[0]) == (1, "status 404")
    assert unknown.stderr == "feeds: push.webhooks.nwes: no such webhook; use one of news\n"
    ids = {each.headers["webhook-id"] for each in reader.deliveries}
    assert len(ids) == len(reader.deliveries) == 2


def test_a_server_does_not_start_with_a_template_that_is_none(tmp_path: Path) -> None:
    corpus, file = tmp_path / "corpus", tmp_path / "own.j2"
    write_article(corpus, title="Only")
    file.write_text("{{ items")
    hook = {"query": "feed", "url": "https://e.example/secret", "template": str(file)}
    settings = {
        "FEEDS_PUSH_WEBHOOKS": json.dumps({"news": hook}),
        "FEEDS_STORE_PATH": str(tmp_path / "store.db"),
        "FEEDS_CORPUS_PATH": str(corpus),
    }
    done = run_feeds("serve", **settings)
    assert done.returncode == 2
    assert f"feeds: {file}:1: not a template of Jinja2: " in done.stderr
    file.unlink()
    done = run_feeds("serve", **settings)
    assert f"feeds: push.webhooks.news.template: no such file: {file}; use json, slack" in done.stderr


def test_a_fleet_with_webhooks_does_not_start_without_the_key_of_push(tmp_path: Path) -> None:
    hook = {"query": "feed", "url": "https://e.example/secret"}
    done = run_feeds(
        "serve",
        FEEDS_PUSH_WEBHOOKS=json.dumps({"news": hook}),
        FEEDS_FLEET_DSN="postgresql://nobody@127.0.0.1:1/none",
        FEEDS_STORE_PATH=str(tmp_path / "store.db"),
        FEEDS_CORPUS_PATH=str(tmp_path),
    )
    assert done.returncode == 2
    assert done.stderr.startswith("feeds: push.key: empty in a fleet")
