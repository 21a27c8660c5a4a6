"""The files that describe the corpus, and the version of each that is in force."""

import gc
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from weakref import ref

import pytest

from feeds.corpus import Corpus
from feeds.corpus.descriptions import MAX_BYTES, find, settle
from feeds.corpus.problems import CODES, MISSING
from feeds.errors import ArticleError, UnreadableFile
from tests.builders import write_article
from tests.corpus.open_files import no_open_files
from tests.corpus.problem_texts import without_remedy

CONFIG, TOPIC, ORGANIZATION = "_config.yml", "_data/topics/seas.yaml", "_data/organizations/post.md"
STAYS = " (its last good version stays in force)"

GOOD = {
    CONFIG: "title: Tide\nurl: https://u.example\nbaseurl: /blog\n",
    TOPIC: "_id: oceans\nname: Oceans\naliases: [seas]\nparent: nature\n",
    ORGANIZATION: "---\ndomain: p.example\nname: The Post\ncontent: summary\n---\n",
}
MENDED = {path: text.replace("T", "M").replace("Oceans", "Mare") for path, text in GOOD.items()}

Damage = Callable[[Path], object]


def fields(text: str) -> Damage:
    """Replace the fields of the file by *text*."""

    def write(file: Path) -> None:
        file.write_text(f"---\n{text}\n---\n" if file.suffix == ".md" else text)

    return write


