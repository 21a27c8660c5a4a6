"""The readers of the drills note every kind of wrong answer, and the faults of their network have effect.

Drills with an oracle that cannot fail, or with faults that do nothing, show nothing.
"""

import hmac
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from werkzeug.datastructures import Headers

from feeds.store.sqlite.subscriptions import SQLiteSubscriptions
from tests.commands import run_python
from tests.drills.editor import Editor, Page, Text
from tests.drills.fleet.pictures import Gallery
from tests.drills.fleet.readers import FleetReaders
from tests.drills.push.copy import Copy
from tests.drills.push.subscriber import SECRET, Callback, Publisher, Subscriber, loopback, topic_in
from tests.drills.reader import View
from tests.server import Response
from tests.skipping import skip
from tests.table import for_each
from tests.waiting import eventually

PATH = "/feed.json?limit=200"
FIRST = "https://drill.example/1"
NOON = "Sun, 29 Nov 2026 12:00:00 GMT"
LATER = "Sun, 29 Nov 2026 12:01:00 GMT"

Items = list[dict[str, str]]


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    """An editor who has changed and deleted nothing."""
    return Editor(tmp_path / "corpus", Random(1))


def item(page: Page, text: Text, updated: str = "2026-03-02T00:00:00Z") -> dict[str, str]:
    return {
        "id": f"urn:{page.number}",
        "url": page.url,
        "title": text.title,
        "content_html": f"<p>{text.body}</p>",
        "date_published": updated,
    }


def items(editor: Editor, without: str = "", **changed: str) -> Items:
    """The entries of all articles but the one at *without*; *changed* replaces fields of the first."""
    found = [
        item(page, editor.written[url, page.version])
        for url, page in editor.live.items()
        if url != without
    ]
    return [each | (changed if each["url"] == FIRST else {}) for each in found]


def answer(items: Items, tag: str = '"1"', modified: str = NOON, deleted: str = "") -> Response:
    gone = {"_deleted": {"items": [{"id": deleted}]}} if deleted else {}
    body = json.dumps({"items": items} | gone).encode()
    return Response(200, Headers({"ETag": tag, "Last-Modified": modified}), body)


def edit(editor: Editor) -> None:
    """Write a second version of the article at FIRST."""
    page = editor.live[FIRST]
    page.version = 2
    editor.written[FIRST, 2] = Text("Article 1 version 2", "Version 2 of article 1.")


def right(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor))
    edit(editor)
    yield answer(items(editor, date_modified="2026-03-03T00:00:00Z"), '"2"', LATER)


def older_after_newer(editor: Editor) -> Iterator[Response]:
    before = answer(items(editor))
    edit(editor)
    yield answer(items(editor), '"2"')
    yield before


def resurrected(editor: Editor) -> Iterator[Response]:
    full = answer(items(editor))
    yield full
    editor.deleted[FIRST] = editor.live.pop(FIRST)
    editor.ever_deleted.add(FIRST)
    yield answer(items(editor), '"2"', deleted="urn:1")
    yield full


def missing(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor))
    yield answer(items(editor, without=FIRST), '"2"')


def another_id(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor))
    yield answer(items(editor, id="urn:other"), '"2"')


def invented_text(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor, title="Never written"))


def another_date_of_the_same_text(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor))
    yield answer(items(editor, date_modified="2026-03-04T00:00:00Z"), '"2"')


def an_earlier_date(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor, date_modified="2026-03-04T00:00:00Z"))
    yield answer(items(editor), '"2"')


def last_modified_earlier(editor: Editor) -> Iterator[Response]:
    yield answer(items(editor), modified=LATER)
    yield answer(items(editor), '"2"', modified=NOON)


def an_error(_editor: Editor) -> Iterator[Response]:
    yield Response(500, Headers(), b"")


Story = Callable[[Editor], Iterator[Response]]

NOTED: dict[Story, str] = {
    older_after_newer: "older",
    resurrected: "resurrected",
    missing: "missing",
    another_id: "id",
    invented_text: "wrong text",
    another_date_of_the_same_text: "updated",
    an_earlier_date: "updated",
    last_modified_earlier: "last-modified",
    an_error: "status",
}


def noted(editor: Editor, answers: Iterator[Response]) -> set[str]:
    """The kinds of errors that a reader notes in *answers*."""
    view = View(PATH, editor)
    wrong = [view.poll("", lambda *_, each=each, **__: each) for each in answers]
    return {each.partition(":")[0] for each in chain(*wrong)}


