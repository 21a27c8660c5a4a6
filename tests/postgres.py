"""A real PostgreSQL in a folder of its own: a private socket, a free port, no wait for the disk."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from feeds.fleet.postgres.connection import PostgresConnection
from tests.once import made_once
from tests.server import StartError, free_port
from tests.skipping import skip, skip_without
from tests.waiting import eventually

USER = "feeds"
CLUSTER = "EMPTY_CLUSTER"  # a variable of the environment: the folder of one that is copied
LOCKED = "locked"  # the name of every user that has to send a password
_FOLDERS = Path("/usr/lib/postgresql")  # of Debian, one for each version
_ACCESS = f"""
host all {LOCKED} all scram-sha-256
local all all trust
host all all all trust
host replication all all trust
"""
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "log_statement": "ddl",
    "autovacuum": "off",  # it would visit each database every minute
}
_HAS_STRATEGIES = 150_000
# Each new fleet has random values of its own here.
_OWN_VALUES = """
UPDATE feeds.journal SET identity = DEFAULT;
UPDATE feeds.push_deliverer SET epoch = DEFAULT;
"""


def programs() -> Path:
    """The folder of the programs of PostgreSQL; skip the test if there is none."""
    debian = [path.parent for path in _FOLDERS.glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda folder: int(folder.parent.name))
    if not (found := shutil.which("initdb")):
        skip_without("postgresql")
    return Path(found).resolve().parent


def find(program: str) -> str:
    """The path of a server, which Debian installs outside of many a PATH; skip the test without it."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") or skip_without(program)


def account() -> dict[str, Any]:
    """The arguments of ``subprocess`` for an account that may run PostgreSQL, which refuses root."""
    if os.geteuid():
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class PostgresServer:
    """A server with its files below *folder*, which has a short path; *settings* are added to its own.

    The user ``feeds`` needs no password, the user ``locked`` does. The server listens at *address*, and
    at *port* instead of a free one.
    """

    def __init__(
        self, folder: Path, *, address: str = "127.0.0.1", port: int = 0, **settings: str
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.address = address
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._settings = _SETTINGS | settings
        self._names = count(1)
        self._with_tables = ""  # the name of a database, once it is needed

    def create(self) -> None:
        """Make an empty cluster, a copy of that of all processes if there is one."""
        self._own_folder()
        if shared := os.environ.get(CLUSTER):
            _copy(made_once(Path(shared), self._initialize), self.data)
        else:
            self._initialize(self.data)
        (self.data / "pg_hba.conf").write_text(_ACCESS)

    def _initialize(self, folder: Path) -> None:
        """Make an empty cluster in *folder*, which the account of PostgreSQL may not be able to enter."""
        made = self.folder / "empty"
        self._run("initdb", "-D", made, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        _copy(made, folder)
        shutil.rmtree(made)

    def copy(self, other: "PostgresServer") -> None:
        """Become a standby of *other*, which runs."""
        self._own_folder()
        self._run("pg_basebackup", "-D", self.data, "-d", other.url("postgres"), "-R", "-c", "fast")

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        settings = self._settings | {
            "listen_addresses": self.address,
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # The server ends with the process that started it, however that ends.
        bound = [found, "--pdeathsig", "INT"] if (found := shutil.which("setpriv")) else []
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*bound, programs() / "postgres", "-D", self.data, *words],
                stdout=log, stderr=log, cwd=self.folder, **account(),
            )  # fmt: skip
        eventually(self._is_ready)

    def stop(self, by: int = signal.SIGINT) -> None:
        """End the server by a signal: SIGINT closes all connections, SIGQUIT is a crash."""
        if self.process:
            self.process.send_signal(by)
            self.process.wait(30)
            self.process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the server for the time of the ``with`` block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "promote", "-w", "-D", self.data)

    def url(self, database: str, user: str = USER, password: str = "") -> str:
        """The address of *database* for *user*."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@{self.address}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database, and return its address."""
        return self.url(self._new_database("template1"))

    def new_fleet_database(self) -> str:
        """Make a database with the tables of a new fleet, and return its address.

        It is a copy: to make the tables takes longer than most tests.
        """
        if not self._with_tables:
            name = self._new_database("template1")
            with closing(PostgresConnection(self.url(name))) as connection:
                connection.rows("SELECT 1")  # the first host makes the tables
            self._with_tables = name
        url = self.url(self._new_database(self._with_tables))
        execute(url, _OWN_VALUES)
        return url

    def _new_database(self, template: str) -> str:
        name = f"feeds_{next(self._names)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with closing(psycopg.connect(self.url("postgres"), autocommit=True)) as connection:
            if connection.info.server_version >= _HAS_STRATEGIES:
                made += sql.SQL(" STRATEGY file_copy")  # in half of the time
            connection.execute(made)
        return name

    def execute(
        self, statement: Any, values: Sequence[object] = (), database: str = "postgres"
    ) -> list[Any]:
        """Run *statement* in *database*, and return its rows."""
        return execute(self.url(database), statement, values)

    def _own_folder(self) -> None:
        self.folder.mkdir(exist_ok=True)
        if runs_as := account():
            os.chown(self.folder, runs_as["user"], runs_as["group"])

    def _is_ready(self) -> bool:
        assert self.process
        if (status := self.process.poll()) is not None:
            raise StartError(status, (self.folder / "log").read_text())
        words = (self.data / "postmaster.pid").read_text().split()
        return not {"ready", "standby"}.isdisjoint(words)

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run(
            [programs() / program, *map(str, words)],
            capture_output=True, text=True, check=False, cwd=self.folder, **account(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def _copy(folder: Path, to: Path) -> None:
    """Copy *folder* with the owners of its files."""
    subprocess.run(["cp", "-a", folder, to], check=True)


def execute(url: str, statement: Any, values: Sequence[object] = ()) -> list[Any]:
    """Run *statement* in the database at *url*, and return its rows."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        done = connection.execute(statement, values or None)
        return done.fetchall() if done.description else []


def _open_folder() -> Path:
    """A folder for temporary files that another account can enter."""
    made = Path(tempfile.gettempdir()).resolve()
    is_open = all(folder.stat().st_mode & 0o001 for folder in (made, *made.parents))
    return made if is_open or not account() else Path("/tmp")


@contextmanager
def running_postgres(primary: PostgresServer | None = None, **settings: str) -> Iterator[PostgresServer]:
    """Run a new server, or a standby of *primary*; skip the test if it cannot run here."""
    programs()
    with tempfile.TemporaryDirectory(
        prefix="feeds-pg-", dir=_open_folder(), ignore_cleanup_errors=True
    ) as folder:
        os.chmod(folder, 0o755)  # another account may enter
        server = PostgresServer(Path(folder) / "server", **settings)
        try:
            server.copy(primary) if primary else server.create()
        except PermissionError as error:
            skip(f"no right to run PostgreSQL as another account: {error}")
        try:
            server.start()
            yield server
        finally:
            server.stop()
