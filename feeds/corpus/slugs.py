"""Slug rules of site generators: one part of an address from a title or a file name."""

import unicodedata

from feeds.article.expressions import unicode_expression

# Letters that Unicode does not decompose into ASCII.
_LATIN = str.maketrans(
    {
        **dict(
            zip(
                "ßæœøđðłıħŧŋĸ",
                ("ss", "ae", "oe", "o", "d", "d", "l", "i", "h", "t", "n", "k"),
                strict=True,
            )
        ),
        **dict(zip("ẞÆŒØĐÐŁĦŦŊ", ("SS", "AE", "OE", "O", "D", "D", "L", "H", "T", "N"), strict=True)),
        **dict(zip("þÞ‘’“”–—…€", ("th", "Th", "'", "'", '"', '"', "-", "-", "...", "EUR"), strict=True)),
    }
)
_HUGO_ALLOWED = unicode_expression(r"[\p{L}\p{Nd}\p{M}./\\_#+~@-]")
_NEITHER_LETTER_NOR_DIGIT = unicode_expression(r"[^\p{M}\p{L}\p{Nd}]+")
_NOT_PRETTY = unicode_expression(r"[^\p{M}\p{L}\p{Nd}._~!$&'()+,;=@]+")
_NOT_IN_GITHUB = unicode_expression(r"[^\p{L}\p{M}\p{N}\p{Pc} -]")
_TAG = unicode_expression(r"<[^<>]*>")
_NOT_ASCII = unicode_expression(r"[^a-z0-9]+")
_PELICAN_PUNCTUATION = unicode_expression(r"[^\w\s-]")
_PELICAN_SPACE = unicode_expression(r"[-\s]+")
_MKDOCS_PUNCTUATION = unicode_expression(r"[^\w\- ]")
_SPACE = unicode_expression(r"\s")
_PUNCTUATION = unicode_expression(r"""[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:"'“”‘’<>,.?/]+""")


def unchanged(text: str) -> str:
    """*text* itself."""
    return text


def without_underscore(text: str) -> str:
    """*text* without an underscore before it."""
    return text.removeprefix("_")


def romanized(text: str) -> str:
    """*text* in ASCII, without accents; empty if letters of another script are in it."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN))
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    if any(each.isalpha() and not each.isascii() for each in plain):
        return ""
    return "".join(each for each in plain if each.isascii())


def jekyll(text: str) -> str:
    """The filter ``slugify`` of Jekyll: letters and digits in lower case."""
    return _NEITHER_LETTER_NOR_DIGIT.sub("-", text).strip("-").lower()


def jekyll_pretty(text: str) -> str:
    """The same with the mode ``pretty``, which keeps capitals and the punctuation of addresses."""
    return _NOT_PRETTY.sub("-", text).removeprefix("-").removesuffix("-")


def hugo(text: str) -> str:
    """The slug of Hugo: spaces become hyphens, dots stay, all in lower case."""
    return hugo_cased(text).lower()


def hugo_cased(text: str) -> str:
    """The same with capitals."""
    kept: list[str] = []
    is_space_pending = False
    for each in text:
        if _HUGO_ALLOWED.match(each):
            if is_space_pending and each != "-" and kept[-1] != "-":
                kept.append("-")
            is_space_pending = False
            kept.append(each)
        elif each.isspace() and kept:
            is_space_pending = True
    return "".join(kept)


def hyphenated(text: str) -> str:
    """The slug of Zola and of the filter ``slugify`` of Eleventy: ASCII letters, digits and hyphens."""
    return _NOT_ASCII.sub("-", romanized(text).lower()).strip("-")


def eleventy(text: str) -> str:
    """The filter ``slugify`` of Eleventy, which writes ``&`` as a word."""
    return hyphenated(text.replace("&", " and "))


def pelican(text: str) -> str:
    """The slug of Pelican: punctuation goes, spaces become hyphens."""
    kept = _PELICAN_PUNCTUATION.sub("", romanized(text)).strip()
    return _PELICAN_SPACE.sub("-", kept).lower()


def mkdocs(text: str) -> str:
    """The slug of PyMdown Extensions in lower case: every space becomes a hyphen."""
    plain = _TAG.sub("", unicodedata.normalize("NFC", text)).strip().lower()
    return _MKDOCS_PUNCTUATION.sub("", plain).replace(" ", "-")


def github(text: str) -> str:
    """The slug of headings on GitHub, which Astro applies to paths."""
    return _NOT_IN_GITHUB.sub("", text.lower()).replace(" ", "-")


def quartz(text: str) -> str:
    """The slug of Quartz, which keeps capitals."""
    text = _SPACE.sub("-", text)
    return text.replace("&", "-and-").replace("%", "-percent").replace("?", "").replace("#", "")


def hexo(text: str) -> str:
    """The slug of Hexo for categories and titles: hyphens for punctuation, without accents."""
    return _punctuation_as_hyphens(text).strip("-")


def vuepress(text: str) -> str:
    """The slug of VuePress: ASCII without accents, and hyphens for punctuation."""
    return _punctuation_as_hyphens(text).strip("-").lower()


def _punctuation_as_hyphens(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return _PUNCTUATION.sub("-", plain)
