"""The facts of a file that determine its address and the links to it, from its front matter."""

from datetime import UTC, datetime

from feeds.article.expressions import expression
from feeds.corpus.front_matter import Header
from feeds.corpus.permalinks import names_in
from feeds.corpus.posts import dates, status
from feeds.corpus.posts.fields import PostFields, is_missing, text_of
from feeds.corpus.posts.languages import language_of
from feeds.corpus.posts.links import links_of
from feeds.corpus.posts.schema import PostSchema
from feeds.corpus.posts.titles import first_heading, plain_title
from feeds.corpus.posts.topics import categories_of, topics_of
from feeds.corpus.site import FileHead

_PLACEHOLDER = expression(r"\{\{[^{}]*\}\}|<%[^%]*%>")
_NEVER = datetime.min.replace(tzinfo=UTC)  # nothing has expired then: a head does not change with time


def head_of(schema: PostSchema, path: str, header: Header, body: str) -> FileHead:
    """The FileHead of the file at *path* with *header* and *body*."""
    fields = schema.fields_of(path, header)
    links = links_of(fields, schema.site)
    found = dates.published(path, fields, schema.zone, links.permalink, uses_name=schema.uses_name)
    return FileHead(
        path=path,
        date=found.date if found else None,
        is_dated_by_name=bool(found and found.by_name),
        status=_status(path, fields, schema, is_dated=bool(found)),
        title=written_title(fields) or _heading(body),
        slug=fields.text("slug"),
        permalink=links.permalink,
        canonical=links.canonical,
        categories=categories_of(fields, schema.dialect.words_in_tags),
        topics=topics_of(path, fields, schema),
        language=language_of(path, fields, schema.site),
        aliases=_aliases(fields),
        expires=dates.first_date(fields, "expires", schema.zone),
        fields=_named(fields, schema.placeholders | names_in(links.permalink)),
    )


def _named(fields: PostFields, names: frozenset[str]) -> dict[str, str]:
    """The texts of the *fields* that patterns of addresses name."""
    found = ((name, text_of(each.value)) for name in sorted(names) for each in fields.named(name))
    return {name: text for name, text in found if text}


def written_title(fields: PostFields) -> str:
    """The title in front matter as plain text, or empty; a placeholder of a template is none."""
    texts = (text for _, text in fields.texts("title") if not _PLACEHOLDER.fullmatch(text))
    return next((title for text in texts if (title := plain_title(text))), "")


def _heading(body: str) -> str:
    heading = first_heading(body)
    return heading.text if heading else ""


def _status(path: str, fields: PostFields, schema: PostSchema, *, is_dated: bool) -> str:
    if status.withheld(path, fields, schema, _NEVER):
        return "draft"
    is_page = fields.text("type").lower() == "page" or fields.text("layout").lower() == "page"
    return "page" if is_page and not is_dated else ""


def _aliases(fields: PostFields) -> tuple[str, ...]:
    values = (found.value for found in fields.values("aliases"))
    members = (each for value in values for each in (value if isinstance(value, list) else [value]))
    return tuple(each.strip() for each in members if isinstance(each, str) and not is_missing(each))
