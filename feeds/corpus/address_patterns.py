"""The pattern of the address of a file, from the configuration of the site or the documented default."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from feeds.article.expressions import expression
from feeds.corpus.address_facts import texts_at, values_at
from feeds.corpus.address_rules import AddressRule
from feeds.corpus.literals import text_at, value_at
from feeds.corpus.places import Place, below
from feeds.corpus.site import FileHead, SourceSite

Found = tuple[Literal["configuration", "default"], str]
_Finder = Callable[[FileHead, Place, SourceSite, AddressRule], Found]

# Settings of sites, beside the permalinks, with patterns that may name any field.
PATTERN_SETTINGS = ("ARTICLE_LANG_URL", "PAGE_URL")

# Unicode date patterns of MkDocs, and those of strftime.
_DATE_FORMS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "dd": "%d", "d": "%-d"}
_DATE_FORM = expression("|".join(_DATE_FORMS))


def article_pattern(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern of the article with *head*."""
    return _FINDERS.get(site.dialect, _by_section)(head, place, site, rule)


def page_pattern(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern of the page with *head*."""
    return _PAGE_FINDERS.get(site.dialect, _page)(head, place, site, rule)


def _configured(section: str, site: SourceSite, rule: AddressRule) -> str:
    written = next(
        (each for name, each in site.permalinks.items() if name.lower() == section.lower()), ""
    )
    return rule.styles.get(written.strip().lstrip(":"), written)


def _by_section(_: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    configured = _configured(place.section, site, rule) or _configured("", site, rule)
    return ("configuration", configured) if configured else ("default", rule.permalink)


def _page(_: FileHead, __: Place, ___: SourceSite, rule: AddressRule) -> Found:
    return "default", rule.pages


def _docusaurus(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern below the base of the blog, which is its folder by default."""
    base = value_at(site.values, "presets.blog.routeBasePath")
    if isinstance(base, str) and place.section == _blog_folder(site):
        return "configuration", f"/{base}/:below:ending"
    return _by_section(head, place, site, rule)


def _blog_folder(site: SourceSite) -> str:
    return (text_at(site.values, "presets.blog.path") or "blog").strip("./")


def _jekyll_page(_: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern of the file's collection, or of pages; both end like that of posts by default."""
    style = _configured("", site, rule)
    ending = "/" if style.endswith("/") else ".html" if not style or style.endswith(":output_ext") else ""
    collection = place.section
    if place.folders and place.folders[0].startswith("_"):
        if configured := _configured(collection, site, rule):
            return "configuration", configured.replace(":path", ":below")
        return "default", f"/:collection/:below{ending}"
    return "default", "/:path:ending" if place.is_index else f"/:path{ending}"


def _bridgetown_page(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern of a page, or that of the file's collection."""
    if not (place.section and place.folders[0].startswith("_")):
        return _page(head, place, site, rule)
    configured = _configured(place.section, site, rule)
    return ("configuration", configured) if configured else ("default", "/:locale/:collection/:below/")


def _pelican(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern of articles in the language of the article."""
    if head.language and head.language.lower() != site.language.lower():
        return _setting("ARTICLE_LANG_URL", site, "{slug}-{lang}.html")
    return _by_section(head, place, site, rule)


def _pelican_page(_: FileHead, __: Place, site: SourceSite, rule: AddressRule) -> Found:
    return _setting("PAGE_URL", site, rule.pages)


def _nikola(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern below the destination of the folder in ``POSTS``."""
    path = below(head.path, site.folder) or head.path
    for entry in values_at(site.values, "POSTS"):
        match entry:
            case [str(source), destination, *_] if (
                below(path, folder := source.partition("*")[0]) is not None
            ):
                depth = len([each for each in folder.split("/") if each])
                target = _in_language(destination, place.language or site.language)
                return "configuration", "/".join(["", target, *place.folders[depth:], ":last:ending"])
    return _by_section(head, place, site, rule)


def _in_language(value: object, language: str) -> str:
    """*value*, or the one for *language* if it is a mapping."""
    if isinstance(value, Mapping):
        return str(value.get(language) or next(iter(value.values()), ""))
    return str(value)


def _mkdocs(head: FileHead, place: Place, site: SourceSite, rule: AddressRule) -> Found:
    """The pattern below the folder of the blog, with dates in the form of the site."""
    blog = _blog_of(place, site)
    found: Found = ("configuration", text_at(blog, "post_url_format"))
    origin, pattern = found if found[1] else _by_section(head, place, site, rule)
    form = text_at(blog, "post_url_date_format") or "yyyy/MM/dd"
    form = _DATE_FORM.sub(lambda found: _DATE_FORMS[found[0]], form)
    pattern = pattern.replace("{date}", f"{{date:{form}}}").removesuffix("/")
    return origin, f"{{above}}/{pattern}{{ending}}"


def _blog_of(place: Place, site: SourceSite) -> Mapping[str, Any]:
    """The options of the blog of MkDocs that holds *place*; there can be several."""
    blogs = (values_at(site.values, f"plugins.{name}") for name in ("blog", "material/blog"))
    known = [each for options in blogs for each in options if isinstance(each, Mapping)]
    folder = "/".join(place.above)
    of_folder = (each for each in known if (text_at(each, "blog_dir") or "blog").strip("./") == folder)
    return next(of_folder, known[0] if len(known) == 1 else {})


def _setting(key: str, site: SourceSite, default: str) -> Found:
    texts = texts_at(site.values, key)
    return ("configuration", texts[0]) if texts and texts[0] else ("default", default)


_FINDERS: Mapping[str, _Finder] = {
    "docusaurus": _docusaurus,
    "mkdocs": _mkdocs,
    "nikola": _nikola,
    "pelican": _pelican,
}

_PAGE_FINDERS: Mapping[str, _Finder] = {
    "bridgetown": _bridgetown_page,
    "jekyll": _jekyll_page,
    "pelican": _pelican_page,
}
