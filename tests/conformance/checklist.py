"""All rules, all ids of the checklist, and the reasons for ids without a rule."""

from tests.conformance import atom, hygiene, jsonfeed, media, opml, rss
from tests.conformance.rules import RULES, Made

KINDS = (rss, atom, jsonfeed, media, opml, hygiene)  # importing one adds its rules

_LINES = """
R1 R2 R3 R4 R5 R6 R7 R8 R9 R10 R11 R12 R13 R14
R15 R16 R17 R18 R19 R20 R21 R22 R23 R24 R25 R26 R27 R28
A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14
A15 A16 A17 A18 A19 A20 A21 A22 A23 A24 A25 A26
J1 J2 J3 J4 J5 J6 J7 J8 J9 J10 J11 J12 J13 J14 J15 J16 J17 J18 J19 J20
D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D11 D12 D13
H1 H2 H3 H4 H5 H6 H7
I1 I2 I3 I4 I5 I6 I7 I8 I9
W1 W2 W5
O1 O2 O3 O4 O5 O6 O7 O8 O9
C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23
X1 X2 X3 X4 X5 X6 X7 X8 X9 X10 X11 X12
"""
IDS = _LINES.split()

EXPLAINED = {
    "H7": "Nothing is paged by position: archives of closed periods are the only way back.",
    "C16": "Only full copies are refused, where http.fair is on: tests/http/test_fair.py.",
    "C17": "What is refused is refused for its address, or as C16 says, never for its frequency.",
    "C22": "It is about Flask's own make_conditional; ours is held to C2, C3, C4 and C9.",
    "C23": "It is how one client behaves, which asks nothing of a server.",
}

# Rules that are narrower than the line of the checklist, and the decision behind each.
NARROWER = {
    "A11": "A feed's date is that of its newest article, as anywhere: it may go back when one leaves.",
    "A16": "The size of a picture elsewhere is not known: its enclosure has no invented length (A15).",
    "D6": "The thumbnail stands inside media:content, where Miniflux does not take it for the enclosure.",
    "H3": "An archive has no next-archive, which would have to be added once it is closed (H5).",
    "I5": "Vary names A-IM alone; If-None-Match there would make shared caches useless (I6).",
    "R23": "A title is what its author wrote: one that speaks of <b> does so in every format.",
    "X6": "Marks are passed on as the author wrote them, balanced or not.",
    "X7": "References are read once; what looks like a tag may be what the title is about.",
}


def violations(made: Made) -> list[str]:
    """The descriptions of all rules that *made* breaks."""
    rules = [rule for rule in RULES if made.extension in rule.formats]
    return [broken for rule in rules if (broken := rule.broken_by(made))]


__all__ = ["EXPLAINED", "IDS", "NARROWER", "RULES", "violations"]
