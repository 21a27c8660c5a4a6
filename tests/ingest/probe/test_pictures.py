"""The probe of one picture: what it finds, and what its failures mean."""

from typing import Any

import pytest

from feeds.article import Image
from feeds.ingest.probe.pictures import probe
from tests.corpus.media_files import gif, jpeg, png, svg, webp
from tests.ingest.probe.picture_server import PictureServer, client
from tests.table import for_each

NOW = 1_780_000_000.0


def outcome(url: str, **options: Any) -> Any:
    return probe(url, client(), lambda: NOW, **options)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (png(3, 2), "image/png"),
        (gif(3, 2), "image/gif"),
        (webp(3, 2), "image/webp"),
        (jpeg(3, 2, before=b"x" * 40_000), "image/jpeg"),
        (svg(), "image/svg+xml"),
    ],
)
@pytest.mark.parametrize("answer", [{}, {"head": 405}, {"has_ranges": False}])
def test_type_and_size_come_from_the_content_and_the_length_from_the_headers(
    pictures: PictureServer, body: bytes, media_type: str, answer: dict[str, Any]
) -> None:
    url = pictures.put("/a.jpg", body, headers={"Content-Type": "text/plain"}, **answer)
    assert outcome(url).facts == Image(url, 3, 2, media_type, length=len(body))
    assert [method for method, _ in pictures.requests] == ["HEAD", "GET"]
    assert pictures.headers[1]["range"] == "bytes=0-65535"


@pytest.mark.parametrize("has_ranges", [True, False])
def test_only_the_beginning_of_a_large_picture_is_read(pictures: PictureServer, has_ranges: bool) -> None:
    body = png(3, 2) + b"\0" * 3_000_000
    url = pictures.put(body=body, has_ranges=has_ranges)
    assert outcome(url).facts == Image(url, 3, 2, "image/png", length=len(body))


def test_a_picture_without_a_length_in_any_header_has_that_of_its_bytes(
    pictures: PictureServer,
) -> None:
    url = pictures.put(body=png(), has_length=False, has_ranges=False)
    assert outcome(url).facts.length == len(png())
    url = pictures.put("/large", png() + b"\0" * 100_000, has_length=False, has_ranges=False)
    assert outcome(url).facts.length == 0


def test_a_size_beyond_the_first_64_kilobytes_stays_unknown(pictures: PictureServer) -> None:
    url = pictures.put(body=jpeg(3, 2, before=b"x" * 100_000))
    found = outcome(url).facts
    assert (found.type, found.width, found.height) == ("image/jpeg", 0, 0)


def test_the_length_alone_needs_no_content(pictures: PictureServer) -> None:
    url = pictures.put(body=png())
    assert outcome(url, has_content=False).facts == Image(url, type="", length=len(png()))
    assert [method for method, _ in pictures.requests] == ["HEAD"]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ({"status": 404}, "gone", "not found (404)"),
        ({"status": 410}, "gone", "gone (410)"),
        ({"status": 401}, "refused", "not allowed (401)"),
        ({"status": 403}, "refused", "not allowed (403)"),
        ({"status": 451}, "refused", "not allowed (451)"),
        ({"status": 500}, "failed", "answer (500)"),
        ({"status": 302}, "failed", "answer (302)"),
        ({"status": 206, "body": b"<html>"}, "failed", "no picture"),
        ({"body": b"<!doctype html><title>Not here</title>"}, "failed", "no picture"),
        ({"body": b""}, "failed", "no picture"),
        (
            {"body": png(), "headers": {"Content-Encoding": "gzip"}},
            "refused",
            "compressed, although this was not asked for",
        ),
    ],
)
def test_a_failure_has_a_kind_and_a_reason(
    pictures: PictureServer, answer: dict[str, Any], kind: str, reason: str
) -> None:
    found = outcome(pictures.put(**answer))
    assert (found.kind, found.reason, found.facts) == (kind, reason, None)


def test_a_server_that_denies_a_picture_to_head_alone_still_has_it(pictures: PictureServer) -> None:
    assert outcome(pictures.put(body=png(), head=404)).kind == "found"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        ("99999999999999", 30 * 86_400),
        ("Thu, 28 May 2026 20:28:00 GMT", 80),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("soon", 0),
        ("", 0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_says_when_to_ask_again(
    pictures: PictureServer, written: str, seconds: int, status: int
) -> None:
    found = outcome(pictures.put(status=status, headers={"Retry-After": written}))
    assert (found.kind, found.retry_after) == ("failed", seconds)
    assert len(pictures.requests) == (1 if seconds else 2)


@for_each(
    ("url", "kind", "reason"),
    [
        ("http://10.0.0.1/a.png", "refused", "not a public address"),
        ("http://127.0.0.1:99999/a.png", "refused", "not an address"),
        ("http://a..b/a.png", "refused", "not an address"),
        ("http://127.0.0.1:1/a.png", "failed", "no answer: ConnectionRefusedError"),
    ],
)
def test_an_address_that_must_not_or_cannot_be_asked_has_its_reason(
    url: str, kind: str, reason: str
) -> None:
    found = outcome(url)
    assert (found.kind, found.reason, found.facts) == (kind, reason, None)
