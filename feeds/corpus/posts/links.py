"""Addresses in the front matter of posts: on the own site, on another site, and of a linked page."""

from urllib.parse import urlsplit

from msgspec import Struct

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.posts.fields import PostFields
from feeds.corpus.site import SourceSite
from feeds.corpus.taxonomy import domain_of
from feeds.corpus.urls import SCHEME, absolute

_PLACE = expression(r"(?!www\.)[^\s<>\"|\\]+")  # a path or pattern, also without a slash at its beginning


class Links(Struct, frozen=True):
    """The addresses of one post.

    *permalink* is its own address as it is written: absolute, a path, or a pattern. *canonical* is the
    absolute address of its original on another site. *external* is the page elsewhere that it is about.
    """

    permalink: str = ""
    canonical: str = ""
    external: str = ""


def links_of(fields: PostFields, site: SourceSite) -> Links:
    """The addresses in *fields* of a post of *site*."""
    own = host_of(site.url)
    permalink, foreign = _permalink(fields, own)
    canonical = _canonical(fields)
    if canonical and own and host_of(canonical) == own:
        permalink, canonical = permalink or canonical, ""
    external = next((url for _, text in fields.texts("external") if (url := _address(text))), "")
    if external and own and host_of(external) == own:
        permalink, external = permalink or external, ""
    return Links(permalink, canonical, external or foreign)


def host_of(url: str) -> str:
    """The host of *url* without ``www.``, or empty."""
    return domain_of(urlsplit(url).hostname or "")


def _permalink(fields: PostFields, own: str) -> tuple[str, str]:
    """The own address of the post, and an address on another site that stands in its place."""
    permalink = foreign = ""
    for _, text in fields.texts("permalink"):
        if SCHEME.match(text) and not text.startswith(":"):
            address = _address(text)
            if address and own and host_of(address) != own:
                foreign = foreign or address
            else:
                permalink = permalink or address
        elif text.lower() not in ("true", "false") and _is_place(text):
            permalink = permalink or text
    slug = fields.text("slug")
    if SCHEME.match(slug) and not permalink:
        permalink = _address(slug)
    return permalink, foreign


def _is_place(text: str) -> bool:
    return text.startswith("/") or "{{" in text or bool(_PLACE.fullmatch(text))


def _canonical(fields: PostFields) -> str:
    for key, text in fields.texts("canonical"):
        if address := _address(text):
            return address
        if SCHEME.match(text):
            fields.warn(key, problems.NOT_AN_ADDRESS, written=text[:80])
    return ""


def _address(text: str) -> str:
    """*text* as an http or https URL, or empty if it is none."""
    if not text.lower().startswith(("http://", "https://", "//")):
        return ""
    try:
        return absolute(text, "")
    except (ValueError, UnicodeError):
        return ""
