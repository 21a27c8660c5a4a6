"""O: OPML 2.0 (opml.org/spec2)."""

from tests.conformance.rss import DATE, WEB
from tests.conformance.rules import Complaints, Made, count, rule

KNOWN = (
    "text", "type", "title", "description", "language", "xmlUrl", "htmlUrl", "version", "created",
    "category", "isComment", "isBreakpoint", "url",
)  # fmt: skip


@rule("O1", "OPML 2.0, what is an opml document", "opml")
def version_2_0_with_a_head_and_a_body_with_an_outline(made: Made) -> Complaints:
    if made.root.tag != "opml" or made.root.get("version") != "2.0":
        yield f"{made.root.tag} of version {made.root.get('version')}"
    yield from count(made.root, 1, 1, "head", "body")
    yield from count(made.root, 1, 1000, "body[outline]")


@rule("O2", "OPML 2.0, outline", "opml")
def every_outline_has_a_text(made: Made) -> Complaints:
    yield from (
        str(dict(each.attrib)) for each in made.find("//outline") if not each.get("text", "").strip()
    )


@rule("O3", "OPML 2.0, subscription lists", "opml")
def a_feed_is_of_type_rss_and_says_where_it_is(made: Made) -> Complaints:
    for each in made.find("//outline[@xmlUrl or @type]"):
        addresses = [each.get(name, "") for name in ("xmlUrl", "htmlUrl")]
        good = each.get("type") == "rss" and all(WEB.fullmatch(address) for address in addresses)
        if not good or each.get("title") != each.get("text") or not each.get("language"):
            yield str(dict(each.attrib))


@rule("O4", "OPML 2.0, subscription lists", "opml")
def no_feed_is_of_an_unknown_version(made: Made) -> Complaints:
    known = ("RSS", "RSS1", "RSS2", "scriptingNews")
    yield from (version for version in made.find("//outline/@version") if version not in known)


@rule("O5", "OPML 2.0, RFC 822", "opml")
def dates_are_those_of_rfc_822(made: Made) -> Complaints:
    dates = made.find("//dateCreated/text() | //dateModified/text() | //@created")
    yield from (date for date in dates if not DATE.fullmatch(date))


@rule("O6", "OPML 2.0, outline", "opml")
def a_group_has_a_text_alone(made: Made) -> Complaints:
    for each in made.find("//outline[outline]"):
        if list(each.attrib) != ["text"]:
            yield str(dict(each.attrib))


@rule("O7", "OPML 2.0, extending", "opml")
def there_are_no_private_attributes(made: Made) -> Complaints:
    for each in made.find("//outline"):
        yield from (name for name in each.attrib if name not in KNOWN and name[0] != "{")


@rule("O9", "in practice", "opml")
def the_head_says_nothing_that_is_refused(made: Made) -> Complaints:
    yield from (each.tag for each in made.find("head/docs"))
