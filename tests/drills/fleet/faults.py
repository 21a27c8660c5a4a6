"""The faults of a fleet. Each fault does its damage, lets the editor work, and says what it did.

The episode heals the world after each of them, and waits until all hosts are equal to the corpus.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from random import Random

import psycopg

from tests.drills.fleet.readers import Poller
from tests.drills.fleet.releases import next_release
from tests.drills.fleet.world import DATABASE, Host, World
from tests.drills.server import wait
from tests.paths import ROOT

Edit = Callable[[int], None]
"""Makes a number of changes in the corpus."""

Fault = Callable[[World, Edit, Random], str]

SHORT = 3.0  # seconds of an outage that ends before a lease is over
LONG = 9.0  # seconds of an outage after which another host leads


def kill_the_leader(world: World, edit: Edit, random: Random) -> str:
    """Kill all processes of the leader while it records changes, and a subscriber has not answered."""
    leader = world.wait_for_leader()
    held = _hold_deliveries(world, edit)
    edit(2)
    time.sleep(random.random() * 0.3)
    leader.kill()
    _release(world)
    edit(3)
    wait(lambda: world.leader() not in (None, leader), 20)
    leader.start()
    return f"kill {leader.name}, the leader, during {held} deliveries"


def kill_a_worker(world: World, edit: Edit, random: Random) -> str:
    """Kill one worker of a host, which may be the process that leads."""
    host = random.choice([*world.hosts.values()])
    edit(2)
    host.kill_worker()
    edit(1)
    return f"kill the worker of {host.name}"


def stop_the_leader(world: World, edit: Edit, _random: Random) -> str:
    """Stop the leader without ending it, until another host leads; then let it go on.

    It is answered while it is stopped: another host delivers the same again.
    """
    leader = world.wait_for_leader()
    held = _hold_deliveries(world, edit)
    edit(1)
    leader.pause()
    _release(world)
    edit(2)
    wait(lambda: world.leader() not in (None, leader), 20)
    edit(2)
    leader.resume()
    edit(2)
    return f"SIGSTOP {leader.name}, the leader, during {held} deliveries, SIGCONT when another leads"


def _hold_deliveries(world: World, edit: Edit) -> int:
    """Edit until the subscriber holds back its answers to deliveries; return their number."""
    assert world.subscriber
    world.subscriber.holds_deliveries = True
    for _ in range(5):  # not every edit concerns a topic
        edit(1)
        if wait(lambda: world.subscriber and world.subscriber.held, 3):
            break
    return world.subscriber.held


def _release(world: World) -> None:
    assert world.subscriber
    world.subscriber.release()


def end_the_connections_of_the_leader(world: World, edit: Edit, random: Random) -> str:
    """End every connection to the database at the server's side, while changes are recorded."""
    edit(2)
    time.sleep(random.random() * 0.3)
    with closing(psycopg.connect(world.primary.url(DATABASE), autocommit=True)) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    edit(2)
    return "end all connections to the database"


def cut_off_a_host(world: World, edit: Edit, random: Random) -> str:
    """Cut the line of one host."""
    host = random.choice([*world.hosts.values()])
    seconds = random.choice([SHORT, LONG])
    host.link.cut()
    edit(3)
    time.sleep(seconds)
    edit(2)
    return f"cut {host.name} off for {seconds:.0f} s"


def lose_what_a_host_gets(world: World, edit: Edit, random: Random) -> str:
    """Lose what the database sends to a host, or what the host sends; readers reach the host."""
    host = random.choice([*world.hosts.values()])
    direction = random.choice(["to", "from"])
    host.link.lose(direction)
    edit(3)
    time.sleep(LONG)
    edit(1)
    return f"lose what passes {direction} the database at {host.name}"


def slow_a_host_down(world: World, edit: Edit, random: Random) -> str:
    """Delay what passes between a host and the database, and lose some of it."""
    host = random.choice([*world.hosts.values()])
    what = host.link.worsen()
    edit(4)
    time.sleep(SHORT)
    return f"slow {host.name} down: {what}"


def cut_off_the_database(world: World, edit: Edit, _random: Random) -> str:
    """Cut the line of the database: nothing refuses a connection, nothing answers."""
    world.primary.place.cut()
    edit(3)
    time.sleep(LONG)
    for host in world.hosts.values():
        status = host.get("/feed.json").status
        assert status == 200, f"{host.name} answers with {status} without the database"
    edit(1)
    return f"cut the database off for {LONG:.0f} s"


def drain_a_host(world: World, edit: Edit, random: Random) -> str:
    """Restart a host behind the load balancer, which takes it out first: no request fails."""
    if world.balancer is None:
        return "no load balancer: haproxy is missing"
    host = random.choice([*world.hosts.values()])
    host.stop()
    host.settings["FEEDS_FLEET_DRAIN"] = "3"
    host.start()
    time.sleep(1)  # the load balancer has checked it
    with Poller(world.balancer.url) as poller:
        edit(2)
        host.stop()
        edit(1)
        host.settings["FEEDS_FLEET_DRAIN"] = "0"
        host.start()
        time.sleep(1)
    assert poller.answers > 100, f"only {poller.answers} answers"
    assert not poller.failed, f"{len(poller.failed)} failed: {poller.failed[0]}"
    return f"drain {host.name} behind the load balancer: {poller.answers} answers, none failed"


