"""Tickets: what lets a websocket in without asking Django.

A ticket is bound to a person, a role and channels, lives 30 minutes and may be used again until
then, so that a mass reconnect does not reach Django. On the wire it is ``kid.mac.payload``, payload
being JSON in URL-safe base64; it is signed for its first channel, the one in the URL's path.
"""

import base64
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import orjson

from realtime.errors import BadSignature, TicketExpired, TicketRefused
from realtime.signatures import KeyRing, Label

LIFETIME_MS = 30 * 60 * 1000
# The role of whoever came by a public link: they are nobody in particular.
GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who may listen to what, until when (times in milliseconds since 1970 UTC).

    ``control_epoch`` and ``control_seq`` are where the channel ``control`` stood when the person
    had these rights: what was revoked up to there has been taken into account.
    """

    username: str
    full_name: str
    role: str
    channels: tuple[str, ...]
    issued_ms: int
    expires_ms: int
    control_epoch: str = ""
    control_seq: int = 0

    @property
    def is_guest(self) -> bool:
        return self.role == GUEST

    @property
    def may_speak(self) -> bool:
        """Viewers and guests only listen."""
        return self.role in ("owner", "member")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def issue_ticket(
    keys: KeyRing,
    *,
    username: str,
    full_name: str,
    role: str,
    channels: tuple[str, ...],
    control_epoch: str = "",
    control_seq: int = 0,
    ends_ms: int | None = None,
) -> str:
    """Sign a fresh ticket for ``channels``, the first of which names the socket's path.

    ``ends_ms`` shortens its life, to that of what the person signed in with.
    """
    issued_ms = now_ms()
    expires_ms = issued_ms + LIFETIME_MS
    ticket = Ticket(
        username,
        full_name,
        role,
        channels,
        issued_ms,
        expires_ms if ends_ms is None else min(expires_ms, ends_ms),
        control_epoch,
        control_seq,
    )
    payload = base64.urlsafe_b64encode(orjson.dumps(asdict(ticket))).rstrip(b"=")
    return keys.sign(Label.TICKET, channels[0], payload).decode()


def read_ticket(
    keys: KeyRing, text: str, *, channel: str, clock: Callable[[], int] = now_ms
) -> Ticket:
    """Return the ticket.

    Raises ``TicketRefused`` unless it is genuine, for ``channel`` (the socket's path), and alive
    (else ``TicketExpired``).
    """
    try:
        payload = keys.verify(Label.TICKET, channel, text.encode("ascii"))
        fields = orjson.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        ticket = Ticket(**{**fields, "channels": tuple(fields["channels"])})
        is_alive = clock() < ticket.expires_ms
    except (BadSignature, ValueError, TypeError, KeyError) as error:
        raise TicketRefused("This ticket is not valid for this channel.") from error
    if not is_alive:
        raise TicketExpired("This ticket has expired.")
    return ticket
