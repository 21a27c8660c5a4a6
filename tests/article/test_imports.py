"""Packages that are imported when they are first used."""

from feeds.article.imports import later
from tests.commands import output_of


def test_a_name_of_a_module_is_that_of_the_module() -> None:
    assert later("os.path").join("a", "b") == "a/b"


def test_a_module_is_imported_at_the_first_use_of_a_name() -> None:
    code = """
import sys
from feeds.article.imports import later
colorsys = later("colorsys")
before = "colorsys" in sys.modules
colorsys.rgb_to_hls
print(before, "colorsys" in sys.modules)
"""
    assert output_of(code) == "False True\n"
