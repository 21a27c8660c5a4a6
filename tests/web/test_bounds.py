"""Requests that are too large, malformed or unusual: a clear refusal, never a server error."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from werkzeug.test import run_wsgi_app

from feeds.query.grammar import MAX_LISTED_FEEDS
from feeds.web import MAX_ADDRESS_LENGTH, MAX_ARGUMENTS
from feeds.web.pages import MAX_QR_ADDRESS_LENGTH
from tests.builders import article
from tests.harness import Harness
from tests.table import check_each, for_each

PNG = b"0123456789"


@for_each(
    ("address", "status", "text"),
    [
        (f"/qr/feed?q={'word' * 120}", 400, "address: too long for a QR code (limit 500); "),
        (f"/qr/topics/oceans?q={'a+' * 9}{'word' * 119}", 400, "address: too long for a QR code"),
        (f"/feed.rss?{'a=1&' * MAX_ARGUMENTS}", 400, "address: more than 200 arguments; leave some out"),
        (f"/?{'&' * MAX_ARGUMENTS}", 400, "address: more than 200 arguments"),
        (f"/nothing/{'a' * MAX_ADDRESS_LENGTH}", 414, "address: longer than 65536 bytes; shorten"),
        (f"/feed.rss?x={'a' * MAX_ADDRESS_LENGTH}", 414, "address: longer than 65536 bytes"),
        (f"/assets/{'a/' * MAX_ADDRESS_LENGTH}one.png", 414, "address: longer than 65536 bytes"),
        (f"/opml?topic={'oceans,' * (MAX_LISTED_FEEDS + 1)}", 400, "list: more than 200 feeds; re"),
        (f"/opml?topic={'oceans,' * 150}&provider={'tidal.example,' * 51}", 400, "list: more than"),
        (f"/opml?{'feed=feed&' * 150}topic={'oceans,' * 51}", 400, "list: more than 200 feeds"),
        (f"/feed.rss?q={'a' * 501}", 400, "q: longer than 500 characters"),
        (f"/feed.rss?topic={','.join(map(str, range(65)))}", 400, "topic: too many terms (limit 64)"),
        (f"/topics/{'a' * 5000}.rss", 404, "topic 'aaaa"),
        (f"/providers/{'a' * 5000}", 404, "provider 'aaaa"),
        (f"/f/{'a' * 5000}", 404, "feed 'aaaa"),
        (f"/explain?feed={'a' * 5000}&article=x", 400, "feed: not a feed"),
        (f"/explain?article={'a' * 5000}", 404, "article 'aaaa"),
        (f"/oembed?url={'a' * 5000}", 404, "feed 'aaaa"),
        ("/oembed?url=http://feeds.example/&maxwidth=" + "9" * 5000, 400, "maxwidth: not a number"),
        ("/embed/feed?count=" + "9" * 5000, 400, "count: "),
        ("/feed.rss?limit=" + "9" * 5000, 400, "limit: "),
        ("/feed.rss?since=" + "9" * 400, 400, "since: "),
        ("/feed.rss?min_heat=" + "9" * 400, 400, "min_heat: "),
        (f"/feed/{'9' * 5000}.rss", 404, "archive '9999"),
        (f"/embed?width={'9' * 5000}", 400, "width: "),
        (f"/opml/{'a' * 5000}", 404, "kind of feeds 'aaaa"),
        (f"/opml?format={'a' * 5000}", 400, "format: not one of"),
        (f"/static/{'a' * 5000}", 404, "/static/aaaa"),
    ],
)  # fmt: skip
def test_a_request_for_too_much_is_refused_in_a_line(
    shared: Harness, address: str, status: int, text: str
) -> None:
    answer = shared.get(address)
    assert answer.status_code == status
    assert answer.text.startswith(text)
    assert len(answer.text) < 500


def test_a_list_or_an_address_within_its_bounds_is_answered(shared: Harness) -> None:
    for address in (
        f"/opml?topic={'oceans,' * MAX_LISTED_FEEDS}",
        f"/feed.rss?{'a=1&' * (MAX_ARGUMENTS - 1)}",
        f"/qr/feed?q={'a' * 400}",
    ):
        assert shared.get(address).status_code == 200


def test_a_page_shows_no_qr_code_of_an_address_that_has_none(served: Harness) -> None:
    served.put(article(9, title="Long words"))
    short, long = "q=long&sort=heat", f"q=long&title=long&q={quote('ж' * 100)}"
    assert '<img class="qr"' in served.get(f"/?{short}").text
    answer = served.get(f"/?{long}")
    assert (answer.status_code, '<img class="qr"' in answer.text) == (200, False)
    assert served.get(f"/qr/feed?{long}").status_code == 400
    assert len(long) > MAX_QR_ADDRESS_LENGTH


def symlink_loop(assets: Path) -> str:
    (assets / "a.png").symlink_to("b.png")
    (assets / "b.png").symlink_to("a.png")
    return "a.png"


def loop_of_folders(assets: Path) -> str:
    (assets / "in").mkdir()
    (assets / "in" / "c").symlink_to("c")
    return "in/c/one.png"


def dangling_link(assets: Path) -> str:
    (assets / "d.png").symlink_to("nowhere.png")
    return "d.png"


def pipe(assets: Path) -> str:
    os.mkfifo(assets / "e.png")
    return "e.png"


def file_as_folder(assets: Path) -> str:
    (assets / "f.png").write_bytes(PNG)
    return "f.png/one.png"


def long_name(assets: Path) -> str:
    return f"{'g' * 300}.png"


def deep_path(assets: Path) -> str:
    return f"{'h/' * 2500}one.png"


@pytest.mark.parametrize(
    "made", [symlink_loop, loop_of_folders, dangling_link, pipe, file_as_folder, long_name, deep_path]
)
def test_a_picture_that_cannot_be_read_is_not_found(served: Harness, made: Callable[[Path], str]) -> None:
    path = made(served.assets)
    for method in ("GET", "HEAD"):
        assert served.get(f"/assets/{path}", method).status_code == 404


def test_a_picture_that_the_server_may_not_read_is_not_found_and_logged(
    served: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("feeds.web.files.send_from_directory", refuse)
    assert served.get("/assets/one.png").status_code == 404
    assert caplog.messages[0] == (
        "assets/one.png: cannot be read: permission denied; give the server's user access to it"
    )


@for_each(
    ("written", "status", "body"),
    [
        ("bytes=1-2", 206, b"12"), ("bytes=8-", 206, b"89"), ("bytes=-2", 206, b"89"),
        ("Bytes= 1-2", 206, b"12"), ("bytes=0-99", 206, PNG),
        ("bytes=10-", 416, b""), ("bytes=99-100", 416, b""), ("bytes=-0", 416, b""),
        ("bytes=0-1,3-4", 200, PNG), ("bytes=0-1,99-", 200, PNG), ("bytes=5-2", 200, PNG),
        ("lines=1-2", 200, PNG), ("bytes", 200, PNG), ("bytes=", 200, PNG), ("bytes=a-b", 200, PNG),
        ("bytes=0-1;x", 200, PNG), ("", 200, PNG), ("0-1", 200, PNG), (f"bytes=0-{'9' * 5000}", 200, PNG),
    ],
)  # fmt: skip
def test_only_one_range_of_bytes_is_heeded(
    served: Harness, written: str, status: int, body: bytes
) -> None:
    (served.assets / "one.png").write_bytes(PNG)
    answer = served.get("/assets/one.png", Range=written)
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["Content-Range"] == "bytes */10"
    else:
        assert answer.data == body


@for_each("written", ["bytes=1-2", "bytes=99-"])
def test_a_head_request_has_no_range(served: Harness, written: str) -> None:
    (served.assets / "one.png").write_bytes(PNG)
    answer = served.get("/assets/one.png", "HEAD", Range=written)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, "10")


def test_a_feed_is_sent_whole_for_every_range(shared: Harness) -> None:
    whole = shared.get("/feed.rss").data
    for written in ("bytes=0-1", "bytes=0-1,3-4", "bytes=999999-", "lines=1-2"):
        answer = shared.get("/feed.rss", Range=written)
        assert (answer.status_code, answer.data) == (200, whole)
        assert "Accept-Ranges" not in answer.headers


@for_each(
    ("protocol", "host", "status"),
    [
        ("HTTP/1.1", None, 400), ("HTTP/1.1", "a.example,b.example", 400), ("HTTP/1.0", "a,b", 400),
        ("HTTP/1.1", "a..b", 400),
        ("HTTP/1.1", "", 400), ("HTTP/1.0", "", 200), ("HTTP/1.1", "a.example", 200),
        ("HTTP/1.0", None, 200), ("HTTP/2", None, 200),
    ],
)  # fmt: skip
def test_http_1_1_requires_one_host(
    shared: Harness, protocol: str, host: str | None, status: int
) -> None:
    """Every entry point answers alike, before and after it has the answer in its cache."""
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/feed.rss", "QUERY_STRING": "", "SCRIPT_NAME": "",
        "SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "SERVER_PROTOCOL": protocol,
    }  # fmt: skip
    if host is not None:
        environ["HTTP_HOST"] = host
    shared.get("/feed.rss", entrypoint="response_cache")
    for app in (shared.main.app, shared.main.response_cache):
        parts, line, _ = run_wsgi_app(app, dict(environ), buffered=True)
        assert int(line[:3]) == status
        if protocol == "HTTP/1.1" and host is None:
            assert (
                b"".join(parts) == b"Host: missing; send one Host header, with the host of the address\n"
            )


def test_odd_headers_are_no_server_error(shared: Harness) -> None:
    long = "a" * 8000
    odd = (
        {"Accept_Encoding": long}, {"Accept_Encoding": ",;=" * 500}, {"Accept": long},
        {"Accept": ";q=x,,"},
        {"If_None_Match": long}, {"If_None_Match": '"' * 999}, {"If_None_Match": f'"{long}"'},
        {"If_Modified_Since": long}, {"If_Modified_Since": "Mon, 99 Foo 99999999 99:99:99"},
        {"If_Modified_Since": ":::"}, {"A_IM": long}, {"A_IM": ";,=" * 500}, {"User_Agent": long},
        {"Sec_Fetch_Dest": long}, {"If_Range": long, "Range": "bytes=0-1"}, {"Range": long},
        {"If_Match": long}, {"If_Unmodified_Since": long}, {"Authorization": long}, {"Cookie": long},
        {"Content_Type": long}, {"Accept_Language": long}, {"X_Forwarded_For": long},
    )  # fmt: skip
    for address in ("/feed.rss", "/", "/assets/one.png", "/status"):
        check_each(odd, lambda headers: _answered(shared, address, headers))  # noqa: B023


def _answered(shared: Harness, address: str, headers: dict[str, str]) -> None:
    assert shared.get(address, **headers).status_code < 500
