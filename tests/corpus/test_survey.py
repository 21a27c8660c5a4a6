"""The files of a site as a whole: articles, pages, drafts, and the effects of a change on others."""

import pickle
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from feeds.article import Article
from feeds.corpus import Corpus
from feeds.corpus.article_folders import article_folders, folder_of
from feeds.errors import ArticleError
from tests.builders import write_file
from tests.corpus.media_files import png
from tests.table import for_each

HUGO = {"hugo.toml": 'baseURL = "https://tide.example/"\ntitle = "Tide"\n'}


def post(
    title: str = "One", date: str = "2026-01-02", body: str = "Words of the body.", **fields: str
) -> str:
    lines = [f"title: {title}", *([f"date: {date}"] if date else [])]
    lines += [f"{key}: {value}" for key, value in fields.items()]
    return "---\n" + "\n".join(lines) + f"\n---\n{body}\n"


def site(root: Path, files: Mapping[str, str]) -> Corpus:
    for path, text in files.items():
        write_file(root, path, text)
    return Corpus(root, dialect="auto")


def listed(corpus: Corpus) -> dict[str, int]:
    """The context of every article file."""
    return {found[0]: found[1].inode for found in corpus.files() if not isinstance(found, ArticleError)}


def article(corpus: Corpus, path: str) -> Article:
    reading = corpus.read(path)
    assert isinstance(reading, Article), reading
    return reading


@for_each(
    ("path", "folder"),
    [
        ("blog/a.md", "blog"),
        ("blog/a/index.md", "blog"),
        ("blog/a/index.pt-BR.md", "blog"),
        ("blog/2024/05/a.md", "blog"),
        ("blog/2024/05/a/index.md", "blog"),
        ("blog/2024-05/a.md", "blog"),
        ("docs/guide/a.md", "docs/guide"),
        ("a.md", ""),
        ("2024/a.md", ""),
    ],
)
def test_bundles_years_and_months_are_no_folders_of_their_own(path: str, folder: str) -> None:
    assert folder_of(path) == folder


def test_a_folder_is_one_of_articles_if_four_of_five_files_are_dated() -> None:
    blog = [(f"blog/{number}.md", number < 4) for number in range(5)]
    docs = [(f"docs/{number}.md", number < 3) for number in range(5)]
    assert article_folders([*blog, *docs]) == {"blog"}


def test_html_without_a_header_is_a_page_in_any_encoding(tmp_path: Path) -> None:
    corpus = site(tmp_path, {"pelicanconf.py": "SITENAME = 'Tide'", "content/a.md": post()})
    (tmp_path / "content" / "b.html").write_bytes(b"<title>Caf\xe9</title>")
    (tmp_path / "content" / "c.html").write_bytes(b"---\ntitle: Caf\xe9\ndate: 2026-01-02\n---\n")
    assert sorted(listed(corpus)) == ["content/a.md", "content/c.html"]


def test_a_file_of_a_section_is_no_article_in_a_folder_without_a_tool(tmp_path: Path) -> None:
    corpus = site(tmp_path, {"a/_index.md": post(date=""), "a/b.md": post(), "a/c.md": post()})
    assert sorted(listed(corpus)) == ["a/b.md", "a/c.md"]


IN_SECTIONS = ["content/log/a.md", "content/log/b.md", "content/posts/a.md"]


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ("", IN_SECTIONS),
        ("mainSections = ['posts']\n", ["content/posts/a.md"]),
        ("[params]\nmainSections = ['log', 'posts']\n", IN_SECTIONS),
        ("[params]\nmainSections = ['post']\n", IN_SECTIONS),
    ],
)
def test_the_main_sections_of_hugo_have_its_articles_if_they_have_any_file(
    tmp_path: Path, configuration: str, expected: list[str]
) -> None:
    files = {"hugo.toml": f"title = 'Tide'\n{configuration}", **dict.fromkeys(IN_SECTIONS, post())}
    assert sorted(listed(site(tmp_path, files))) == expected


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ("", ["content/a.md", "content/info/a.md", "content/log/a.md"]),
        ("PAGE_PATHS = ['info/']", ["content/a.md", "content/log/a.md", "content/pages/a.md"]),
        ("ARTICLE_PATHS = ['log']", ["content/log/a.md"]),
    ],
)
def test_the_settings_of_pelican_tell_articles_from_pages(
    tmp_path: Path, configuration: str, expected: list[str]
) -> None:
    paths = ("content/a.md", "content/info/a.md", "content/log/a.md", "content/pages/a.md")
    files = {"pelicanconf.py": f"SITENAME = 'Tide'\n{configuration}\n", **dict.fromkeys(paths, post())}
    assert sorted(listed(site(tmp_path, files))) == expected


