"""Processes as an engine for containers starts them: Container, in the network of `private_network`.

The root is a copy that a container cannot write. The account has no rights. Every port is free.
"""

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.drills.fleet.namespaces import Namespace
from tests.paths import ROOT
from tests.server import Program
from tests.skipping import skip, skip_without

_DEVICES = ("null", "zero", "full", "random", "urandom")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NO_RIGHTS = "--clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all"


class Mount(NamedTuple):
    """A file or folder *source* of the machine in a container."""

    source: Path
    is_read_only: bool = True


class Box(NamedTuple):
    """The surroundings of a container: root, mounts by path, and folders in memory with their options.

    *base* is the folder with the image. *user* is ``UID:GID``.
    """

    user: str
    mounts: Mapping[str, Mount]
    temporary: Mapping[str, str] = {}
    hosts: Mapping[str, str] = {}
    base: Path = Path("/")
    is_read_only: bool = True
    umask: str = "0022"


class Container(Program):
    """*command* in *box*, ready once *ready_url* responds; its files are in *folder*."""

    def __init__(
        self,
        command: Sequence[str],
        box: Box,
        environment: Mapping[str, str],
        folder: Path,
        ready_url: str,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.box = box
        self.environment = {"PATH": _PATH, **environment}
        self._root = folder / "root"
        self._root.mkdir(exist_ok=True)
        super().__init__(self._entering(command), folder / "log", ready_url, Path("/"))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run another command to its end, with the mounts and rights of the container."""
        return subprocess.run(
            self._entering(command), capture_output=True, text=True, check=False, timeout=60
        )

    def writable(self, *paths: str) -> set[str]:
        """Those of *paths* where the container can write a file."""
        script = 'for each do touch "$each" && echo "$each"; done; true'
        return {*self.run("sh", "-c", script, "sh", *paths).stdout.split()}

    def _entering(self, command: Sequence[str]) -> list[str]:
        user, _, group = self.box.user.partition(":")
        settings = (f"{name}={value}" for name, value in self.environment.items())
        account = f"setpriv --reuid={user} --regid={group or user} {_NO_RIGHTS}"
        enter = f"exec chroot {self._root}/image env -i {shlex.join(settings)} {account} "
        script = "\n".join([*self._mounting(), f"umask {self.box.umask}", enter + shlex.join(command)])
        return [shutil.which("unshare") or "unshare", "--mount", "sh", "-euc", script]

    def _mounting(self) -> Iterator[str]:
        root = f"{self._root}/image"
        yield f"mount -t tmpfs -o mode=755 none {self._root}"
        yield f"mkdir {self._root}/upper {self._root}/work {root}"
        layers = f"lowerdir={self.box.base},upperdir={self._root}/upper,workdir={self._root}/work"
        yield f"mount -t overlay -o {layers} none {root}"
        yield f"mkdir -p {root}/proc {root}/dev && mount --rbind /proc {root}/proc"
        yield f"mount -t tmpfs -o mode=755 none {root}/dev && mkdir -m 1777 {root}/dev/shm"
        for name in _DEVICES:
            yield f"touch {root}/dev/{name} && mount --bind /dev/{name} {root}/dev/{name}"
        names = "".join(f"{address} {name}\n" for name, address in self.box.hosts.items())
        yield f"printf %s {shlex.quote(f'127.0.0.1 localhost{chr(10)}{names}')} > {root}/etc/hosts"
        places = {**dict.fromkeys(self.box.temporary), **self.box.mounts}
        for path, mount in sorted(places.items()):
            yield from self._mount(root + path, path, mount)
        if self.box.is_read_only:
            yield f"mount -o remount,ro {root}"

    def _mount(self, place: str, path: str, mount: Mount | None) -> Iterator[str]:
        if mount is None:
            yield f"mkdir -p {place}"
            yield f"mount -t tmpfs -o {self.box.temporary[path] or 'mode=1777'} none {place}"
            return
        parent = place if mount.source.is_dir() else os.path.dirname(place)
        yield f"mkdir -p {parent}" + (f" && touch {place}" if parent != place else "")
        yield f"mount --bind {mount.source} {place}"
        if mount.is_read_only:
            yield f"mount -o remount,bind,ro {place}"


@contextmanager
def private_network(*addresses: str) -> Iterator[None]:
    """Put this thread and what it starts into a network of its own, in which *addresses* are local.

    Skip the test if that is not possible.
    """
    if missing := [name for name in ("unshare", "setpriv", "ip") if not shutil.which(name)]:
        skip_without(*missing)
    test = subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True, check=False)
    if os.geteuid() or test.returncode:
        skip("no right to make namespaces here; run the tests as root")
    network = Namespace()
    for address in addresses:
        network.run("ip", "address", "add", f"{address}/32", "dev", "lo")
    try:
        with network.entered():
            yield
    finally:
        network.close()


def installed(folder: Path) -> dict[str, Mount]:
    """The mounts of /opt/feeds, as the steps of the Containerfile make it: this program, for any user."""
    python = Path(sys.base_prefix)
    folder.mkdir(parents=True)
    interpreter = f"/opt/python/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    setting = "export LD_LIBRARY_PATH=/opt/python/lib PYTHONPATH=/opt/source:/opt/packages"
    for name, words in {"feeds": f"{interpreter} -m feeds", "python": interpreter}.items():
        (folder / name).write_text(f'#!/bin/sh\n{setting}\nexec {words} "$@"\n')
        (folder / name).chmod(0o755)
    return {
        "/opt/feeds/bin": Mount(folder),
        "/opt/packages": Mount(Path(sysconfig.get_path("purelib"))),
        "/opt/python": Mount(python),
        "/opt/source/feeds": Mount(ROOT / "feeds"),
    }


def volume(folder: Path, user: str) -> Mount:
    """A volume that *user* may write."""
    folder.mkdir(parents=True)
    own, _, group = user.partition(":")
    os.chown(folder, int(own), int(group or own))
    folder.chmod(0o700)
    return Mount(folder, is_read_only=False)
