"""Who may come in: reads tickets, knows revoked ones, counts sockets per person or public link."""

from collections import Counter
from collections.abc import Callable

from realtime.errors import RealtimeError, TicketExpired, TicketRefused
from realtime.names import CONTROL, is_channel
from realtime.protocol import Close
from realtime.revocations import Revocations
from realtime.signatures import KeyRing
from realtime.tickets import Ticket, now_ms, read_ticket
from realtime.timing import Limits


class EntryRefused(RealtimeError):
    """A connection may not go on; ``result`` names why in metrics, ``code`` closes it."""

    def __init__(self, code: int, result: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.result = result
        self.reason = reason


class Door:
    """Decides on tickets; ``clock`` gives milliseconds since 1970 UTC."""

    def __init__(
        self,
        keys: KeyRing,
        revocations: Revocations,
        *,
        limits: Limits,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._keys = keys
        self._revocations = revocations
        self._limits = limits
        self._clock = clock
        self._inside: Counter[str] = Counter()

    def check(self, text: str, channel: str) -> Ticket:
        """Return the ticket behind ``text`` if it opens ``channel``; raises ``EntryRefused``."""
        try:
            ticket = read_ticket(self._keys, text, channel=channel, clock=self._clock)
        except TicketExpired as error:
            raise EntryRefused(Close.NEW_TICKET, "expired_ticket", str(error)) from error
        except TicketRefused as error:
            raise EntryRefused(Close.NEW_TICKET, "bad_ticket", str(error)) from error
        if not _has_sound_channels(ticket, channel):
            raise EntryRefused(Close.NEW_TICKET, "bad_ticket", "This ticket names no channel.")
        code = self._revocations.code_for(ticket)
        if code is not None:
            raise EntryRefused(code, "revoked", "This ticket has been revoked.")
        return ticket

    def enter(self, ticket: Ticket) -> None:
        """Count a socket; raises ``EntryRefused`` when the person, or the link, has too many."""
        most = self._limits.sockets_per_link if ticket.is_guest else self._limits.sockets_per_user
        if self._inside[ticket.username] >= most:
            raise EntryRefused(Close.TOO_MUCH, "too_many", "You have too many connections open.")
        self._inside[ticket.username] += 1

    def leave(self, ticket: Ticket) -> None:
        self._inside[ticket.username] -= 1
        if self._inside[ticket.username] <= 0:
            del self._inside[ticket.username]


def _has_sound_channels(ticket: Ticket, channel: str) -> bool:
    return ticket.channels[:1] == (channel,) and all(
        isinstance(name, str) and is_channel(name) and name != CONTROL for name in ticket.channels
    )
