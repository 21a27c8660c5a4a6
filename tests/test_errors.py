"""The exceptions of the project."""

import errno
import importlib
import os
import pickle
import pkgutil
import re
from pathlib import Path

import feeds
from feeds import errors
from feeds.bootstrap.supervision import Killed
from feeds.errors import (
    AddressError,
    ArticleError,
    Code,
    CommandLineError,
    CorpusError,
    ExportError,
    FeedsError,
    GoneArticle,
    GoneFeed,
    NotReady,
    PassedOver,
    QueryError,
    SettingsError,
    StoreDamaged,
    StoreError,
    StoreRefused,
    UnknownFeed,
    UnreadableFile,
    did_you_mean,
    failure,
    one_line,
    text_of,
)
from feeds.fleet.errors import FileNotHere, JournalError, LeaseLost
from feeds.http.request_body import BodyIncomplete, BodyTooLarge, LengthRequired
from feeds.push.hub import HubBusy, TooManyRequests
from feeds.push.hub_form import UnsupportedForm
from feeds.store.readership import CounterReplaced
from feeds.store.subscriptions import DelivererReplaced
from feeds.web.errors import AddressTooLong, BadRequest, NoStreams, NotAcceptable
from tests.table import for_each

for module in pkgutil.walk_packages(feeds.__path__, "feeds."):
    importlib.import_module(module.name)


def kinds(of: type[FeedsError] = FeedsError) -> list[type[FeedsError]]:
    """Every error below *of* that ``feeds`` defines."""
    found = [kind for kind in of.__subclasses__() if kind.__module__.startswith("feeds.")]
    return [*found, *(below for kind in found for below in kinds(kind))]


GONE = Code("gone", "gone", "restore it")
BAD = Code("bad", "not {kind}: {reason}", "correct it")