def stop_the_database(world: World, edit: Edit, random: Random) -> str:
    """Stop the database; restart a host meanwhile, which serves what it has."""
    world.primary.stop()
    host = random.choice([*world.hosts.values()])
    host.kill()
    host.start()
    assert host.get("/feed.json").status == 200, f"{host.name} serves nothing without the database"
    edit(3)
    time.sleep(random.choice([0, SHORT, LONG]))
    world.primary.start()
    return f"stop the database, and restart {host.name} meanwhile"


def lose_the_end_of_the_journal(world: World, edit: Edit, _random: Random) -> str:
    """Fail over to a standby that lacks the last batches, which hosts have already shown."""
    standby = world.start_standby()
    wait(lambda: _is_streaming(world), 10)
    standby.execute("SELECT pg_wal_replay_pause()")
    edit(3)
    time.sleep(SHORT)  # all hosts show the changes
    world.primary.stop()
    world.fail_over()
    edit(2)
    return "fail over to a standby that lacks the last batches"


def damage_a_replica(world: World, edit: Edit, random: Random) -> str:
    """Damage the store of a host, while it runs or while it is killed."""
    host = random.choice([*world.hosts.values()])
    runs = random.random() < 0.5
    if not runs:
        host.kill()
    with host.store.open("r+b") as file:
        size = host.store.stat().st_size
        if how := random.random() < 0.3:
            file.truncate(size // 2 // 4096 * 4096)
        for _ in range(0 if how else 20):
            file.seek(random.randrange(100, size))
            file.write(random.randbytes(1))
    host.start()
    edit(3)
    return (
        f"{'cut' if how else 'flip bytes in'} the store of {host.name}, {'running' if runs else 'killed'}"
    )


def lose_a_replica(world: World, edit: Edit, random: Random) -> str:
    """Delete the store of a host: it joins as a new one."""
    host = random.choice([*world.hosts.values()])
    host.kill()
    for path in host.folder.glob("store.db*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    edit(2)
    host.start()
    return f"delete the store of {host.name}"


def try_to_lead_from_an_old_corpus(world: World, edit: Edit, random: Random) -> str:
    """Restart a host with an outdated copy of the corpus, and kill the leader: another one leads."""
    leader = world.wait_for_leader()
    host = random.choice(world.followers())
    copy = world.folder / f"old-{time.monotonic_ns()}"
    shutil.copytree(world.editor.root, copy)
    host.kill()
    edit(4)
    assert wait(lambda: _is_recorded(world, leader), 10), "changes are not recorded"
    host.settings["FEEDS_CORPUS_PATH"] = str(copy)
    host.start()
    leader.kill()
    edit(2)
    wait(lambda: world.leader() not in (None, leader), 20)
    found = world.leader()
    assert found is not host, f"{host.name} leads from an old corpus"
    host.kill()
    host.settings["FEEDS_CORPUS_PATH"] = str(world.editor.root)
    host.start()
    leader.start()
    leads = found.name if found else "nobody"
    return f"kill {leader.name}, the leader, while {host.name} has an old corpus: {leads} leads"


def restart_one_by_one(world: World, edit: Edit, _random: Random) -> str:
    """Restart all hosts in turn, as for an upgrade."""
    for host in world.hosts.values():
        edit(1)
        host.stop()
        edit(1)
        host.start()
    return "restart all hosts in turn"


def set_the_clock_of_the_leader(world: World, edit: Edit, random: Random) -> str:
    """Restart the hosts so that one with a wrong clock leads."""
    leader = world.wait_for_leader()
    others = [host for host in world.hosts.values() if host is not leader]
    hours = random.choice([1, -1])
    leader.kill()
    leader.settings["PYTHONPATH"] = f"{_clock(world.folder, hours)}:{ROOT}"
    for host in others:
        host.kill()
    leader.start()
    world.wait_for_leader()
    for host in others:
        host.start()
    edit(4)
    assert wait(lambda: not world.unequal(), 20), "the hosts differ"
    if (ahead := _newest_update(world) - time.time()) > 60:
        raise AssertionError(f"an entry was updated {ahead:.0f} s in the future")
    leader.kill()
    leader.settings["PYTHONPATH"] = str(ROOT)
    edit(2)
    leader.start()
    return f"set the clock of {leader.name}, the leader, to {hours:+} h"


def _clock(folder: Path, hours: int) -> Path:
    """A folder with a module that Python imports at its start, and that sets its clock."""
    found = folder / f"clock-{hours}"
    found.mkdir(exist_ok=True)
    found.joinpath("sitecustomize.py").write_text(
        "import time\n"
        "right, right_ns = time.time, time.time_ns\n"
        f"time.time = lambda: right() + {hours * 3600}\n"
        f"time.time_ns = lambda: right_ns() + {hours * 3600} * 10**9\n"
    )
    return found


def fill_the_disk(world: World, edit: Edit, random: Random) -> str:
    """Fill the disk with the store of a host, and make room again."""
    host = random.choice([*world.hosts.values()])
    disk = world.folder / f"disk-{time.monotonic_ns()}"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(disk)], capture_output=True, check=False
    )
    if made.returncode:
        return "no small disk: no right to mount one"
    former = host.settings["FEEDS_STORE_PATH"]
    try:
        host.kill()
        host.settings["FEEDS_STORE_PATH"] = str(disk / "store.db")
        host.start()
        with suppress(OSError), (disk / "filler").open("wb") as filler:
            while True:
                filler.write(bytes(4096))
                filler.flush()
        edit(6)
        time.sleep(SHORT)
        (disk / "filler").unlink()
        edit(2)
        assert wait(lambda: not world.unequal(), 60), f"{host.name} does not recover"
        host.kill()
        host.settings["FEEDS_STORE_PATH"] = former
        host.start()
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)
    return f"fill the disk of {host.name}"


