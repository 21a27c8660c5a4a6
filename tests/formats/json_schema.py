"""A validator of JSON Feed 1.1, by a schema written from its published rules."""

import json
from pathlib import Path

from jsonschema import Draft202012Validator

_SCHEMA = json.loads((Path(__file__).parent / "jsonfeed.schema.json").read_text())
Draft202012Validator.check_schema(_SCHEMA)
VALIDATOR = Draft202012Validator(_SCHEMA)
