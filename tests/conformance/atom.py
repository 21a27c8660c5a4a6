"""A: Atom (RFC 4287); H: its archives (RFC 5005), also for RSS."""

import re
from datetime import datetime

from feeds.formats.text import headline
from tests.conformance.rss import MAIL, URI, WEB, moved
from tests.conformance.rules import Complaints, Made, count, rule
from tests.formats.reading import find, text

ONCE = ("atom:id", "atom:title", "atom:updated")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
REGISTERED = (
    "alternate", "self", "enclosure", "related", "via", "hub", "current", "first", "last", "previous",
    "next", "prev-archive", "next-archive", "license", "replies", "edit",
)  # fmt: skip
TEXTS = "//atom:title | //atom:subtitle | //atom:summary | //atom:rights | //atom:content"


@rule("A1", "RFC 4287, 4.1.1", "atom")
def a_feed_has_an_id_a_title_and_a_date_before_its_entries(made: Made) -> Complaints:
    yield from count(made.root, 1, 1, *ONCE)
    for late in made.find("atom:entry/following-sibling::*[not(self::atom:entry)]"):
        yield f"{late.tag} after an entry"


@rule("A2", "RFC 4287, 4.1.1 and 4.1.2", "atom")
def every_entry_has_an_author(made: Made) -> Complaints:
    if not made.find("atom:author"):
        yield from (text(entry, "atom:id") for entry in made.items
                    if not find(entry, "atom:author | atom:source/atom:author"))  # fmt: skip


@rule("A3", "RFC 4287, 4.2.1", "atom")
def an_entry_of_another_publisher_names_its_own_author(made: Made) -> Complaints:
    for entry in made.items:
        if not find(entry, "atom:author | atom:source/atom:author"):
            yield text(entry, "atom:id")


@rule("A4", "RFC 4287, 4.1.2", "atom")
def an_entry_has_each_element_once(made: Made) -> Complaints:
    for entry in made.items:
        yield from count(entry, 1, 1, *ONCE)
        names = ("content", "summary", "published", "rights", "source")
        yield from count(entry, 0, 1, *(f"atom:{name}" for name in names))


@rule("A5", "RFC 4287, 4.1.2", "atom")
def an_entry_without_content_has_a_page(made: Made) -> Complaints:
    for entry in made.items:
        if not find(entry, "atom:content | atom:link[@rel='alternate' or not(@rel)]"):
            yield text(entry, "atom:id")


@rule("A6", "RFC 4287, 4.1.1 and 4.1.2", "atom")
def there_is_one_page_of_a_kind(made: Made) -> Complaints:
    for parent in (made.root, *made.items):
        links = find(parent, "atom:link[@rel='alternate' or not(@rel)]")
        kinds = [(each.get("type"), each.get("hreflang")) for each in links]
        if len(set(kinds)) < len(kinds):
            yield f"{kinds} in {text(parent, 'atom:id')}"


@rule("A7", "RFC 4287, 4.1.2", "atom")
def content_that_is_elsewhere_or_binary_has_a_summary(made: Made) -> Complaints:
    for entry in made.items:
        readable = (
            "atom:content[not(@src) and (not(@type) or @type='text' or @type='html' or @type='xhtml')]"
        )
        if find(entry, "atom:content") and not find(entry, f"{readable} | atom:summary"):
            yield text(entry, "atom:id")


@rule("A8", "RFC 4287, 4.2.6", "atom")
def ids_are_the_articles_own_wherever_they_are(made: Made) -> Complaints:
    ids, expected = made.find("//atom:id/text()"), [article.id for article in made.feed.articles]
    yield from (each for each in ids if not URI.fullmatch(each))
    if made.find("atom:entry/atom:id/text()") != expected:
        yield f"{made.find('atom:entry/atom:id/text()')}, but {expected}"
    if moved(made).find("//atom:id/text()") != ids:
        yield f"{ids}, but {moved(made).find('//atom:id/text()')} on another server"


