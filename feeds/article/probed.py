"""Facts about pictures on other sites that probes found, beside those that the author wrote."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from feeds.article import Article, Image
from feeds.article.listed import ListedArticle

_Article = TypeVar("_Article", Article, ListedArticle)


def with_probed(article: Article, facts: Mapping[str, Image]) -> Article:
    """Return *article* with the *facts*, which are by URL, of its own pictures."""
    probed = facts_among(article.images, facts) if facts else ()
    return article if probed == article.probed else replace(article, probed=probed)


def facts_among(images: Iterable[Image], facts: Mapping[str, Image]) -> tuple[Image, ...]:
    """The *facts*, by URL, that are of *images*."""
    return tuple(facts[image.url] for image in images if image.url in facts)


def filled(article: _Article) -> _Article:
    """Return *article* with the facts in ``probed`` in its pictures, as it is shown."""
    if not article.probed:
        return article
    facts = {image.url: image for image in article.probed}
    images = tuple(
        _filled(image, facts[image.url], is_typed=image.url in article.typed)
        if image.url in facts
        else image
        for image in article.images
    )
    return replace(article, images=images)


def _filled(image: Image, found: Image, *, is_typed: bool) -> Image:
    """Return *image* with what was *found*, where its author wrote nothing."""
    width, height = _size(image, found)
    return replace(
        image,
        width=width,
        height=height,
        type=image.type if is_typed else found.type or image.type,
        length=image.length or found.length,
    )


def _size(image: Image, found: Image) -> tuple[int, int]:
    """The size of *image*; a written width or height alone is completed by the proportions."""
    width, height = image.width, image.height
    if not (width or height):
        return found.width, found.height
    if found.width and found.height:
        width = width or max(1, round(height * found.width / found.height))
        height = height or max(1, round(width * found.height / found.width))
    return width, height
