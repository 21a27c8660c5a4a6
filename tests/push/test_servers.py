"""Deliveries of real servers: nothing is lost or out of order, whatever is killed when."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.push.newsagent import Newsagent, newsagent
from tests.push.subscriber import Subscriber, subscriber
from tests.server import kill
from tests.waiting import eventually

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsagent]:
    """A server that several tests share."""
    with newsagent(tmp_path_factory.mktemp("push"), "asgi", workers=2) as made:
        yield made


@pytest.mark.parametrize("kind", ["gthread", "granian", "serve"])
def test_any_server_proves_its_own_address_and_delivers_an_edit_by_one_process(
    kind: str, tmp_path: Path, reader: Subscriber
) -> None:
    with newsagent(tmp_path, kind, workers=2) as agent:
        eventually(lambda: agent.report().canary.proved)
        seen = agent.report()
        assert (seen.canary.trouble, seen.subscriptions, seen.failing) == ("", 0, {})
        agent.subscribe(reader.url, secret="s3cret")
        agent.edit("One")
        eventually(lambda: reader.deliveries)
        assert len(agent.deliverers()) == 1
    assert reader.deliveries[0].is_signed_with("s3cret")
    assert reader.titles() == ["One"]


def test_a_change_is_not_lost_if_the_deliverer_is_killed_before_it_sends(
    agent: Newsagent, reader: Subscriber
) -> None:
    subscription = agent.subscribe(reader.url)
    agent.edit("Before")
    eventually(lambda: reader.titles() == ["Before"])
    eventually(lambda: agent.is_acknowledged(subscription.key))
    (deliverer,) = agent.deliverers()
    os.kill(deliverer, signal.SIGSTOP)
    agent.edit("Committed")
    kill(deliverer)
    eventually(lambda: reader.titles() == ["Before", "Committed"])
    assert deliverer not in agent.deliverers()


def test_a_change_is_sent_again_if_the_deliverer_is_killed_before_the_answer(
    agent: Newsagent, reader: Subscriber
) -> None:
    arrived, goes_on = reader.hold()
    agent.subscribe(reader.url)
    agent.edit("Sent")
    assert arrived.wait(30)
    (deliverer,) = agent.deliverers()
    kill(deliverer)
    goes_on.set()
    eventually(lambda: len(reader.deliveries) == 2)
    one, other = reader.bodies()
    assert one == other
    agent.edit("Later")
    eventually(lambda: reader.titles()[2:] == ["Later"])


def test_the_status_shows_what_is_delivered(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url)
    eventually(lambda: agent.status()["subscriptions"])
    agent.edit("Reported")
    eventually(lambda: (agent.status()["delivery_p99_seconds"] or 0) > 0)
    found = agent.status()
    assert (found["delivering"], found["has_hub"]) == (True, True)
    assert {"name": f"{agent.server.url}/feed.atom"}.items() <= found["by_topic"][0].items()
    agent.unsubscribe(reader.url)


def test_a_deliverer_that_is_killed_again_and_again_is_replaced_until_its_server_ends(
    tmp_path: Path,
) -> None:
    with newsagent(tmp_path, "asgi") as agent:
        (deliverer,) = agent.deliverers()
        for sent, seconds in ((signal.SIGKILL, "0.5"), (signal.SIGTERM, "1")):
            os.kill(deliverer, sent)
            eventually(lambda former=deliverer: agent.deliverers() not in ([], [former]))
            assert (
                f"deliverer: ended by {sent.name}; see the log of the system if you did not send it; "
                f"restarting in {seconds} s" in agent.server.output()
            )
            (deliverer,) = agent.deliverers()
        eventually(lambda: f"[{deliverer}] [INFO] delivering to" in agent.server.output())
        for each in agent.server.processes():
            if each != deliverer:
                kill(each)
        eventually(lambda: deliverer not in agent.deliverers())


def test_changes_that_were_missed_by_a_stopped_deliverer_are_one_delivery(
    agent: Newsagent, reader: Subscriber
) -> None:
    agent.subscribe(reader.url)
    (deliverer,) = agent.deliverers()
    os.kill(deliverer, signal.SIGSTOP)
    agent.edit("First")
    agent.edit("Second")
    os.kill(deliverer, signal.SIGCONT)
    eventually(lambda: reader.deliveries)
    agent.edit("Third")
    eventually(lambda: reader.titles() == ["Second", "Third"])


def test_the_next_writer_has_the_only_deliverer(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url)
    (former,) = agent.deliverers()
    (writer,) = agent.server.writers()
    kill(writer)
    eventually(lambda: len(agent.deliverers()) == 1 and agent.deliverers() != [former])
    agent.edit("Taken over")
    eventually(lambda: reader.titles() == ["Taken over"])


def test_new_workers_have_the_only_deliverer(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url)
    (former,) = agent.deliverers()
    agent.server.send(signal.SIGHUP)
    eventually(lambda: len(agent.deliverers()) == 1 and agent.deliverers() != [former])
    agent.edit("Reloaded")
    eventually(lambda: reader.titles() == ["Reloaded"])


def test_nothing_is_lost_if_the_whole_server_is_killed(agent: Newsagent, reader: Subscriber) -> None:
    agent.subscribe(reader.url, secret="s3cret")
    (deliverer,) = agent.deliverers()
    os.kill(deliverer, signal.SIGSTOP)
    agent.edit("In store")
    agent.server.kill()
    agent.server.start()
    eventually(lambda: reader.titles() == ["In store"])
    assert reader.deliveries[0].is_signed_with("s3cret")


def test_a_subscriber_that_does_not_answer_delays_no_other(agent: Newsagent, reader: Subscriber) -> None:
    answers = threading.Event()
    with subscriber("127.0.0.2") as slow:
        slow.status = lambda _: 204 if answers.wait(30) else 500
        agent.subscribe(slow.url)
        agent.subscribe(reader.url)
        agent.edit("Quick")
        eventually(lambda: reader.titles() == ["Quick"])
        assert not slow.deliveries
        answers.set()
        eventually(lambda: slow.titles() == ["Quick"])


def test_the_deliverer_gives_way_to_the_workers_of_its_server(agent: Newsagent) -> None:
    (deliverer,), (writer,) = agent.deliverers(), agent.server.writers()
    eventually(lambda: nice(deliverer) > nice(writer))


def nice(process: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, process)
