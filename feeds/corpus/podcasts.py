"""The declaration of a podcast in the file of a topic or an organization."""

import re
from collections.abc import Mapping
from typing import Any

from feeds.article.podcast import EMAIL, GUID, TYPES, Podcast, category_of
from feeds.corpus import problems
from feeds.corpus.enclosures import as_explicit
from feeds.corpus.fields import similar
from feeds.corpus.front_matter import Header, as_flag
from feeds.corpus.plain_text import plain_excerpt, plain_name
from feeds.corpus.urls import written_address
from feeds.errors import Code

_KEY = "podcast"
_FIELDS = frozenset(Podcast.__struct_fields__)
_OWNER_FIELDS = frozenset({"name", "email"})


def read_podcast(header: Header, base: str) -> Podcast | None:
    """The podcast that the field ``podcast`` of *header* declares; the artwork is relative to *base*.

    The field is a mapping, or ``true``; an address alone is a link to a podcast elsewhere. Reports every
    field that is unknown or has an invalid value.
    """
    written = header.as_written(_KEY)
    declared = False if "/" in written else as_flag(written)
    if declared is not None:
        return Podcast() if declared else None
    fields = header.mapping(_KEY)
    if not fields and header.fields.get(_KEY) != {}:
        return None
    return _Fields(header, fields).podcast(base)


class _Fields:
    """The *fields* of a podcast in *header*; ``owner`` may be a mapping with ``name`` and ``email``."""

    def __init__(self, header: Header, fields: Mapping[str, Any]) -> None:
        self._header = header
        self._fields = fields
        self._refuse_unknown(fields, _FIELDS, f"{_KEY}.")
        owner = fields.get("owner")
        if isinstance(owner, dict):
            self._refuse_unknown(owner, _OWNER_FIELDS, f"{_KEY}.owner.")
            email = {"email": owner["email"]} if "email" in owner else {}
            self._fields = {**fields, "owner": owner.get("name"), **email}

    def podcast(self, base: str) -> Podcast:
        """The podcast, without values that were reported."""
        return Podcast(
            title=plain_name(self._word("title")),
            description=plain_excerpt(self._word("description")),
            image=self._address("image", base),
            category=self._category(),
            explicit=self._explicit(),
            author=plain_name(self._word("author")),
            owner=plain_name(self._word("owner")),
            email=self._matching("email", EMAIL, problems.NOT_AN_EMAIL),
            type=self._type(),
            guid=self._matching("guid", GUID, problems.NOT_A_GUID).lower(),
        )

    def _refuse_unknown(self, fields: Mapping[str, Any], known: frozenset[str], prefix: str) -> None:
        for key in fields:
            if key in known:
                continue
            if name := similar(key, known):
                self._header.report(prefix + key, problems.SIMILAR_FIELD, known=prefix + name)
            else:
                self._header.report(prefix + key, problems.UNKNOWN_FIELD, known=", ".join(sorted(known)))

    def _word(self, key: str) -> str:
        return self._header.word(key, self._fields, f"{_KEY}.").strip()

    def _report(self, key: str, code: Code, **values: str) -> None:
        self._header.report(f"{_KEY}.{key}", code, written=self._word(key)[:80], **values)

    def _address(self, key: str, base: str) -> str:
        written = self._word(key)
        try:
            return written_address(written, base) if written else ""
        except ValueError:
            self._report(key, problems.NOT_A_PICTURE_ADDRESS)
            return ""

    def _category(self) -> tuple[str, ...]:
        written = self._word("category")
        found = category_of(written)
        if written and not found:
            self._report("category", problems.NOT_A_CATEGORY)
        return found

    def _explicit(self) -> bool | None:
        written = self._word("explicit")
        found = as_explicit(written)
        if written and found is None:
            self._report("explicit", problems.NOT_A_FLAG)
        return found

    def _type(self) -> str:
        written = self._word("type").lower()
        if written and written not in TYPES:
            self._report("type", problems.NOT_A_CHOICE, choices=", ".join(TYPES))
        return written or TYPES[0]

    def _matching(self, key: str, pattern: str, code: Code) -> str:
        written = self._word(key)
        if written and not re.fullmatch(pattern, written):
            self._report(key, code)
        return written
