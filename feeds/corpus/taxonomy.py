"""The taxonomy in ``_config.yml`` and ``_data``: the corpus's title, topics and providers."""

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from feeds.article import CONTENTS, Image, Provider, Taxonomy, Topic, slugify
from feeds.corpus import problems
from feeds.corpus.fields import similar
from feeds.corpus.front_matter import Header, decode, split
from feeds.corpus.images import read_images
from feeds.corpus.plain_text import plain_excerpt, plain_name
from feeds.corpus.podcasts import read_podcast
from feeds.corpus.urls import absolute

_CONTENT = frozenset({"content"})
FILES = ("_config.yml", "_data/topics/*.y*ml", "_data/organizations/*.md")


def taxonomy_of(
    site: Taxonomy, url: str, topics: Sequence[Topic], organizations: Sequence[Provider]
) -> Taxonomy:
    """The taxonomy of a corpus at *url*; the first of equal *topics* or *organizations* counts."""
    return Taxonomy(
        title=site.title,
        description=site.description,
        url=url,
        language=site.language,
        topics=_resolved(topics),
        organizations=tuple({o.domain: o for o in reversed(organizations)}.values())[::-1],
    )


def read_config(path: str, content: bytes) -> Taxonomy | None:
    """The title, URL and language in ``_config.yml``, or None if the file has no fields."""
    header = _yaml(path, content)
    if header.is_empty:
        return None
    host = header.word("url")
    url = ""
    if host:
        try:
            url = absolute(header.word("baseurl") or "/", absolute(host, "")).rstrip("/")
        except ValueError:
            header.report("url", problems.NOT_AN_ADDRESS, written=host[:80])
    site = Taxonomy(
        title=plain_name(header.name("title")),
        description=plain_excerpt(header.text("description")),
        url=url,
        language=header.language("locale", "lang"),
    )
    header.check()
    return site


def read_topic(path: str, content: bytes, base: str) -> Topic:
    """The topic in one file of ``_data/topics``; its parent is not resolved to a slug yet.

    The artwork of its podcast is relative to *base*.
    """
    header = _yaml(path, content)
    written = header.name("name")
    name = plain_name(written)
    slug = slugify(header.word("_id") or name)
    if not slug and not header.is_bad("_id"):
        header.report("name", problems.NO_TOPIC_NAME)
    former = (header.word("shortname"), name, written, *header.names("aliases"))
    aliases = {slugify(alias) for alias in former} - {"", slug}
    gone = header.flag("removed", default=False)
    podcast = read_podcast(header, base)
    topic = Topic(slug, name or slug, header.word("parent"), tuple(sorted(aliases)), gone, podcast)
    header.check()
    return topic


def _resolved(topics: Sequence[Topic]) -> tuple[Topic, ...]:
    """The *topics* with parents as slugs; a parent that is unknown or would form a cycle is dropped."""
    unique = {topic.slug: topic for topic in reversed(topics)}
    topics = list(reversed(unique.values()))
    # The present name of a topic has precedence over a former name of another topic.
    known = {alias: topic.slug for topic in topics for alias in topic.aliases} | {
        slug: slug for slug in unique
    }
    parents = {topic.slug: known.get(slugify(topic.parent), "") for topic in topics}
    for slug in list(parents):
        seen = {slug}
        while parent := parents[slug]:
            if parent in seen:
                parents[slug] = ""
                break
            seen.add(parent)
            slug = parent  # noqa: PLW2901
    return tuple(replace(topic, parent=parents[topic.slug]) for topic in topics)


def read_organization(path: str, content: bytes, base: str) -> Provider:
    """The provider in one file of ``_data/organizations``; its pictures are relative to *base*."""
    header, _ = split(path, content)
    domain = _domain(header)
    images = read_images(header, header.mappings("images"), base)
    name = plain_name(header.name("name"))
    # Without the misspelt field, articles would be published in full.
    for key in header.fields:
        if key not in _CONTENT and similar(key, _CONTENT):
            header.report(key, problems.SIMILAR_FIELD, known="content")
    shown = header.word("content")
    if shown not in ("", *CONTENTS):
        header.report("content", problems.NOT_A_CHOICE, written=shown[:40], choices=", ".join(CONTENTS))
    podcast = read_podcast(header, base)
    header.check()
    address = absolute(f"https://{domain}/", "")
    return Provider(domain, name or domain, address, smallest(images), shown, podcast)


def _domain(header: Header) -> str:
    written = header.word("domain") or header.word("_id")
    domain = domain_of(written)
    if written and not domain:
        header.report("domain", problems.NOT_A_DOMAIN, written=written[:80])
    elif not written and not header.is_bad("_id"):
        header.report("domain", problems.NO_DOMAIN)
    return domain


@lru_cache(1 << 12)
def domain_of(written: str) -> str:
    """The domain in *written*, normalised as the name of a feed, or empty if it is invalid."""
    domain = written.strip().lower().removeprefix("www.").removesuffix(".")
    if re.search(r"[/?#@%:\\\s]", domain) or not domain.isprintable():
        return ""
    try:
        absolute(f"https://{domain}/", "")
    except ValueError:
        return ""
    return domain


def smallest(images: tuple[Image, ...]) -> Image | None:
    """The narrowest of *images*, for a logo: RSS allows a width of at most 144 pixels."""
    return min(images, key=lambda image: image.width or 9999, default=None)


def _yaml(path: str, content: bytes) -> Header:
    return Header(path, decode(path, content), first_line=1)