@rule("A9", "RFC 4287, 3.3", "atom")
def dates_are_those_of_rfc_3339(made: Made) -> Complaints:
    dates = made.find("//atom:updated/text() | //atom:published/text() | //at:deleted-entry/@when")
    yield from (date for date in dates if not DATE.fullmatch(date))


@rule("A10", "RFC 4287, 4.2.9 and 4.2.15", "atom")
def nothing_changes_before_it_is_there(made: Made) -> Complaints:
    for entry in made.items:
        published, updated = (
            datetime.fromisoformat(text(entry, f"atom:{name}")) for name in ("published", "updated")
        )
        if published > updated:
            yield f"published {published}, updated {updated}"


@rule("A11", "RFC 4287, 4.2.15", "atom")
def a_feed_is_as_new_as_its_newest_entry(made: Made) -> Complaints:
    updated = datetime.fromisoformat(text(made.root, "atom:updated"))
    entries = [datetime.fromisoformat(text(entry, "atom:updated")) for entry in made.items]
    yield from (str(each) for each in entries if each > updated)


@rule("A12", "RFC 4287, 4.1.1", "atom")
def a_feed_links_to_itself(made: Made) -> Complaints:
    links = made.find("atom:link[@rel='self']/@href")
    if links != [made.feed.addresses["atom"]] or not all(WEB.fullmatch(each) for each in links):
        yield str(links)


@rule("A13", "RFC 4287, 3.1.1", "atom")
def text_is_of_a_known_kind_and_has_no_elements(made: Made) -> Complaints:
    for each in made.find(TEXTS):
        kind = each.get("type", "text")
        divided = kind == "xhtml" and [child.tag for child in each] == [
            "{http://www.w3.org/1999/xhtml}div"
        ]
        if not divided and (kind not in ("text", "html") or len(each)):
            yield f"{each.tag} of type {kind} with {len(each)} elements"


@rule("A14", "RFC 4287, 3.1.1.1", "atom")
def a_title_is_plain_text_escaped_once(made: Made) -> Complaints:
    for entry, article in zip(made.items, made.feed.articles, strict=True):
        (title,) = find(entry, "atom:title")
        if title.get("type", "text") != "text" or title.text != headline(article):
            yield f"{title.text}, of type {title.get('type', 'text')}"


@rule("A15", "RFC 4287, 4.2.7", "atom")
def a_link_has_an_address_and_no_invented_length(made: Made) -> Complaints:
    for link in made.find("//atom:link"):
        if not link.get("href") or not re.fullmatch(r"[1-9]\d*", link.get("length", "1")):
            yield str(dict(link.attrib))


@rule("A16", "RFC 4287, 4.2.7.2", "atom")
def an_enclosure_has_a_type(made: Made) -> Complaints:
    for link in made.find("//atom:link[@rel='enclosure']"):
        if "/" not in link.get("type", ""):
            yield str(dict(link.attrib))


@rule("A17", "RFC 4287, 4.2.7.2", "atom", "rss")
def relations_are_registered(made: Made) -> Complaints:
    for rel in made.find("//atom:link/@rel"):
        if rel not in REGISTERED and not URI.fullmatch(rel):
            yield rel


@rule("A18", "RFC 4287, 4.2.2", "atom")
def a_category_is_readable_by_term(made: Made) -> Complaints:
    for each in made.find("//atom:category"):
        good = each.get("term", "").strip() and each.get("label", "").strip()
        if not good or not URI.fullmatch(each.get("scheme", "")):
            yield str(dict(each.attrib))
    terms = [entry.xpath("*[local-name()='category']/@term") for entry in made.items]
    if [len(each) for each in terms] != [len(article.topics) for article in made.feed.articles]:
        yield str(terms)


@rule("A19", "RFC 4287, 3.2", "atom")
def a_person_has_one_name(made: Made) -> Complaints:
    for person in made.find("//atom:author | //atom:contributor"):
        yield from count(person, 1, 1, "atom:name")
        yield from count(person, 0, 1, "atom:uri", "atom:email")
        yield from (mail for mail in find(person, "atom:email/text()") if not MAIL.fullmatch(mail))