DAMAGES: dict[str, Damage] = {
    "open quote": fields('title: "Tide'),
    "a list for a text": fields("title: [a]\nname: [b]\ndomain: [c]"),
    "no mapping": fields("- a"),
    "text alone": fields("half a wo"),
    "comments alone": fields("# nothing"),
    "no field": lambda file: file.write_text("---\n---\n"),
    "empty": lambda file: file.write_bytes(b""),
    "white space": lambda file: file.write_bytes(b" \n\n"),
    "zeros": lambda file: file.write_bytes(bytes(100)),
    "not UTF-8": lambda file: file.write_bytes(b"---\ntitle: \xff\n---\n"),
    "too large": lambda file: file.write_bytes(b"#" * (MAX_BYTES + 1)),
    "folder": lambda file: (file.unlink(), file.mkdir()),
    "dangling link": lambda file: (file.unlink(), file.symlink_to("nothing")),
    "looping link": lambda file: (file.unlink(), file.symlink_to(file)),
    "pipe": lambda file: (file.unlink(), os.mkfifo(file)),
}
ANY_DAMAGE = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
ANY_FILE = pytest.mark.parametrize("path", GOOD, ids=["config", "topic", "organization"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A corpus with the files of GOOD, another topic and another organization."""
    for path, text in GOOD.items():
        write(tmp_path, path, text)
    write(tmp_path, "_data/topics/nature.yaml", "name: Nature\n")
    write(tmp_path, "_data/organizations/other.md", "---\ndomain: other.example\n---\n")
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def remove(file: Path) -> None:
    shutil.rmtree(file) if file.is_dir() and not file.is_symlink() else file.unlink()


def problems(corpus: Corpus) -> list[str]:
    return [without_remedy(problem) for problem in corpus.problems]


@ANY_FILE
@ANY_DAMAGE
def test_the_last_good_version_of_a_bad_file_stays_in_force_until_it_is_fixed(
    root: Path, path: str, damage: Damage
) -> None:
    made = Corpus(root)
    before, good = made.fingerprint, made.taxonomy
    damage(root / path)
    made.reload()
    assert (made.taxonomy, made.fingerprint) == (good, before)
    assert made.descriptions[path] == GOOD[path].encode()
    (problem,) = made.problems
    assert problem.path == path
    assert problem.reason.endswith(STAYS)
    assert problem.code in CODES.values()

    restarted = Corpus(root, kept=made.descriptions)
    assert (restarted.taxonomy, restarted.fingerprint) == (good, before)
    assert restarted.descriptions == made.descriptions
    assert problems(restarted) == problems(made)

    remove(root / path)
    write(root, path, MENDED[path])
    for corpus in (made, restarted):
        corpus.reload()
        assert corpus.taxonomy != good
        assert corpus.problems == []
        assert corpus.descriptions[path] == MENDED[path].encode()


@ANY_FILE
@ANY_DAMAGE
def test_a_bad_file_without_a_good_version_is_left_out(root: Path, path: str, damage: Damage) -> None:
    damage(root / path)
    made = Corpus(root)
    assert path not in made.descriptions
    assert len(made.descriptions) == 4
    assert not [problem for problem in made.problems if STAYS in problem.reason]
    assert [problem.path for problem in made.problems] in ([path], [] if path == CONFIG else [path])
    write_article(root, "_news/a.md")
    remove(root / path)
    write(root, path, GOOD[path])
    made.reload()
    assert (made.problems, len(made.descriptions)) == ([], 5)


@pytest.mark.parametrize("text", ["", "# my settings\n", " \n"])
def test_a_config_that_never_had_a_field_is_no_problem(tmp_path: Path, text: str) -> None:
    (tmp_path / CONFIG).write_text(text)
    made = Corpus(tmp_path)
    assert (made.problems, made.descriptions) == ([], {})


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (CONFIG, "title: Tide\nlang: English!", "lang: not a language tag: 'English!'"),
        (
            CONFIG,
            "title: Tide\nurl: ftp://u.example",
            "url: not an http or https address: 'ftp://u.example'",
        ),
        (TOPIC, "name: Oceans\nremoved: perhaps", "removed: not a boolean: 'perhaps'"),
        (TOPIC, "parent: nature", "name: missing"),
        (ORGANIZATION, "---\ndomain: p.example\ncontent: some\n---\n", "content: not one of"),
        (ORGANIZATION, "---\ndomain: p.example\n", "front matter not closed"),
        (ORGANIZATION, "---\ndomain: p.example\nimages: [{url: 'x:y'}]\n---\n", "images"),
    ],
)
def test_one_wrong_value_makes_a_file_bad(root: Path, path: str, text: str, reason: str) -> None:
    made = Corpus(root)
    good = made.taxonomy
    write(root, path, text)
    made.reload()
    assert made.taxonomy == good
    (problem,) = made.problems
    assert problem.reason.startswith(reason)
    assert problem.reason.endswith(STAYS)
    assert problem.code in CODES.values()


@pytest.mark.parametrize(
    ("path", "text", "subjects"),
    [
        (CONFIG, "title: [a]\nurl: ftp://u.example\nlang: English!", ["title", "url", "lang"]),
        (TOPIC, "name: [a]\nremoved: perhaps\naliases: {a: b}", ["name", "removed", "aliases"]),
        (TOPIC, "_id: [a]\nparent: [b]", ["_id", "parent"]),
        (
            ORGANIZATION,
            "---\ndomain: a/b\ncontent: some\nname: [c]\n---\n",
            ["domain", "content", "name"],
        ),
        (ORGANIZATION, "---\n_id: [a]\nimages: [{url: 'x:y'}]\n---\n", ["_id", "images[0].url"]),
    ],
)
def test_all_problems_of_a_file_are_reported_and_its_last_good_version_stays(
    root: Path, path: str, text: str, subjects: list[str]
) -> None:
    made = Corpus(root)
    good = made.taxonomy
    write(root, path, text)
    made.reload()
    assert made.taxonomy == good
    (error,) = made.problems
    assert [each.subject for each in error.each()] == subjects
    assert [each.line for each in error.each()] == sorted(each.line for each in error.each())
    assert [STAYS in each.reason for each in error.each()] == [True] + [False] * (len(subjects) - 1)


def test_a_config_that_is_gone_stays_in_force_until_its_removal_is_accepted(root: Path) -> None:
    made = Corpus(root)
    good, before = made.taxonomy, made.fingerprint
    (root / CONFIG).unlink()
    made.reload()
    assert (made.taxonomy, made.fingerprint) == (good, before)
    assert problems(made) == [f"{CONFIG}: missing{STAYS}"]
    assert made.problems[0].code == MISSING
    assert Corpus(root, kept=made.descriptions).taxonomy == good

    made.reload(accept_removals=True)
    assert (made.taxonomy.title, made.taxonomy.url, made.problems) == ("", "", [])
    assert CONFIG not in made.descriptions
    made.reload()
    assert made.problems == Corpus(root, kept=made.descriptions).problems == []


def test_a_removal_is_accepted_once(root: Path) -> None:
    made = Corpus(root)
    made.reload(accept_removals=True)
    assert CONFIG in made.descriptions
    (root / CONFIG).unlink()
    made.reload()
    assert made.taxonomy.title == "Tide"


@pytest.mark.parametrize("path", [TOPIC, ORGANIZATION])
def test_a_topic_or_organization_is_gone_with_its_file(root: Path, path: str) -> None:
    made = Corpus(root)
    (root / path).unlink()
    made.reload()
    assert made.problems == []
    assert path not in made.descriptions
    assert len(made.descriptions) == 4


def test_a_bad_file_may_be_deleted(root: Path) -> None:
    made = Corpus(root)
    (root / TOPIC).write_text("name: [")
    made.reload()
    assert len(made.problems) == 1
    (root / TOPIC).unlink()
    made.reload()
    assert made.problems == []
    assert [topic.slug for topic in made.taxonomy.topics] == ["nature"]


FOLDERS = [("_data", 4), ("_data/topics", 2), ("_data/organizations", 2)]


@pytest.mark.parametrize(("folder", "count"), FOLDERS)
@pytest.mark.parametrize("replace", [None, Path.touch, lambda path: path.symlink_to("nothing")])
def test_a_folder_that_is_gone_as_a_whole_keeps_its_files_in_force(
    root: Path, folder: str, count: int, replace: Damage | None
) -> None:
    made = Corpus(root)
    good, before = made.taxonomy, made.fingerprint
    (root / folder).rename(root / "elsewhere")
    if replace:
        replace(root / folder)
    made.reload()
    assert (made.taxonomy, made.fingerprint) == (good, before)
    reason = f"missing (the last good versions of its {count} files stay in force)"
    assert problems(made) == [f"{folder}: {reason}"]
    assert made.problems[0].code == MISSING
    restarted = Corpus(root, kept=made.descriptions)
    assert (restarted.taxonomy, problems(restarted)) == (good, problems(made))

    made.reload(accept_removals=True)
    assert made.problems == []
    assert len(made.descriptions) == 5 - count
    if replace:
        (root / folder).unlink()
    (root / "elsewhere").rename(root / folder)
    restarted.reload()
    assert (restarted.taxonomy, restarted.problems) == (good, [])


def test_an_empty_mount_point_keeps_its_files_in_force(root: Path) -> None:
    made = Corpus(root)
    good = made.taxonomy
    shutil.rmtree(root / "_data")
    (root / "_data").mkdir()
    made.reload()
    assert made.taxonomy == good
    assert [problem.path for problem in made.problems] == ["_data/topics", "_data/organizations"]


def test_a_folder_that_goes_while_it_is_read_keeps_its_files_in_force(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Corpus(root)
    good = made.taxonomy
    write(root, TOPIC, MENDED[TOPIC])
    listed = {
        root / folder: os.listdir(root / folder) for folder in ("_data/topics", "_data/organizations")
    }
    shutil.rmtree(root / "_data")
    monkeypatch.setattr(os, "listdir", listed.__getitem__)
    made.reload()
    assert made.taxonomy == good


def test_files_that_cannot_be_opened_for_a_moment_are_not_gone(root: Path) -> None:
    made = Corpus(root)
    good = made.taxonomy
    write(root, CONFIG, GOOD[CONFIG])  # so that it is read again
    with no_open_files():
        made.reload()
    assert made.taxonomy == good
    reason = "cannot be read: too many open files"
    assert problems(made) == [
        f"{CONFIG}: {reason}{STAYS}",
        f"_data/topics: {reason} (the last good versions of its 2 files stay in force)",
        f"_data/organizations: {reason} (the last good versions of its 2 files stay in force)",
    ]
    assert {type(problem) for problem in made.problems} == {UnreadableFile}
    made.reload()
    assert (made.taxonomy, made.problems) == (good, [])


def test_a_folder_that_cannot_be_listed_is_reported_and_its_removal_not_accepted(root: Path) -> None:
    with no_open_files():
        made = Corpus(root)
    assert [problem.path for problem in made.problems] == [CONFIG, "_data/topics", "_data/organizations"]
    made.reload()
    assert (made.problems, len(made.descriptions)) == ([], 5)
    with no_open_files():
        made.reload(accept_removals=True)
    assert len(made.descriptions) == 5


@ANY_FILE
def test_a_file_that_cannot_be_read_leaves_no_former_attempts_in_memory(root: Path, path: str) -> None:
    DAMAGES["folder"](root / path)
    found = find(root)
    former = ref(found.files[path].content)
    found = find(root, found)
    gc.collect()
    assert isinstance(found.files[path].content, UnreadableFile)
    assert former() is None


@ANY_FILE
@pytest.mark.parametrize("damage", ["too large", "dangling link", "pipe"])
def test_a_file_that_stays_bad_leaves_no_former_versions_in_memory(
    root: Path, path: str, damage: str
) -> None:
    DAMAGES[damage](root / path)
    found = find(root)
    for _ in range(2):
        settle(found, {})
    error = found.files[path].content
    assert isinstance(error, ArticleError)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permission_heals_without_another_change(root: Path) -> None:
    made = Corpus(root)
    (root / TOPIC).chmod(0)
    made.reload()
    assert problems(made) == [f"{TOPIC}: cannot be read: permission denied{STAYS}"]
    (root / TOPIC).chmod(0o644)
    made.reload()
    assert made.problems == []


@pytest.mark.parametrize(
    ("path", "renamed"),
    [
        (TOPIC, "_data/topics/a.yaml"),
        (TOPIC, "_data/topics/z.yml"),
        (ORGANIZATION, "_data/organizations/z.md"),
    ],
)
@pytest.mark.parametrize("leave", [None, Path.touch, lambda path: path.symlink_to("nothing")])
def test_a_renamed_file_counts_once_with_what_it_says_now(
    root: Path, path: str, renamed: str, leave: Damage | None
) -> None:
    made = Corpus(root)
    (root / path).unlink()
    write(root, renamed, MENDED[path])
    if leave:
        leave(root / path)
    made.reload()
    names = [topic.name for topic in made.taxonomy.topics] + [o.name for o in made.taxonomy.organizations]
    assert len(names) == 4
    assert {"Mare", "The Post"} <= set(names) or {"Oceans", "Mhe Post"} <= set(names)
    assert path not in made.descriptions
    assert [problem.path for problem in made.problems] == ([path] if leave else [])
    assert not [problem for problem in made.problems if STAYS in problem.reason]
    made.reload()
    assert Corpus(root, kept=made.descriptions).taxonomy == made.taxonomy


def test_a_second_file_of_the_same_name_does_not_take_over_from_a_bad_one(root: Path) -> None:
    write(root, "_data/topics/z.yaml", "_id: oceans\nname: Second\n")
    made = Corpus(root)
    good = made.taxonomy
    (root / TOPIC).write_text("name: [")
    made.reload()
    assert made.taxonomy == good
    (root / "_data/topics/z.yaml").write_text("_id: oceans\nname: Edited\n")
    made.reload()
    assert made.taxonomy == good
    assert Corpus(root, kept=made.descriptions).taxonomy == good


@ANY_FILE
def test_a_last_good_version_that_cannot_be_used_any_more_is_as_none_but_reported(
    root: Path, path: str
) -> None:
    kept = Corpus(root).descriptions | {path: b"- from another version"}
    DAMAGES["open quote"](root / path)
    made = Corpus(root, kept=kept)
    assert made.taxonomy == Corpus(root).taxonomy
    (problem,) = made.problems
    assert "this version of feeds cannot use its last good version: " in problem.reason
    assert made.descriptions == kept  # an earlier version may still use it
    (root / path).write_text(GOOD[path])
    made.reload()
    assert made.problems == []
    assert made.descriptions == kept | {path: GOOD[path].encode()}


def test_a_missing_config_whose_last_good_version_cannot_be_used_is_reported(root: Path) -> None:
    (root / CONFIG).unlink()
    made = Corpus(root, kept={CONFIG: b"\xff"})
    (problem,) = made.problems
    assert problem.reason.startswith("missing (this version of feeds cannot use its last good version")
    assert problem.code == MISSING


def test_kept_descriptions_may_be_replaced_later(root: Path) -> None:
    kept = Corpus(root).descriptions
    (root / CONFIG).write_text("title: [")
    made = Corpus(root)
    assert made.taxonomy.title == ""
    made.keep(kept)
    assert (made.taxonomy.title, made.descriptions) == ("Tide", kept)
    made.reload()
    assert made.taxonomy.title == "Tide"
    made.keep({})
    assert (made.taxonomy.title, CONFIG in made.descriptions) == ("", False)


def test_other_files_beside_the_descriptions_are_ignored(root: Path) -> None:
    made = Corpus(root, kept={"_news/a.md": b"---\n---\n", "_data/topics/a.txt": b"name: A", "/etc": b""})
    assert (made.taxonomy, made.descriptions) == (Corpus(root).taxonomy, Corpus(root).descriptions)


def test_a_good_file_goes_before_what_is_kept(root: Path) -> None:
    made = Corpus(root, kept={path: text.encode() for path, text in MENDED.items()})
    assert made.taxonomy == Corpus(root).taxonomy
    assert made.descriptions[CONFIG] == GOOD[CONFIG].encode()


def test_a_corpus_reads_the_same_in_another_process_without_the_files(root: Path) -> None:
    write_article(root, "_news/a.md", provider={"domain": "p.example"})
    (root / "_data/topics/large.yaml").write_text("name: Large\n#" + "x" * 100_000)
    made = Corpus(root)
    (root / ORGANIZATION).write_text("---\nname: [\n---\n")
    made.reload()
    pickled = pickle.dumps(made)
    assert len(pickled) < 20_000
    again = pickle.loads(pickled)
    assert again.fingerprint == made.fingerprint
    assert again.read("_news/a.md") == made.read("_news/a.md")
    assert again.read("_news/a.md").provider.content == "summary"
    assert made.descriptions[ORGANIZATION] == GOOD[ORGANIZATION].encode()


@pytest.mark.parametrize("path", ["_data", "_data/topics", "_data/organizations"])
def test_a_folder_of_the_taxonomy_concerns_every_article(root: Path, path: str) -> None:
    assert Corpus(root).concerns_all(path)


def test_ids_are_made_of_the_first_authority_there_is(root: Path) -> None:
    assert Corpus(root, authority="set.example", fixed="fixed.example").authority == "fixed.example"
    assert Corpus(root, authority="set.example").authority == "set.example"
    assert Corpus(root).authority == "u.example"
    assert Corpus(root, url="https://moved.example/x").authority == "moved.example"
    (root / CONFIG).unlink()
    assert Corpus(root).authority == "localhost"


def test_the_taxonomy_carries_the_authority(root: Path) -> None:
    assert Corpus(root).taxonomy.authority == "u.example"
    assert Corpus(root, fixed="fixed.example").taxonomy.authority == "fixed.example"


def test_an_authority_that_is_fixed_is_no_other_with_the_settings_or_the_config(root: Path) -> None:
    made = Corpus(root, authority="set.example")
    before = made.fingerprint
    made.fix("set.example")
    assert made.fingerprint == before
    made.fix("fixed.example")
    assert (made.authority, made.authority_setting) == ("fixed.example", "set.example")
    assert made.fingerprint != before
    assert made.id_of("_news/a.md") == "tag:fixed.example,2020:news/a"
    write(root, CONFIG, "url: https://other.example\n")
    made.reload()
    assert (made.taxonomy.url, made.authority) == ("https://other.example", "fixed.example")


@ANY_DAMAGE
def test_no_slip_in_the_config_changes_an_id(root: Path, damage: Damage) -> None:
    made = Corpus(root)
    before = made.id_of("_news/a.md")
    damage(root / CONFIG)
    made.reload()
    assert made.id_of("_news/a.md") == before == "tag:u.example,2020:news/a"
    assert Corpus(root, fixed=made.authority).id_of("_news/a.md") == before


def test_every_reading_of_a_corpus_begins_with_the_problems(root: Path) -> None:
    made = Corpus(root)
    (root / TOPIC).write_text("name: [")
    made.reload()
    (problem,) = made.articles()
    assert isinstance(problem, ArticleError)
    assert (problem.path, problem.line) == (TOPIC, 1)
