"""The choice of a language that the client prefers (RFC 9110, 12.5.4)."""

from feeds.http.content_coding import weight

LANGUAGES = ("ar", "de", "en", "es", "fr", "ja")
"""The languages of pages; feeds/web/texts has a file for each."""


def choose_language(accepted: str | None) -> str:
    """Return the one of LANGUAGES that the client prefers, or an empty string if it accepts none.

    *accepted* is the Accept-Language header, None if it is absent. A region is ignored, and ``*`` is no
    preference. The first of several languages with the same weight is chosen.
    """
    weights: dict[str, float] = {}
    for member in (accepted or "").lower().split(","):
        tag, *parameters = (part.strip() for part in member.split(";"))
        primary = tag.partition("-")[0]
        if primary in LANGUAGES:
            weights[primary] = max(weight(parameters), weights.get(primary, 0.0))
    best = max(weights, key=lambda primary: weights[primary], default="")
    return best if weights.get(best) else ""
