"""The content of feeds: each violation has exactly its line, a valid feed of any format none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.doctor.finding import FindingGroup
from feeds.doctor.kinds import kind_of
from feeds.doctor.validity import entry_count, problems_of, validity_findings
from tests.doctor.scripted_feed import ENTRIES, NOW, atom, json_feed, rss
from tests.error_form import assert_form
from tests.paths import ROOT

FEED = FindingGroup("feed")
GOLDEN = [
    file
    for file in sorted((ROOT / "tests" / "golden").iterdir())
    if file.suffix in (".rss", ".atom", ".json")
]


def check(text: str) -> list[str]:
    """The lines for a feed."""
    found = [*validity_findings(FEED, text.encode(), NOW)]
    for each in found:
        assert_form(each.message)
    return [f"{each.level}: {each.message}" for each in found]


@pytest.mark.parametrize(
    "text", [rss(), rss(link=""), atom(), json_feed()], ids=["rss", "rss without link", "atom", "json"]
)
def test_a_valid_feed_has_no_line(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_the_feeds_of_this_project_have_no_line(file: Path) -> None:
    assert kind_of(file.read_bytes())
    assert check(file.read_text()) == []


def test_many_violations_of_one_kind_are_one_line() -> None:
    problem, remedy = "not an absolute address", "write it with https:// and the host"
    assert check(rss().replace("<link>https://site.example/", "<link>/")) == [
        f"warning: channel link: {problem}; {remedy}",
        f"warning: link: {problem} (20 times, first: 'One'); {remedy}",
    ]


RSS_DEFECTS = {
    "XML that is not well-formed": (
        rss(title="<title>A & B</title>"),
        "failure: XML: not well-formed at line 1, column ",
    ),
    "a guid that is missing": (
        rss(guid=""),
        "warning: guid: missing, so that readers may show an item twice ('One'); ",
    ),
    "a guid that is not unique": (
        rss(guid='<guid isPermaLink="false">tag:1</guid>'),
        "failure: guid: not unique, so that readers lose entries ('tag:1'); ",
    ),
    "a guid that is no address": (
        rss(guid="<guid>0</guid>"),
        "warning: guid: not an absolute address ('One'); ",
    ),
    "a link without host": (
        rss(link="<link>/0</link>"),
        "warning: link: not an absolute address ('One'); ",
    ),
    "a date of another kind": (
        rss(date="<pubDate>2026-11-28</pubDate>"),
        "warning: pubDate: not a date of RFC 822 ('One'); ",
    ),
    "a date in the future": (
        rss(date="<pubDate>Sat, 28 Nov 2037 12:00:00 GMT</pubDate>"),
        "warning: pubDate: in the future ('One'); ",
    ),
    "an item without texts": (
        rss(title="", text=""),
        "failure: item: neither title nor description ('https://site.example/0'); ",
    ),
    "an enclosure without length": (
        rss(media='<enclosure url="https://site.example/0.mp3" type="audio/mpeg"/>'),
        "warning: enclosure: without length ('One'); ",
    ),
    "a channel without link": (
        rss().replace("<link>https://site.example/</link>", ""),
        "warning: channel link: missing; ",
    ),
    "no channel": ("<rss/>", "failure: channel: missing; "),
}
ATOM_DEFECTS = {
    "an id that is missing": (atom(id=""), "warning: id: missing ('One'); "),
    "an id that is not unique": (
        atom(id="<id>tag:site.example,2026:1</id>"),
        "failure: id: not unique, so that readers lose entries ('tag:site.example,2026:1'); ",
    ),
    "an id that is no IRI": (atom(id="<id>0</id>"), "warning: id: no IRI ('One'); "),
    "no author": (atom(author=""), "warning: author: missing ('One'); "),
    "no update": (atom(updated=""), "warning: updated: missing ('One'); "),
    "a date of mail": (
        atom(updated="<updated>Sat, 28 Nov 2026 12:00:00 GMT</updated>"),
        "warning: updated: not a date of RFC 3339 ('One'); ",
    ),
    "a link without host": (
        atom(link='<link href="0"/>'),
        "warning: link: not an absolute address ('One'); ",
    ),
    "neither link nor content": (
        atom(link="", text=""),
        "warning: link: missing in an entry without content ('One'); ",
    ),
    "a type that is unknown": (
        atom(title='<title type="markdown">One</title>'),
        "warning: title: of an unknown type ('One'); ",
    ),
    "another namespace": (
        atom().replace("2005/Atom", "2006/Atom"),
        "failure: namespace: not the one of Atom; ",
    ),
}
JSON_DEFECTS = {
    "JSON that is not well-formed": (json_feed()[:-1], "failure: JSON: not well-formed: "),
    "an id that is missing": (
        json_feed(id=None),
        "failure: id: missing, so that readers must leave the item out ('One'); ",
    ),
    "an id that is a number": (
        json_feed(id=7),
        "warning: id: not a string ('One'); ",
    ),
    "an id that is not unique": (json_feed(id="1"), "failure: id: not unique, so that readers lose "),
    "no content": (
        json_feed(content_text=None),
        "warning: item: neither content_html nor content_text ('One'); ",
    ),
    "a date without time": (
        json_feed(date_published="2026-11-28"),
        "warning: date_published: not a date of RFC 3339 ('One'); ",
    ),
    "a date that no calendar has": (
        json_feed(date_published="2026-02-30T12:00:00Z"),
        "warning: date_published: not a date of RFC 3339 ('One'); ",
    ),
    "an address with half a bracket": (
        json_feed(url="https://[site.example/0"),
        "warning: url: not an absolute address ('One'); ",
    ),
    "no title": (json_feed().replace('"title": "Site"', '"name": "Site"'), "warning: title: missing; "),
    "a link without host": (
        json_feed(url="/0"),
        "warning: url: not an absolute address ('One'); ",
    ),
    "an attachment without type": (
        json_feed(attachments=[{"url": "https://site.example/0.mp3"}]),
        "warning: attachment: without mime_type ('One'); ",
    ),
    "no list of items": (
        json_feed().replace('"items"', '"item"'),
        "failure: items: not a list; ",
    ),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [each for defects in (RSS_DEFECTS, ATOM_DEFECTS, JSON_DEFECTS) for each in defects.values()],
    ids=[each for defects in (RSS_DEFECTS, ATOM_DEFECTS, JSON_DEFECTS) for each in defects],
)
def test_each_violation_has_its_line(text: str, expected: str) -> None:
    (line,) = check(text)
    assert line.startswith(expected)


def test_the_entries_of_a_feed_are_counted_if_it_can_be_read() -> None:
    feeds = [rss(), atom(), json_feed(), rss(title="<title>A & B</title>")]
    assert [entry_count(each.encode()) for each in feeds] == [ENTRIES, 2, 2, 0]


@given(
    st.sampled_from([rss(), atom(), json_feed(attachments=[{}])]),
    st.integers(0, 3_000),
    st.integers(0, 200),
    st.text(max_size=5),
)
def test_no_content_is_too_strange(text: str, start: int, length: int, other: str) -> None:
    changed = text[:start] + other + text[start + length :]
    for each in problems_of(changed.encode(), NOW):
        assert each.text


@pytest.mark.parametrize(
    "member",
    [
        {"items": {}},
        {"items": [None, 7, "x", [], {}]},
        {"items": [{"attachments": "x"}, {"attachments": [None]}, {"url": None, "date_published": 7}]},
    ],
)
def test_members_of_other_types_are_violations(member: dict[str, object]) -> None:
    version = {"version": "https://jsonfeed.org/version/1.1", "title": "Site"}
    assert check(json.dumps(version | member))


def test_an_entity_of_a_stranger_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    document = f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    text = rss(guid="", title="<title>&e;</title>").replace("?>", f"?>{document}", 1)
    assert "secret" not in "".join(check(text)).replace(str(secret), "")
