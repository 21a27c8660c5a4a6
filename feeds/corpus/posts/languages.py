"""Languages of posts: from front matter, from the path, or that of the site."""

from feeds.article.expressions import expression
from feeds.corpus import problems
from feeds.corpus.posts.fields import PostFields
from feeds.corpus.site import SourceSite

_TAG = expression(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def language_of(path: str, fields: PostFields, site: SourceSite) -> str:
    """The tag (RFC 5646) of the language of the post at *path*, or empty."""
    for key, text in fields.texts("language"):
        if tag := _tag(text):
            return tag
        fields.warn(key, problems.NOT_A_LANGUAGE, written=text[:40])
    return _tag(language_in(path, site) or site.language)


def full_tag(language: str, site: SourceSite) -> str:
    """*language* as the configuration of *site* describes it, such as ``zh-CN`` for ``zh``."""
    return site.language_tags.get(language, language)


def language_in(path: str, site: SourceSite) -> str:
    """The language of *site* that *path* names, by ``x.de.md`` or by a folder ``de``, else empty."""
    known = {each.casefold(): each for each in (*site.languages, site.language) if each}
    *folders, name = path.split("/")
    parts = name.split(".")
    if known and len(parts) > 2 and (found := known.get(parts[-2].casefold())):
        return found
    for folder, language in site.language_folders.items():
        if path.startswith(f"{folder}/"):
            return language
    return next((known[each.casefold()] for each in folders if each.casefold() in known), "")


def _tag(written: str) -> str:
    """*written*, such as ``zh_CN`` or ``de_DE.UTF-8``, as a tag, or empty if it is none."""
    tag = written.strip().partition(".")[0].replace("_", "-")
    return tag if _TAG.fullmatch(tag) else ""
