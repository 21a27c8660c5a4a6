"""Titles of boxes: ``:::note``, ``!!! tip "Read on"``, ``> [!WARNING]``, ``<Callout type="info">``."""

from feeds.article.expressions import expression

KINDS = frozenset(
    (
        "abstract", "admonition", "alert", "attention", "bug", "caution", "check", "cite", "danger",
        "definition", "error", "example", "exercise", "experimental", "fail", "failure", "faq", "help",
        "hint", "idea", "important", "info", "information", "lemma", "missing", "note", "notes", "notice",
        "pin", "primary", "proof", "question", "quote", "remark", "reminder", "secondary", "see-also",
        "seealso", "solution", "success", "summary", "theorem", "tip", "tips", "tldr", "todo", "update",
        "warn", "warning",
    )
)  # fmt: skip
"""The kinds of boxes that say something to readers; others say something to style sheets."""

_UNTITLED = {"quote", "cite", "primary", "secondary", "alert", "admonition"}
_PREFIX = expression(r"^(?:callout|alert|admonition|is|notice|box|custom|message)-(?=\w)")
_LONGER = {"warn": "warning", "information": "info", "seealso": "see also", "faq": "FAQ", "tldr": "TL;DR"}
_MARKUP = expression(r"\*\*|__|^#+[ \t]*")


def kind_of(written: str) -> str:
    """The kind in KINDS that is *written* in any case, or empty."""
    kind = _PREFIX.sub("", written.strip(" .{}#\"'").lower())
    return kind if kind in KINDS else ""


def heading(written: str, title: str = "") -> str:
    """A line in bold with the *title*, by default the kind of a box as it is *written*; may be empty."""
    title = _MARKUP.sub("", title).strip().strip("\"'").strip()
    if not title:
        kind = kind_of(written)
        if not kind or kind in _UNTITLED:
            return ""
        name = _LONGER.get(kind, kind.replace("-", " "))
        title = name[:1].upper() + name[1:]
    return f"**{title}**"
