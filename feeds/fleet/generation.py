"""The generation of a corpus: the last commit if the folder is in a Git work tree, else the newest file.

Nothing in the corpus is run, and Git only reads objects: a configuration in the folder names no program
that would be started.
"""

import os
import re
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from feeds.article.expressions import expression
from feeds.fleet import Generation

GIT_SECONDS = 10  # until a call of git is given up

_COMMIT = expression(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TIME = expression(rb"^committer .* ([0-9]{1,12}) [+-][0-9]{4}$", re.MULTILINE)
# Settings of the user that name repositories do not apply, and nothing is fetched or replaced.
_GIT = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class Generations:
    """The generation of the corpus at *root*, which may change at any time.

    *modified* yields the modification times of its files and folders, in seconds since 1970.
    """

    def __init__(self, root: Path, modified: Callable[[], Iterator[float]] | None = None) -> None:
        self._root = root
        self._modified = modified or (lambda: _times(root))
        self._known = Generation()  # the last commit read
        self._unversioned = b""  # the last commit that does not have the folder

    def read(self) -> Generation:
        """Return the present generation; its time is 0 if Git has no readable commit of the folder.

        Without Git, every file and folder is looked at.
        """
        if (repository := _repository(self._root)) and (commit := _head(repository)):
            if commit == self._known.commit.encode():
                return self._known
            if commit != self._unversioned and _has_folder(self._root):
                self._known = Generation(_commit_time(repository, self._root, commit), commit.decode())
                return self._known
            self._unversioned = commit
        return Generation(max(self._modified(), default=0))


def _times(root: Path) -> Iterator[float]:
    """The modification times of all files and folders below *root*, except hidden ones."""
    for path, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (".", *files):
            with suppress(OSError):
                yield os.stat(os.path.join(path, name), follow_symlinks=False).st_mtime_ns / 1e9


def _repository(root: Path) -> Path | None:
    """The folder with the HEAD of the work tree around *root*, or None (gitrepository-layout(5))."""
    root = root.resolve()
    for folder in (root, *root.parents):
        git = folder / ".git"
        if git.is_dir():
            return git
        content = _content(git)
        if content.startswith(b"gitdir: "):  # of a linked work tree or a submodule
            return folder / os.fsdecode(content.removeprefix(b"gitdir: ").strip())
    return None


def _head(repository: Path) -> bytes:
    """The id of the commit at HEAD, empty if there is none."""
    common = repository / os.fsdecode(_content(repository / "commondir").strip() or b".")
    name = _content(repository / "HEAD").strip()
    for _ in range(5):  # the depth of symbolic references
        if _COMMIT.fullmatch(name):
            return name
        reference = os.fsdecode(name.removeprefix(b"ref: "))
        if not reference.startswith("refs/") or ".." in reference:
            return b""
        found = _content(repository / reference) or _content(common / reference)
        name = found.strip() or _packed(common, reference)
    return b""


def _packed(common: Path, reference: str) -> bytes:
    for line in _content(common / "packed-refs").splitlines():
        commit, _, name = line.partition(b" ")
        if name == os.fsencode(reference):
            return commit
    return b""


def _commit_time(repository: Path, root: Path, commit: bytes) -> float:
    """The time of *commit* in seconds since 1970, 0 if it cannot be read."""
    content = _loose(repository, commit) or _asked(root, "cat-file", "commit", commit.decode()) or b""
    found = _TIME.search(content.partition(b"\n\n")[0])
    return float(found[1]) if found else 0


def _loose(repository: Path, commit: bytes) -> bytes:
    common = repository / os.fsdecode(_content(repository / "commondir").strip() or b".")
    name = commit.decode()
    with suppress(zlib.error):
        return zlib.decompress(_content(common / "objects" / name[:2] / name[2:]))
    return b""


def _has_folder(root: Path) -> bool:
    """Return whether HEAD has the folder *root*, or git is missing."""
    return _asked(root, "cat-file", "-e", "HEAD:./") is not None


def _asked(root: Path, *arguments: str) -> bytes | None:
    """The output of git in *root*, None if it fails, and empty if it is missing."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "safe.directory=*", *arguments]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=root, env=environment | _GIT, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=GIT_SECONDS, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        return b""
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _content(file: Path) -> bytes:
    """The bytes of *file*, none if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError:
        return b""