def upgrade_one_by_one(world: World, edit: Edit, _random: Random) -> str:
    """Try the next release on one host, go back, and restart all hosts in turn with it."""
    root, names = next_release(world.folder), [*world.hosts]
    for name, release in [(names[0], root), (names[0], ROOT), *((name, root) for name in names)]:
        host = world.hosts[name]
        host.stop()
        host.use(release)
        edit(1)
        host.start()
        edit(2)
        assert wait(lambda: not world.unequal(), 60), f"the hosts differ: {world.unequal()}"
    return "upgrade one host, go back, and upgrade all in turn to a release with another schema"


def hold_up_a_follower(world: World, edit: Edit, random: Random) -> str:
    """Lock the store of a follower, which lags: the load balancer leaves it out, and no request fails."""
    if world.balancer is None:
        return "no load balancer: haproxy is missing"
    world.wait_for_leader()
    host = random.choice(world.followers())
    host.kill()
    host.settings["FEEDS_FLEET_MAX_LAG"] = "1"
    host.start()
    time.sleep(1)  # the load balancer has checked it
    with Poller(world.balancer.url) as poller, closing(sqlite3.connect(host.store)) as store:
        store.execute("BEGIN IMMEDIATE")
        edit(3)
        assert wait(lambda: host.get("/ready").status == 503, 20), f"{host.name} is ready, and lags"
        edit(2)
        assert host.get("/feed.json").status == 200, f"{host.name} serves nothing while it lags"
        store.rollback()
        assert wait(lambda: host.get("/ready").status == 200, 30), f"{host.name} lags: {host.readiness()}"
    del host.settings["FEEDS_FLEET_MAX_LAG"]
    assert not poller.failed, f"{len(poller.failed)} failed: {poller.failed[0]}"
    return f"hold up {host.name}, a follower: {poller.answers} answers of the load balancer, none failed"


def _newest_update(world: World) -> float:
    """The time of the newest update of an entry on any host, in seconds since 1970."""
    answers = [host.get("/feed.json?limit=200") for host in world.hosts.values()]
    items = [item for answer in answers for item in json.loads(answer.body)["items"]]
    dates = [item.get("date_modified") or item["date_published"] for item in items]
    return max(datetime.fromisoformat(each).timestamp() for each in dates)


def kill_anything(world: World, edit: Edit, random: Random) -> str:
    """Kill one process of any host or of the database, or all of one."""
    victim: Host | None = random.choice([*world.hosts.values(), None])
    edit(1)
    time.sleep(random.random() * 0.2)
    if victim is None:
        world.primary.stop(by=3)  # SIGQUIT: a crash
        world.primary.start()
        what = "the database"
    else:
        found = victim.processes()
        os.kill(process := random.choice(found), 9)
        what = f"{'the first process' if process == victim.process.pid else 'a worker'} of {victim.name}"
        wait(lambda: not victim.is_running(), 0.3)
        if not victim.is_running():
            victim.kill()
            victim.start()
    edit(1)
    return f"kill {what}"


def _is_streaming(world: World) -> bool:
    rows = world.primary.execute(
        "SELECT 1 FROM pg_stat_replication "
        "WHERE state = 'streaming' AND replay_lsn = pg_current_wal_lsn()"
    )
    return bool(rows)


def _is_recorded(world: World, host: Host) -> bool:
    return {*host.titles("/feed.json?limit=200")} == {
        world.editor.written[url, page.version].title
        for url, page in world.editor.live.items()
        if not page.is_broken
    } or any(page.is_broken for page in world.editor.live.values())


FAULTS: dict[str, Fault] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        kill_the_leader,
        kill_a_worker,
        stop_the_leader,
        end_the_connections_of_the_leader,
        cut_off_a_host,
        lose_what_a_host_gets,
        slow_a_host_down,
        cut_off_the_database,
        drain_a_host,
        stop_the_database,
        lose_the_end_of_the_journal,
        damage_a_replica,
        lose_a_replica,
        try_to_lead_from_an_old_corpus,
        restart_one_by_one,
        set_the_clock_of_the_leader,
        fill_the_disk,
        upgrade_one_by_one,
        hold_up_a_follower,
    )
}
