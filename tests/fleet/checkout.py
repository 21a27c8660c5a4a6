"""Commits of a corpus in Git, at times that tests choose."""

import os
import subprocess
from pathlib import Path

FIRST, SECOND = 1_780_000_000, 1_780_000_600  # the times of two commits

AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@corpus.example", "-c", "commit.gpgSign=false")


def git(folder: Path, *arguments: str, at: int = FIRST) -> str:
    """Run git in *folder*; return its output."""
    dates = {f"GIT_{who}_DATE": f"@{at} +0100" for who in ("AUTHOR", "COMMITTER")}
    environment = os.environ | dates | {"GIT_CONFIG_GLOBAL": "/dev/null"}
    command = [
        "git",
        *AUTHOR,
        "-c",
        "protocol.file.allow=always",
        "-c",
        "init.defaultBranch=main",
        *arguments,
    ]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, at: int = FIRST) -> str:
    """Commit all files in *folder*; return the id of the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--allow-empty", "--message", "Articles\n\ncommitter Eve <e> 1 +0000", at=at)
    return git(folder, "rev-parse", "HEAD")
