"""``_config.yml`` and ``_data`` -> the title, the topics and the providers of a corpus."""

import os
from pathlib import Path

import pytest

from feeds.article import Image, Provider, Taxonomy, Topic
from feeds.article.podcast import Podcast
from feeds.corpus.descriptions import MAX_BYTES, find, settle
from feeds.corpus.taxonomy import domain_of
from feeds.errors import ArticleError
from tests.table import for_each


def write(root: Path, name: str, text: str | bytes) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def read_taxonomy(root: Path, url: str = "") -> tuple[Taxonomy, list[ArticleError]]:
    """The taxonomy of a corpus without last good versions."""
    made = settle(find(root), {}, url=url)
    return made.taxonomy, made.problems


def topics(root: Path, *texts: str) -> tuple[Topic, ...]:
    for number, text in enumerate(texts):
        write(root, f"_data/topics/{number}.yaml", text)
    taxonomy, problems = read_taxonomy(root)
    assert problems == []
    return taxonomy.topics


def parents(root: Path, **named: str) -> dict[str, str]:
    """The parent of each topic, by its slug."""
    found = topics(root, *(f"name: {name}\nparent: {parent}" for name, parent in named.items()))
    return {topic.slug: topic.parent for topic in found}


def test_an_empty_folder_says_nothing_about_itself(tmp_path: Path) -> None:
    assert read_taxonomy(tmp_path) == (Taxonomy(), [])


def test_a_corpus_is_called_as_its_config_says(tmp_path: Path) -> None:
    text = "title: A &amp; B\nurl: https://a.example\nbaseurl: /b\nlocale: en_us\n"
    text += "description: |\n  Two\n  lines\n"
    write(tmp_path, "_config.yml", text)
    assert read_taxonomy(tmp_path)[0] == Taxonomy("A & B", "Two lines", "https://a.example/b", "en-us")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("url: https://a.example", "https://a.example"),
        ("url: https://a.example/\nbaseurl: ''", "https://a.example"),
        ("url: https://a.example\nbaseurl: b/", "https://a.example/b"),
        ("url: //a.example\nbaseurl: /b", "https://a.example/b"),
        ("baseurl: /b", ""),
    ],
)
def test_a_corpus_has_an_address(tmp_path: Path, config: str, expected: str) -> None:
    write(tmp_path, "_config.yml", config)
    assert read_taxonomy(tmp_path)[0].url == expected


def test_a_setting_takes_the_place_of_the_address(tmp_path: Path) -> None:
    write(tmp_path, "_config.yml", "url: https://a.example")
    write(tmp_path, "_data/organizations/b.md", "---\ndomain: b.example\nimages: [{url: /c.png}]\n---\n")
    found, _ = read_taxonomy(tmp_path, "https://elsewhere.example/x")
    assert found.url == "https://elsewhere.example/x"
    assert found.organizations[0].logo == Image("https://elsewhere.example/x/c.png", type="image/png")


def test_anchors_and_merge_keys_that_are_not_ours_do_no_harm(tmp_path: Path) -> None:
    write(tmp_path, "_config.yml", "title: A\na: &a {b: c}\ndefaults:\n  - {<<: *a}\n")
    assert read_taxonomy(tmp_path) == (Taxonomy("A"), [])


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("title: A\nurl: here", "_config.yml:2: url: not an http or https address: 'here'"),
        (
            "title: A\nurl: ftp://a.example",
            "_config.yml:2: url: not an http or https address: 'ftp://a.example'",
        ),
        ("title: A\nlang: [en]", "_config.yml:2: lang: not text, but a list"),
        ("a: b\rtitle: [", "_config.yml:2: front matter is not YAML"),
        (b"title: A\n\nb: \xff", "_config.yml:3: not UTF-8: byte 0xff"),
        ("a: " + "[" * 10_000, "_config.yml:1: front matter "),  # by PyYAML, or by us
        (b" " * (MAX_BYTES + 1), "_config.yml: larger than 1,048,576 bytes"),
    ],
)
def test_a_config_that_cannot_be_read_is_reported(
    tmp_path: Path, config: str | bytes, problem: str
) -> None:
    write(tmp_path, "_config.yml", config)
    write(tmp_path, "_data/topics/a.yaml", "name: A")
    taxonomy, problems = read_taxonomy(tmp_path)
    assert taxonomy == Taxonomy(topics=(Topic("a", "A"),))
    assert [str(error)[: len(problem)] for error in problems] == [problem]


def test_a_topic_is_named_and_has_a_slug(tmp_path: Path) -> None:
    assert topics(
        tmp_path, "name: Canvas  Apps", "_id: c-plus-plus\nname: C++", "_id: only-an-id", "name: no"
    ) == (
        Topic("canvas-apps", "Canvas Apps"),
        Topic("c-plus-plus", "C++"),
        Topic("only-an-id", "only-an-id"),
        Topic("no", "no"),
    )


