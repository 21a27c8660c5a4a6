"""The meaning that one site gives to the front matter of its posts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any

from pathspec import GitIgnoreSpec

from feeds.article import Image
from feeds.corpus.addresses import named_fields
from feeds.corpus.dates import zone_named
from feeds.corpus.dialects import Dialect
from feeds.corpus.front_matter import Header
from feeds.corpus.media_types import media_type
from feeds.corpus.posts.fields import PostFields
from feeds.corpus.posts.keys import keys_with
from feeds.corpus.site import SourceSite
from feeds.corpus.urls import absolute


class PostSchema:
    """The rules for reading the posts of *site*, which is written in *dialect*.

    A time without a zone is in the zone of the site, or else in *zone*. *fields* are additional keys of
    fields, which have precedence over the others. *permalink* is the pattern of addresses in the
    settings.
    """

    def __init__(
        self,
        site: SourceSite,
        dialect: Dialect | None = None,
        *,
        zone: tzinfo = UTC,
        fields: Mapping[str, Sequence[str]] | None = None,
        permalink: str = "",
    ) -> None:
        self.site = site
        self.placeholders = named_fields(site, permalink)
        self.dialect = dialect or Dialect(name=site.dialect, title=site.dialect)
        self.zone = zone_named(site.zone) or zone
        self.people = {key.lower(): name for key, name in site.people.items()}
        self.logo = _logo(site)
        self._keys = keys_with(fields or {})
        self._defaults = [
            (GitIgnoreSpec.from_lines([each.pattern]), each.fields) for each in site.defaults
        ]

    @property
    def uses_name(self) -> bool:
        """True if the date of a file may stand in its path."""
        return self.dialect.date_in_name != "never"

    def fields_of(self, path: str, header: Header) -> PostFields:
        """The fields of the post at *path*."""
        return PostFields(header, {**self._defaults_of(path), **header.inherited}, self._keys)

    def _defaults_of(self, path: str) -> Mapping[str, Any]:
        """The default fields of the file at *path*; later defaults have precedence."""
        fields: dict[str, Any] = {}
        for spec, values in self._defaults:
            if spec.match_file(path):
                fields |= values
        return fields


def _logo(site: SourceSite) -> Image | None:
    """The logo of *site*, if it is at an address."""
    try:
        url = absolute(site.logo, site.url) if site.logo and site.url else ""
    except (ValueError, UnicodeError):
        return None
    return Image(url, type=media_type(url)) if url else None
