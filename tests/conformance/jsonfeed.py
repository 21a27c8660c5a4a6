"""J: JSON Feed 1.1 (jsonfeed.org/version/1.1)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from feeds.article import Image
from feeds.formats import FORMATS
from feeds.formats.text import headline, summary
from tests.conformance.atom import DATE
from tests.conformance.rss import WEB, moved
from tests.conformance.rules import Complaints, Made, rule

SPEC = "JSON Feed 1.1"
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8})*")


@rule("J1", f"{SPEC}, top-level", "json")
def the_version_comes_first_and_items_are_a_list(made: Made) -> Complaints:
    feed = made.json
    if next(iter(feed), "") != "version" or feed["version"] != "https://jsonfeed.org/version/1.1":
        yield f"{next(iter(feed), '')}: {feed.get('version')}"
    if not isinstance(feed.get("items"), list) or not feed.get("title"):
        yield f"title {feed.get('title')}, items {type(feed.get('items'))}"


@rule("J2", f"{SPEC}, top-level", "json")
def the_feed_says_where_it_and_its_page_are(made: Made) -> Complaints:
    if made.json.get("feed_url") != made.feed.addresses["json"]:
        yield str(made.json.get("feed_url"))
    if not WEB.fullmatch(made.json.get("home_page_url", "")):
        yield str(made.json.get("home_page_url"))


@rule("J3", f"{SPEC}, items", "json")
def ids_are_strings_unique_and_the_article_s_own(made: Made) -> Complaints:
    ids = [item.get("id") for item in made.json["items"]]
    yield from (f"{each!r}" for each in ids if not isinstance(each, str) or not each.strip())
    if ids != [article.id for article in made.feed.articles] or len({*map(str, ids)}) < len(ids):
        yield str(ids)
    if [item["id"] for item in moved(made).json["items"]] != ids:
        yield "others on another server"


@rule("J4", f"{SPEC}, items", "json")
def every_item_has_content(made: Made) -> Complaints:
    for item in made.json["items"]:
        if not (item.get("content_html") or item.get("content_text")):
            yield item["id"]


@rule("J5", f"{SPEC}, items", "json")
def what_is_not_content_html_is_plain_text(made: Made) -> Complaints:
    for item, article in zip(made.json["items"], made.feed.articles, strict=True):
        if item["title"] != headline(article) or item.get("content_text", headline(article)) != headline(
            article
        ):
            yield f"{item['title']}: {item.get('content_text')}"
        if item.get("summary", "") not in ("", summary(article)):
            yield item["summary"]


@rule("J6", f"{SPEC}, items", "json")
def every_item_has_an_address(made: Made) -> Complaints:
    yield from (item["id"] for item in made.json["items"] if not WEB.fullmatch(item.get("url", "")))


@rule("J7", f"{SPEC}, items", "json")
def dates_are_those_of_rfc_3339(made: Made) -> Complaints:
    for item in made.json["items"]:
        dates = [item.get(name, "none") for name in ("date_published", "date_modified")]
        yield from (date for date in dates if not DATE.fullmatch(date))


@rule("J8", f"{SPEC}, authors", "json")
def authors_are_a_list_of_somebody(made: Made) -> Complaints:
    for parent in (made.json, *made.json["items"]):
        for each in parent.get("authors", []):
            if not isinstance(each, dict) or not {"name", "url", "avatar"} & each.keys():
                yield str(each)
        if "author" in parent and "authors" not in parent:
            yield f"only an author, of 1.0: {parent['author']}"


@rule("J9", "in practice", "json")
def authors_are_with_the_items(made: Made) -> Complaints:
    if "authors" in made.json:
        yield f"of the feed: {made.json['authors']}"
    yield from (item["id"] for item in made.json["items"] if not item.get("authors"))


@rule("J10", f"{SPEC}, attachments", "json")
def an_attachment_has_an_address_and_a_type_and_sizes_are_numbers(made: Made) -> Complaints:
    for item in made.json["items"]:
        for each in item.get("attachments", []):
            sizes = [each.get(name, 1) for name in ("size_in_bytes", "duration_in_seconds")]
            good = all(isinstance(size, int | float) and size > 0 for size in sizes)
            if not good or not WEB.fullmatch(each.get("url", "")) or "/" not in each.get("mime_type", ""):
                yield str(each)


@rule("J11", f"{SPEC}, items", "json")
def the_image_is_attached_as_well(made: Made) -> Complaints:
    for item in made.json["items"]:
        attached = [
            each["url"] for each in item.get("attachments", []) if each["mime_type"].startswith("image/")
        ]
        if attached[:1] != ([item["image"]] if "image" in item else []):
            yield f"{item.get('image')} and {attached}"
        if "banner_image" in item and item["banner_image"] in item.get("content_html", ""):
            yield f"banner {item['banner_image']}"


@rule("J12", f"{SPEC}, top-level", "json")
def the_next_part_is_another_one(made: Made) -> Complaints:
    current = made.feed.current["json"] if made.feed.current else None
    if made.json.get("next_url", "") in (made.json["feed_url"], current):
        yield made.json["next_url"]
    if made.json.get("next_url", "") != (made.feed.older["json"] if made.feed.older else ""):
        yield f"{made.json.get('next_url')}, but {made.feed.older}"


@rule("J13", f"{SPEC}, top-level", "json")
def a_hub_has_a_type_and_an_address(made: Made) -> Complaints:
    for hub in made.json.get("hubs", []):
        if not hub.get("type") or not WEB.fullmatch(hub.get("url", "")):
            yield str(hub)


@rule("J14", f"{SPEC}, top-level", "json")
def expired_is_true_or_false(made: Made) -> Complaints:
    if not isinstance(made.json.get("expired", False), bool):
        yield str(made.json["expired"])


@rule("J15", f"{SPEC}, RFC 5646", "json")
def the_feed_has_a_language_and_items_their_own(made: Made) -> Complaints:
    if not LANGUAGE.fullmatch(made.json.get("language", "")):
        yield str(made.json.get("language"))
    for item, article in zip(made.json["items"], made.feed.articles, strict=True):
        if item.get("language", "") != article.language:
            yield f"{item['id']}: {item.get('language')}"


@rule("J16", f"{SPEC}, extensions", "json")
def an_extension_says_what_it_is_and_nobody_else_begins_with_a_line(made: Made) -> Complaints:
    for name, value in _members(made.json):
        if name.startswith("_"):
            good = re.fullmatch(r"_[A-Za-z][^.]*", name) and isinstance(value, dict) and "about" in value
            inner = [key for key, _ in _members(value) if key.startswith("_") or "." in key]
            if not good or inner:
                yield f"{name}: {inner or value}"


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member, at any depth."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield name, inner
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(inner)


@rule("J17", f"{SPEC}, RFC 8259", "json")
def it_is_utf_8_json_as_every_parser_reads_it(made: Made) -> Complaints:
    if made.body.startswith(b"\xef\xbb\xbf"):
        yield "a byte order mark"
    if re.search(r"\\u[dD][89abAB]", made.text):
        yield "surrogates, where characters could be"
    unknown: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        unknown.extend({f"{name} twice" for name in names if names.count(name) > 1})
        return dict(pairs)

    json.loads(made.body, object_pairs_hook=unique, parse_constant=unknown.append)
    yield from unknown


@rule("J18", f"{SPEC}, top-level", "json")
def icons_are_on_every_feed_and_square(made: Made) -> Complaints:
    icon: Image | None = made.feed.icon
    for name in ("icon", "favicon"):
        if not made.json.get(name):
            yield f"no {name}"
        if name == "icon" and made.feed.artwork:
            if made.json.get(name) != made.feed.artwork:
                yield f"{name}: {made.json.get(name)}"
        elif icon and icon.width == icon.height and made.json.get(name) != icon.url:
            yield f"{name}: {made.json.get(name)}"
        if icon and icon.width != icon.height and made.json.get(name) == icon.url:
            yield f"{name} {icon.url} is {icon.width} x {icon.height}"


@rule("J19", "in practice", *FORMATS)
def it_is_no_burden(made: Made) -> Complaints:
    if len(made.body) > 1_000_000:
        yield f"{len(made.body)} bytes"