def test_a_topic_answers_to_its_other_names(tmp_path: Path) -> None:
    text = "_id: cds\nname: Common Data Service\nshortname: CDS\n"
    text += "aliases: [Data Verse, old_name, '++', CDS, cds, no]"
    plus = "plus-plus"
    assert topics(tmp_path, text) == (
        Topic(
            "cds",
            "Common Data Service",
            "",
            tuple(sorted(("common-data-service", "data-verse", "no", "old-name", plus))),
        ),
    )


def test_one_alias_needs_no_list(tmp_path: Path) -> None:
    assert topics(tmp_path, "name: A\naliases: Old A")[0].aliases == ("old-a",)


def test_a_removed_topic_is_gone(tmp_path: Path) -> None:
    found = topics(tmp_path, "name: A\nremoved: true", "name: B\nremoved: false", "name: C")
    assert [topic.gone for topic in found] == [True, False, False]


def test_a_parent_is_found_by_any_of_its_names(tmp_path: Path) -> None:
    top = "_id: top\nname: The Top\nshortname: T\naliases: [Summit]"
    names = ("top", "The Top", "t", "summit", "the-top")
    found = topics(
        tmp_path, top, *(f"_id: n{n}\nname: N{n}\nparent: {name}" for n, name in enumerate(names))
    )
    assert {topic.parent for topic in found[1:]} == {"top"}


def test_the_present_name_of_a_topic_precedes_a_former_name_of_another(tmp_path: Path) -> None:
    found = topics(
        tmp_path, "name: Oceans", "name: Seas\naliases: [Oceans]", "name: Fish\nparent: Oceans"
    )
    assert found[2].parent == "oceans"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"a": "", "b": "a", "c": "b"}, {"a": "", "b": "a", "c": "b"}),
        ({"a": "nobody"}, {"a": ""}),
        ({"a": "a"}, {"a": ""}),
        ({"a": "b", "b": "a"}, {"a": "b", "b": ""}),
        ({"a": "b", "b": "c", "c": "b"}, {"a": "b", "b": "c", "c": ""}),
        ({"a": "b", "b": "c", "c": "a"}, {"a": "b", "b": "c", "c": ""}),
    ],
)
def test_a_parent_that_is_unknown_or_closes_a_circle_is_dropped(
    tmp_path: Path, named: dict[str, str], expected: dict[str, str]
) -> None:
    assert parents(tmp_path, **named) == expected


def test_the_first_file_of_two_topics_with_one_slug_counts_whole(tmp_path: Path) -> None:
    found = topics(
        tmp_path, "name: A\nparent: C", "name: a\nparent: B\naliases: [x]", "name: B", "name: C"
    )
    assert found == (Topic("a", "A", "c"), Topic("b", "B"), Topic("c", "C"))


def test_an_organization_is_a_provider(tmp_path: Path) -> None:
    text = (
        "---\nname: Tidal &amp;\n  Post\ndomain: WWW.Tidal.Example\nimages:\n"
        "- {url: /big.png, width: 400}\n- {url: /small.png, width: 50}\n- {url: /unknown.png}\n---\n"
    )
    write(tmp_path, "_config.yml", "url: https://a.example\nbaseurl: /b")
    write(tmp_path, "_data/organizations/tidal.md", text)
    assert read_taxonomy(tmp_path)[0].organizations == (
        Provider(
            "tidal.example", "Tidal & Post", "https://tidal.example/",
            Image("https://a.example/b/small.png", 50, 0, "image/png"),
        ),
    )  # fmt: skip


def test_an_organization_may_have_nothing_but_an_id(tmp_path: Path) -> None:
    write(tmp_path, "_data/organizations/a.md", "---\n_id: a.example\n---\n")
    assert read_taxonomy(tmp_path)[0].organizations == (
        Provider("a.example", "a.example", "https://a.example/"),
    )


def test_a_topic_and_an_organization_may_have_a_podcast(tmp_path: Path) -> None:
    show = "podcast: {image: /artwork.jpg, category: News}\n"
    write(tmp_path, "_config.yml", "url: https://a.example\nbaseurl: /b")
    write(tmp_path, "_data/topics/a.yaml", f"name: A\nparent: B\n{show}")
    write(tmp_path, "_data/topics/b.yaml", "name: B\n")
    write(tmp_path, "_data/organizations/a.md", f"---\ndomain: a.example\n{show}---\n")
    taxonomy, problems = read_taxonomy(tmp_path)
    podcast = Podcast(image="https://a.example/b/artwork.jpg", category=("News",))
    assert problems == []
    assert taxonomy.topics == (Topic("a", "A", "b", podcast=podcast), Topic("b", "B"))
    assert [each.podcast for each in taxonomy.organizations] == [podcast]