# An example of each error, with its text.
EXAMPLES: dict[str, tuple[FeedsError, str]] = {
    "SettingsError": (
        SettingsError("site.url", "too\nlong", "shorten it"),
        "site.url: too long; shorten it",
    ),
    "JournalError": (
        JournalError("postgresql://db/feeds", "cannot be reached: connection refused", "start it"),
        "postgresql://db/feeds: cannot be reached: connection refused; start it",
    ),
    "LeaseLost": (
        LeaseLost("postgresql://db/feeds", "feeds-2 leads now", "nothing is to be done"),
        "postgresql://db/feeds: feeds-2 leads now; nothing is to be done",
    ),
    "CounterReplaced": (
        CounterReplaced("a.db.readers"),
        "a.db.readers: another process counts the readers now; nothing is to be done",
    ),
    "DelivererReplaced": (
        DelivererReplaced("a.db.subscriptions"),
        "a.db.subscriptions: another process delivers now; nothing is to be done; this one ends",
    ),
    "Killed": (
        Killed("deliverer", "ended by SIGKILL", "see the log of the system"),
        "deliverer: ended by SIGKILL; see the log of the system",
    ),
    "CommandLineError": (
        CommandLineError("--port", "no value", "write one after it"),
        "--port: no value; write one after it",
    ),
    "AddressError": (
        AddressError("127.0.0.1:80", "permission denied", "choose another port"),
        "127.0.0.1:80: permission denied; choose another port",
    ),
    "CorpusError": (
        CorpusError(Path("articles"), "no such folder", "create it"),
        "articles: no such folder; create it",
    ),
    "ArticleError": (
        ArticleError(BAD, "a.md", 3, "b", kind="YAML", reason="x\n y"),
        "a.md:3: b: not YAML: x y; correct it",
    ),
    "PassedOver": (PassedOver(GONE, "a.md"), "a.md: gone; restore it"),
    "BadRequest": (BadRequest("Host", "missing", "send one"), "Host: missing; send one"),
    "AddressTooLong": (
        AddressTooLong("address", "more than 9 bytes", "shorten it"),
        "address: more than 9 bytes; shorten it",
    ),
    "BodyIncomplete": (BodyIncomplete(), "body: did not arrive in time; send it at once"),
    "LengthRequired": (LengthRequired(), "body: of unknown length; send a Content-Length"),
    "BodyTooLarge": (BodyTooLarge(), "body: larger than 16384 bytes; send a shorter form"),
    "UnsupportedForm": (
        UnsupportedForm(),
        "Content-Type: not a form in UTF-8; send application/x-www-form-urlencoded",
    ),
    "TooManyRequests": (
        TooManyRequests("client", 60),
        "client: too many requests; try again in 60 seconds",
    ),
    "HubBusy": (HubBusy("busy", 9), "hub: busy; try again in 9 seconds"),
    "UnreadableFile": (UnreadableFile(GONE, "a.md"), "a.md: gone; restore it"),
    "StoreError": (
        StoreError("a.db", "disk is full", "free some space"),
        "a.db: disk is full; free some space",
    ),
    "StoreDamaged": (StoreDamaged("a.db", "damaged"), "a.db: damaged; run feeds refresh to repair it"),
    "StoreRefused": (
        StoreRefused("a.db", "of another corpus", "name another"),
        "a.db: of another corpus; name another",
    ),
    "ExportError": (
        ExportError(Path("public"), "not a\nfolder", "name another"),
        "public: not a folder; name another",
    ),
    "QueryError": (
        QueryError("limit", "not a number", "use limit=20", "x" * 999),
        f"limit: not a number: {'x' * 80!r}; use limit=20",
    ),
    "UnknownFeed": (
        UnknownFeed("topic", "a\nb", ("ab", "abc")),
        r"topic 'a\nb': not found; did you mean ab or abc?",
    ),
    "GoneArticle": (
        GoneArticle("a\nb"),
        "article 'a\\nb': removed; see the newest articles at /feed",
    ),
    "GoneFeed": (
        GoneFeed("topic", "a\nb"),
        r"topic 'a\nb': ended for good; unsubscribe from its feed",
    ),
    "NotReady": (
        NotReady(3, 0),
        "corpus: first load not complete, 3 of ? files read; try again in a few seconds",
    ),
    "FileNotHere": (
        FileNotHere("assets/a.png"),
        "assets/a.png: not on this host yet; try again in a few seconds",
    ),
    "NoStreams": (
        NoStreams("stream", "not possible here", "use another server"),
        "stream: not possible here; use another server",
    ),
    "NotAcceptable": (
        NotAcceptable("Accept-Encoding", "every coding refused", "accept gzip"),
        "Accept-Encoding: every coding refused; accept gzip",
    ),
}


def test_the_tree_in_the_docstring_has_every_error_and_no_other() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(kind.__name__ for kind in kinds())


