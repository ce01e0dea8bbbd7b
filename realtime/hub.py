"""The heart of a watercooler process: who is connected, and what they say.

Everything runs in one loop, so that between two awaits nothing changes. What is sent to whom on a
channel is decided in its room; what happens by the clock, in ``realtime.duties``.
"""

import logging
import time
from collections.abc import Callable

from tornado.websocket import WebSocketHandler

from realtime.connection import Connection, Stage
from realtime.door import Door, EntryRefused
from realtime.errors import BadMessage
from realtime.liveness import State
from realtime.metrics import Metrics
from realtime.protocol import (
    SUBPROTOCOL,
    Close,
    Refresh,
    Resume,
    TaskSignal,
    parse_client_message,
    state_message,
    welcome_message,
)
from realtime.revocations import Revocation, Revocations
from realtime.rooms import Room, Rooms
from realtime.signatures import KeyRing
from realtime.timing import Limits, Timing

logger = logging.getLogger("watercooler")


class Hub:
    """Joins connections and rooms. ``clock`` gives monotonic seconds."""

    def __init__(
        self,
        redis_url: str,
        *,
        prefix: str,
        keys: KeyRing,
        timing: Timing,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.timing = timing
        self.limits = limits
        self.clock = clock
        self.metrics = Metrics()
        self.revocations = Revocations()
        self.connections: dict[Connection, None] = {}
        self.is_closing = False
        self._resuming: dict[Connection, tuple[Resume, float]] = {}
        self._door = Door(keys, self.revocations, limits=limits)
        self.rooms = Rooms(
            redis_url,
            prefix=prefix,
            keys=keys,
            timing=timing,
            limits=limits,
            metrics=self.metrics,
            clock=clock,
            on_revocation=self.revoke,
        )

    def readiness(self) -> State:
        """Whether new connections should come here, and if not, why."""
        if self.is_closing:
            return State(False, "This process is shutting down.")
        return self.rooms.liveness.readiness(self.clock())

    # Coming and going

    def is_forged(self, ticket: str, channel: str) -> bool:
        """Tell whether a ticket for ``channel`` was never given out."""
        try:
            self._door.check(ticket, channel)
        except EntryRefused as error:
            return error.result == "bad_ticket"
        return False

    def admit(
        self, handler: WebSocketHandler, *, channel: str, ticket: str, is_plain: bool
    ) -> Connection:
        """Let an accepted websocket in; raises ``EntryRefused``."""
        if self.is_closing:
            raise EntryRefused(Close.RESTART, "closing", "restart")
        read = self._door.check(ticket, channel)
        if read.is_guest and is_plain:
            raise EntryRefused(Close.BAD_MESSAGE, "plain_guest", f"guests need {SUBPROTOCOL}")
        self._door.enter(read)
        self.metrics.handshakes.labels(result="ok").inc()
        connection = Connection(
            handler,
            ticket=read,
            is_plain=is_plain,
            limits=self.limits,
            metrics=self.metrics,
            beat_seconds=self.timing.beat_seconds,
            now=self.clock(),
        )
        self.connections[connection] = None
        self.metrics.connections.labels(kind=connection.kind).inc()
        for room in self._enter_rooms(connection):
            if is_plain:
                room.broadcaster.listen(connection, None)
        return connection

    def dismiss(self, connection: Connection) -> None:
        """A socket has gone, for whatever reason."""
        if connection not in self.connections:
            return
        del self.connections[connection]
        connection.closed_by_client()
        self._resuming.pop(connection, None)
        self._door.leave(connection.ticket)
        self.metrics.connections.labels(kind=connection.kind).dec()
        for room in self._rooms_of(connection):
            room.broadcaster.leave(connection)
            room.people.depart(connection)

    def revoke(self, revocation: Revocation) -> None:
        """Close everybody whose ticket is revoked, and refuse such tickets from now on."""
        if not self.revocations.add(revocation):
            return
        for connection in list(self.connections):
            if revocation.covers(connection.ticket):
                connection.close(revocation.code, "revoked")

    # What clients say

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """Act on one message; whatever is wrong with it closes this connection and no other."""
        if not connection.is_open:
            return
        try:
            self._act(connection, self._read(connection, message))
        except EntryRefused as error:
            connection.close(error.code, error.reason)
        except BadMessage as error:
            self.metrics.bad_messages.inc()
            connection.close(Close.BAD_MESSAGE, str(error))
        except Exception:
            logger.exception("A message of a client could not be handled.")
            connection.close(Close.FAILED, "internal error")

    def may_signal(self, connection: Connection) -> bool:
        """Tell whether to act on a ping or pong: it counts as a message."""
        try:
            return connection.is_open and self._may_speak(connection)
        except EntryRefused as error:
            connection.close(error.code, error.reason)
            return False

    def refuse_frame(self, connection: Connection, code: int, reason: str) -> None:
        """A client broke the websocket protocol."""
        self.metrics.bad_frames.inc()
        connection.close(code, reason)

    def welcome_waiting(self) -> None:
        """Welcome those whose channels are known by now, or have been unknown for too long."""
        now = self.clock()
        for connection, (resume, asked_at) in list(self._resuming.items()):
            rooms = self._rooms_of(connection)
            is_known = all(room.broadcaster.position for room in rooms)
            if is_known or now - asked_at >= self.timing.welcome_within_seconds:
                del self._resuming[connection]
                self._welcome(connection, resume)

    def _read(
        self, connection: Connection, message: str | bytes
    ) -> Resume | Refresh | TaskSignal | None:
        if isinstance(message, bytes):
            raise BadMessage("only text is understood")
        return parse_client_message(message) if self._may_speak(connection) else None

    def _may_speak(self, connection: Connection, cost: float = 1.0) -> bool:
        """Take from what a connection may say; raises ``EntryRefused`` when it insists."""
        if connection.bucket.take(self.clock(), cost):
            return True
        self.metrics.rate_limited.inc()
        if connection.bucket.violations >= self.limits.violations:
            raise EntryRefused(Close.TOO_MUCH, "too_much", "too many messages")
        return False

    def _act(self, connection: Connection, message: Resume | Refresh | TaskSignal | None) -> None:
        match message:
            case TaskSignal():
                self._signal(connection, message)
            case Resume() | Refresh() if connection.is_plain:
                raise BadMessage("this takes the subprotocol watercooler.v1")
            case Resume():
                self._resume(connection, message)
            case Refresh():
                self._refresh(connection, message)

    def _signal(self, connection: Connection, signal: TaskSignal) -> None:
        if not connection.ticket.may_speak:
            raise BadMessage("viewers only listen")
        if not connection.is_welcomed:
            raise BadMessage("resume comes first")
        # A task is shown as held on the board that its holder looks at.
        self.rooms[connection.ticket.channels[0]].people.signal(connection, signal)

    def _refresh(self, connection: Connection, refresh: Refresh) -> None:
        old = connection.ticket
        new = self._door.check(refresh.ticket, old.channels[0])
        if (new.username, new.channels) != (old.username, old.channels):
            raise EntryRefused(Close.NEW_TICKET, "bad_ticket", "This ticket is not yours.")
        connection.ticket = new

    def _resume(self, connection: Connection, resume: Resume) -> None:
        if not resume.since.keys() <= set(connection.ticket.channels):
            raise BadMessage("a channel that the ticket does not name")
        if connection.stage is Stage.OPENED:
            connection.stage = Stage.RESUMING
        elif not self._may_speak(connection, self.limits.resume_again_cost):
            # A few bytes that may be answered with hundreds of events.
            return
        self._resuming[connection] = (resume, self.clock())
        self.welcome_waiting()

    def _welcome(self, connection: Connection, resume: Resume) -> None:
        is_first = not connection.is_welcomed
        connection.stage = Stage.WELCOMED
        connection.send(self._welcome_message(connection))
        state = self.rooms.liveness.state(self.clock())
        if not state.is_live:
            connection.send(state_message(is_live=False, reason=state.reason))
        for channel in connection.ticket.channels:
            room = self.rooms[channel]
            if is_first:
                room.people.arrive(connection)
            if is_first or channel in resume.since:
                room.broadcaster.listen(connection, resume.since.get(channel))

    def _welcome_message(self, connection: Connection) -> bytes:
        channels = connection.ticket.channels
        # Guests are told nothing about people.
        peopled = () if connection.ticket.is_guest else channels
        tops = {channel: self.rooms[channel].broadcaster.top() for channel in channels}
        return welcome_message(
            tops={channel: top for channel, top in tops.items() if top},
            here=self.rooms[peopled[0]].people.here if peopled else {},
            locks=[
                (channel, lock)
                for channel in peopled
                for lock in self.rooms[channel].people.locks()
            ],
            conn=connection.id,
        )

    def _enter_rooms(self, connection: Connection) -> list[Room]:
        rooms = [self.rooms.enter(channel) for channel in connection.ticket.channels]
        for room in rooms:
            room.broadcaster.audience.attach(connection)
        return rooms

    def _rooms_of(self, connection: Connection) -> list[Room]:
        return [self.rooms[channel] for channel in connection.ticket.channels]
