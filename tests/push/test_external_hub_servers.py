"""External hubs of real servers: each change is told, and requests of the hub are shown."""

import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.builders import write_article
from tests.commands import invoke
from tests.push.newsagent import deliverers
from tests.push.subscriber import Subscriber, subscriber
from tests.server import Server, get, kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow


def told(hub: Subscriber) -> list[str]:
    """The addresses in all pings."""
    return [url for each in hub.bodies() for url in parse_qs(each.decode()).get("hub.url", [])]


def test_a_hub_is_told_of_a_change_whose_deliverer_was_killed_and_its_request_is_shown(
    tmp_path: Path,
) -> None:
    corpus = tmp_path / "corpus"
    write_article(corpus, title="Old", topics=["Oceans"])
    with subscriber() as hub:
        settings = {"FEEDS_SITE_HUBS": f"{hub.url}/publish", "FEEDS_PUSH_HUB": "on"}
        with Server(corpus, tmp_path / "run", "asgi", 2, at_own_address=True, **settings) as server:
            commands = {
                **settings,
                "FEEDS_STORE_PATH": str(server.store),
                "FEEDS_CORPUS_PATH": str(corpus),
                "FEEDS_SITE_URL": server.url,
            }

            def listed() -> dict[str, Any]:
                found: dict[str, Any] = json.loads(invoke("push", "list", "--json", **commands).stdout)
                return found

            eventually(lambda: listed()["subscriptions"])
            (deliverer,) = deliverers(server)
            os.kill(deliverer, signal.SIGSTOP)
            write_article(corpus, title="New", topics=["Oceans"])
            eventually(lambda: server.titles() == ["New"])
            kill(deliverer)
            eventually(lambda: f"{server.url}/topics/oceans.atom" in told(hub))
            eventually(lambda: listed()["external_hubs"][0]["pinged"])
            for path in ("/feed.atom", "/feed.atom"):
                assert get(server.url + path, User_Agent="The hub at 127.0.0.1").status == 200

            def shown() -> dict[str, Any]:
                (found,) = json.loads(server.get("/hub/health").body)["external_hubs"]
                assert isinstance(found, dict)
                return found

            health = eventually(lambda: (now := shown())["fetched"] and now)
            assert (health["hub"], health["silent"]) == (f"{hub.url}/publish", False)
            line = invoke("push", "list", **commands).stderr.splitlines()[-1]
    assert line.startswith(f"hub {hub.url}/publish: pinged 20")