def test_a_reader_notes_nothing_in_right_answers(editor: Editor) -> None:
    assert noted(editor, right(editor)) == set()


@pytest.mark.parametrize(("story", "kind"), NOTED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_a_reader_notes_a_wrong_answer(editor: Editor, story: Story, kind: str) -> None:
    assert kind in noted(editor, story(editor))


def test_a_reader_notes_what_it_lacks_at_the_end(editor: Editor) -> None:
    view = View(PATH, editor)
    view.poll("", lambda *_, **__: answer(items(editor, without=FIRST)))
    assert view.differences() == [f"lost: {FIRST} ({PATH})"]


def test_a_reader_notes_what_it_has_too_much_at_the_end(editor: Editor) -> None:
    view = View(PATH, editor)
    view.poll("", lambda *_, **__: answer(items(editor)))
    editor.deleted[FIRST] = editor.live.pop(FIRST)
    assert view.differences() == [f"ghost: {FIRST} ({PATH})"]


def first_errors(editor: Editor, other: Response | None) -> list[str]:
    """The first errors that readers of two hosts note; the second host sends *other*, or is down."""
    same = answer(items(editor))

    def ask(url: str, **_headers: object) -> Response:
        if not url.endswith(PATH) or "topics" in url:
            return Response(304, Headers(), b"")
        if not url.startswith("two"):
            return same
        if other is None:
            raise ConnectionRefusedError
        return other

    readers = FleetReaders({"one": "one", "two": "two"}, editor, Random(1), ask=ask)
    try:
        eventually(lambda: readers.wrong or readers.rounds() >= 5)
    finally:
        readers.stop()
    return readers.wrong


def test_readers_of_a_fleet_note_other_bytes_for_one_etag(editor: Editor) -> None:
    wrong = first_errors(editor, answer(items(editor, date_modified="2026-03-02T00:00:00+00:00")))
    assert {each.partition(":")[0] for each in wrong} == {"bytes"}


def test_readers_of_a_fleet_note_nothing_while_a_host_is_down(editor: Editor) -> None:
    assert first_errors(editor, None) == []


SHOWN, ERASED = "shown.png", "erased.png"


@pytest.fixture
def painter(editor: Editor) -> Editor:
    """An editor who has painted one picture twice, and erased another one."""
    editor.painted = {SHOWN: {b"one", b"two"}, ERASED: {b"three"}}
    editor.pictures = {SHOWN: b"two"}
    editor.shown_pictures = {SHOWN}
    return editor


def picture(content: bytes | None, tag: str = "") -> Response:
    """The answer with *content*, or that there is none."""
    return Response(404 if content is None else 200, Headers({"ETag": tag}), content or b"")


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (picture(b"one"), ""),
        (picture(b"two"), ""),
        (Response(503, Headers({"Retry-After": "2"}), b""), ""),
        (picture(b"three"), "5 bytes that were never painted"),
        (picture(None), "missing"),
        (Response(503, Headers(), b""), "503"),
    ],
)
def test_a_visitor_of_pictures_notes_a_wrong_answer(painter: Editor, sent: Response, error: str) -> None:
    del painter.painted[ERASED]
    gallery = Gallery(painter, Random(1), lambda *_, **__: sent)
    assert gallery.poll("") == ([f"picture: {SHOWN}: {error}"] if error else [])


def test_a_visitor_of_pictures_expects_no_picture_that_a_host_may_lack(painter: Editor) -> None:
    painter.shown_pictures = set()
    gallery = Gallery(painter, Random(1), lambda *_, **__: picture(None))
    assert not any(gallery.poll("") for _ in range(10))


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({}, []),
        ({("two", SHOWN): picture(b"one")}, [f"picture: {SHOWN}: 200 with 3 bytes at two"]),
        ({("one", SHOWN): picture(None)}, [f"picture: {SHOWN}: 404 with 0 bytes at one"]),
        ({("two", ERASED): picture(b"three")}, [f"picture: {ERASED}: ghost at two"]),
        ({("two", SHOWN): picture(b"two", "2")}, [f"picture: {SHOWN}: {{'one': '', 'two': '2'}}"]),
    ],
    ids=["equal", "older", "missing", "ghost", "another ETag"],
)
def test_pictures_that_differ_at_the_end_are_noted(
    painter: Editor, sent: dict[tuple[str, str], Response], errors: list[str]
) -> None:
    def ask(url: str, **_: object) -> Response:
        host, _, name = url.partition("/assets/")
        return sent.get((host, name), picture(painter.pictures.get(name)))

    gallery = Gallery(painter, Random(1), ask)
    assert gallery.differences({"one": "one", "two": "two"}) == errors


