"""The suite is complete, and each of its rules can fail."""

import re

from tests.conformance.checklist import EXPLAINED, IDS, NARROWER, RULES
from tests.conformance.documents import invented
from tests.conformance.promises import PROMISES
from tests.conformance.rules import Made
from tests.table import check_each, for_each

CASES = {each.id for each in (*RULES, *PROMISES)}


def test_every_line_of_the_checklist_is_a_case_or_explained() -> None:
    assert [id_ for id_ in IDS if (id_ in CASES) == (id_ in EXPLAINED)] == []


def test_every_case_and_explanation_is_a_line_of_the_checklist() -> None:
    assert CASES | EXPLAINED.keys() == set(IDS)
    assert NARROWER.keys() <= CASES


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [(each.id, each.complaints.__name__) for each in RULES]
    names += [(each.id, each.check.__name__) for each in PROMISES]
    assert len(set(names)) == len(names)


RSS, ATOM, JSON, OPML = (f"every-feature.{extension}" for extension in ("rss", "atom", "json", "opml"))

# A rule, a document that follows it, and a replacement that makes the document break it.
MUTATIONS = [
    ("R1", RSS, ' version="2.0"', ' version="0.91"'),
    ("R1", RSS, r"<description>What.*?</description>", ""),
    ("R1", RSS, "<item>", "<item><banner/>"),
    ("R2", RSS, r"<title>Title 1</title>(.*?)<description>Summary 1</description>", r"\1"),
    ("R3", RSS, r"<pubDate>\w+", "<pubDate>Sun"),
    ("R3", RSS, r" GMT</pubDate>", " +00:00</pubDate>"),
    ("R3", RSS, " Jan 2026", " Jän 2026"),
    ("R4", RSS, r"<pubDate>(\w+), 02 Jan 2026", r"<pubDate>\1, 2 Jan 2026"),
    ("R5", RSS, r"<url>.*?</url>", ""),
    ("R5", RSS, "</image>", "<width>145</width></image>"),
    ("R5", RSS, "</image>", "<height>0</height></image>"),
    ("R6", RSS, r"(<image>.*?<title>).*?(</title>)", r"\1Logo\2"),
    ("R6", RSS, "icon.png", "icon.svg"),
    ("R7", RSS, r'length="0"', 'length="-1"'),
    ("R7", RSS, r'length="0"', 'length=""'),
    ("R7", RSS, r'<enclosure url="https://example.org', '<enclosure url="'),
    ("R7", RSS, r'(<enclosure [^>]*) type="image/png"', r"\1"),
    ("R8", RSS, r"(<enclosure [^>]*>)", r"\1\1"),
    ("R9", RSS, r'isPermaLink="false"', ""),
    ("R9", RSS, "2020:2</guid>", "2020:1</guid>"),
    ("R9", RSS, "<guid.*?</guid>", ""),
    ("R10", RSS, 'isPermaLink="false"', 'isPermaLink="true"'),
    ("R11", RSS, r"<pubDate>", "<author>Ada</author><pubDate>"),
    ("R12", RSS, r"<pubDate>", "<author>Ada ada@example.org</author><pubDate>"),
    ("R13", RSS, r"<pubDate>", "<author>ada@example.org (Ada)</author><pubDate>"),
    ("R14", RSS, r"<source url=[^>]*>", "<source>"),
    ("R14", RSS, r"(<source [^>]*>)[^<]*", r"\1"),
    ("R15", RSS, r"(<category>)[^<]*", r"\1"),
    ("R16", RSS, r"<ttl>\d+", "<ttl>0"),
    ("R17", RSS, "<ttl>", "<skipHours><hour>24</hour></skipHours><ttl>"),
    ("R17", RSS, "<ttl>", "<skipDays><day>Monday</day><day>Monday</day></skipDays><ttl>"),
    ("R18", RSS, r'<atom:link [^>]*rel="self"[^>]*>', ""),
    ("R18", RSS, r"https://feeds.example/feed.rss", "/feed.rss"),
    ("R19", RSS, "</channel>", "<language>en</language></channel>"),
    ("R20", RSS, "<description>Summary 1</description>", ""),
    ("R20", RSS, r"(<description>Summary 1</description>)\s*(<content:.*?</content:encoded>)", r"\2\1"),
    ("R21", RSS, "&#x26;", "&amp;"),
    ("R21", RSS, "&#x3C;", "&lt;"),
    ("R22", RSS, r"<title>Title 1", "<title>a ]]> b"),
    ("R22", ATOM, r"<title>Title 1", "<title>a & b"),
    ("R23", RSS, "<title>Title 1", "<title>&#x3C;b>Title&#x3C;/b> 1"),
    ("R24", RSS, r'<img src="https://example.org', '<img src="'),
    ("R25", RSS, "<link>https://example.org/1<", "<link>https://bücher.example/a b<"),
    ("R25", RSS, '(<enclosure url="https://example.org/)', r"\1 "),
    ("R26", RSS, r"<lastBuildDate>[^<]*", "<lastBuildDate>Sun, 01 Feb 2026 00:00:00 GMT"),
    ("R27", RSS, "<dc:creator>Example</dc:creator>", "<creator>Example</creator>"),
    ("R28", RSS, r"<pubDate>[^<]*", "<pubDate>Thu, 01 Jan 1970 00:00:00 GMT"),
    ("A1", ATOM, r"<updated>.*?</updated>", ""),
    ("A1", ATOM, "</feed>", "<rights>Mine</rights></feed>"),
    ("A2", ATOM, r"<author>.*?</author>(.*?)<author>.*?</author>", r"\1"),
    ("A3", ATOM, r"(<entry>.*?)<author>.*?</author>", r"\1"),
    ("A4", ATOM, r"(<entry>.*?)(<updated>.*?</updated>)", r"\1\2\2"),
    ("A4", ATOM, r"(<summary>.*?</summary>)", r"\1\1"),
    ("A5", ATOM, r"<link rel=\"alternate\"[^>]*>(\s*<source>.*?)<content.*?</content>", r"\1"),
    ("A6", ATOM, r"(<entry>.*?)(<link rel=\"alternate\"[^>]*>)", r"\1\2\2"),
    ("A7", ATOM, r'<summary>.*?</summary>\s*<content type="html">', '<content type="image/png">'),
    ("A8", ATOM, "<id>tag:example.org,2020:1<", "<id>1<"),
    ("A8", ATOM, "<id>tag:example.org,2020:feeds<", "<id>https://feeds.example/<"),
    ("A9", ATOM, r"<published>[^<]*", "<published>2026-01-02"),
    ("A9", ATOM, r"T12:00:00\+00:00</published>", "t12:00:00z</published>"),
    ("A10", ATOM, r"<published>2026", "<published>2027"),
    ("A11", ATOM, r"<updated>2026", "<updated>2025"),
    ("A12", ATOM, r'<link [^>]*rel="self"[^>]*>', ""),
    ("A13", ATOM, r"<title>Title 1", '<title type="text/html">Title 1'),
    ("A13", ATOM, r"<summary>Summary 1", "<summary><b>Summary</b> 1"),
    ("A14", ATOM, r"&amp;amp;", "&amp;amp;amp;"),
    ("A14", ATOM, r"<title>Title 1", '<title type="html">Title 1'),
    ("A15", ATOM, r'rel="enclosure"', 'rel="enclosure" length="0"'),
    ("A15", ATOM, r'(<link rel="alternate"[^>]*) href="[^"]*"', r"\1"),
    ("A16", ATOM, r'rel="enclosure" type="[^"]*"', 'rel="enclosure"'),
    ("A17", ATOM, r'rel="enclosure"', 'rel="picture"'),
    ("A18", ATOM, r'term="Tests"', 'term=""'),
    ("A18", ATOM, r'scheme="[^"]*"', 'scheme="topics"'),
    ("A19", ATOM, r"<name>Example</name>", "<name>A</name><name>B</name>"),
    ("A19", ATOM, r"<name>Example</name>", "<name>A</name><email>B</email>"),
    ("A20", ATOM, r"<source>.*?</source>", ""),
    ("A20", ATOM, r"(<source>.*?)<updated>.*?</updated>", r"\1"),
    ("A22", ATOM, r'xml:lang="en-GB"', ""),
    ("A23", ATOM, r"<entry>", '<entry xml:base="https://example.org/">'),
    ("A23", ATOM, r'href="https://example.org/1"', 'href="/1"'),
    ("A24", ATOM, r"2020:2</id>", "2020:1</id>"),
    ("A25", ATOM, r'(<link href="https://feeds.example/") rel="alternate"', r'\1 rel="related"'),
    ("H1", ATOM, r'rel="self"', 'rel="prev"'),
    ("H1", ATOM, r'<link href="[^"]*" rel="self"', '<link href="https://e.example/" rel="next"'),
    ("H2", RSS, "<fh:complete/>", '<fh:complete/><atom:link rel="prev-archive" href="https://e.example/"/>'),
    ("H3", "archive.atom", "<fh:archive/>", ""),
    ("H3", "archive.rss", r'<atom:link rel="current"[^>]*>', ""),
    ("H3", "archive.rss", r'<atom:link rel="prev-archive"[^>]*>', ""),
    ("D1", RSS, "com/mrss/", "com/mrss"),
    ("D2", RSS, r"(<media:content .*?</media:content>)", r"<media:group>\1</media:group>"),
    ("D3", RSS, 'medium="image"', 'medium="picture"'),
    ("D3", ATOM, '(<media:content [^>]*)width="640"', r'\1width="0"'),
    ("D4", RSS, "<ttl>", '<media:content url="https://e.example/" medium="image"/><ttl>'),
    ("D5", RSS, r"<media:thumbnail url=\"[^\"]*\"", "<media:thumbnail"),
    ("D6", RSS, r'(<enclosure url="([^"]*)"[^>]*>)', r'\1<media:thumbnail url="\2"/>'),
    ("D7", RSS, r'<enclosure url="', '<enclosure url="https://other.example/'),
    ("D8", RSS, "<media:thumbnail", '<media:credit role="owner">Ada</media:credit><media:thumbnail'),
    ("D9", RSS, r"(<media:description.*?</media:description>)", r"\1\1"),
    ("D9", RSS, r'<media:description type="plain"', '<media:description type="text"'),
    ("D10", RSS, "<media:thumbnail", "<media:rating>G</media:rating><media:thumbnail"),
    ("D10", RSS, "<media:thumbnail", '<media:hash algo="sha-256">0</media:hash><media:thumbnail'),
    ("D11", RSS, r"(<dc:language>.*?</dc:language>)", r"\1\1"),
    ("D11", RSS, "<dc:language>", "<dc:date>2 Jan 2026</dc:date><dc:language>"),
    ("D12", RSS, "<sy:updatePeriod>", "<sy:updatePeriod>Hourly "),
    ("D12", ATOM, r"<sy:updateFrequency>\d+", "<sy:updateFrequency>0"),
    ("D13", RSS, r"(<media:description.*?</media:description>)(.*?</media:content>)", r"\2\1"),
    ("J1", JSON, r'"version": "[^"]*",', ""),
    ("J1", JSON, r'"title": "[^"]*",', ""),
    ("J2", JSON, r'"feed_url": "[^"]*",', ""),
    ("J2", JSON, r'"home_page_url": "[^"]*"', '"home_page_url": "/"'),
    ("J3", JSON, r'"id": "[^"]*2020:1"', '"id": 1'),
    ("J3", JSON, r'2020:2"', '2020:1"'),
    ("J4", JSON, r'"content_html": "[^"]*",', ""),
    ("J5", JSON, r'"title": "Title 1"', '"title": "<b>Title</b> 1"'),
    ("J5", JSON, r'"summary": "Summary 1"', '"summary": "Summary &amp; 1"'),
    ("J6", JSON, r'"url": "https://example.org/1",', ""),
    ("J7", JSON, r'"date_published": "[^"]*"', '"date_published": "2026-01-02"'),
    ("J8", JSON, r'"authors": \[\s*\{[^}]*\}', '"authors": ["Ada"'),
    ("J9", JSON, r'"language":', '"authors": [{"name": "Ada"}], "language":'),
    ("J10", JSON, r',\s*"mime_type": "[^"]*"', ""),
    ("J10", JSON, r'("mime_type": "[^"]*")', r'\1, "size_in_bytes": "1"'),
    ("J11", JSON, r'"image": "[^"]*",', ""),
    ("J12", "archive.json", r"2025-11", "2026-01"),
    ("J13", "archive.json", r'"type": "WebSub",', ""),
    ("J14", JSON, r'"language":', '"expired": "no", "language":'),
    ("J15", JSON, r'"language": "en-GB"', '"language": "en_GB"'),
    ("J16", "archive.json", r'"about": "[^"]*",', ""),
    ("J16", JSON, r'("_related": \{\s*)"about": "[^"]*",', r"\1"),
    ("J16", JSON, r'"language":', '"_a.b": {"about": "https://e.example/"}, "language":'),
    ("J17", JSON, r"^", "\ufeff"),
    ("J17", JSON, r'"language":', '"_x": NaN, "language":'),
    ("J17", JSON, r'"language":', '"title": "Again", "language":'),
    ("J17", JSON, "🎉", r"\\ud83c\\udf89"),
    ("J18", JSON, r'"icon": "[^"]*",', ""),
    ("J19", JSON, r'"language":', '"_x": "' + "x" * 1_000_000 + '", "language":'),
    ("O1", OPML, 'version="2.0"', 'version="1.0"'),
    ("O1", OPML, r"<body>.*</body>", "<body></body>"),
    ("O2", OPML, r'text="Topics"', ""),
    ("O3", OPML, r'type="rss"', 'type="atom"'),
    ("O3", OPML, r'xmlUrl="https://feeds.example', 'xmlUrl="'),
    ("O4", OPML, r'type="rss"', 'type="rss" version="ATOM"'),
    ("O5", OPML, "<head>", "<head><dateCreated>2026-01-02</dateCreated>"),
    ("O6", OPML, r'<outline text="Topics"', '<outline text="Topics" title="Topics"'),
    ("O7", OPML, r'type="rss"', 'type="rss" articles="7"'),
    ("O9", OPML, "<head>", "<head><docs>https://opml.org/spec2.opml</docs>"),
    ("X1", RSS, "Title 1", "Title \x0b1"),
    ("X1", ATOM, "Title 1", "Title &#xFFFF;1"),
    ("X2", RSS, "Title 1", "Title \x931"),
    ("X2", JSON, "Title 1", "Title \ufffd1"),
    ("X3", ATOM, "Title 1", "Title&nbsp;1"),
    ("X4", RSS, r"\]\]\]\]><!\[CDATA\[>", ""),
    ("X5", RSS, "UTF-8", "ISO-8859-1"),
    ("X5", ATOM, "🎉", "&#xD83C;&#xDF89;"),
    ("X6", RSS, "<title>שלום", "<title>\u202bשלום"),
    ("X6", JSON, r',\s*"language": "he"', ""),
    ("X8", ATOM, r'(href="https://xn--[^"]*)&amp;', r"\1&amp;amp;"),
    ("X8", JSON, r'"url": "https://example.org/1"', '"url": "/1"'),
    ("X9", RSS, "xmlns:dc=", 'xmlns:ns0="http://purl.org/dc/elements/1.1/" xmlns:dc='),
    ("X10", RSS, r"<!\[CDATA\[", "<![CDATA[<script>go()</script>"),
    ("X10", ATOM, r'<img ', '<img onload="go()" '),
    ("X12", RSS, r"<dc:creator>.*?</dc:creator>", ""),
]  # fmt: skip


@for_each("name", sorted({name for _, name, *_ in MUTATIONS}))
def test_a_rule_notices_each_of_its_violations(name: str) -> None:
    good = invented(*name.split("."))

    def check(mutation: tuple[str, str, str]) -> None:
        id_, old, new = mutation
        changed = re.sub(old, new, good.text, count=1, flags=re.DOTALL).encode()
        bad = Made(good.extension, changed, good.source)
        assert bad.body != good.body
        rules = [rule for rule in RULES if rule.id == id_ and good.extension in rule.formats]
        assert not any(rule.broken_by(good) for rule in rules)
        assert any(rule.broken_by(bad) for rule in rules)

    check_each([(id_, old, new) for id_, each, old, new in MUTATIONS if each == name], check)


def test_every_rule_has_a_violation_that_it_notices() -> None:
    # A21: only the picture shows whether an icon is square.
    assert {rule.id for rule in RULES} - {id_ for id_, *_ in MUTATIONS} <= {"A21"}
