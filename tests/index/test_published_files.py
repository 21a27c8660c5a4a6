"""The files that visible articles name, after any changes."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.article import NamedFile
from feeds.index import Index
from feeds.index.builder import apply, build
from feeds.index.published_files import PublishedFiles
from tests.builders import LATER, NOON, article, record, snapshot
from tests.examples import examples

FILES = [
    NamedFile(path, "a.md", path, digest)
    for path in ("a.png", "b.png", "")
    for digest in ("one", "two")
    if path or digest == "one"
]
put = st.tuples(st.integers(0, 8), st.integers(0, 20), st.lists(st.sampled_from(FILES), max_size=3))
steps = st.lists(
    st.tuples(st.lists(put, max_size=4, unique_by=lambda each: each[0]), st.sets(st.integers(0, 8))),
    max_size=6,
)


def found(files: PublishedFiles, index: Index) -> tuple[set[str], list[set[str]]]:
    """The paths of all files, and those of each digest."""
    by_digest = [{file.path for file in files.find(index, digest)} for digest in ("one", "two")]
    return {file.path for file in files.all(index)}, by_digest


@settings(max_examples=examples(50))
@given(steps)
def test_files_of_an_index_are_the_same_whatever_index_was_read_before(
    steps: list[tuple[list[tuple[int, int, list[NamedFile]]], set[int]]],
) -> None:
    index = build(snapshot(*map(article, range(30, 300))), LATER)
    seen, following = [index], PublishedFiles()
    for puts, gone in steps:
        change = snapshot(partial=True, removed=[article(number).id for number in gone])
        change.records = [
            record(
                article(number, published=NOON + timedelta(seconds=second), local=tuple(files)),
                number=number + 1,
            )
            for number, second, files in puts
            if number not in gone
        ]
        index = apply(index, change, LATER)
        seen.append(index)
        assert found(following, index) == found(PublishedFiles(), index)
    for each in reversed(seen):
        assert found(following, each) == found(PublishedFiles(), each)