def test_an_editor_who_paints_writes_what_it_says(tmp_path: Path) -> None:
    editor = Editor(tmp_path / "corpus", Random(1), paints=True)
    for _ in range(100):
        editor.step()
        editor.settled()
    written = {file.name: file.read_bytes() for file in (editor.root / "assets").iterdir()}
    assert written == editor.pictures
    assert any(each.startswith("paint") for each in editor.done)
    assert any(each.startswith("erase") for each in editor.done)


ATOM, RSS, JSON = FORMATS = ("/feed.atom", "/feed.rss", "/feed.json")


def delivery(path: str, items: Items, deleted: str = "") -> bytes:
    """A feed in the format of *path*, as it is delivered."""
    if path == JSON:
        return answer(items).body
    entry = RSS_ITEM if path == RSS else ATOM_ENTRY
    tombstone = f"<deleted-entry ref='{deleted}'/>" if deleted else ""
    return f"<feed>{''.join(entry.format(**each) for each in items)}{tombstone}</feed>".encode()


RSS_ITEM = (
    "<item><title>{title}</title><link>{url}</link><guid>{id}</guid>"
    f"<pubDate>{NOON}</pubDate><x:encoded xmlns:x='x'><![CDATA[{{content_html}}]]></x:encoded></item>"
)
ATOM_ENTRY = (
    "<entry><title>{title}</title><link href='{url}'/><id>{id}</id><updated>{date_published}</updated>"
    "<content><![CDATA[{content_html}]]></content></entry>"
)


def begun(path: str, editor: Editor) -> Copy:
    """The copy of a subscriber who has what the editor wrote first."""
    copy = Copy(path, editor)
    copy.begin(delivery(path, items(editor)))
    return copy


def of_first(editor: Editor) -> Items:
    """The entry of the first article alone."""
    return [each for each in items(editor) if each["url"] == FIRST]


def delete(editor: Editor) -> None:
    """Delete the first article."""
    editor.deleted[FIRST] = editor.live.pop(FIRST)
    editor.ever_deleted.add(FIRST)


def kinds(errors: list[str]) -> set[str]:
    return {each.partition(":")[0] for each in errors}


@pytest.mark.parametrize("path", FORMATS)
def test_a_copy_has_what_was_delivered_and_acknowledged(path: str, editor: Editor) -> None:
    copy = begun(path, editor)
    edit(editor)
    sent = delivery(path, items(editor) if path == JSON else of_first(editor))
    assert copy.receive(sent) == []
    copy.apply(sent)
    assert copy.differences(delivery(path, items(editor))) == []


@pytest.mark.parametrize("path", FORMATS)
def test_a_delivery_that_is_lost_is_noted(path: str, editor: Editor) -> None:
    copy = begun(path, editor)
    edit(editor)
    copy.receive(delivery(path, of_first(editor)))  # and never acknowledged
    assert kinds(copy.differences(delivery(path, items(editor)))) == {"lost"}


@pytest.mark.parametrize("path", FORMATS)
def test_an_article_that_is_never_delivered_is_noted(path: str, editor: Editor) -> None:
    copy = Copy(path, editor)
    copy.begin(delivery(path, items(editor, without=FIRST)))
    assert kinds(copy.differences(delivery(path, items(editor)))) == {"lost"}


@pytest.mark.parametrize("path", FORMATS)
def test_an_older_entry_that_is_delivered_after_a_newer_one_is_noted(path: str, editor: Editor) -> None:
    copy = begun(path, editor)
    older = delivery(path, of_first(editor))
    edit(editor)
    copy.receive(delivery(path, of_first(editor)))
    assert kinds(copy.receive(older)) == {"older"}


@pytest.mark.parametrize("path", FORMATS)
def test_a_delivered_text_that_nobody_wrote_is_noted(path: str, editor: Editor) -> None:
    invented = delivery(path, items(editor, title="Never written"))
    assert kinds(begun(path, editor).receive(invented)) == {"wrong text"}


@pytest.mark.parametrize(("path", "found"), [(ATOM, {"ghost"}), (JSON, {"ghost"}), (RSS, set())])
def test_a_deletion_that_is_not_delivered_is_noted_in_formats_that_have_deletions(
    path: str, found: set[str], editor: Editor
) -> None:
    copy = begun(path, editor)
    delete(editor)
    assert kinds(copy.differences(delivery(path, items(editor)))) == found