def test_a_small_folder_of_articles_may_have_one_file_without_a_date() -> None:
    def folders(dated: int, undated: int) -> frozenset[str]:
        return article_folders([("a.md", number < dated) for number in range(dated + undated)])

    assert folders(3, 1)
    assert not folders(2, 1)
    assert not folders(6, 2)


def test_pages_and_drafts_are_counted_and_not_read(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {
        "content/posts/a.md": post(),
        "content/posts/b.md": post("Two", draft="true"),
        "content/about.md": post("About", ""),
        "content/_index.md": post("Home"),
        "archetypes/default.md": "---\ntitle: {{ .Name }}\n---\n",
        "README.md": "# The site\n",
    })  # fmt: skip
    assert listed(made).keys() == {"content/posts/a.md", "content/posts/b.md"}
    assert made.summary == 'Hugo site "Tide", 1 article, 1 page, 1 draft'
    assert [type(reading).__name__ for reading in made.articles()] == ["Article", "Withheld"]


def test_files_outside_of_the_content_of_a_site_are_pages(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post(), "drafts/b.md": post("Two")})
    assert listed(made).keys() == {"content/posts/a.md"}


def test_a_few_dated_files_beside_the_folders_of_articles_are_pages(tmp_path: Path) -> None:
    posts = {f"content/posts/{number}.md": post(f"Post {number}") for number in range(11)}
    pages = {"content/about/index.md": post("About")}
    assert listed(site(tmp_path, HUGO | posts | pages)).keys() == posts.keys()


def test_an_undated_page_that_is_in_no_collection_is_no_draft(tmp_path: Path) -> None:
    hidden = (
        "---\ntitle: Not found\npermalink: /404.html\neleventyExcludeFromCollections: true\n---\nGone.\n"
    )
    files = {"eleventy.config.js": "", "src/posts/a.md": post(), "src/404.md": hidden}
    assert site(tmp_path, files).summary == "Eleventy site, 1 article, 1 page, 0 drafts"


@pytest.mark.parametrize(
    ("filters", "paths"),
    [
        ("Plugin.RemoveDrafts(), Plugin.ExplicitPublish()", {"content/a.md"}),
        ("Plugin.RemoveDrafts() /* Plugin.ExplicitPublish() */", {"content/a.md", "content/b.md"}),
    ],
)
def test_quartz_may_publish_only_notes_that_say_so(tmp_path: Path, filters: str, paths: set[str]) -> None:
    made = site(tmp_path, {
        "quartz.config.ts": f"export default {{ plugins: {{ filters: [{filters}] }} }}",
        "content/a.md": post(publish="true"),
        "content/b.md": post("Two"),
    })  # fmt: skip
    readings = {path: made.read(path) for path in ("content/a.md", "content/b.md")}
    assert {path for path, each in readings.items() if isinstance(each, Article)} == paths


def test_languages_of_hugo_have_tags_and_addresses_of_their_own(tmp_path: Path) -> None:
    config = """
baseURL = "https://tide.example/"
defaultContentLanguage = "en"
[languages.en]
languageCode = "en-GB"
[languages.zh]
locale = "zh-CN"
baseURL = "https://zh.tide.example/"
[languages.de]
contentDir = "content-de"
"""
    paths = (
        "content/posts/a.md",
        "content/posts/a.en.md",
        "content/posts/b/index.zh.md",
        "content-de/posts/a.md",
    )
    made = site(tmp_path, {"hugo.toml": config} | {path: post() for path in paths})
    found = [article(made, path) for path in paths]
    assert made.taxonomy.language == "en-GB"
    assert [each.language for each in found] == ["en-GB", "en-GB", "zh-CN", "de"]
    assert [each.url for each in found] == [
        "https://tide.example/posts/a/",
        "https://tide.example/posts/a/",
        "https://zh.tide.example/posts/b/",
        "https://tide.example/de/posts/a/",
    ]


