"""Facts of probes: they fill in what the author did not write, and are no edit of the article."""

from typing import Any

from feeds.article import Image
from feeds.article.hashes import content_hash, rendered_hash
from feeds.article.probed import filled, with_probed
from tests.builders import article
from tests.table import for_each

URL = "https://pictures.example/a.jpg"
FOUND = Image(URL, 600, 400, "image/webp", length=70)


@for_each(
    ("written", "typed", "shown"),
    [
        ({}, False, {"width": 600, "height": 400, "type": "image/webp", "length": 70}),
        ({"type": "image/jpeg"}, True, {"width": 600, "height": 400, "length": 70}),
        ({"alt": "A"}, True, {"alt": "A", "width": 600, "height": 400, "length": 70}),
        ({"width": 60, "height": 60}, True, {"width": 60, "height": 60, "length": 70}),
        ({"width": 300}, True, {"width": 300, "height": 200, "length": 70}),
        ({"height": 1000}, True, {"width": 1500, "height": 1000, "length": 70}),
        ({"length": 9}, True, {"width": 600, "height": 400, "length": 9}),
    ],
)  # fmt: skip
def test_facts_never_override_what_the_author_wrote(
    written: dict[str, Any], typed: bool, shown: dict[str, Any]
) -> None:
    one = article(images=(Image(URL, **written),), typed=(URL,) if typed else ())
    assert filled(with_probed(one, {URL: FOUND})).images == (Image(URL, **shown),)


def test_unknown_facts_change_nothing() -> None:
    image = Image(URL, type="image/png")
    one = article(images=(image, Image("https://other.example/b.png")))
    assert filled(with_probed(one, {})) is one
    nothing = Image(URL, type="")
    assert filled(with_probed(one, {URL: nothing})).images[0] == image
    assert filled(with_probed(one, {URL: Image(URL, type="", length=5)})).images[0].length == 5


def test_facts_are_no_edit_but_another_version() -> None:
    one = article(images=(Image(URL),))
    probed = with_probed(one, {URL: FOUND, "https://other.example/": FOUND})
    assert probed.probed == (FOUND,)
    assert content_hash(probed) == content_hash(one)
    assert rendered_hash(probed) != rendered_hash(one)
    assert with_probed(probed, {}) == one
    assert rendered_hash(with_probed(probed, {})) == rendered_hash(one)
