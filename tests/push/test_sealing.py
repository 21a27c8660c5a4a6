"""Secrets of subscribers at rest, and the file with their key."""

import errno
import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feeds.bootstrap import sealer_of
from feeds.errors import SettingsError, StoreError
from feeds.push.key_file import key_in
from feeds.push.sealing import SealBroken, Sealer
from feeds.settings import Settings
from feeds.settings.sections import FleetSettings, PushSettings, StoreSettings
from feeds.store.subscriptions import SubscriptionKey
from tests.commands import output_of

KEY = SubscriptionKey("https://feeds.example/feed.atom", "https://reader.example/push")
OTHERS = [
    SubscriptionKey("https://feeds.example/feed.json", KEY.callback),
    SubscriptionKey(KEY.topic, "https://reader.example/push2"),
    SubscriptionKey(KEY.topic + KEY.callback, ""),
]
SECRET = b"s3cret of a subscriber \xff"


def sealer(key: str = "0123456789abcdef") -> Sealer:
    return Sealer(lambda: key)


def test_a_sealed_secret_is_opened_with_the_same_key_in_another_process() -> None:
    sealed = sealer().seal(SECRET, KEY)
    assert sealer().opened(sealed, KEY) == SECRET


def test_a_sealed_secret_does_not_contain_the_secret() -> None:
    sealed = sealer().seal(SECRET, KEY)
    assert SECRET not in sealed
    assert len(sealed) < len(SECRET) + 32


@pytest.mark.parametrize("other", OTHERS)
def test_a_secret_is_bound_to_its_subscription(other: SubscriptionKey) -> None:
    sealed = sealer().seal(SECRET, KEY)
    assert sealer().seal(SECRET, other) != sealed
    with pytest.raises(SealBroken, match="secret sealed with another key"):
        sealer().opened(sealed, other)


def test_equal_secrets_of_a_subscription_are_sealed_equally() -> None:
    assert sealer().seal(SECRET, KEY) == sealer().seal(SECRET, KEY) != sealer().seal(b"another", KEY)


def test_another_key_opens_nothing() -> None:
    sealed = sealer().seal(SECRET, KEY)
    with pytest.raises(SealBroken):
        sealer("0123456789abcdeF").opened(sealed, KEY)


@pytest.mark.parametrize(
    "damage",
    [lambda sealed: sealed[:-1], lambda sealed: sealed[:1], lambda sealed: b"\x02" + sealed[1:],
     lambda sealed: sealed[:5] + bytes([sealed[5] ^ 1]) + sealed[6:], lambda sealed: sealed + b"x"],
)  # fmt: skip
def test_a_damaged_secret_is_not_opened(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(SealBroken):
        sealer().opened(damage(sealer().seal(SECRET, KEY)), KEY)


def test_a_subscription_without_a_secret_needs_no_key() -> None:
    def no_key() -> str:
        raise AssertionError

    assert Sealer(no_key).seal(b"", KEY) == Sealer(no_key).opened(b"", KEY) == b""


def test_the_sealed_form_stays() -> None:
    """A new version of this program opens the secrets of this one."""
    assert sealer().seal(b"secret", KEY).hex() == "01122bcb6182cefc8dc6f00752da5ecec36d2aca60b707"


def settings(folder: Path, key: str = "", dsn: str = "") -> Settings:
    return Settings(
        store=StoreSettings(path=str(folder / "store.db")),
        push=PushSettings(key=key),
        fleet=FleetSettings(dsn=dsn),
    )


def test_the_key_is_in_the_settings(tmp_path: Path) -> None:
    sealed = sealer().seal(SECRET, KEY)
    assert sealer_of(settings(tmp_path, "0123456789abcdef")).opened(sealed, KEY) == SECRET
    assert [*tmp_path.iterdir()] == []


def test_without_a_setting_the_key_is_in_a_file_made_at_first_use(tmp_path: Path) -> None:
    made = sealer_of(settings(tmp_path))
    assert [*tmp_path.iterdir()] == []
    sealed = made.seal(SECRET, KEY)
    [file] = tmp_path.iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("store.db.push-key", 0o600)
    assert sealer_of(settings(tmp_path)).opened(sealed, KEY) == SECRET


def test_hosts_of_a_fleet_need_the_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        sealer_of(settings(tmp_path, dsn="postgresql://db/feeds"))
    assert str(raised.value) == (
        "push.key: empty in a fleet, whose hosts must seal secrets of subscribers with one key; "
        "set the same on all hosts, from openssl rand -hex 32"
    )
    sealer_of(settings(tmp_path, "0123456789abcdef", "postgresql://db/feeds"))


@pytest.mark.parametrize("is_there", [False, True])
def test_all_processes_get_the_same_key(tmp_path: Path, is_there: bool) -> None:
    path = tmp_path / "key"
    if is_there:  # the process that made it was killed before it wrote to it
        path.touch()
    with ThreadPoolExecutor(8) as pool:
        keys = {*pool.map(lambda _: key_in(path), range(16))}
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_a_key_that_another_process_is_making_is_awaited(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = "0123456789abcdef" * 4
    with ThreadPoolExecutor(1) as thread:
        with path.open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            found = thread.submit(key_in, path)
            with pytest.raises(TimeoutError):
                found.result(0.2)
            other.write(f"{key}\n")
        assert found.result() == key


def test_two_keys_differ(tmp_path: Path) -> None:
    assert key_in(tmp_path / "a") != key_in(tmp_path / "b")


@pytest.mark.parametrize("content", [b"\n", b"0" * 63 + b"\n", b"\xff" * 65])
def test_a_file_with_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a key of this program; restore it, or delete it"):
        key_in(path)
    assert path.read_bytes() == content


def test_a_key_that_cannot_be_made_is_an_error_of_the_store(tmp_path: Path) -> None:
    made = Sealer(lambda: key_in(tmp_path / "gone" / "key"))
    with pytest.raises(StoreError, match=os.strerror(errno.ENOENT).lower()):
        made.seal(SECRET, KEY)


def test_cryptography_is_imported_when_a_secret_is_sealed() -> None:
    code = "import sys, feeds.bootstrap; print('cryptography' in sys.modules)"
    assert output_of(code) == "False\n"