def test_data_of_eleventy_may_be_in_any_folder_and_names_of_collections_are_no_topics(
    tmp_path: Path,
) -> None:
    made = site(tmp_path, {
        "eleventy.config.js": 'export default { dir: { input: "website" } };',
        "website/_data/site.js": 'module.exports = { title: "Tide", url: "https://tide.example" };',
        "website/articles/articles.json": '{"tags": ["articles"]}',
        "website/articles/a.md": post(tags="[articles, dikes]"),
    })  # fmt: skip
    assert (made.taxonomy.title, made.taxonomy.url) == ("Tide", "https://tide.example")
    assert article(made, "website/articles/a.md").topics == ("dikes",)


JEKYLL = {"_config.yml": "url: https://tide.example\ncollections: {notes: {output: true}}\n"}


def test_dated_collections_are_articles_if_a_site_has_no_posts(tmp_path: Path) -> None:
    made = site(tmp_path, JEKYLL | {"_notes/a.md": post(), "_guides/b.md": post("Two", "")})
    assert listed(made).keys() == {"_notes/a.md"}
    assert article(made, "_notes/a.md").url == "https://tide.example/notes/a.html"
    write_file(tmp_path, "_posts/2026-01-03-b.md", post("Two"))
    assert "_posts/2026-01-03-b.md" in made.affected({"_posts/2026-01-03-b.md"})
    assert listed(made).keys() == {"_posts/2026-01-03-b.md"}


@pytest.mark.parametrize("listed_as", ["[notes]", "{notes: {path: /notes.xml}}"])
def test_collections_that_have_a_feed_are_articles_beside_the_posts(
    tmp_path: Path, listed_as: str
) -> None:
    config = f"collections_dir: all\nfeed: {{collections: {listed_as}}}\n"
    files = {"_config.yml": config, "all/_notes/a.md": post(), "all/_posts/2026-01-03-b.md": post("Two")}
    assert listed(site(tmp_path, files)).keys() == files.keys() - {"_config.yml"}


def test_the_address_of_a_post_is_that_of_the_site(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post()})
    assert article(made, "content/posts/a.md").url == "https://tide.example/posts/a/"


def test_a_site_without_a_title_has_the_name_of_its_host(tmp_path: Path) -> None:
    post = {"content/a.md": "+++\ntitle = 'A'\ndate = 2026-01-02\n+++\nA."}
    corpus = site(
        tmp_path, {"config.toml": "base_url = 'https://tide.example/blog'\n[markdown]\n", **post}
    )
    assert corpus.taxonomy.title == "tide.example"


def test_only_files_that_refer_to_a_changed_file_are_affected(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {
        "content/posts/a.md": post(body="See [the other](b.md#part)."),
        "content/posts/b.md": post("Two"),
        "content/posts/c.md": post("Three"),
    })  # fmt: skip
    before = listed(made)
    write_file(tmp_path, "content/posts/b.md", post("Two", slug="other-name"))
    assert made.affected({"content/posts/b.md"}) == {"content/posts/a.md", "content/posts/b.md"}
    now = listed(made)
    assert {path for path in now if now[path] != before[path]} >= {"content/posts/a.md"}
    assert now["content/posts/c.md"] == before["content/posts/c.md"]


def test_an_edit_of_the_words_affects_no_other_file(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {
        "content/posts/a.md": post(body="See [the other](b.md)."), "content/posts/b.md": post("Two"),
    })  # fmt: skip
    write_file(tmp_path, "content/posts/b.md", post("Two", body="Other words."))
    assert made.affected({"content/posts/b.md"}) == {"content/posts/b.md"}


def test_an_article_that_becomes_a_page_is_no_file_of_an_article(tmp_path: Path) -> None:
    posts = {f"content/posts/{name}.md": post(name) for name in "abcdefgh"}
    made = site(tmp_path, HUGO | posts)
    assert made.stamp("content/posts/a.md")
    write_file(tmp_path, "content/posts/a.md", post("a", "", type="page"))
    made.affected({"content/posts/a.md"})
    assert made.stamp("content/posts/a.md") is None
    assert "content/posts/a.md" not in listed(made)


def test_the_setting_of_articles_names_the_folders_of_articles(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post(), "content/notes/b.md": post("Two")})
    chosen = Corpus(tmp_path, dialect="auto", articles=("/content/notes/",))
    assert listed(made).keys() == {"content/posts/a.md", "content/notes/b.md"}
    assert listed(chosen).keys() == {"content/notes/b.md"}


def test_a_post_is_read_again_when_it_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post(expiryDate="2030-01-01")})
    now = datetime(2029, 12, 31, 23, tzinfo=UTC).timestamp()
    monkeypatch.setattr("feeds.corpus.site_schema.time", SimpleNamespace(time=lambda: now))
    before = listed(made)
    now += 7200
    assert listed(made) != before


