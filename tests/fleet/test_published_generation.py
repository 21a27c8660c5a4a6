"""The generation that a leader records: never older than before, unless a commit was checked out."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

from feeds.fleet import GENERATION_UNKNOWN, Generation
from feeds.fleet.candidate import Candidate, Recorder
from feeds.fleet.limits import FLEET_LIMITS
from feeds.fleet.published_generation import PublishedGeneration
from tests.waiting import eventually

NOW = 1000.0


class NoRecorder(Recorder):
    """A recorder that is not used."""


def published(
    folder: Path, read: Callable[[], Generation], begun: Generation = GENERATION_UNKNOWN
) -> PublishedGeneration:
    """The generation of a leader whose corpus has what *read* returns, and was compared as *begun*."""
    candidate = Candidate(folder, read, NoRecorder(), FLEET_LIMITS)
    candidate.generation = begun
    return PublishedGeneration(candidate, lambda: NOW)


def test_a_batch_with_a_newer_file_has_the_time_of_the_file(tmp_path: Path) -> None:
    made = published(tmp_path, lambda: Generation(5))
    assert [made.of_batch(newest) for newest in (7, 9.5)] == [Generation(7), Generation(9.5)]


def test_a_batch_without_a_newer_file_has_the_time_of_a_folder(tmp_path: Path) -> None:
    """A file was removed."""
    made = published(tmp_path, lambda: Generation(8))
    assert made.of_batch(0) == Generation(8)


def test_no_generation_is_in_the_future(tmp_path: Path) -> None:
    """A file with a wrong date would keep all other hosts from leading."""
    made = published(tmp_path, lambda: Generation(NOW + 99))
    assert made.of_batch(NOW + 9) == Generation(NOW)
    assert made.of_batch(0) == Generation(NOW)


def test_a_look_that_began_before_a_batch_does_not_make_its_generation_older(tmp_path: Path) -> None:
    goes_on = Event()

    def read() -> Generation:
        goes_on.wait()
        return Generation(7)

    made = published(tmp_path, read)
    assert made.of_renewal() == GENERATION_UNKNOWN
    assert made.of_batch(9) == Generation(9)
    goes_on.set()
    assert eventually(lambda: (found := made.of_renewal()) != GENERATION_UNKNOWN and found) == Generation(
        9
    )


def test_a_commit_is_read_with_every_batch_and_renewal(tmp_path: Path) -> None:
    """It may be an earlier one, if another branch was checked out."""
    commits = [Generation(at, str(at)) for at in (6, 4, 7)]
    made = published(tmp_path, iter(commits).__next__, begun=Generation(5, "5"))
    assert made.of_batch(9) == commits[0]
    assert made.of_batch(9) == commits[1]
    assert eventually(lambda: (found := made.of_renewal()) != GENERATION_UNKNOWN and found) == commits[2]
