"""Look-up of names: with real queries, and bounded by real failures."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from feeds.push.names import NameResolver, NoNameServer, NoSuchHost
from tests.push.name_server import Answers, NameServer, naming
from tests.waiting import eventually_in_loop


def looked_up(
    answers: Answers, ask: Callable[[NameResolver, NameServer], Awaitable[Any]], **options: Any
) -> Any:
    """The result of *ask* with a resolver that asks a server of *answers*."""

    async def run() -> Any:
        async with naming(answers) as server:
            names = NameResolver([server.address], wait=60, **options)
            try:
                return await ask(names, server)
            finally:
                await names.close()

    return asyncio.run(run())


def test_a_name_has_all_of_its_addresses_of_both_kinds() -> None:
    found = looked_up(
        lambda _: ["93.184.215.14", "10.0.0.1", "fd00::1"], lambda names, _: names.look_up("a.example")
    )
    assert sorted(found) == ["10.0.0.1", "93.184.215.14", "fd00::1"]


def test_addresses_are_kept_as_long_as_the_name_server_says() -> None:
    """The server of a test lets them be kept for no time."""
    answers = [["192.0.2.1"]]

    async def ask(names: NameResolver, _: NameServer) -> None:
        assert await names.look_up("a.example") == ["192.0.2.1"]
        answers[0] = ["127.0.0.1"]
        assert await names.look_up("a.example") == ["127.0.0.1"]

    looked_up(lambda _: answers[0], ask)


@pytest.mark.parametrize("keeps", [0, 3_600])
def test_that_a_name_has_no_address_is_not_kept_for_longer_than_asked(keeps: float) -> None:
    """c-ares keeps it for an hour: when that changes, ``keeps`` is not needed any more."""
    answers: list[list[str]] = [[]]

    async def ask(names: NameResolver, _: NameServer) -> Any:
        with pytest.raises(NoSuchHost):
            await names.look_up("a.example")
        answers[0] = ["192.0.2.1"]
        try:
            return await names.look_up("a.example")
        except NoSuchHost:
            return "kept"

    found = looked_up(lambda _: answers[0], ask, keeps=keeps)
    assert found == {0: ["192.0.2.1"], 3_600: "kept"}[keeps]


@pytest.mark.parametrize("answer", [None, []])
def test_a_name_without_addresses_is_no_host(answer: list[str] | None) -> None:
    with pytest.raises(NoSuchHost):
        looked_up(lambda _: answer, lambda names, _: names.look_up("a.example"))


@pytest.mark.parametrize("host", ["a..example", "x" * 64 + ".example", "a b.example"])
def test_a_malformed_name_is_no_host(host: str) -> None:
    with pytest.raises(NoSuchHost):
        looked_up(lambda _: ["192.0.2.1"], lambda names, _: names.look_up(host))


def test_a_name_server_that_fails_is_told_from_a_name_that_is_not_there() -> None:
    async def ask(names: NameResolver, server: NameServer) -> None:
        server.is_failing = True
        await names.look_up("a.example")

    with pytest.raises(NoNameServer):
        looked_up(lambda _: [], ask)


def test_a_hundred_names_without_an_answer_delay_no_other() -> None:
    """Threads would be occupied until the queries fail."""

    async def ask(names: NameResolver, server: NameServer) -> Any:
        server.is_silent = True
        others = [asyncio.create_task(names.look_up(f"{number}.example")) for number in range(100)]
        await eventually_in_loop(lambda: len(server.queries) == 200)
        server.is_silent = False
        found = await names.look_up("a.example")
        assert not any(each.done() for each in others)
        for each in others:
            each.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        return found

    assert looked_up(lambda _: ["192.0.2.1"], ask) == ["192.0.2.1"]


def test_the_machine_has_names_of_its_own() -> None:
    async def run() -> Any:
        names = NameResolver()
        try:
            return await names.look_up("localhost")
        finally:
            await names.close()

    assert "127.0.0.1" in asyncio.run(run())