def test_fields_in_a_file_beside_the_text_are_read_again_when_they_change(tmp_path: Path) -> None:
    made = site(tmp_path, {
        "conf.py": 'BLOG_TITLE = "Tide"\nSITE_URL = "https://tide.example/"\n',
        "posts/a.html": "<p>Words.</p>",
        "posts/a.meta": ".. title: One\n.. date: 2026-01-02\n",
        "posts/b.md": ".. title: Two\n.. date: 2026-01-03\n\nWords.\n",
    })  # fmt: skip
    before = listed(made)
    write_file(tmp_path, "posts/a.meta", ".. title: Other\n.. date: 2026-01-02\n")
    assert made.affected({"posts/a.meta"}) >= {"posts/a.html"}
    now = listed(made)
    assert {path for path in now if now[path] != before[path]} == {"posts/a.html"}
    assert article(made, "posts/a.html").title == "Other"


def test_pictures_are_found_after_the_store_restored_the_configuration(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post(image="a.png")})
    (tmp_path / "content/posts/a.png").write_bytes(png(3, 2))
    assert [file.path for file in article(made, "content/posts/a.md").local] == ["content/posts/a.png"]
    made.keep(made.descriptions)
    made.fix("tide.example")
    assert [file.path for file in article(made, "content/posts/a.md").local] == ["content/posts/a.png"]


def test_a_link_to_an_unknown_page_is_no_search_for_a_picture(tmp_path: Path) -> None:
    made = site(
        tmp_path, HUGO | {"content/posts/a.md": post(body="See [it](gone.md) and [that](/gone/).")}
    )
    assert article(made, "content/posts/a.md").local == ()


def test_a_new_configuration_affects_every_article(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post()})
    before = listed(made)
    assert made.concerns_all("hugo.toml")
    write_file(tmp_path, "hugo.toml", 'baseURL = "https://other.example/"\n')
    made.reload()
    assert listed(made) != before
    assert article(made, "content/posts/a.md").url == "https://other.example/posts/a/"


def test_a_broken_configuration_leaves_the_last_good_one_in_force(tmp_path: Path) -> None:
    made = site(tmp_path, HUGO | {"content/posts/a.md": post()})
    write_file(tmp_path, "hugo.toml", "baseURL = 'https://other")
    made.reload()
    (problem,) = made.problems
    assert (problem.path, problem.note) == ("hugo.toml", "its last good version stays in force")
    assert made.taxonomy.title == "Tide"
    again = Corpus(tmp_path, dialect="auto", kept=made.descriptions)
    assert again.taxonomy == made.taxonomy
    (tmp_path / "hugo.toml").unlink()
    again.reload()
    assert again.taxonomy.title == "Tide"
    again.reload(accept_removals=True)
    assert again.taxonomy.title == ""


TIDE = "url: https://tide.example\ntitle: Tide\nlang: fr\ntimezone: Asia/Kolkata\n"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("timezone: Asia/Kolkata", "timezone: Asia/Kolkatta"),
        ("lang: fr", "lang: french!"),
        ("url: https://tide.example", "url: tide"),
    ],
)
def test_a_bad_value_of_a_configuration_is_replaced_by_its_last_good_one_alone(
    tmp_path: Path, line: str, bad: str
) -> None:
    files = {"_config.yml": TIDE, "_posts/2026-01-02-a.md": post(date="2026-01-02 17:30:00")}
    made = site(tmp_path, files)
    before = article(made, "_posts/2026-01-02-a.md")
    assert (before.published, before.language) == (NOON, "fr")
    write_file(tmp_path, "_config.yml", TIDE.replace(line, bad).replace("title: Tide", "title: Ebb"))
    made.reload()
    again = Corpus(tmp_path, dialect="auto", kept=made.descriptions)
    for each in (made, again):
        (problem,) = each.problems
        key = line.partition(":")[0]
        assert (problem.path, problem.subject) == ("_config.yml", key)
        assert problem.note == "its last good value stays in force"
        assert (each.taxonomy.title, each.taxonomy.language) == ("Ebb", "fr")
        after = article(each, "_posts/2026-01-02-a.md")
        assert (after.published, after.url, after.id) == (before.published, before.url, before.id)
    write_file(tmp_path, "_config.yml", "title: [")
    again.reload()
    assert [each.note for each in again.problems] == ["its last good version stays in force"]
    assert article(again, "_posts/2026-01-02-a.md").published == NOON


