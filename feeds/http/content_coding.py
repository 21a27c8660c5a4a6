"""The choice of a content coding that the client accepts (RFC 9110, 12.5.3)."""

from collections.abc import Iterable

from feeds.formats.document import CODINGS


def choose_coding(accepted: str | None) -> str | None:
    """Return the coding that the client prefers, or None if it refuses all CODINGS.

    *accepted* is the Accept-Encoding header, None if it is absent.
    """
    if accepted is None:
        return "identity"
    weights: dict[str, float] = {}
    for member in accepted.lower().split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        weights["gzip" if coding == "x-gzip" else coding] = weight(parameters)
    others = weights.get("*", 0.0)
    offered = {coding: weights.get(coding, others) for coding in CODINGS}
    if "identity" not in weights:
        # Only a weight of 0 for identity or * refuses it; otherwise it is the last resort.
        offered["identity"] = 0.0001 if weights.get("*", 1.0) else 0.0
    best = max(CODINGS, key=lambda coding: offered[coding])
    return best if offered[best] > 0 else None


def weight(parameters: Iterable[str]) -> float:
    """Return the weight ``q`` among the *parameters* of a list member, from 0 to 1 (12.4.2)."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
