"""The hub: which requests it accepts, and what it records of them."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from feeds.article import Taxonomy, Topic
from feeds.bootstrap import subscriptions_of
from feeds.errors import FeedsError, GoneFeed, NotReady, QueryError, UnknownFeed
from feeds.push.hub import Hub, HubBusy, HubResponse, TooManyRequests, network_of
from feeds.push.hub_form import FORM_TYPE, UnsupportedForm
from feeds.settings.sections import PushSettings, SiteSettings
from feeds.store.subscriptions import Intent
from tests.builders import article
from tests.harness import Harness

URL = "https://feeds.example"
TOPIC = f"{URL}/feed.atom"
CALLBACK = "https://reader.example/callback?id=1&to=us"
CLIENT = "8.8.8.8"
TAXONOMY = Taxonomy(topics=(Topic("oceans", "Oceans", aliases=("seas",)), Topic("old", "Old", gone=True)))
# A request without the wrong value: the base of all refusals.
GOOD = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Harness]:
    made = Harness(tmp_path, taxonomy=TAXONOMY)
    made.put(article(1, topics=("Oceans",)))
    made.main.follow()
    yield made
    made.close()


@pytest.fixture
def hub(served: Harness) -> Hub:
    assert served.server.hub
    return served.server.hub


def request(hub: Hub, form: dict[str, str] | list[tuple[str, str]], client: str = CLIENT) -> HubResponse:
    return hub.receive(urlencode(form).encode(), FORM_TYPE, client)


def refusal(hub: Hub, form: Any, kind: type[FeedsError] = QueryError) -> FeedsError:
    """The error of the request with *form*, which must be exactly of this *kind*."""
    with pytest.raises(FeedsError) as refused:
        request(hub, form)
    assert type(refused.value) is kind
    return refused.value


def intents(served: Harness) -> list[Intent]:
    """The recorded intents, as another process reads them."""
    subscriptions = subscriptions_of(served.settings)
    try:
        return subscriptions.intents()
    finally:
        subscriptions.close()


# What is accepted


def test_a_subscription_is_accepted_before_its_callback_is_asked(served: Harness, hub: Hub) -> None:
    assert request(hub, GOOD).status == 202
    (intent,) = intents(served)
    assert intent == Intent(TOPIC, CALLBACK, "subscribe", served.now, client="8.8.8.0/24", number=1)


def test_all_that_a_subscriber_chooses_is_recorded(served: Harness, hub: Hub) -> None:
    assert request(hub, {**GOOD, "hub.lease_seconds": "864000"}).status == 202
    assert intents(served)[0].lease == 864_000


@pytest.mark.parametrize(
    ("written", "lease"), [("", 0), ("0", 0), (" 60 ", 60), ("9" * 12, 10**9), ("9" * 5000, 10**9)]
)
def test_a_lease_is_a_wish_that_the_deliverer_bounds(
    served: Harness, hub: Hub, written: str, lease: int
) -> None:
    request(hub, {**GOOD, "hub.lease_seconds": written})
    assert intents(served)[0].lease == lease


def test_an_unsubscription_has_neither_lease_nor_secret(served: Harness, hub: Hub) -> None:
    more = {"hub.mode": "unsubscribe", "hub.lease_seconds": "60", "hub.secret": "s"}
    assert request(hub, GOOD | more).status == 202
    (intent,) = intents(served)
    assert (intent.mode, intent.lease, intent.secret) == ("unsubscribe", 0, b"")


@pytest.mark.parametrize("topic", [f"{URL}/topics/old.rss", f"{URL}/topics/seas.rss", f"{URL}/x"])
def test_nobody_is_kept_subscribed_to_what_is_no_topic_any_more(
    served: Harness, hub: Hub, topic: str
) -> None:
    assert request(hub, GOOD | {"hub.mode": "unsubscribe", "hub.topic": topic}).status == 202
    assert intents(served)[0].topic == topic


@pytest.mark.parametrize(
    ("more", "algorithm"),
    [
        ({}, "sha256"),
        ({"hub.verify": "async"}, "sha1"),
        ({"hub.verify_token": "opaque"}, "sha1"),
        ({"hub.verify_token": ""}, "sha1"),
    ],
)
def test_a_subscriber_of_an_earlier_protocol_gets_the_signature_that_it_knows(
    served: Harness, hub: Hub, more: dict[str, str], algorithm: str
) -> None:
    assert request(hub, GOOD | more).status == 202
    (intent,) = intents(served)
    assert (intent.algorithm, intent.token) == (algorithm, more.get("hub.verify_token", ""))


def test_unknown_parameters_are_ignored_however_often_they_are_given(served: Harness, hub: Hub) -> None:
    unknown = [("foo", "bar"), ("foo", "baz"), ("hub.foo", "")]
    unknown += [("hub.verify", "sync"), ("hub.verify", "async")]
    assert request(hub, [*GOOD.items(), *unknown]).status == 202
    assert len(intents(served)) == 1


def test_names_and_values_are_in_utf_8(served: Harness, hub: Hub) -> None:
    request(hub, GOOD | {"hub.verify_token": "größer 海"})
    assert intents(served)[0].token == "größer 海"


def test_the_same_request_a_thousand_times_is_one(served: Harness, hub: Hub) -> None:
    for number in range(1_000):
        assert request(hub, GOOD, client=f"8.8.{number % 10}.1").status == 202
    assert len(intents(served)) == 1


def test_a_later_request_replaces_one_that_waits(served: Harness, hub: Hub) -> None:
    request(hub, GOOD)
    request(hub, GOOD | {"hub.mode": "unsubscribe"})
    assert [each.mode for each in intents(served)] == ["unsubscribe"]


@pytest.mark.parametrize(
    "callback",
    [
        "https://reader.example", "http://reader.example:8080/x?y=%2F", "HTTPS://reader.example/",
        "https://93.184.216.34/x", "https://[2606:2800:220:1::1]/x", "https://xn--strae-oqa.example/",
        "https://reader.example/" + "x" * 1976, "https://reader.example/?a=%E6%B5%B7&b=[1]",
        "https://reader.example./x",
    ],
)  # fmt: skip
def test_a_callback_is_recorded_as_it_was_sent(served: Harness, hub: Hub, callback: str) -> None:
    assert request(hub, GOOD | {"hub.callback": callback}).status == 202
    assert intents(served)[0].callback == callback


# What is refused


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("empty", [True, False])
def test_a_required_parameter_is_missed(hub: Hub, name: str, empty: bool) -> None:
    form = GOOD | {name: ""} if empty else {key: value for key, value in GOOD.items() if key != name}
    assert str(refusal(hub, form)) == f"{name}: missing; add {name}="


@pytest.mark.parametrize("name", [*GOOD, "hub.lease_seconds", "hub.secret", "hub.verify_token"])
def test_a_parameter_that_is_given_twice_is_refused(hub: Hub, name: str) -> None:
    form = [*(GOOD | {name: "1"}).items(), (name, "2")]
    assert str(refusal(hub, form)) == f"{name}: given more than once; give it once"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("hub.mode", "denied", "not one of subscribe, unsubscribe, publish: 'denied'"),
        ("hub.mode", "{x}", "not one of subscribe, unsubscribe, publish: '{x}'"),
        ("hub.mode", "Subscribe", "not one of"),
        ("hub.lease_seconds", "-1", "not a number of seconds: '-1'"),
        ("hub.lease_seconds", "864000.5", "not a number of seconds"),
        ("hub.lease_seconds", "٣", "not a number of seconds"),
        ("hub.lease_seconds", "ten", "not a number of seconds"),
        ("hub.secret", "x" * 200, "longer than 199 bytes"),
        ("hub.secret", "ü" * 100, "longer than 199 bytes"),
        ("hub.verify_token", "x" * 501, "longer than 500 characters"),
        ("hub.verify_token", "a\0b", "not printable"),
        ("hub.callback", "/callback", "not an http or https address"),
        ("hub.callback", "reader.example/callback", "not an http or https address"),
        ("hub.callback", "ftp://reader.example/callback", "not an http or https address"),
        ("hub.callback", "javascript:alert(1)", "not an http or https address"),
        ("hub.callback", "https:///callback", "not an http or https address"),
        ("hub.callback", "https://reader.example:x/", "not an http or https address"),
        ("hub.callback", "https://reader.example:99999/", "not an http or https address"),
        ("hub.callback", "https://[::1/", "not an http or https address"),
        ("hub.callback", "https://reader.example:0/", "port 0"),
        ("hub.callback", "https://reader.example:25/", "port 25"),
        ("hub.callback", "http://reader.example:6667/", "port 6667"),
        ("hub.callback", "https://me:pass@reader.example/", "a user name"),
        ("hub.callback", "https://reader.example/#top", "a fragment"),
        ("hub.callback", "https://reader.example/a b", "not an address"),
        ("hub.callback", "https://reader.example/\r\nX: y", "not an address"),
        ("hub.callback", "https://reader.example/\0", "not an address"),
        ("hub.callback", "https://straße.example/", "not an address"),
        ("hub.callback", "https://reader.example/" + "x" * 1978, "longer than 2000 characters"),
        # Hosts that are not public, in every form that a resolver understands.
        *(
            ("hub.callback", f"http://{host}/", "not a public address")
            for host in (
                "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0.0.0.0", "10.0.0.1",
                "10.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
                "[::1]", "[::]", "[::ffff:10.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]",
            )
        ),
        # This server itself.
        ("hub.callback", f"{URL}/hub", "an address of this server"),
        ("hub.callback", "http://FEEDS.example.:8080/x", "an address of this server"),
        ("hub.topic", "https://elsewhere.example/feed.atom", "not an address of this server"),
        ("hub.topic", f"{URL}/feed.atom?limit=50", "not the canonical address"),
        ("hub.topic", f"{URL}/feed/2026-01.atom", "an archive"),
        ("hub.topic", f"{URL}/hub", "not a feed"),
        ("hub.topic", f"{URL}/feed.atom?q={'x' * 2000}", "longer than 2000 characters"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_at_once(
    served: Harness, hub: Hub, name: str, value: str, problem: str
) -> None:
    refused = refusal(hub, GOOD | {name: value})
    assert refused.subject == name
    assert problem in str(refused)
    assert intents(served) == []


@pytest.mark.parametrize(
    ("topic", "kind"), [(f"{URL}/topics/ocean.rss", UnknownFeed), (f"{URL}/topics/old.rss", GoneFeed)]
)
def test_a_feed_that_does_not_exist_is_no_topic(hub: Hub, topic: str, kind: type[FeedsError]) -> None:
    refusal(hub, GOOD | {"hub.topic": topic}, kind)


@pytest.mark.parametrize(
    "topic", ["https://elsewhere.example/feed.atom", f"{URL}/\0", f"{URL}/{'x' * 2000}", f"{URL}/海"]
)
def test_an_unsubscription_from_what_never_was_a_topic_is_refused(hub: Hub, topic: str) -> None:
    refused = refusal(hub, GOOD | {"hub.mode": "unsubscribe", "hub.topic": topic})
    assert refused.problem == "not an address of this server"


def test_before_the_first_load_nothing_is_a_topic(tmp_path: Path) -> None:
    made = Harness(tmp_path)
    made.loading(1, 2)
    assert made.server.hub
    refusal(made.server.hub, GOOD, NotReady)
    made.close()


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (b"hub.mode=%FF", QueryError, "not in UTF-8"),
        (b"\xff", QueryError, "not in UTF-8"),
        (b"a&" * 101, QueryError, "more than 100 parameters"),
        (b"", QueryError, "hub.mode: missing"),
        (b'{"hub.mode": "subscribe"}', QueryError, "hub.mode: missing"),
    ],
)
def test_a_body_that_is_no_form_in_utf_8_is_refused(
    hub: Hub, body: bytes, kind: type[FeedsError], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        hub.receive(body, FORM_TYPE, CLIENT)


@pytest.mark.parametrize(
    ("content_type", "is_form"),
    [
        ("", True),
        (FORM_TYPE, True),
        (f"{FORM_TYPE}; charset=UTF-8", True),
        (f'{FORM_TYPE};charset="utf-8"', True),
        (f"{FORM_TYPE}; charset=iso-8859-1", False),
        ("multipart/form-data; boundary=x", False),
        ("application/json", False),
    ],
)
def test_a_form_has_one_media_type(hub: Hub, content_type: str, is_form: bool) -> None:
    if is_form:
        assert hub.receive(urlencode(GOOD).encode(), content_type, CLIENT).status == 202
    else:
        with pytest.raises(UnsupportedForm):
            hub.receive(urlencode(GOOD).encode(), content_type, CLIENT)


def test_allowed_networks_may_have_callbacks(tmp_path: Path) -> None:
    made = Harness(tmp_path, push=PushSettings(allow=("10.0.0.0/8",)))
    made.put(article(1))
    made.main.follow()
    assert made.server.hub
    assert request(made.server.hub, GOOD | {"hub.callback": "http://10.1.2.3/x"}).status == 202
    refusal(made.server.hub, GOOD | {"hub.callback": "http://192.168.1.1/x"})
    made.close()


def test_a_server_on_this_machine_is_not_its_own_subscriber(tmp_path: Path) -> None:
    site = SiteSettings(url="http://127.0.0.1:8000")
    made = Harness(tmp_path, site=site, push=PushSettings("on", allow=("127.0.0.0/8", "::1/128")))
    made.put(article(1))
    made.main.follow()
    assert made.server.hub
    form = GOOD | {"hub.topic": "http://127.0.0.1:8000/feed.atom"}
    for own in ("http://127.0.0.1:8000/hub", "http://127.8.9.1:8000/x", "http://[::1]:8000/"):
        refused = refusal(made.server.hub, form | {"hub.callback": own})
        assert refused.problem == "an address of this server"
    assert request(made.server.hub, form | {"hub.callback": "http://127.0.0.1:9000/x"}).status == 202
    made.close()


# The news of publishers


def test_news_of_own_feeds_are_accepted_and_need_nothing(served: Harness, hub: Hub) -> None:
    for name in ("hub.url", "hub.topic"):
        assert request(hub, {"hub.mode": "publish", name: TOPIC}).status == 204
    several = [("hub.mode", "publish"), ("hub.url", TOPIC), ("hub.url", f"{URL}/feed.rss")]
    assert request(hub, several).status == 204
    assert intents(served) == []


def test_news_of_other_servers_are_refused(hub: Hub) -> None:
    refused = refusal(hub, {"hub.mode": "publish", "hub.url": "https://elsewhere.example/feed"})
    assert refused.problem == "not an address of this server"
    assert refusal(hub, {"hub.mode": "publish"}).problem == "missing"


# Limits


def test_a_flood_of_requests_stays_bounded(served: Harness, hub: Hub) -> None:
    """Every client, host and the hub itself has a limit; a refused request leaves nothing behind."""
    refused: list[HubBusy] = []
    for number in range(400):
        callback = f"https://reader.example/{number}"
        try:
            request(hub, GOOD | {"hub.callback": callback}, client=f"8.8.{number % 8}.{number % 250}")
        except HubBusy as error:
            refused.append(error)
    assert len(intents(served)) == 100
    assert len(refused) == 300
    assert all(each.retry_after > 0 for each in refused)


def test_a_client_has_a_limit_for_all_hosts(served: Harness, hub: Hub) -> None:
    for number in range(120):
        request(hub, GOOD | {"hub.callback": f"https://reader-{number}.example/"})
    refused = refusal(hub, GOOD | {"hub.callback": "https://another.example/"}, TooManyRequests)
    assert refused.subject == "client"
    request(hub, GOOD | {"hub.callback": "https://another.example/"}, client="9.9.9.9")
    served.now += 61
    request(hub, GOOD | {"hub.callback": "https://yet-another.example/"})


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("8.8.4.4", "8.8.4.0/24"),
        ("::ffff:8.8.4.4", "8.8.4.0/24"),
        ("2606:2800:220:1::7", "2606:2800:220::/48"),
        ("127.0.0.1", ""), ("10.0.0.1", ""), ("::1", ""), ("", ""), ("unix:", ""),
    ],
)  # fmt: skip
def test_a_client_is_known_by_its_network_alone(client: str, network: str) -> None:
    assert network_of(client) == network


def test_requests_are_refused_while_they_cannot_be_kept(served: Harness, hub: Hub) -> None:
    file = Path(f"{served.settings.store_path}.subscriptions")
    file.write_bytes(b"damaged" * 1000)
    refused = refusal(hub, GOOD, HubBusy)
    assert isinstance(refused, HubBusy)
    assert refused.retry_after > 0
    file.unlink()
    assert request(hub, GOOD).status == 202


def test_an_outage_is_logged_once_and_so_is_its_end(
    served: Harness, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(f"{served.settings.store_path}.subscriptions")
    with caplog.at_level(logging.INFO, "feeds.push.hub"):
        file.write_bytes(b"damaged" * 1000)
        for _ in range(3):
            refusal(hub, GOOD, HubBusy)
        file.unlink()
        for _ in range(3):
            request(hub, GOOD)
    lines = [message.rpartition("; ")[2] for message in caplog.messages]
    assert lines == ["the hub refuses requests", "hub: accepts requests again"]


def test_nothing_is_recorded_for_a_refused_request(served: Harness, hub: Hub) -> None:
    refusal(hub, GOOD | {"hub.lease_seconds": "x"})
    assert not Path(f"{served.settings.store_path}.subscriptions").exists()