def test_a_bad_value_that_was_never_good_counts_as_missing(tmp_path: Path) -> None:
    bad = TIDE.replace("Asia/Kolkata", "Asia/Kolkatta")
    made = site(
        tmp_path, {"_config.yml": bad, "_posts/2026-01-02-a.md": post(date="2026-01-02 12:00:00")}
    )
    for title in ("Tide", "Ebb"):
        write_file(tmp_path, "_config.yml", bad.replace("Tide", title))
        made.reload()
        again = Corpus(tmp_path, dialect="auto", kept=made.descriptions)
        for each in (made, again):
            assert [(problem.subject, problem.note) for problem in each.problems] == [("timezone", "")]
            assert each.taxonomy.title == title
            assert article(each, "_posts/2026-01-02-a.md").published == NOON
    write_file(tmp_path, "_config.yml", "title: [")
    again.reload()
    assert again.taxonomy.url == "https://tide.example"


def test_a_bad_value_in_one_file_leaves_that_of_another_in_force(tmp_path: Path) -> None:
    files = {"_config.yml": "title: Tide\nurl: https://tide.example\n", "CNAME": "tide.example\n"}
    made = site(tmp_path, files | {"_posts/2026-01-02-a.md": post()})
    write_file(tmp_path, "_config.yml", "title: Ebb\nurl: 'htp://x'\n")
    write_file(tmp_path, "CNAME", "ebb.example\n")
    made.reload()
    assert (made.taxonomy.title, made.taxonomy.url) == ("Ebb", "https://tide.example")
    assert made.descriptions == {"_config.yml": files["_config.yml"].encode(), "CNAME": b"ebb.example\n"}


def test_a_recorded_dialect_has_precedence_over_a_detected_one(tmp_path: Path) -> None:
    site(tmp_path, HUGO | {"content/posts/a.md": post()})
    assert Corpus(tmp_path, dialect="auto", recorded="own").summary == ""
    assert Corpus(tmp_path, dialect="bare", recorded="own").summary.startswith("Markdown site")
    assert Corpus(tmp_path, dialect="auto", recorded="hugo").summary.startswith("Hugo site")


def test_a_topic_of_all_articles_is_dropped_and_one_of_most_is_not(tmp_path: Path) -> None:
    posts = {
        f"content/posts/{number:02}.md": post(str(number), tags=f"[all, {'most' if number else 'one'}]")
        for number in range(30)
    }
    made = site(tmp_path, HUGO | posts)
    assert article(made, "content/posts/03.md").topics == ("most",)


def test_a_corpus_in_another_process_reads_the_same(tmp_path: Path) -> None:
    made = site(
        tmp_path, HUGO | {"content/posts/a.md": post(body="[b](b.md)"), "content/posts/b.md": post("b")}
    )
    copy = pickle.loads(pickle.dumps(made))
    assert list(copy.articles()) == list(made.articles())


@pytest.mark.parametrize(
    ("configuration", "path", "text", "address"),
    [
        (
            {"_config.yml": "url: https://tide.example\npermalink: posts/:abbrlink.html\n"},
            "source/_posts/a.md",
            "---\ntitle: One\ndate: 2026-01-02\nabbrlink: 4017\n---\nWords.\n",
            "/posts/4017.html",
        ),
        (
            {"_config.yml": "url: https://tide.example\npermalink: :sub_folder/:name/\n"},
            "source/_posts/a.md",
            "---\ntitle: One\ndate: 2026-01-02\nsub-folder: north\n---\nWords.\n",
            "/north/a/",
        ),
        (
            {"_config.yml": "url: https://tide.example\n"},
            "source/_posts/a.md",
            "---\ntitle: One\ndate: 2026-01-02\nnumber: 7\npermalink: /issue-:number/\n---\nWords.\n",
            "/issue-7/",
        ),
        (
            {
                "pelicanconf.py": "SITEURL = 'https://tide.example'\nPATH = 'content'\n"
                "ARTICLE_URL = '{number}/{slug}.html'\n",
            },
            "content/a.md",
            "Title: One\nDate: 2026-01-02\nNumber: 7\n\nWords.\n",
            "/7/one.html",
        ),
        (
            {
                "pelicanconf.py": "SITEURL = 'https://tide.example'\nPATH = 'content'\n"
                "DEFAULT_LANG = 'en'\nARTICLE_LANG_URL = '{lang}/{number}.html'\n",
            },
            "content/a.md",
            "Title: Un\nDate: 2026-01-02\nLang: fr\nNumber: 7\n\nWords.\n",
            "/fr/7.html",
        ),
    ],
)
def test_a_pattern_of_addresses_may_name_any_field(
    tmp_path: Path, configuration: dict[str, str], path: str, text: str, address: str
) -> None:
    marked = {"scaffolds/post.md": ""} if "_config.yml" in configuration else {}
    corpus = site(tmp_path, configuration | marked | {path: text})
    assert article(corpus, path).url == f"https://tide.example{address}"


