"""How much of what is too much, for how long, and who counts as one: all limits in one place.

Windows are fixed: a limit of 10 in a minute lets up to 20 through around its turn.
"""

import hashlib
import math
import time
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings

from board.shared_cache import shared_cache
from realtime.callers import as_one_caller


@dataclass(frozen=True, slots=True)
class Limit:
    """``amount`` in ``seconds``; ``name`` sets its counters apart."""

    name: str
    amount: int
    seconds: int


# The API, for each person. Far more than one does by hand, and enough for scripts.
WRITES = Limit("writes", settings.WRITES_PER_MINUTE * settings.LIMIT_FACTOR, 60)
READS = Limit("reads", 1800 * settings.LIMIT_FACTOR, 60)
# What costs most: whole boards, and tickets, which begin with one.
BOARDS = Limit("boards", 300 * settings.LIMIT_FACTOR, 60)
# As many as a few tasks can hold, and a gigabyte at most.
UPLOADS = Limit("uploads", 100 * settings.LIMIT_FACTOR, 600)
INVITATIONS = Limit("invitations", 60, 3600)
NEW_TOKENS = Limit("new-tokens", 30, 3600)

# For each address, where nobody is signed in.
STRANGERS = Limit("strangers", 300, 60)
LINKS = Limit("links", 60, 60)
PASSWORDS = Limit("passwords", 60 * settings.LIMIT_FACTOR, 60)

# Wrong passwords: for an address and a login together, for an address, and for a login wherever it
# is tried from. The last does not count where its owner is signed in, see board.guessing.
GUESSES_HERE = Limit("guesses-here", 6, 300)
GUESSES_OF_ADDRESS = Limit("guesses-of-address", 40, 600)
GUESSES_OF_LOGIN = Limit("guesses-of-login", 60, 3600)


def consume(limit: Limit, *who: str) -> int | None:
    """Count one more; returns how many seconds to wait, or None when it was not too much."""
    if not settings.THROTTLE:
        return None
    count = shared_cache().count(_key(limit, who), limit.seconds)
    return _seconds_left(limit) if count > limit.amount else None


def is_used_up(limit: Limit, *who: str) -> int | None:
    """As ``consume`` would answer next, without counting."""
    if not settings.THROTTLE:
        return None
    count = shared_cache().get(_key(limit, who), 0)
    return _seconds_left(limit) if count >= limit.amount else None


def network_of(address: str) -> str:
    """Whom an address stands for: a whole /64 in IPv6, where everybody has as many as they like."""
    return str(as_one_caller(ip_address(address)))


def _key(limit: Limit, who: tuple[str, ...]) -> str:
    """Names no one: what is in Redis tells nobody who tried to sign in."""
    window = int(time.time() // limit.seconds)
    digest = hashlib.sha256("\0".join(who).encode()).hexdigest()[:32]
    return f"limit:{limit.name}:{digest}:{window}"


def _seconds_left(limit: Limit) -> int:
    return max(1, math.ceil(limit.seconds - time.time() % limit.seconds))
