"""Choice of the schema of a folder."""

from collections.abc import Mapping

from feeds.corpus.own_schema import OwnSchema
from feeds.corpus.schema import Options, Schema


def schema_of(options: Options, kept: Mapping[str, bytes], fixed: str) -> Schema:
    """The schema of the folder in *options*."""
    return OwnSchema(options, kept, fixed)