def test_a_delivered_tombstone_deletes_its_entry(editor: Editor) -> None:
    copy = begun(ATOM, editor)
    delete(editor)
    copy.apply(delivery(ATOM, [], deleted="urn:1"))
    assert copy.differences(delivery(ATOM, items(editor))) == []


def test_an_entry_that_is_delivered_after_its_tombstone_is_noted(editor: Editor) -> None:
    copy = begun(ATOM, editor)
    sent = delivery(ATOM, of_first(editor))
    copy.receive(sent)
    delete(editor)
    copy.receive(delivery(ATOM, [], deleted="urn:1"))
    assert kinds(copy.receive(sent)) == {"resurrected"}


def test_entries_in_another_order_are_noted(editor: Editor) -> None:
    other = delivery(JSON, items(editor)[::-1])
    assert kinds(begun(JSON, editor).differences(other)) == {"order"}


def test_a_repeated_delivery_is_counted_and_no_error(editor: Editor) -> None:
    copy = begun(ATOM, editor)
    sent = delivery(ATOM, of_first(editor))
    assert [*copy.receive(sent), *copy.receive(sent)] == []
    assert (copy.deliveries, copy.duplicates) == (2, 1)


@for_each(
    ("body", "topic"),
    [
        (b'{"feed_url": "http://a.example/feed.json?x=1"}', "http://a.example/feed.json?x=1"),
        (b'<feed><link href="http://a.example/" rel="self"/></feed>', "http://a.example/"),
        (b'<rss><atom:link href="a?x=1&amp;y=2" rel="self" type="b"/></rss>', "a?x=1&y=2"),
    ],
)
def test_the_topic_of_a_drill_is_the_address_that_the_feed_gives_as_its_own(
    body: bytes, topic: str
) -> None:
    assert topic_in(body) == topic


@pytest.fixture
def subscriber(tmp_path: Path, editor: Editor) -> Iterator[Subscriber]:
    """A subscriber with a callback at /1 that expects signatures."""
    subscriptions = SQLiteSubscriptions(tmp_path / "subscriptions")
    publisher = Publisher(lambda: "http://unused.example", subscriptions, loopback)
    made = Subscriber(publisher, editor, Random(1))
    made.callbacks["/1"] = Callback("topic", "callback", begun(ATOM, editor))
    yield made
    made.stop()


def deliver(subscriber: Subscriber, body: bytes, secret: bytes = SECRET) -> int:
    """The status of the answer to a delivery, 0 if there is no answer."""
    signed = hmac.new(secret, body, "sha256").hexdigest()
    request = urllib.request.Request(
        f"http://127.0.0.2:{subscriber.port}/1", body, {"X-Hub-Signature": f"sha256={signed}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException):
        return 0


def test_a_subscriber_takes_over_only_what_it_acknowledges(
    subscriber: Subscriber, editor: Editor
) -> None:
    copy = subscriber.callbacks["/1"].copy
    edit(editor)
    whole, sent = delivery(ATOM, items(editor)), delivery(ATOM, of_first(editor))
    subscriber.bad = 1
    assert deliver(subscriber, sent) in (0, 500, 503)
    assert kinds(copy.differences(whole)) == {"lost"}
    assert deliver(subscriber, sent) == 204  # it fails once in a row
    assert copy.differences(whole) == []
    assert subscriber.wrong == []


def test_a_subscriber_notes_a_wrong_signature(subscriber: Subscriber, editor: Editor) -> None:
    deliver(subscriber, delivery(ATOM, of_first(editor)), b"another")
    assert kinds(subscriber.wrong) == {"signature"}


def test_a_subscriber_notes_what_is_no_feed(subscriber: Subscriber) -> None:
    deliver(subscriber, b"no feed")
    assert kinds(subscriber.wrong) == {"wrong text"}


@pytest.mark.slow
def test_each_fault_of_a_line_between_namespaces_stops_what_it_should() -> None:
    done = run_python("-m", "tests.drills.fleet.lines")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    if found is None:
        skip("no right to make network namespaces")
    assert {fault: (each["readers"], each["database"]) for fault, each in found.items()} == {
        "none": (True, True),
        "cut": (False, False),
        "lose to": (True, False),
        "lose from": (True, False),
        "cut database": (True, False),
    }
