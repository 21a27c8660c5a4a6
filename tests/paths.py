"""The folders of the project."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Folders of real sites, which a checkout may be without.
CORPORA = Path(os.environ.get("REAL_CORPORA", ROOT.parent / "shared" / "corpora"))
