"""Choice of the schema of a folder."""

from collections.abc import Mapping

from feeds.corpus.detection import detect
from feeds.corpus.dialects.own import OWN
from feeds.corpus.own_schema import OwnSchema
from feeds.corpus.schema import Options, Schema
from feeds.corpus.site_schema import SiteSchema

AUTO = "auto"


def schema_of(
    options: Options, dialect: str, recorded: str, kept: Mapping[str, bytes], fixed: str
) -> Schema:
    """The schema of the folder in *options*: *dialect* unless it is AUTO, else *recorded* in the store.

    Without either, it is detected. *fixed* is the authority that the store has fixed.
    """
    detected = detect(options.root, recorded if dialect == AUTO and recorded else dialect)
    if detected.dialect is OWN:
        return OwnSchema(options, kept, fixed)
    return SiteSchema(options, detected, kept, fixed)
