"""D: Media RSS 1.5.1, Dublin Core and the syndication module, in RSS and Atom."""

import re

from tests.conformance.atom import DATE
from tests.conformance.rules import Complaints, Made, count, rule
from tests.formats.reading import find, text

MEDIA = "http://search.yahoo.com/mrss/"
MEDIUMS = ("image", "audio", "video", "document", "executable")
# The roles of EBU's list that make sense in a feed of articles.
ROLES = ("actor", "author", "composer", "director", "editor", "photographer", "producer", "publisher",
         "reporter", "writer")  # fmt: skip


@rule("D1", "Media RSS, namespace declaration", "rss", "atom")
def the_namespace_ends_in_a_slash(made: Made) -> Complaints:
    for each in made.root.iter("*"):
        yield from (uri for uri in each.nsmap.values() if "/mrss" in uri and uri != MEDIA)


@rule("D2", "Media RSS, media:group", "rss", "atom")
def a_group_has_several_renditions(made: Made) -> Complaints:
    for group in made.find("//media:group"):
        if len(find(group, "media:content")) < 2:
            yield f"a group of {len(find(group, 'media:content'))}"


@rule("D3", "Media RSS, media:content", "rss", "atom")
def a_content_is_of_a_known_kind_and_has_a_true_size(made: Made) -> Complaints:
    for each in made.find("//media:content"):
        sizes = [each.get(name, "1") for name in ("fileSize", "width", "height")]
        good = each.get("medium") in MEDIUMS and each.get("isDefault", "true") in ("true", "false")
        if not good or not all(re.fullmatch(r"[1-9]\d*", size) for size in sizes):
            yield str(dict(each.attrib))
    for item in made.items:
        yield from count(item, 0, 1, "media:content[@isDefault='true']")


@rule("D4", "Media RSS, media:content", "rss", "atom")
def no_content_belongs_to_the_channel(made: Made) -> Complaints:
    yield from (
        each.get("url") for each in made.find("/rss/channel/media:content | /atom:feed/media:content")
    )


@rule("D5", "Media RSS, media:thumbnail", "rss", "atom")
def a_thumbnail_has_an_address(made: Made) -> Complaints:
    yield from (str(dict(each.attrib)) for each in made.find("//media:thumbnail") if not each.get("url"))


@rule("D6", "in practice", "rss", "atom")
def a_thumbnail_does_not_stand_beside_the_enclosure_it_repeats(made: Made) -> Complaints:
    for item in made.items:
        enclosed = find(item, "enclosure/@url | atom:link[@rel='enclosure']/@href")
        yield from (each for each in find(item, "media:thumbnail/@url") if each in enclosed)


@rule("D7", "in practice", "rss", "atom")
def the_first_content_repeats_the_enclosure(made: Made) -> Complaints:
    for item in made.items:
        first = find(item, "enclosure/@url | atom:link[@rel='enclosure']/@href")[:1]
        if find(item, "media:content/@url")[:1] != first:
            yield f"{find(item, 'media:content/@url')[:1]} and {first}"


@rule("D8", "Media RSS, media:credit", "rss", "atom")
def a_credit_has_a_role_of_the_list(made: Made) -> Complaints:
    for credit in made.find("//media:credit"):
        if credit.get("scheme", "urn:ebu") == "urn:ebu" and credit.get("role", ROLES[0]) not in ROLES:
            yield credit.get("role")


@rule("D9", "Media RSS, media:title and media:description", "rss", "atom")
def a_content_is_described_once(made: Made) -> Complaints:
    for each in made.find("//*[media:title or media:description]"):
        yield from count(each, 0, 1, "media:title", "media:description")
    kinds = made.find("//media:title/@type | //media:description/@type")
    yield from (kind for kind in kinds if kind not in ("plain", "html"))


@rule("D10", "Media RSS, media:rating and media:hash", "rss", "atom")
def ratings_and_hashes_are_of_known_kinds(made: Made) -> Complaints:
    for rating in made.find("//media:rating[not(@scheme) or @scheme='urn:simple']"):
        if rating.text not in ("adult", "nonadult"):
            yield str(rating.text)
    yield from (kind for kind in made.find("//media:hash/@algo") if kind not in ("md5", "sha-1"))


@rule("D11", "Dublin Core 1.1", "rss", "atom")
def languages_and_rights_are_named_once_and_dates_are_w3cdtf(made: Made) -> Complaints:
    for item in made.items:
        yield from count(item, 0, 1, "dc:language", "dc:rights")
    dates = made.find("//dc:date/text()")
    yield from (
        date for date in dates if not (DATE.fullmatch(date) or re.fullmatch(r"\d{4}(-\d\d){0,2}", date))
    )
    codes = made.find("//dc:language/text()")
    yield from (code for code in codes if not re.fullmatch(r"[a-zA-Z]{2,3}(-\w+)*", code))


@rule("D12", "RSS 1.0 modules, syndication", "rss", "atom")
def the_rhythm_is_a_period_and_a_frequency(made: Made) -> Complaints:
    periods = [each.text for each in made.find("//sy:updatePeriod")]
    often = [each.text for each in made.find("//sy:updateFrequency")]
    known = {"hourly", "daily", "weekly", "monthly", "yearly"}
    if len(periods) > 1 or len(often) > 1 or not set(periods) <= known:
        yield f"{periods}, {often}"
    yield from (each for each in often if not re.fullmatch(r"[1-9]\d*", each))
    yield from (each for each in made.find("//sy:updateBase/text()") if not DATE.fullmatch(each))


@rule("D13", "Media RSS, optional elements", "rss", "atom")
def what_is_said_of_a_picture_stands_inside_of_it(made: Made) -> Complaints:
    for each in made.find("//media:description | //media:credit"):
        if each.getparent().tag != f"{{{MEDIA}}}content":
            yield text(each, ".")
