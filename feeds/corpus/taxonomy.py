"""``_config.yml`` and ``_data``: what the corpus calls itself, its topics and its providers."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from feeds.article import Image, Provider, Taxonomy, Topic, slugify
from feeds.corpus.address import absolute
from feeds.corpus.front_matter import Header, split
from feeds.corpus.images import read_images
from feeds.errors import ArticleError

T = TypeVar("T")

FILES = ("_config.yml", "_data/topics/*.y*ml", "_data/organizations/*.md")


def read_taxonomy(root: Path, url: str = "") -> tuple[Taxonomy, list[ArticleError]]:
    """The taxonomy of the corpus at *root*, and what of it could not be read.

    *url* takes the place of ``url`` + ``baseurl`` from ``_config.yml``. A file that cannot be read
    is left out; the others stand.
    """
    problems: list[ArticleError] = []
    config = _each(root, FILES[0], _config, problems)
    site = config[0] if config else Taxonomy()
    base = url or site.url
    topics = _each(root, FILES[1], _topic, problems)
    organizations = _each(root, FILES[2], lambda path, data: _organization(path, data, base), problems)
    return (
        Taxonomy(
            title=site.title,
            description=site.description,
            url=base,
            language=site.language,
            topics=_resolved(topics),
            organizations=tuple({o.domain: o for o in reversed(organizations)}.values())[::-1],
        ),
        problems,
    )


def _each(
    root: Path, pattern: str, read: Callable[[str, bytes], T], problems: list[ArticleError]
) -> list[T]:
    found = []
    for file in sorted(root.glob(pattern)):
        path = file.relative_to(root).as_posix()
        try:
            found.append(read(path, file.read_bytes()))
        except ArticleError as error:
            problems.append(error)
        except OSError as error:
            problems.append(ArticleError(path, 0, f"cannot be read: {error.strerror}"))
    return found


def _config(path: str, content: bytes) -> Taxonomy:
    header = _yaml(path, content)
    host = header.text("url")
    url = ""
    if host:
        try:
            url = absolute(header.text("baseurl") or "/", absolute(host, "")).rstrip("/")
        except ValueError:
            raise header.error("url", f"{host!r} is not an http or https address") from None
    return Taxonomy(
        title=header.text("title"),
        description=header.text("description"),
        url=url,
        language=header.text("locale") or header.text("lang"),
    )


def _topic(path: str, content: bytes) -> Topic:
    header = _yaml(path, content)
    name = " ".join(header.text("name").split())
    slug = slugify(header.text("_id") or name)
    if not slug:
        raise header.error("name", "a topic needs a name")
    aliases = {slugify(header.text("shortname")), slugify(name)} - {"", slug}
    return Topic(slug, name or slug, header.text("parent"), tuple(sorted(aliases)))


def _resolved(topics: list[Topic]) -> tuple[Topic, ...]:
    """Parents as slugs; a parent that is unknown or would close a circle is dropped."""
    known = {alias: topic.slug for topic in topics for alias in (topic.slug, *topic.aliases)}
    parents = {topic.slug: known.get(slugify(topic.parent), "") for topic in topics}
    for slug in list(parents):
        seen = {slug}
        while parent := parents[slug]:
            if parent in seen:
                parents[slug] = ""
                break
            seen.add(parent)
            slug = parent  # noqa: PLW2901
    unique = {topic.slug: topic for topic in reversed(topics)}
    return tuple(
        Topic(topic.slug, topic.name, parents[topic.slug], topic.aliases)
        for topic in reversed(unique.values())
    )


def _organization(path: str, content: bytes, base: str) -> Provider:
    header, _ = split(path, content)
    domain = (header.text("domain") or header.text("_id")).strip().lower()
    if not domain:
        raise header.error("domain", "an organization needs a domain")
    images = read_images(header, header.mappings("images"), base)
    return Provider(domain, header.text("name") or domain, f"https://{domain}/", smallest(images))


def smallest(images: tuple[Image, ...]) -> Image | None:
    """The logo readers can show: RSS allows no more than 144 pixels."""
    return min(images, key=lambda image: image.width or 9999, default=None)


def _yaml(path: str, content: bytes) -> Header:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ArticleError(path, line, f"not UTF-8: byte 0x{content[error.start]:02x}") from error
    return Header(path, text, first_line=1)