@for_each("kind", kinds())
def test_every_error_says_in_a_sentence_what_it_is(kind: type[FeedsError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.splitlines()[0].endswith(".")


@for_each("kind", kinds())
def test_every_error_is_a_subject_a_problem_and_a_remedy_in_one_line(kind: type[FeedsError]) -> None:
    error, text = EXAMPLES[kind.__name__]
    assert str(error) == text


@for_each("kind", kinds())
def test_every_error_keeps_what_it_was_given(kind: type[FeedsError]) -> None:
    names = kind.__init__.__code__.co_varnames[1 : kind.__init__.__code__.co_argcount]
    assert set(names) <= set(vars(EXAMPLES[kind.__name__][0]))


def test_an_error_without_a_line_names_none() -> None:
    assert str(ArticleError(GONE, "a.md")) == "a.md: gone; restore it"


def test_the_consequence_of_an_error_stands_after_its_problem() -> None:
    error = UnreadableFile(GONE, "a.md", 3, "name").noted("it stays")
    assert (type(error), error.reason) == (UnreadableFile, "name: gone (it stays)")
    assert str(error) == "a.md:3: name: gone (it stays); restore it"
    assert error.noted("it goes").reason == "name: gone (it goes)"


def test_errors_of_one_file_stay_together() -> None:
    first, second = ArticleError(GONE, "a.md", 3), ArticleError(GONE, "a.md", 4)
    error = first.joined([second])
    assert error.each() == (error, second)
    assert error != first
    assert error.noted("it stays").others == pickle.loads(pickle.dumps(error)).others == (second,)
    assert str(error) == str(first)


def test_errors_of_a_file_are_equal_if_all_they_say_is() -> None:
    error = ArticleError(GONE, "a.md", 3)
    assert error == ArticleError(GONE, "a.md", 3)
    assert hash(error) == hash(ArticleError(GONE, "a.md", 3))
    others = [
        ArticleError(GONE, "b.md", 3),
        ArticleError(GONE, "a.md", 4),
        UnreadableFile(GONE, "a.md", 3),
    ]
    assert error not in [*others, error.noted("it stays")]


@for_each(
    ("kind", "remedy"),
    [
        ("provider", "see the feeds at / or with feeds list"),
        ("archive", "use a month with articles, such as 2026-01, or daily or weekly"),
        ("article", "use the id or the address of a published article"),
    ],
)
def test_a_feed_with_nothing_near_it_has_a_remedy_by_kind(kind: str, remedy: str) -> None:
    assert str(UnknownFeed(kind, "x" * 999)) == f"{kind} {'x' * 80!r}: not found; {remedy}"


def test_the_progress_of_the_first_load_is_in_its_problem() -> None:
    assert NotReady(3, 9).problem == "first load not complete, 3 of 9 files read"


def test_a_misspelt_name_has_the_nearest_names_as_remedy() -> None:
    assert did_you_mean(["a"]) == "did you mean a?"
    assert did_you_mean(["a", "b", "c"]) == "did you mean a, b or c?"


@for_each("number", sorted(errno.errorcode))
def test_every_error_of_the_system_has_a_problem_and_a_remedy(number: int) -> None:
    error = StoreError("a.db", *failure("cannot be read", OSError(number, os.strerror(number), "a.db")))
    assert re.fullmatch(r"a\.db: cannot be read: [^A-Z].*; [a-z].*", str(error))


@for_each(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free some space on the disk"),
        (errno.EACCES, "give the server's user access to it"),
        (errno.EMFILE, "raise the limit of open files (ulimit -n, LimitNOFILE=)"),
        (errno.EIO, "check the disk and its file system"),
    ],
)
def test_the_remedy_of_an_error_of_the_system_belongs_to_its_number(number: int, remedy: str) -> None:
    assert failure("cannot be read", OSError(number, "Some text")) == (
        "cannot be read: some text",
        remedy,
    )


def test_an_error_of_the_system_without_a_number_keeps_its_text() -> None:
    assert failure("cannot be read", OSError("No such share"))[0] == "cannot be read: no such share"


@for_each(
    ("error", "text"),
    [
        (CorpusError("news", "empty", "restore it"), "news: empty; restore it"),
        (
            OSError(errno.ENOSPC, "No space left on device", "x.db"),
            "x.db: no space left on device; free some space on the disk",
        ),
        (OSError("No such share"), "system: no such share; check the disk and its file system"),
    ],
)
def test_every_expected_exception_has_a_text_of_the_same_form(
    error: FeedsError | OSError, text: str
) -> None:
    assert text_of(error) == text


@for_each(
    ("text", "line"),
    [
        ("as it is", "as it is"),
        ("größer 海", "größer 海"),
        ("two  spaces", "two  spaces"),
        ("two\n  lines\r\nand\N{LINE SEPARATOR}more", "two lines and more"),
        ("\x00\x1b\u202e\udcff", "\\x00\\x1b\\u202e\\udcff"),
        ("", ""),
    ],
)
def test_a_line_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@for_each("name", EXAMPLES)
def test_an_error_goes_from_one_process_to_another_whole(name: str) -> None:
    error, text = EXAMPLES[name]
    other = pickle.loads(pickle.dumps(error))
    assert (type(other), str(other), other.__dict__) == (type(error), text, error.__dict__)
