"""Who listens to one channel, and how events and ephemeral messages are written to them.

Attached: everybody whose ticket names the channel. Live: those among them who have been written
every event so far. Order and repair are the broadcaster's business.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import orjson

from realtime.connection import Connection, View, deliver_to_all
from realtime.envelope import Event
from realtime.fanout import one_by_one, spread, text_frame
from realtime.metrics import Metrics
from realtime.redaction import for_guests
from realtime.tickets import now_ms
from realtime.timing import Limits


class Packet(NamedTuple):
    """A message ready for many sockets: its frame, and what is in it."""

    frame: bytes
    payload: bytes


def packet(payload: bytes) -> Packet:
    return Packet(text_frame(payload), payload)


class Audience:
    """The connections of one channel."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits = limits
        self._metrics = metrics
        self._attached: dict[Connection, None] = {}
        # The number of the fan-out during which somebody became live: that one has reached them.
        self._live: dict[Connection, int] = {}
        self._number = 0
        # The live ones in a list, made anew when they have changed.
        self._roll: list[Connection] | None = None

    def __len__(self) -> int:
        return len(self._attached)

    def attach(self, connection: Connection) -> None:
        self._attached[connection] = None

    def leave(self, connection: Connection) -> None:
        self._attached.pop(connection, None)
        self.remove_live(connection)

    def attached(self) -> list[Connection]:
        return list(self._attached)

    def add_live(self, connection: Connection) -> None:
        """From the next fan-out on, the connection gets every event."""
        self._live[connection] = self._number
        self._roll = None

    def remove_live(self, connection: Connection) -> None:
        if self._live.pop(connection, None) is not None:
            self._roll = None

    @property
    def live(self) -> list[Connection]:
        return list(self._live)

    def is_live(self, connection: Connection) -> bool:
        return connection in self._live

    def take_live(self) -> list[Connection]:
        """Empty the live set, also for a fan-out under way; return who was in it."""
        live, self._live, self._roll = self._live, {}, None
        return list(live)

    def broadcast(self, events: Sequence[Event], *, on_done: Callable[[], None]) -> None:
        """Write ``events`` (at least one) to all live connections, a part of them per loop step."""
        self._number += 1
        number, packets = self._number, _Packets(events)
        roll = self._roll = self._roll or list(self._live)

        def write(batch: Sequence[Connection]) -> None:
            # Between two steps some may have left, or have begun anew and got these events then.
            if self._roll is not roll:
                batch = [one for one in batch if self._live.get(one, number) < number]
            usual = [one for one in batch if one.view is View.PACKED]
            _deliver(usual, packets.of(View.PACKED))
            if len(usual) < len(batch):
                for view in (View.SINGLE, View.GUEST):
                    _deliver([one for one in batch if one.view is view], packets.of(view))

        def finish() -> None:
            self._count(events, packets.of(View.PACKED), len(roll))
            on_done()

        spread(roll, write, per_step=self._limits.connections_per_step, on_done=finish)

    def write(self, connection: Connection, events: Sequence[Event]) -> None:
        """Write ``events`` to one connection that catches up."""
        for frame, payload in _Packets(events).of(connection.view):
            connection.deliver(frame, payload)

    def tell(
        self, message: bytes, *, besides: str | None = None, is_plain_too: bool = True
    ) -> None:
        """Write an ephemeral message to everybody attached but the connection ``besides``.

        All such messages are about people, so that guests get none.
        """
        shared = packet(message)

        def write(connection: Connection) -> None:
            if connection.is_welcomed and connection.id != besides:
                connection.deliver_ephemeral(*shared)

        views = (View.PACKED, View.SINGLE) if is_plain_too else (View.PACKED,)
        receivers = [one for one in self._attached if one.view in views]
        spread(receivers, one_by_one(write), per_step=self._limits.connections_per_step)

    def _count(self, events: Sequence[Event], packed: list[Packet], receivers: int) -> None:
        self._metrics.frames_out.inc(receivers)
        self._metrics.events_out.inc(receivers * len(events))
        self._metrics.bytes_out.inc(receivers * len(packed[0].frame))
        self._metrics.events_per_frame.observe(len(events))
        if receivers and events[0].ts:
            self._metrics.commit_to_write.observe(max(0, now_ms() - events[0].ts) / 1000)


def _deliver(connections: Sequence[Connection], packets: list[Packet]) -> None:
    for frame, payload in packets:
        deliver_to_all(connections, frame, payload)


class _Packets:
    """Events made ready for each kind of connection, when the first of its kind needs them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._lines = [event.line for event in events]
        self._made: dict[View, list[Packet]] = {}

    def of(self, view: View) -> list[Packet]:
        if view not in self._made:
            self._made[view] = _pack(self._lines, view)
        return self._made[view]


def _pack(lines: list[bytes], view: View) -> list[Packet]:
    if view is View.SINGLE:
        # An incomplete object is none for plain subscribers.
        return [packet(_without_incomplete_body(line)) for line in lines]
    if view is View.GUEST:
        lines = [for_guests(line) for line in lines]
    return [packet(b"\n".join(lines))]


def _without_incomplete_body(line: bytes) -> bytes:
    # Inside a JSON text the quotes would be escaped, so this finds a member and nothing else.
    if b'"omitted":[' not in line:
        return line
    return orjson.dumps({**orjson.loads(line), "body": None})
