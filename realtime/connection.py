"""One websocket: who it is, what it may still send, and how messages leave it.

It knows the wire and the limits, not channels; those keep track of where it stands.
"""

import random
import secrets
from collections.abc import Iterable
from enum import Enum, auto

from tornado.websocket import WebSocketHandler

from realtime.fanout import Wire, text_frame
from realtime.limits import TokenBucket
from realtime.metrics import Metrics
from realtime.protocol import SUBPROTOCOL, Close, resync_message
from realtime.tickets import Ticket
from realtime.timing import Limits


class Stage(Enum):
    """How far a connection has come; plain ones are ``WELCOMED`` at once."""

    OPENED = auto()
    RESUMING = auto()
    WELCOMED = auto()
    CLOSED = auto()


class View(Enum):
    """How a connection is shown events."""

    PACKED = auto()
    """Several to a frame."""
    SINGLE = auto()
    """One to a frame, for plain subscribers."""
    GUEST = auto()
    """Several to a frame, without what guests may not know."""


class Connection:
    """A person's websocket. Times are monotonic seconds."""

    __slots__ = (
        "_handler",
        "_limits",
        "_metrics",
        "beat_at",
        "bucket",
        "id",
        "is_plain",
        "opened_at",
        "pinged_at",
        "progress_at",
        "stage",
        "ticket",
        "view",
        "wire",
        "written",
    )

    def __init__(
        self,
        handler: WebSocketHandler,
        *,
        ticket: Ticket,
        is_plain: bool,
        limits: Limits,
        metrics: Metrics,
        beat_seconds: float,
        now: float,
    ) -> None:
        self.id = secrets.token_urlsafe(9)
        self.ticket = ticket
        self.is_plain = is_plain
        self.view = _view(ticket, is_plain)
        self.stage = Stage.WELCOMED if is_plain else Stage.OPENED
        self.opened_at = now
        self.pinged_at: float | None = None
        # The first beat at a random moment: connections that came together must not beat together.
        self.beat_at = now + random.random() * beat_seconds  # noqa: S311 - jitter, no secret
        self.bucket = TokenBucket(limits.messages_per_second, limits.message_burst, now)
        # What the search for stalled clients remembers: bytes taken by the kernel, and since when.
        self.written = 0
        self.progress_at: float | None = None
        self._handler = handler
        self.wire = Wire(handler)
        self._limits = limits
        self._metrics = metrics

    @property
    def kind(self) -> str:
        """The label in metrics."""
        return "plain" if self.is_plain else SUBPROTOCOL

    @property
    def is_open(self) -> bool:
        return self.stage is not Stage.CLOSED

    @property
    def is_welcomed(self) -> bool:
        return self.stage is Stage.WELCOMED

    @property
    def is_direct(self) -> bool:
        return self.wire.is_direct

    def send(self, payload: bytes) -> None:
        """Send a message that is meant for this connection alone."""
        self.deliver(text_frame(payload), payload)

    def deliver(self, frame: bytes, payload: bytes) -> None:
        """Write a shared frame; cuts the connection when too much is waiting."""
        if self.stage is Stage.CLOSED:
            return
        self.wire.send(frame, payload)
        if not self.wire.is_clear:
            self.check_backlog()

    def check_backlog(self) -> None:
        """Cut the connection when too much is waiting."""
        if self.wire.backlog() > self._limits.backlog_bytes:
            self.cut_as_slow()

    def ponged(self) -> None:
        """The client is alive."""
        self.pinged_at = None

    def deliver_ephemeral(self, frame: bytes, payload: bytes) -> None:
        """Write a shared frame that nobody misses when the client is behind."""
        if self.wire.backlog() <= self._limits.ephemeral_backlog_bytes:
            self.deliver(frame, payload)

    def ping(self, now: float) -> None:
        if self.stage is not Stage.CLOSED:
            self.pinged_at = now
            self.wire.ping()

    def backlog(self) -> int:
        return self.wire.backlog()

    def is_stalled(self, now: float, after_seconds: float) -> bool:
        """Tell whether none of the bytes that wait has moved for ``after_seconds``.

        For looking at connections while bytes wait: once they are gone, the kernel has taken some.
        """
        written = self.wire.written()
        if self.progress_at is None or written != self.written:
            self.progress_at, self.written = now, written
        return now - self.progress_at >= after_seconds

    def must_resync(self, channel: str, reason: str) -> None:
        """The connection cannot go on from where it stands; a plain one can only begin anew."""
        if self.is_plain:
            self.close(Close.RESTART, reason)
        else:
            self.send(resync_message(channel, reason))

    def cut_as_slow(self) -> None:
        self._metrics.slow_closes.inc()
        self.close(Close.TOO_SLOW, "too slow")

    def close(self, code: int, reason: str) -> None:
        """Close once; what is waiting may still leave, nothing new is sent."""
        if self.stage is Stage.CLOSED:
            return
        self.stage = Stage.CLOSED
        self.wire.retire()
        self._metrics.closes.labels(code=str(int(code))).inc()
        self._handler.close(code, reason)

    def closed_by_client(self) -> None:
        """Note that the socket is gone."""
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.CLOSED
            self._metrics.closes.labels(code="client").inc()


def _view(ticket: Ticket, is_plain: bool) -> View:
    if ticket.is_guest:
        return View.GUEST
    return View.SINGLE if is_plain else View.PACKED


def deliver_to_all(connections: Iterable[Connection], frame: bytes, payload: bytes) -> None:
    """Write a shared frame to many connections: ``deliver``, as fast as Python allows.

    Nearly always a connection is open and nothing waits on it, which ``is_clear`` says; then all
    that happens is the system call.
    """
    size = len(frame)
    for connection in connections:
        wire = connection.wire
        if not wire.is_clear:
            connection.deliver(frame, payload)
            continue
        try:
            sent = wire.push(frame)
        except OSError:
            # Full or broken: it is tried once more there, and seen to.
            connection.deliver(frame, payload)
            continue
        if sent != size:
            wire.keep(frame, sent)
            connection.check_backlog()
