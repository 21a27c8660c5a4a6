"""The exceptions of the project."""

import importlib
import pickle
import pkgutil
import re
from pathlib import Path

import pytest

import feeds
from feeds import errors
from feeds.errors import (
    ArticleError,
    Code,
    CorpusError,
    ExportError,
    FeedsError,
    GoneFeed,
    NotReady,
    QueryError,
    SettingsError,
    StoreDamaged,
    StoreError,
    StoreRefused,
    UnknownFeed,
    UnreadableFile,
    one_line,
)

for module in pkgutil.walk_packages(feeds.__path__, "feeds."):
    importlib.import_module(module.name)


def kinds(of: type[FeedsError] = FeedsError) -> list[type[FeedsError]]:
    """Every error below *of* that ``feeds`` defines."""
    found = [kind for kind in of.__subclasses__() if kind.__module__.startswith("feeds.")]
    return [*found, *(below for kind in found for below in kinds(kind))]


GONE = Code("gone", "gone", "bring it back")

# An example of each error, with its text.
EXAMPLES: dict[str, tuple[FeedsError, str]] = {
    "SettingsError": (SettingsError("site.url", "too\nlong"), "site.url: too long"),
    "CorpusError": (CorpusError(Path("articles"), "no such folder"), "articles: no such folder"),
    "ArticleError": (
        ArticleError(
            Code("bad", "not {kind}: {reason}", "mend it"), "a.md", 3, "b", kind="YAML", reason="x\n y"
        ),
        "a.md:3: b: not YAML: x y",
    ),
    "UnreadableFile": (
        UnreadableFile(Code("refused", "cannot be read: {reason}", "allow it"), "a.md", reason="x"),
        "a.md: cannot be read: x",
    ),
    "StoreError": (StoreError("a.db", "disk is full"), "a.db: disk is full"),
    "StoreDamaged": (StoreDamaged("a.db", "damaged"), "a.db: damaged"),
    "StoreRefused": (StoreRefused("a.db", "of another corpus"), "a.db: of another corpus"),
    "ExportError": (ExportError(Path("public"), "not a\nfolder"), "public: not a folder"),
    "QueryError": (
        QueryError("limit", "x" * 999, "a number"),
        f"limit: {'x' * 80!r} is not a number",
    ),
    "UnknownFeed": (
        UnknownFeed("topic", "a\nb", ("ab", "abc")),
        "no such topic: a b; nearest: ab, abc",
    ),
    "GoneFeed": (GoneFeed("topic", "a\nb"), "this topic was ended for good: a b"),
    "NotReady": (NotReady(3, 0), "reading the corpus for the first time: 3 of ? files"),
}


def test_the_tree_in_the_docstring_has_every_error_and_no_other() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(kind.__name__ for kind in kinds())


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_says_in_a_sentence_what_it_is(kind: type[FeedsError]) -> None:
    assert kind.__doc__
    assert kind.__doc__.splitlines()[0].endswith(".")


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_is_one_line_that_begins_small(kind: type[FeedsError]) -> None:
    if kind.__init__ is FeedsError.__init__:
        error, text = kind("no such\n  thing"), "no such thing"
    else:
        error, text = EXAMPLES[kind.__name__]
    assert str(error) == text
    assert not text[0].isupper()
    assert not text.endswith(".")


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_error_keeps_what_it_was_given(kind: type[FeedsError]) -> None:
    if kind.__name__ in EXAMPLES:
        names = kind.__init__.__code__.co_varnames[1 : kind.__init__.__code__.co_argcount]
        assert set(names) <= set(vars(EXAMPLES[kind.__name__][0]))


def test_an_error_without_a_line_names_none() -> None:
    assert str(ArticleError(GONE, "a.md")) == "a.md: gone"


def test_what_follows_from_an_error_stands_at_its_end() -> None:
    error = UnreadableFile(GONE, "a.md", 3, "name").noted("it stays")
    assert (type(error), error.reason) == (UnreadableFile, "name: gone; it stays")
    assert str(error) == "a.md:3: name: gone; it stays"


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


def test_a_feed_with_nothing_near_it_suggests_nothing() -> None:
    assert str(UnknownFeed("provider", "x" * 999)) == f"no such provider: {'x' * 80}"


def test_how_far_the_first_load_is_is_said() -> None:
    assert str(NotReady(3, 9)).endswith("3 of 9 files")


@pytest.mark.parametrize(
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


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_error_goes_from_one_process_to_another_whole(name: str) -> None:
    error, text = EXAMPLES[name]
    other = pickle.loads(pickle.dumps(error))
    assert (type(other), str(other), other.__dict__) == (type(error), text, error.__dict__)