@rule("A20", "RFC 4287, 4.2.11", "atom")
def an_aggregated_entry_names_its_source(made: Made) -> Complaints:
    for entry, article in zip(made.items, made.feed.articles, strict=True):
        sources = find(entry, "atom:source")
        if len(sources) != bool(article.provider):
            yield f"{len(sources)} sources of {article.id}"
        for each in sources:
            yield from count(each, 1, 1, *ONCE)


@rule("A21", "RFC 4287, 4.2.5", "atom")
def an_icon_is_square(made: Made) -> Complaints:
    for address in made.find("atom:icon/text()"):
        icon = made.feed.icon
        if icon and icon.url == address and icon.width != icon.height:
            yield f"{address} is {icon.width} x {icon.height}"


@rule("A22", "RFC 4287, 2", "atom")
def the_feed_has_a_language_and_entries_their_own(made: Made) -> Complaints:
    if text(made.root, "@xml:lang") != made.feed.language:
        yield text(made.root, "@xml:lang")
    for entry, article in zip(made.items, made.feed.articles, strict=True):
        if text(entry, "@xml:lang") != article.language:
            yield f"{article.id}: {text(entry, '@xml:lang')}"


@rule("A23", "RFC 4287, 2", "atom")
def nothing_changes_what_addresses_are_relative_to(made: Made) -> Complaints:
    yield from made.find("//@xml:base")
    addresses = made.find("//@href | //@url | //@src | //atom:icon/text()")
    yield from (address for address in addresses if not WEB.fullmatch(address))


@rule("A24", "RFC 4287, 4.1.1", "atom")
def no_two_entries_have_one_id(made: Made) -> Complaints:
    ids = made.find("atom:entry/atom:id/text()")
    yield from {each for each in ids if ids.count(each) > 1}


@rule("A25", "in practice", "atom")
def the_page_is_the_first_link(made: Made) -> Complaints:
    for parent in (made.root, *made.items):
        if find(parent, "atom:link/@rel")[:1] != ["alternate"]:
            yield f"{find(parent, 'atom:link/@rel')} in {text(parent, 'atom:id')}"


LINKS = "/atom:feed/atom:link | /rss/channel/atom:link"


@rule("H1", "RFC 5005, 3", "atom", "rss")
def pages_are_called_by_their_names(made: Made) -> Complaints:
    rels = [each.get("rel") for each in made.find(LINKS)]
    yield from (rel for rel in rels if rel in ("prev", "start", "end"))
    paged = [
        each for each in made.find(LINKS) if each.get("rel") in ("first", "last", "previous", "next")
    ]
    site = made.feed.site.url
    yield from (each.get("href") for each in paged if not each.get("href", "").startswith(site))


@rule("H2", "RFC 5005, 2", "atom", "rss")
def a_complete_feed_has_no_other_parts(made: Made) -> Complaints:
    if made.find("//fh:complete"):
        others = {"first", "last", "previous", "next", "prev-archive", "next-archive", "current"}
        yield from others & {each.get("rel") for each in made.find(LINKS)}
        yield from ("fh:archive" for _ in made.find("//fh:archive"))


@rule("H3", "RFC 5005, 4", "atom", "rss")
def an_archive_says_so_and_links_to_what_is_current_and_before(made: Made) -> Complaints:
    links = {each.get("rel"): each.get("href") for each in made.find(LINKS)}
    feed, extension = made.feed, made.extension
    if len(made.find("/*/fh:archive | /rss/channel/fh:archive")) != bool(feed.current):
        yield "fh:archive where there is none, or none where there is"
    if links.get("current") != (feed.current[extension] if feed.current else None):
        yield f"current: {links.get('current')}"
    if links.get("prev-archive") != (feed.older[extension] if feed.older else None):
        yield f"prev-archive: {links.get('prev-archive')}"
    if links["self"] in (links.get("current"), links.get("prev-archive")):
        yield f"an archive of itself: {links}"