def test_the_setting_of_addresses_may_name_any_field(tmp_path: Path) -> None:
    write_file(tmp_path, "posts/a.md", post(number="7"))
    corpus = Corpus(
        tmp_path, dialect="auto", url="https://tide.example", permalink="/issues/:number/:slug/"
    )
    assert article(corpus, "posts/a.md").url == "https://tide.example/issues/7/a/"


def test_an_edit_of_a_field_in_the_pattern_of_addresses_changes_the_address(tmp_path: Path) -> None:
    configuration = "url: https://tide.example\npermalink: posts/:abbrlink.html\n"
    corpus = site(tmp_path, {"_config.yml": configuration, "scaffolds/post.md": ""})
    write_file(tmp_path, "source/_posts/a.md", post(abbrlink="4017"))
    write_file(tmp_path, "source/_posts/b.md", post(body="See [one](a.md)."))
    before = listed(corpus)
    write_file(tmp_path, "source/_posts/a.md", post(abbrlink="4018"))
    assert corpus.affected({"source/_posts/a.md"}) == {"source/_posts/a.md", "source/_posts/b.md"}
    assert listed(corpus).keys() == before.keys()
    assert article(corpus, "source/_posts/a.md").url == "https://tide.example/posts/4018.html"


@pytest.mark.parametrize("written", ["/logo.png", "logo.png", "./static/logo.png", "{url: /logo.png}"])
def test_the_logo_of_a_site_is_served_from_its_file(tmp_path: Path, written: str) -> None:
    files = {"_config.yml": f"url: https://tide.example\nlogo: {written}\n"}
    made = site(tmp_path, files | {"_posts/2026-01-02-a.md": post(), "_posts/2026-01-03-b.md": post("b")})
    provider = article(made, "_posts/2026-01-02-a.md").provider
    assert provider
    assert provider.logo
    assert provider.logo.url.startswith("https://tide.example/")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "logo.png").write_bytes(png(40, 30))
    made = Corpus(tmp_path, dialect="auto")
    for path in listed(made):
        found = article(made, path)
        assert found.provider
        assert (logo := found.provider.logo)
        assert logo.url.startswith("http://127.0.0.1:8000/media/")
        assert (logo.width, logo.type) == (40, "image/png")
        assert [file.path for file in found.local] == ["static/logo.png"]


def test_an_article_that_is_deleted_is_listed_no_more_and_others_link_to_it_no_more(
    tmp_path: Path,
) -> None:
    a, b = "content/posts/a.md", "content/posts/b.md"
    corpus = site(tmp_path, {**HUGO, a: post(body="[x](b.md)"), b: post("Two"), "content/c.md": post()})
    before = listed(corpus)
    assert "https://tide.example/posts/b/" in article(corpus, a).html
    (tmp_path / b).unlink()
    after = listed(corpus)
    assert before.keys() - after.keys() == {b}
    assert (before[a] == after[a], before["content/c.md"] == after["content/c.md"]) == (False, True)
    assert article(corpus, a).html == "<p>x</p>"
    assert corpus.digest(b) == b""
    assert [found[0] for found in corpus.files("content/posts") if isinstance(found, tuple)] == [a]


def test_html_without_front_matter_is_a_page_and_a_dangling_link_a_problem(tmp_path: Path) -> None:
    one, page = "_posts/2026-01-02-one.md", "_posts/2026-01-03-page.html"
    corpus = site(tmp_path, {"_config.yml": "", one: post(), page: "<p>Words</p>"})
    (tmp_path / "_posts/2026-01-04-gone.md").symlink_to("nothing.md")
    found = [*corpus.files()]
    assert [each[0] for each in found if isinstance(each, tuple)] == [one]
    assert [each.path for each in found if isinstance(each, ArticleError)] == [
        "_posts/2026-01-04-gone.md"
    ]
    assert corpus.holds(one)
