"""Budgets of full copies: a bounded table that the processes of one host share.

Each visitor of a feed has a slot with the version that it was sent last, and with the time at which its
whole budget is there again. Errors are in favour of clients: a slot that another visitor takes, or that
two processes write at once, is as good as empty.
"""

from enum import StrEnum
from hashlib import blake2b
from secrets import randbits

from feeds.http.shared_slots import SharedSlots
from feeds.period import DAY

KEY_LIFE = 7 * DAY  # seconds
REPEATED_A_DAY = 4  # full copies of a version that a client was sent before
COPIES_OF_CHANGE = 5  # of one version, for clients that name an earlier one: devices behind one address
GENEROUS = 5  # times as many for services, and for networks of many programs
MAX_PROGRAMS = 5  # User-Agents of one network; with more, it is a network of many programs

# The first slot has the key of all hashes, and the second the time at which it was made.
BUDGETS = 1 << 16  # slots
NETWORKS = 1 << 14  # slots
SLOTS = 2 + BUDGETS + NETWORKS  # 1.3 MB
_BUDGET, _NETWORK = 2, 2 + BUDGETS

# A slot has content, and before it the content mixed with the key of the slot. The content of a budget is
# the time at which it is whole again (32 bits), if it is a larger one (1), the number of copies (5), and
# the version (26); that of a network is one bit for many programs, and marks of the first ones.
_WHOLE, _COPIES = 32, 26
_MAX_COPIES = 31
_LARGER = 1 << 31
_VERSION_MASK = (1 << _COPIES) - 1
_MANY = 1 << 63
_MARK_BITS = 12
_MARK_MASK = (1 << _MARK_BITS) - 1

HashKey = tuple[int, int]


class Sent(StrEnum):
    """The statement of a client about the version that it has."""

    NOTHING = "no validator"
    EARLIER = "earlier version"
    UNKNOWN = "unknown validator"


def hash_of(key: HashKey, *parts: str) -> int:
    """Return the hash of *parts* with *key*, in 64 bits and not zero."""
    low, high = key
    secret = low.to_bytes(8, "big") + high.to_bytes(8, "big")
    text = "\n".join(parts).encode(errors="replace")
    return int.from_bytes(blake2b(text, digest_size=8, key=secret).digest(), "big") | 1


class PollingBudgets:
    """The budgets in *slots*. Times are whole seconds since 1970."""

    def __init__(self, slots: SharedSlots) -> None:
        self._slots = slots
        self._read: tuple[int, HashKey] = 0, (0, 0)  # at that second

    def key(self, now: int) -> HashKey:
        """Return the key of hashes: a new one each week, with which all budgets are new."""
        second, key = self._read
        if second != now:
            key = self._shared_key(now)
            self._read = now, key
        return key

    def _shared_key(self, now: int) -> HashKey:
        made, _ = self._slots.get(1)
        if not 0 <= now - made < KEY_LIFE:
            self._slots.put(0, randbits(64), randbits(64))
            self._slots.put(1, now, 0)
            self._slots.clear(_NETWORK, NETWORKS)
        return self._slots.get(0)

    def take(self, visitor: int, version: int, now: int, sent: Sent, times: int = 1) -> int:
        """Take a full copy of *version* from the budget of *visitor*; both are hashes.

        Return 0, or the seconds until it has one. The budget is *times* the usual one, 1 or GENEROUS, and
        remains so.
        """
        version &= _VERSION_MASK
        slot, found = self._find(visitor, _BUDGET, BUDGETS)
        whole, copies = found >> _WHOLE, found >> _COPIES & _MAX_COPIES
        if whole > now + DAY:  # the clock was ahead
            found = whole = 0
        if found & _LARGER:
            times = GENEROUS
        elif times > 1 and whole > now:  # what is spent is a smaller part
            whole = now + (whole - now) // times
        if not found or found & _VERSION_MASK != version:
            whole, copies = max(whole, now), 1
        elif sent is Sent.EARLIER and copies < COPIES_OF_CHANGE * times:
            whole, copies = max(whole, now), copies + 1
        else:
            whole = max(whole, now) + DAY // (REPEATED_A_DAY * times)
        if whole > now + DAY:
            return whole - now - DAY
        noted = min(copies, _MAX_COPIES) << _COPIES | version | _LARGER * (times > 1)
        self._put(slot, visitor, whole << _WHOLE | noted)
        return 0

    def add_program(self, network: int, program: int) -> None:
        """Note that *program* asks from *network*; both are hashes."""
        slot, found = self._find(network, _NETWORK, NETWORKS)
        if not found and self._slots.get(slot)[1]:
            return  # no place is left
        noted = found if found & _MANY else _with_mark(found, program % _MARK_MASK + 1)
        if noted != found:
            self._put(slot, network, noted)

    def has_many_programs(self, network: int) -> bool:
        """Return whether more than MAX_PROGRAMS have asked from *network* since the key was made.

        True also for a network without a place in the table.
        """
        _, found = self._find(network, _NETWORK, NETWORKS)
        return not found or bool(found & _MANY)

    def _find(self, key: int, first: int, count: int) -> tuple[int, int]:
        """Return the slot of *key* and its content; else the slot whose content is older, and 0."""
        contents = []
        slots = first + key % count, first + (key >> 32) % count
        for slot in slots:
            mixed, content = self._slots.get(slot)
            if mixed ^ content == key:  # else it is another's, or of two writers
                return slot, content
            contents.append(content)
        return slots[contents[1] < contents[0]], 0

    def _put(self, slot: int, key: int, content: int) -> None:
        self._slots.put(slot, key ^ content, content)


def _with_mark(found: int, mark: int) -> int:
    """*found* with the *mark* of a program, or as of a network with many if there is no room for it."""
    for place in range(0, MAX_PROGRAMS * _MARK_BITS, _MARK_BITS):
        known = found >> place & _MARK_MASK
        if known == mark:
            return found
        if not known:
            return found | mark << place
    return found | _MANY
