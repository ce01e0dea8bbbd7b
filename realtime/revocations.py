"""Tickets that no longer count although they are genuine and alive. Pure: times are given.

A revocation names a person and the channels concerned (or all): tickets issued before it are
refused. It can be forgotten once every such ticket has expired.

Before means before on the channel ``control``, where the revocation is an event: a ticket tells how
far that channel was in the view of the database in which its rights were read. No clock decides, so
neither a ticket that was made while the revocation was being committed, nor one made a moment later
on a machine whose clock is slow, is taken for the other. Clocks are only compared where a ticket is
of another epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.errors import BadMessage
from realtime.tickets import Ticket
from realtime.timing import CONTROL_HISTORY_MS

CLOSE_CODES = (4401, 4403)


@dataclass(frozen=True, slots=True)
class Revocation:
    """``channels`` None means all; ``before_ms`` in milliseconds since 1970; ``code`` closes.

    ``epoch`` and ``seq`` are where it stands on ``control``.
    """

    username: str
    channels: frozenset[str] | None
    before_ms: int
    code: int
    epoch: str = ""
    seq: int = 0

    def covers(self, ticket: Ticket) -> bool:
        return (
            ticket.username == self.username
            and self._is_after(ticket)
            and (self.channels is None or not self.channels.isdisjoint(ticket.channels))
        )

    def _is_after(self, ticket: Ticket) -> bool:
        if self.epoch and self.epoch == ticket.control_epoch:
            return ticket.control_seq < self.seq
        return ticket.issued_ms <= self.before_ms


def read_revocation(body: Any, *, epoch: str, seq: int) -> Revocation:
    """Read the body of an event that stands at ``epoch`` and ``seq``; raises ``BadMessage``."""
    try:
        channels = body["channels"]
        revocation = Revocation(
            str(body["username"]),
            None if channels is None else frozenset(channels),
            int(body["before_ms"]),
            int(body["code"]),
            epoch,
            seq,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadMessage("not a revocation") from error
    if revocation.code not in CLOSE_CODES:
        raise BadMessage("a revocation with an unknown close code")
    return revocation


class Revocations:
    """All revocations that can still matter."""

    def __init__(self) -> None:
        self._by_username: dict[str, set[Revocation]] = {}

    def add(self, revocation: Revocation) -> bool:
        """Remember; return False when it was known already."""
        known = self._by_username.setdefault(revocation.username, set())
        if revocation in known:
            return False
        known.add(revocation)
        return True

    def code_for(self, ticket: Ticket) -> int | None:
        """Return the close code for a revoked ticket, None for a good one; 4403 goes first."""
        codes = [
            revocation.code
            for revocation in self._by_username.get(ticket.username, ())
            if revocation.covers(ticket)
        ]
        return max(codes, default=None)

    def forget(self, now_ms: int) -> None:
        """Drop what only concerns tickets that have expired anyway."""
        oldest_ms = now_ms - CONTROL_HISTORY_MS
        kept: Mapping[str, set[Revocation]] = {
            username: {one for one in known if one.before_ms >= oldest_ms}
            for username, known in self._by_username.items()
        }
        self._by_username = {username: known for username, known in kept.items() if known}
