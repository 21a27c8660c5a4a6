"""Posts that their front matter withholds: drafts, hidden and expired ones."""

from datetime import UTC, datetime, tzinfo

from feeds.corpus import problems
from feeds.corpus.dates import parse_any_date
from feeds.corpus.front_matter import as_flag
from feeds.corpus.posts.dates import first_date
from feeds.corpus.posts.fields import PostFields, Value
from feeds.corpus.posts.schema import PostSchema
from feeds.corpus.posts.topics import topics_of
from feeds.corpus.reading import Withheld
from feeds.corpus.withholding import FLAGS, STATES, WITHHELD_STATES, name_of

# The flags of posts, each with the value that withholds one.
_FLAGS = FLAGS | {"hide": True, "headless": True, "permalink": False, "article": False, "render": False}
# Those whose other values are mistakes, so that a post is withheld rather than shown by accident.
_STRICT = frozenset({
    "deleted", "draft", "hidden", "private", "publish", "published", "removed", "trashed", "unlisted",
    "unpublished",
})  # fmt: skip
_DATED = frozenset({"publish", "published"})  # may have a date instead
_PASSWORDS = frozenset({"password", "postpassword"})
# Values of a status that withhold nothing. Any other one withholds a post.
_VISIBLE_STATES = frozenset({
    "active", "complete", "completed", "current", "deprecated", "done", "evergreen", "featured",
    "final", "finished", "inherit", "live", "new", "posted", "public", "publish", "published", "stable",
    "updated", "visible",
})  # fmt: skip


def withheld(path: str, fields: PostFields, schema: PostSchema, now: datetime) -> Withheld | None:
    """The post at *path* as Withheld if one of its *fields* withholds it at the time *now*, else None."""
    for key, found in fields:
        if reason := _reason(path, key, found, schema.zone):
            return reason
    for name in ("build.render", "build.list"):
        for build in fields.named(name):
            if build.value in ("never", "false"):
                return _draft(path, build)
    if draft_tags := schema.dialect.draft_tags:
        tags = topics_of(path, fields, schema)
        if tag := next((each for each in tags if each.casefold() in draft_tags), ""):
            return Withheld(path, problems.DRAFT, {"field": "tags", "value": tag})
    expires = first_date(fields, "expires", schema.zone)
    if expires and expires <= now:
        return Withheld(path, problems.EXPIRED, {"when": f"{expires.astimezone(UTC):%Y-%m-%d %H:%M} UTC"})
    return None


def _reason(path: str, key: str, found: Value, zone: tzinfo) -> Withheld | None:
    if not isinstance(found.value, str):
        return None
    name, written = name_of(key), found.value.strip()
    if name in _PASSWORDS:
        return Withheld(path, problems.PROTECTED, {"field": found.key})
    if name in STATES:
        state = written.casefold()
        is_withheld = state in WITHHELD_STATES or (
            name.endswith("status") and state not in _VISIBLE_STATES
        )
        return _draft(path, found) if is_withheld else None
    if name not in _FLAGS:
        return None
    flag = as_flag(written)
    if flag is None:
        is_clear = name not in _STRICT or (name in _DATED and _is_date(written, zone))
        return None if is_clear else Withheld(path, problems.UNCLEAR, _said(found))
    return _draft(path, found) if flag is _FLAGS[name] else None


def _draft(path: str, found: Value) -> Withheld:
    return Withheld(path, problems.DRAFT, _said(found))


def _said(found: Value) -> dict[str, str]:
    return {"field": found.key, "value": str(found.value).strip()[:40]}


def _is_date(written: str, zone: tzinfo) -> bool:
    try:
        parse_any_date(written, zone)
    except (ValueError, OverflowError):
        return False
    return True
