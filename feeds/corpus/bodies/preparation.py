"""A body as a site generator reads it -> a body in plain Markdown, with references resolved."""

from collections import Counter
from collections.abc import Iterable

from feeds.article.expressions import expression
from feeds.corpus.bodies import code, formulas, liquid, mdx, shortcodes
from feeds.corpus.bodies.aside import Aside, markable
from feeds.corpus.bodies.attributes import without_attributes
from feeds.corpus.bodies.boxes import with_quotations
from feeds.corpus.bodies.context import BodyContext, Prepared
from feeds.corpus.bodies.elements import with_ends
from feeds.corpus.bodies.inline import (
    with_emphasis,
    with_keys,
    with_marks,
    with_notes,
    with_usual_links,
)
from feeds.corpus.bodies.links import with_spaces_enclosed, with_wiki_links
from feeds.corpus.bodies.summary import marked, parted
from feeds.corpus.bodies.tag_lines import first_line
from feeds.corpus.emoji import with_emoji

_LINE_END = expression(r"\r\n?")


def prepare(markdown: str, context: BodyContext) -> Prepared:
    """Replace all that only a site generator understands in *markdown* by its meaning.

    Code is never touched. Tags without a known meaning are removed, and their content stays.
    """
    removed = Counter[str]()
    aside = Aside()
    text = _LINE_END.sub("\n", markable(markdown))
    if context.is_html:
        text = _templates(_html_code_aside(text, aside), context, aside, removed)
        return Prepared(aside.restore(text), None, removed)
    text = _markdown(text, context, aside, removed)
    text, summary = parted(text)
    return Prepared(
        aside.restore(text), None if summary is None else aside.restore(summary).rstrip(), removed
    )


def _markdown(text: str, context: BodyContext, aside: Aside, removed: Counter[str]) -> str:
    modules = mdx.Modules()
    text = code.set_aside(text, aside, _blocks(context), not context.has_components)
    if "liquid" in context.syntax:
        aside.change_all(liquid.without_raw_tags)
    text = marked(text, context.separator)
    text = code.elements_set_aside(code.comments_set_aside(text, aside), aside)
    has_components = context.has_components or mdx.is_likely(text)
    if has_components:
        text = modules.removed_from(text)
    text = formulas.set_aside(text, aside)
    if has_components:
        text = mdx.expanded(text, context, modules.pictures, removed)
        text = mdx.with_text_in_elements(text)
    text = with_ends(text)
    text = _templates(text, context, aside, removed)
    text = with_quotations(text, aside, "mkdocs" in context.syntax)
    text = without_attributes(with_wiki_links(text, context))
    if "mkdocs" in context.syntax:
        text = with_keys(text)
    text = with_emphasis(with_emoji(with_usual_links(with_spaces_enclosed(text))))
    return with_notes(with_marks(text))


def _blocks(context: BodyContext) -> tuple[code.Block, ...]:
    blocks = shortcodes.SHORTCODE_CODE if "shortcodes" in context.syntax else ()
    return blocks + liquid.LIQUID_CODE


def _templates(text: str, context: BodyContext, aside: Aside, removed: Counter[str]) -> str:
    if "shortcodes" in context.syntax:
        text = shortcodes.expanded(text, context, aside, removed)
    if "liquid" in context.syntax:
        return liquid.expanded(text, context, aside, removed)
    return liquid.lone_tags_expanded(text, context, removed)


def _html_code_aside(text: str, aside: Aside) -> str:
    return code.elements_set_aside(
        code.comments_set_aside(text, aside), aside, "code|kbd|samp|pre|script|style"
    )


def removal_line(markdown: str, removed: Iterable[str], context: BodyContext) -> int:
    """The number of the line of *markdown* with the first of the tags that ``prepare`` has *removed*."""
    return first_line(_LINE_END.sub("\n", markdown), removed, _blocks(context))
