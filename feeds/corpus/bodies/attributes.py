"""Attributes for style sheets in Markdown, and places for a table of contents: both go."""

from feeds.article.expressions import expression

# Kramdown: ``{: .note}``, ``{:toc}``, ``{::nomarkdown}``, ``{:/}``.
_TOC_ITEM = expression(
    r"(?m)^[ ]{0,3}(?:[-*+]|\d{1,9}\.)[ \t]+[^\n]{0,200}\n[ ]{0,3}\{:([^{}\n]*+)\}[ \t]*$"
)
_HIDDEN = expression(r"(?s)\{::comment\}((?:(?!\{:).)*+)\{:/(?:comment)?\}")
_KRAMDOWN = expression(r"(?<![ \t])[ \t]*+\{:{1,2}[ \t]*(?:[#./\w][^{}\n]*)?\}")
# Others: ``# Title {#id}``, ``![a](b){.wide}``, ``[a](b){ target=_blank }``.
_AT_END = expression(r"(?m)(?<![ \t])[ \t]++\{[ \t]*[#.][\w-][^{}\n]*\}[ \t]*+(#*+)[ \t]*+$")
_AFTER = expression(
    r"(?<=[)\]\x03*_>])\{[ \t]*(?:[#.:][\w-][^{}\n]*|[\w-]+=[^{}\n]*|[a-z]+-[a-z-]+[ \t]*)\}"
)
_AFTER_LINK = expression(r"(?<=\))\{[ \t]*[\w#.:-][^{}\n]*\}|(?<=:)\{[ \t]*\.[^{}\n]*\}")
_LINE = expression(r"(?m)^[ \t>]*\{[ \t]*[#.:][\w-][^{}\n]*\}[ \t]*$")
_TOC = expression(
    r"(?mi)^[ ]{0,3}(?:\[{1,3}_?toc_?\]{1,3}|\$\{toc\}|@\[toc\](?:\([^()\n]*\))?|\{\{[ ]*toc[ ]*\}\}"
    r"|\[\[_toc_\]\]|\.\. contents::.*)[ \t]*$"
)


def without_attributes(text: str) -> str:
    """Remove attributes and tables of contents from *text*."""
    if "toc" in text.lower():
        text = _TOC.sub("", _TOC_ITEM.sub(lambda found: "" if "toc" in found[1] else found[0], text))
    if "{" not in text:
        return text
    if "{:" in text:
        text = _KRAMDOWN.sub("", _HIDDEN.sub("", text))
    text = _LINE.sub("", _AT_END.sub(r" \1", text))
    return _AFTER_LINK.sub("", _AFTER.sub("", text))
