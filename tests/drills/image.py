"""Make the image of config/container without an engine, and serve from it: ``-m tests.drills.image``.

Debian's tools make the base, once. Each stage of the Containerfile has a root of its own, and the server
runs in the last one, which is read-only, as the user of the image.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.builders import write_article
from tests.deployment.container import Box, Container, Mount, private_network, volume
from tests.deployment.containerfile import CONTAINERFILE, Instruction, Stage, image, stages
from tests.paths import ROOT
from tests.server import first_response, get

RELEASES = {"12": "bookworm", "13": "trixie"}
PYTHONS = {"12": "3.11", "13": "3.13"}  # of the releases
URL = "http://127.0.0.1:8000"
NEEDED = ("mmdebstrap", "unshare", "chroot", "setpriv", "ip")
SECONDS = 900  # until a step must have ended


class ImageFolder:
    """The roots of all stages, and the context of the build, in *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context = folder / "context"
        self._wheels = folder / "wheels"
        self._roots: dict[str, Path] = {}

    def build(self) -> Path:
        """Run all steps; return the root of the last stage."""
        made = stages(CONTAINERFILE)
        self._fill_context()
        self._roots[made[0].base] = _debian(RELEASES[_version()])
        for number, stage in enumerate(made):
            root = self._folder / f"stage-{number}"
            _run("cp", "-a", "--reflink=auto", self._roots[stage.base], root)
            self._roots[stage.name] = root
            self._build(stage, root)
        return root

    def _fill_context(self) -> None:
        """Make the wheel of this project, and those of its dependencies."""
        with timed("the wheel and its dependencies"):
            pip = (sys.executable, "-m", "pip", "-q")
            _run(*pip, "wheel", "--no-deps", "--wheel-dir", self._context, ROOT)
            shutil.copy(ROOT / "constraints.txt", self._context)
            [wheel] = self._context.glob("feeds-*.whl")
            limits = ("--constraint", ROOT / "constraints.txt", "--wheel-dir", self._wheels)
            _run(*pip, "wheel", *limits, f"{wheel}[fleet,objects]")

    def _build(self, stage: Stage, root: Path) -> None:
        for each in stage.instructions:
            if each.name == "RUN":
                with timed(f"RUN {each.text[:70]}"):
                    self._step(each, root)
            elif each.name == "COPY":
                self._copy(each, root)

    def _step(self, step: Instruction, root: Path) -> None:
        """Run *step* with the network of the machine; pip finds the dependencies in a folder."""
        script = (
            f"mount -t proc none {root}/proc && mount --rbind /dev {root}/dev\n"
            f"mkdir -p {root}/mnt/wheels && mount --bind {self._wheels} {root}/mnt/wheels\n"
            f"exec chroot {root} env PIP_NO_INDEX=1 PIP_FIND_LINKS=/mnt/wheels"
            " DEBIAN_FRONTEND=noninteractive"
            f" PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c {shlex.quote(step.text)}"
        )
        shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
        _run("unshare", "--mount", "sh", "-euc", script)

    def _copy(self, step: Instruction, root: Path) -> None:
        *sources, target = step.words()
        place = root / target.lstrip("/")
        if origin := step.flags.get("from"):
            [source] = sources
            _run("cp", "-a", self._roots[origin] / source.lstrip("/"), place)
            return
        place.mkdir(parents=True)
        for pattern in sources:
            found = [*self._context.glob(pattern)]
            assert found, f"nothing to copy: {pattern}"
            for file in found:
                shutil.copy(file, place)


def _version() -> str:
    """The version of Debian in the first line of the Containerfile."""
    return stages(CONTAINERFILE)[0].base.partition(":")[2].partition("-")[0]


def _debian(release: str) -> Path:
    """The root of the base image, made at the first call on this machine."""
    root = Path(tempfile.gettempdir()) / f"feeds-drills-{release}"
    if not root.exists():
        with timed(f"Debian {release}"):
            new = root.with_name(f"{root.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            _run("mmdebstrap", "--quiet", "--variant=minbase", release, new)
            new.rename(root)
    return root


def serve(root: Path, folder: Path) -> None:
    """Serve articles from the image in *root*, and check what the server may do."""
    made = image(CONTAINERFILE)
    write_article(folder / "articles", title="In an image", topics=["Oceans"])
    [store] = made.volumes
    mounts = {
        made.environment["FEEDS_CORPUS_PATH"]: Mount(folder / "articles"),
        store: volume(folder / "store", made.user),
    }
    box = Box(made.user, mounts, {"/tmp": ""}, base=root)
    command = [*made.entrypoint, *made.command]
    with private_network():
        with timed("the start"):
            running = Container(command, box, made.environment, folder / "run", f"{URL}/ready")
            running.start()
        try:
            _check(running, made.check)
        finally:
            running.stop()


def _check(running: Container, check: list[str]) -> None:
    feed = first_response(f"{URL}/topics/oceans.rss")
    assert (feed.status, b"In an image" in feed.body) == (200, True)
    print(f"{get(f'{URL}/ready').body.decode().strip()}; a feed of {len(feed.body)} bytes")
    healthy = running.run(*check)
    assert healthy.returncode == 0, healthy.stderr
    for path in ("/opt/feeds/bin/new", "/srv/articles/new.md", "/etc/new"):
        assert running.run("touch", path).returncode, f"{path} can be written"
    for path in ("/build", "/opt/feeds/bin/pip"):
        assert running.run("ls", path).returncode, f"{path} is in the image"
    assert running.run("id", "-u").stdout.strip() == running.box.user.partition(":")[0]


def _run(*command: object) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=SECONDS,
    )  # fmt: skip
    if done.returncode:
        raise AssertionError(f"status {done.returncode}: {shlex.join(map(str, command))}\n{done.stdout}")


@contextmanager
def timed(what: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:6.1f} s: {what}", flush=True)


def main() -> int:
    missing = [name for name in NEEDED if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if (python := PYTHONS[_version()]) != f"{sys.version_info.major}.{sys.version_info.minor}":
        missing.append(f"Python {python}")  # wheels are made for the Python of the image
    if missing or os.geteuid():
        print(f"image: not made; needs {', '.join(missing) or 'root'}")
        return int("CI_PEERS" in os.environ)
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        root = ImageFolder(Path(folder)).build()
        serve(root, Path(folder) / "serving")
    return 0


if __name__ == "__main__":
    sys.exit(main())
