"""Strategies for query arguments as people write them."""

from typing import Any

from hypothesis import strategies as st

from feeds.query.parameters.window import SORTS


def listed(*terms: str) -> st.SearchStrategy[str]:
    """Lists of *terms* with commas; some terms are excluded."""
    signed = st.builds(str.__add__, st.sampled_from(["", "", "", "-"]), st.sampled_from(terms))
    return st.lists(signed, min_size=1, max_size=3).map(",".join)


# Values of q and title; the phrases that a matching article contains, all of one list; those it must not.
SAID: dict[str, tuple[list[list[str]], list[str]]] = {
    "climate": ([["climate"]], []),
    "climate change": ([["climate", "change"]], []),
    '"climate change"': ([["climate change"]], []),
    '"change climate"': ([["change climate"]], []),
    "CAFE": ([["café"]], []),
    "c++": ([["c++"]], []),
    '"solar power" cafe': ([["solar power", "café"]], []),
    "東京": ([["東京"]], []),
    "bee": ([["Bee"]], []),
    "ada": ([["Ada"]], []),
    "machine": ([["machine"]], []),
    "-solar": ([], ["solar"]),
    '-"solar power"': ([], ["solar power"]),
    "power -solar": ([["power"]], ["solar"]),
    "-climate -東京": ([], ["climate", "東京"]),
}
phrased = st.lists(st.sampled_from(list(SAID)), min_size=1, max_size=3)
VALUES = {
    "topic": listed("ai", "AI", "ml", "go", "rust", "empty", "artificial-intelligence"),
    "provider": listed("a.example", "B.example", "c.example"),
    "author": listed("ada", "Ádá", "ADA <ada@example.org>", "bo-diaz", "Bo Díaz"),
    "type": listed("news", "video"),
    "lang": listed("en", "de", "pt", "pt-br", "EN_us", "en-gb"),
    "q": phrased.map(",".join),
    "title": phrased.map(",".join),
    "since": st.sampled_from(["2026", "2026-01", "2026-01-05", "2026-01-05T14", "3d", "1w", "30h", "1y"]),
    "until": st.sampled_from(["2026-01-10", "2026-01-05T14", "3d", "30h"]),
    "min_heat": st.sampled_from(["-5", "0", "1", "50", "91", "top1%", "top10%", "top50%", "top100%"]),
    "min_quality": st.sampled_from(["0", "2", "3", "top20%"]),
    "has": listed("image", "audio", "video", "full"),
}
WINDOWS = {
    "sort": st.sampled_from(SORTS),
    "per_provider": st.sampled_from(["1", "2", "3"]),
    "limit": st.sampled_from(["1", "3", "7", "200"]),
}


@st.composite
def questions(draw: Any) -> list[tuple[str, str]]:
    """Arguments of a query; some parameters are repeated."""
    keys = draw(st.lists(st.sampled_from(list(VALUES)), max_size=4))
    window = draw(st.lists(st.sampled_from(list(WINDOWS)), max_size=3, unique=True))
    return [(key, draw((VALUES | WINDOWS)[key])) for key in [*keys, *window]]