def test_a_bad_podcast_leaves_the_last_good_version_of_a_topic_in_force(tmp_path: Path) -> None:
    write(tmp_path, "_data/topics/a.yaml", "name: A\npodcast: {category: News}\n")
    kept = settle(find(tmp_path), {}).versions
    write(tmp_path, "_data/topics/a.yaml", "name: A\npodcast: {category: Tides}\n")
    made = settle(find(tmp_path), kept)
    assert made.taxonomy.topics == (Topic("a", "A", podcast=Podcast(category=("News",))),)
    assert [each.subject for each in made.problems] == ["podcast.category"]


def test_the_first_file_of_two_organizations_with_one_domain_counts(tmp_path: Path) -> None:
    write(tmp_path, "_data/organizations/a.md", "---\ndomain: a.example\nname: First\n---\n")
    write(tmp_path, "_data/organizations/b.md", "---\ndomain: a.example\nname: Second\n---\n")
    assert [o.name for o in read_taxonomy(tmp_path)[0].organizations] == ["First"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("_data/topics/x.yaml", "parent: A", "_data/topics/x.yaml:1: name: missing"),
        ("_data/topics/x.yaml", "name: '!'", "_data/topics/x.yaml:1: name: missing"),
        (
            "_data/topics/x.yml",
            "a: b\nname: [c]",
            "_data/topics/x.yml:2: name: not text, but a list",
        ),
        (
            "_data/topics/x.yaml",
            "name: X\naliases: {a: b}",
            "_data/topics/x.yaml:2: aliases: not a list, but a mapping",
        ),
        (
            "_data/topics/x.yaml",
            "name: X\nremoved: so",
            "_data/topics/x.yaml:2: removed: not a boolean: 'so'",
        ),
        ("_data/organizations/x.md", "name: X", "_data/organizations/x.md:1: no front matter"),
        (
            "_data/organizations/x.md",
            "---\nname: X\n---\n",
            "_data/organizations/x.md:1: domain: missing",
        ),
        (
            "_data/organizations/x.md",
            "---\ndomain: a/b\n---\n",
            "_data/organizations/x.md:2: domain: not a domain: 'a/b'",
        ),
    ],
)
def test_one_bad_file_does_not_hide_the_others(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    write(tmp_path, "_data/topics/a.yaml", "name: A")
    write(tmp_path, "_data/organizations/a.md", "---\ndomain: a.example\n---\n")
    write(tmp_path, name, text)
    taxonomy, problems = read_taxonomy(tmp_path)
    assert [str(error)[: len(problem)] for error in problems] == [problem]
    assert [topic.slug for topic in taxonomy.topics] == ["a"]
    assert [provider.domain for provider in taxonomy.organizations] == ["a.example"]


@pytest.mark.parametrize("key", ["contents", "Content", "conten", "content_"])
def test_a_misspelt_content_of_an_organization_is_bad(tmp_path: Path, key: str) -> None:
    """Its articles would be published in full."""
    folder = tmp_path / "_data" / "organizations"
    folder.mkdir(parents=True)
    (folder / "p.md").write_text(f"---\ndomain: p.example\n{key}: summary\n---\n")
    _, problems = read_taxonomy(tmp_path)
    assert [(error.reason, error.line) for error in problems] == [
        (f"{key}: not read, but similar to content", 3)
    ]


@pytest.mark.parametrize("name", ["._a", ".#a", ".a", "~$a"])
def test_hidden_files_and_lock_files_of_editors_describe_nothing(tmp_path: Path, name: str) -> None:
    for folder, extension in (("topics", "yaml"), ("organizations", "md")):
        (tmp_path / "_data" / folder).mkdir(parents=True)
        (tmp_path / "_data" / folder / f"{name}.{extension}").write_bytes(b"\0\5\x16\7")
    taxonomy, problems = read_taxonomy(tmp_path)
    assert (taxonomy.topics, taxonomy.organizations, problems) == ((), (), [])


def test_a_special_file_is_reported_without_waiting_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "_data" / "topics"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe.yaml")
    (folder / "folder.yaml").mkdir()
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "nowhere.yaml").symlink_to("gone")
    _, problems = read_taxonomy(tmp_path)
    assert {(error.path.rpartition("/")[2], error.reason) for error in problems} == {
        ("pipe.yaml", "not a regular file"),
        ("folder.yaml", "cannot be read: is a directory"),
        ("loop.yaml", "cannot be read: too many levels of symbolic links"),
        ("nowhere.yaml", "link to a missing file"),
    }


@for_each(
    ("written", "expected"),
    [
        ("a.example", "a.example"), (" WWW.A.Example ", "a.example"),
        ("bücher.example", "bücher.example"),
        ("localhost", "localhost"), ("", ""), ("https://a.example", ""), ("a.example/b", ""), ("a b", ""),
        ("a@b", ""), ("..", ""), ("a?b", ""), ("a#b", ""), ("a\x00b", ""), ("a%2fb", ""),
        ('a"b', ""), ("<a>", ""),
    ],
)  # fmt: skip
def test_a_domain_is_one_or_nothing(written: str, expected: str) -> None:
    assert domain_of(written) == expected
