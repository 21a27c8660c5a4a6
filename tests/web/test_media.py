"""Files of the corpus that articles name, at addresses with the digests of their contents."""

import os
from urllib.parse import urlsplit

import pytest

from feeds.article import NamedFile
from feeds.corpus.local_files import media_path
from feeds.store import Tombstone
from tests.builders import NOON, article, named_file
from tests.corpus.media_files import mp3, png, svg
from tests.harness import Harness

SOUND = mp3()


@pytest.fixture
def talk(empty: Harness) -> str:
    """The address of an audio file that a published article names."""
    file = named_file(empty.root, "static/a talk.mp3", SOUND)
    empty.put(article(1, local=(file,)))
    return media_path(file)


def test_a_file_is_served_for_ever(empty: Harness, talk: str) -> None:
    answer = empty.get(talk)
    assert (answer.status_code, answer.data) == (200, SOUND)
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.headers["Content-Length"] == str(len(SOUND))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert talk.endswith("/a%20talk.mp3")


def test_head_has_no_body(empty: Harness, talk: str) -> None:
    answer = empty.get(talk, "HEAD")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(SOUND))


def test_a_client_that_has_the_file_gets_no_body(empty: Harness, talk: str) -> None:
    tag = empty.get(talk).headers["ETag"]
    answer = empty.get(talk, If_None_Match=tag)
    assert (answer.status_code, answer.data) == (304, b"")
    assert empty.get(talk, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize(
    ("written", "begin", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, len(SOUND)), ("bytes=-5", len(SOUND) - 5, len(SOUND))],
)
def test_a_player_gets_the_range_that_it_requests(
    empty: Harness, talk: str, written: str, begin: int, end: int
) -> None:
    tag = empty.get(talk).headers["ETag"]
    for condition in ({}, {"If_Range": tag}):
        answer = empty.get(talk, Range=written, **condition)
        assert (answer.status_code, answer.data) == (206, SOUND[begin:end])
        assert answer.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{len(SOUND)}"
    assert empty.get(talk, Range=written, If_Range='"other"').status_code == 200


@pytest.fixture(params=["media", "assets"])
def served(empty: Harness, talk: str, request: pytest.FixtureRequest) -> str:
    """The address of a file, in each of the two folders."""
    if request.param == "media":
        return talk
    picture = empty.root / "assets" / "p.png"
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(png())
    os.utime(picture, (1_700_000_000, 1_700_000_000))
    return "/assets/p.png"


PART = {"Range": "bytes=5-"}


@pytest.mark.parametrize("asked", [PART, {}], ids=["range", "whole"])
def test_preconditions_come_before_the_range(empty: Harness, served: str, asked: dict[str, str]) -> None:
    """RFC 9110, 13.2.2. Else a download that is resumed would have parts of two files."""
    whole = empty.get(served)
    tag = whole.headers["ETag"]
    refused = empty.get(served, If_Match='"other"', **asked)
    assert (refused.status_code, refused.headers["Cache-Control"]) == (412, "no-store")
    assert whole.data not in refused.data
    assert empty.get(served, If_None_Match=tag, **asked).status_code == 304
    status = 206 if asked else 200
    for matching in tag, "*", f'"other", {tag}':
        assert empty.get(served, If_Match=matching, **asked).status_code == status
    if modified := whole.headers.get("Last-Modified"):
        early = "Mon, 01 Jan 2001 00:00:00 GMT"
        assert empty.get(served, If_Unmodified_Since=early, **asked).status_code == 412
        assert empty.get(served, If_Unmodified_Since=modified, **asked).status_code == status


def test_a_longer_end_than_the_file_is_the_whole_file(empty: Harness, served: str) -> None:
    size = len(empty.get(served).data)
    answer = empty.get(served, Range=f"bytes=-{size + 9}")
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, f"bytes 0-{size - 1}/{size}")
    tag = empty.get(served).headers["ETag"]
    assert empty.get(served, If_Range=f"W/{tag}", **PART).status_code == 200


def test_a_range_after_the_end_is_refused(empty: Harness, talk: str) -> None:
    answer = empty.get(talk, Range=f"bytes={len(SOUND)}-")
    assert answer.status_code == 416
    assert empty.get(talk, Range="bytes=0-1,3-4").status_code == 200


def test_a_file_of_a_scheduled_article_is_not_served(empty: Harness) -> None:
    file = named_file(empty.root, "a.png", png())
    empty.put(article(1, local=(file,), published=NOON.replace(year=2099)))
    assert empty.get(media_path(file)).status_code == 404


def test_a_file_is_served_as_long_as_an_article_names_it(empty: Harness) -> None:
    file = named_file(empty.root, "a.png", png())
    one, two = article(1, local=(file,)), article(2, local=(file,))
    empty.put(one, two, article(3))
    assert empty.get(media_path(file)).status_code == 200
    empty.retire(one, tombstone=Tombstone(int(empty.now), None))
    assert empty.get(media_path(file)).status_code == 200
    empty.retire(two, tombstone=Tombstone(int(empty.now) + 1, None))
    assert empty.get(media_path(file)).status_code == 404


def test_a_file_that_no_article_names_is_not_served(empty: Harness) -> None:
    draft = named_file(empty.root, "draft.png", png(9, 9))
    named = named_file(empty.root, "a.png", png())
    empty.put(article(1, local=(named, NamedFile("missing.png", "a.md"))))
    for file in draft, NamedFile("a.png", "a.md", "a.png", draft.digest, "image/png"):
        assert empty.get(media_path(file)).status_code == 404
    for path in ("/media/", f"/media/{named.digest}", f"/media/{named.digest}/b.png", "/media//a.png"):
        assert empty.get(path).status_code == 404


def test_another_content_is_not_served_at_the_former_address(empty: Harness) -> None:
    file = named_file(empty.root, "a.png", png())
    empty.put(article(1, local=(file,)))
    assert empty.get(media_path(file)).status_code == 200
    (empty.root / "a.png").write_bytes(png(grey=9))
    assert empty.get(media_path(file)).status_code == 404
    (empty.root / "a.png").write_bytes(png())
    assert empty.get(media_path(file)).data == png()
    (empty.root / "a.png").unlink()
    assert empty.get(media_path(file)).status_code == 404


def test_a_touched_file_is_still_served(empty: Harness) -> None:
    file = named_file(empty.root, "a.png", png())
    empty.put(article(1, local=(file,)))
    os.utime(empty.root / "a.png", (1, 1))
    assert empty.get(media_path(file)).data == png()


def test_a_link_that_leads_outside_by_now_is_not_followed(empty: Harness) -> None:
    file = named_file(empty.root, "a.png", png())
    empty.put(article(1, local=(file,)))
    (empty.root / "a.png").rename(empty.folder / "a.png")
    os.utime(empty.folder / "a.png", (1, 1))
    (empty.root / "a.png").symlink_to(empty.folder / "a.png")
    assert empty.get(media_path(file)).status_code == 404


def test_a_file_is_served_with_the_type_of_its_content(empty: Harness) -> None:
    file = named_file(empty.root, "picture.txt", svg())
    empty.put(article(1, local=(file,)))
    assert urlsplit(media_path(file)).path.endswith("/picture.txt.svg")
    assert empty.get(media_path(file)).mimetype == "image/svg+xml"


def test_no_file_is_served_before_the_first_load(empty: Harness) -> None:
    assert empty.get("/media/00/a.png").status_code == 503
