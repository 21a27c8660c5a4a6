"""R: RSS 2.0 (rssboard.org/rss-specification) and its profile (rssboard.org/rss-profile)."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from xml.parsers import expat

import lxml.html
import msgspec

from feeds.formats import FORMATS
from feeds.formats.text import headline
from tests.conformance.rules import Complaints, Made, count, rule
from tests.formats.reading import find, text

CORE = {
    "rss": "channel",
    "channel": "title link description language copyright managingEditor webMaster pubDate lastBuildDate "
    "category generator docs cloud ttl image rating textInput skipHours skipDays item",
    "image": "url title link width height description",
    "item": "title link description author category comments enclosure guid pubDate source",
    "skipHours": "hour",
    "skipDays": "day",
}
URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+", re.ASCII)
WEB = re.compile(r"https?://[!#-;=?-Z\[\]_a-z~]+", re.ASCII)
DATES = "//pubDate | //lastBuildDate"
DATE = re.compile(
    r"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    r"(?:\d{4}|\d\d) \d\d:\d\d(?::\d\d)? (?:GMT|[+-]\d{4})"
)
MAIL = re.compile(r"[^\s@()]+@[^\s@()]+( \([^()]+\))?")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@rule("R1", "RSS 2.0, required channel elements", "rss")
def version_2_0_with_one_channel_that_is_called_something(made: Made) -> Complaints:
    if made.root.tag != "rss" or made.root.get("version") != "2.0":
        yield f"{made.root.tag} of version {made.root.get('version')}"
    yield from count(made.root, 1, 1, "channel")
    for channel in made.find("channel"):
        yield from count(channel, 1, 1, "title", "link", "description")
    for element in made.root.iter("*"):
        known = CORE.get(element.tag, "").split()
        yield from (f"{e.tag} in {element.tag}" for e in element.iterchildren("*")
                    if e.tag[0] != "{" and e.tag not in known)  # fmt: skip


@rule("R2", "RSS 2.0, elements of item", "rss")
def an_item_has_a_title_or_a_description(made: Made) -> Complaints:
    for item in made.items:
        if not (text(item, "title") + text(item, "description")).strip():
            yield text(item, "guid")


@rule("R3", "RSS 2.0, RFC 822", "rss")
def dates_are_those_of_rfc_822(made: Made) -> Complaints:
    for date in made.find(DATES):
        found = DATE.fullmatch(date.text)
        if not found or found[1] not in (None, parsedate_to_datetime(date.text).strftime("%a")):
            yield date.text


@rule("R4", "RSS profile, RFC 822 dates", "rss")
def dates_have_two_digits_for_the_day_and_four_for_the_year(made: Made) -> Complaints:
    for date in made.find(DATES):
        if not re.match(r"(\w{3}, )?\d\d \w{3} \d{4} ", date.text):
            yield date.text


@rule("R5", "RSS 2.0, image", "rss")
def a_channel_s_image_is_whole_and_small(made: Made) -> Complaints:
    for image in made.find("channel/image"):
        yield from count(image, 1, 1, "url", "title", "link")
        for side, most in (("width", 144), ("height", 400)):
            written = text(image, side) or "1"
            if not (written.isdecimal() and 1 <= int(written) <= most):
                yield f"{side} {written}"


@rule("R6", "RSS profile, image", "rss")
def a_channel_s_image_is_called_like_the_channel(made: Made) -> Complaints:
    for image in made.find("channel/image"):
        for name in ("title", "link"):
            if text(image, name) != text(made.root, f"channel/{name}"):
                yield f"{name} {text(image, name)}"
        if re.search(r"\.(svg|webp|avif)\b", text(image, "url")):
            yield text(image, "url")


@rule("R7", "RSS 2.0, enclosure", "rss")
def an_enclosure_has_an_address_a_length_and_a_type(made: Made) -> Complaints:
    for each in made.find("//enclosure"):
        good = WEB.fullmatch(each.get("url", "")) and re.fullmatch(r"\d+", each.get("length", ""))
        if not good or not re.fullmatch(r"[\w.+-]+/[\w.+-]+", each.get("type", "")):
            yield str(dict(each.attrib))


@rule("R8", "RSS profile, enclosure", "rss")
def an_item_has_one_enclosure_at_most(made: Made) -> Complaints:
    for item in made.items:
        yield from count(item, 0, 1, "enclosure")


@rule("R9", "RSS 2.0, guid", "rss")
def guids_are_unique_say_what_they_are_and_stay(made: Made) -> Complaints:
    guids = [text(item, "guid") for item in made.items]
    if guids != [article.id for article in made.feed.articles] or len(set(guids)) < len(guids):
        yield f"{guids} of {[article.id for article in made.feed.articles]}"
    for item in made.items:
        for guid in find(item, "guid"):
            if guid.get("isPermaLink") != "false" and guid.text != text(item, "link"):
                yield f"{guid.text} is taken for an address"


@rule("R10", "RSS 2.0, guid", "rss")
def a_permanent_link_is_an_address(made: Made) -> Complaints:
    for guid in made.find("//guid[not(@isPermaLink='false')]"):
        if not WEB.fullmatch(guid.text):
            yield guid.text


@rule("R11", "RSS 2.0, author", "rss")
def who_is_named_where_an_e_mail_address_belongs_has_one(made: Made) -> Complaints:
    yield from (each.text for each in made.find("//author | //managingEditor | //webMaster")
                if "@" not in (each.text or ""))  # fmt: skip


@rule("R12", "RSS profile, author", "rss")
def an_e_mail_address_is_followed_by_the_name_in_parentheses(made: Made) -> Complaints:
    yield from (each.text for each in made.find("//author | //managingEditor | //webMaster")
                if not MAIL.fullmatch(each.text or ""))  # fmt: skip


@rule("R13", "RSS profile, namespace elements", "rss")
def nothing_is_said_in_two_vocabularies(made: Made) -> Complaints:
    for item in made.items:
        for one, other in (
            ("author", "dc:creator"), ("category", "dc:subject"), ("source", "dc:source"),
            ("guid", "atom:id"),
        ):  # fmt: skip
            if find(item, one) and find(item, other):
                yield f"{one} and {other} in {text(item, 'guid')}"


@rule("R14", "RSS 2.0, source", "rss")
def a_source_has_an_address_and_a_name(made: Made) -> Complaints:
    for source in made.find("//source"):
        if not WEB.fullmatch(source.get("url", "")) or not text(source, ".").strip():
            yield f"{text(source, '.')} at {source.get('url')}"


@rule("R15", "RSS 2.0, category", "rss")
def a_category_is_called_something(made: Made) -> Complaints:
    # Its taxonomy would be named in @domain, which the project leaves out: see docs/decisions.md.
    for category in made.find("//category"):
        if not text(category, ".").strip():
            yield "a category without a name"


@rule("R16", "RSS 2.0, ttl", "rss")
def ttl_is_a_number_of_minutes(made: Made) -> Complaints:
    yield from (each.text for each in made.find("//ttl")
                if not re.fullmatch("[1-9][0-9]*", each.text or ""))  # fmt: skip


@rule("R17", "RSS 2.0, skipHours and skipDays", "rss")
def hours_and_days_to_skip_are_named_once(made: Made) -> Complaints:
    for path, known in (("hour", [str(n) for n in range(24)]), ("day", DAYS)):
        skipped = [each.text for each in made.find(f"//{path}")]
        if not set(skipped) <= set(known) or len(set(skipped)) < len(skipped):
            yield f"{path}: {skipped}"
    yield from count(made.root, 0, 1, "channel/skipHours", "channel/skipDays")


@rule("R18", "RSS profile, atom:link", "rss")
def a_channel_links_to_itself(made: Made) -> Complaints:
    links = made.find("channel/atom:link[@rel='self']")
    if [(e.get("href"), e.get("type")) for e in links] != [
        (made.feed.addresses["rss"], "application/rss+xml")
    ]:
        yield str([dict(each.attrib) for each in links])
    yield from (each.get("href") for each in links if not WEB.fullmatch(each.get("href", "")))


@rule("R19", "RSS profile, item", "rss")
def a_channel_says_all_of_itself_before_its_first_item(made: Made) -> Complaints:
    for element in made.find("channel/item/following-sibling::*[not(self::item)]"):
        yield element.tag


@rule("R20", "RSS profile, content:encoded", "rss")
def the_description_comes_before_the_content(made: Made) -> Complaints:
    for item in made.items:
        yield from count(item, 0, 1, "description", "content:encoded")
        for content in find(item, "content:encoded"):
            if not find(content, "preceding-sibling::description"):
                yield f"content first, or alone, in {text(item, 'guid')}"


PLAIN = re.compile(r"<(title|category|source|dc:creator|generator)\b[^>]*>([^<]*)</")


@rule("R21", "RSS profile, character data", "rss")
def plain_text_has_hexadecimal_references(made: Made) -> Complaints:
    head = made.text.partition("<item>")[0]
    described = re.findall(r"<(description)>([^<]*)</", head)
    for name, written in PLAIN.findall(made.text) + described:
        if "&amp;" in written or "&lt;" in written:
            yield f"{name}: {written}"


@rule("R22", "XML 1.0, 2.4", "rss", "atom", "opml")
def a_document_is_well_formed(made: Made) -> Complaints:
    try:
        expat.ParserCreate().Parse(made.body, True)
    except expat.ExpatError as error:
        yield str(error)


@rule("R23", "RSS profile, title", "rss")
def a_title_is_the_article_s_plain_text(made: Made) -> Complaints:
    titles = [text(item, "title") for item in made.items]
    for title, article in zip(titles, made.feed.articles, strict=True):
        if title != headline(article):
            yield title


@rule("R24", "RSS profile, description", "rss")
def no_address_in_the_text_is_relative(made: Made) -> Complaints:
    for each in made.find("//item/description | //content:encoded"):
        if "=" not in (each.text or ""):
            continue
        for element in lxml.html.fragment_fromstring(each.text, create_parent=True).iter("*"):
            for name in ("src", "href", "poster"):
                if not re.match(r"[a-z]+:|#|$", element.get(name, "")):
                    yield element.get(name)


@rule("R25", "RSS 2.0, RFC 3986", "rss")
def addresses_are_uris(made: Made) -> Complaints:
    addresses = made.find(
        "//link/text() | //guid/text() | //image/url/text() | //@url | //@href | //@domain"
    )
    yield from (address for address in addresses if not URI.fullmatch(address))


@rule("R26", "RSS 2.0, lastBuildDate", "rss")
def a_channel_was_built_when_its_articles_last_changed(made: Made) -> Complaints:
    built = text(made.root, "channel/lastBuildDate")
    if built != format_datetime(made.feed.updated, usegmt=True):
        yield f"{built}, but the last change was at {made.feed.updated}"
    again = Made("rss", FORMATS["rss"].render(made.feed), made.feed)
    if text(again.root, "channel/lastBuildDate") != built:
        yield f"{built} now, and then {text(again.root, 'channel/lastBuildDate')}"


@rule("R27", "RSS 2.0, extending RSS", "rss")
def what_is_not_rss_is_in_a_namespace(made: Made) -> Complaints:
    core = {name for names in CORE.values() for name in names.split()} | {"rss"}
    yield from (each.tag for each in made.root.iter("*") if each.tag[0] != "{" and each.tag not in core)


@rule("R28", "RSS 2.0, RFC 822", "rss")
def no_article_is_older_than_the_web(made: Made) -> Complaints:
    for date in made.find("//pubDate"):
        if parsedate_to_datetime(date.text) < datetime(1990, 1, 1, tzinfo=UTC):
            yield date.text


def moved(made: Made) -> Made:
    """The same document from another server with the same articles."""
    site = msgspec.structs.replace(made.feed.site, url="https://elsewhere.example")
    feed = msgspec.structs.replace(made.feed, site=site)
    return Made(made.extension, FORMATS[made.extension].render(feed), feed)


@rule("R9", "RSS 2.0, guid", "rss")
def guids_are_the_same_on_another_server(made: Made) -> Complaints:
    here, there = (each.find("//guid/text()") for each in (made, moved(made)))
    if here != there:
        yield f"{here}, but {there}"
