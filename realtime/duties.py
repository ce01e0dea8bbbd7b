"""What a watercooler process does by the clock, and how it comes to an end.

One task per duty for the whole process; a duty that fails is logged and goes on.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from functools import partial

from realtime.connection import Connection, Stage
from realtime.fanout import one_by_one, spread
from realtime.hub import Hub
from realtime.liveness import LIVE, State
from realtime.protocol import Close, beat_message, restart_message, state_message
from realtime.tickets import now_ms

CANCEL_AGAIN_SECONDS = 0.1

logger = logging.getLogger("watercooler")


class Duties:
    """Runs a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._told: State = LIVE
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin all duties; needs a running loop."""
        hub = self._hub
        for duty in (
            hub.rooms.source.listen,
            hub.rooms.source.send,
            hub.rooms.read_forever,
            self._repair_forever,
            self._tick_forever,
            self._keep_redis_talking,
        ):
            self._tasks.append(asyncio.create_task(_supervise(duty), name=duty.__name__))

    async def stop(self) -> None:
        """End all duties and the connections to Redis."""
        pending = set(self._tasks)
        while pending:
            for task in pending:
                task.cancel()
            # Once is not enough: before Python 3.12, asyncio.wait_for may swallow a cancellation.
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
        await self._hub.rooms.source.close()

    async def say_farewell(self) -> None:
        """Send everybody away, in batches that take ``shutdown_seconds`` altogether at most."""
        hub = self._hub
        hub.is_closing = True
        for room in hub.rooms:
            room.people.say_bye()
        connections = list(hub.connections)
        size = hub.limits.clients_per_restart_batch
        pause_seconds = hub.timing.shutdown_seconds / 2 * size / max(size, len(connections))
        for start in range(0, len(connections), size):
            if start:
                await asyncio.sleep(pause_seconds)
            for connection in connections[start : start + size]:
                self._send_away(connection)
        await self._wait_until_gone(hub.timing.shutdown_seconds / 2)

    def _send_away(self, connection: Connection) -> None:
        if connection.is_welcomed and not connection.is_plain:
            # Spread over the time that the next process needs to start, and then some.
            most_ms = int(self._hub.timing.restart_spread_seconds * 1000)
            connection.send(restart_message(random.randint(0, most_ms)))  # noqa: S311 - jitter
        connection.close(Close.RESTART, "restart")

    async def _wait_until_gone(self, seconds: float) -> None:
        give_up_at = self._hub.clock() + seconds
        while self._hub.connections and self._hub.clock() < give_up_at:
            await asyncio.sleep(seconds / 50)

    async def _repair_forever(self) -> None:
        hub = self._hub
        while True:
            due_at = hub.clock() + hub.timing.repair_seconds
            await asyncio.sleep(hub.timing.repair_seconds)
            hub.metrics.loop_lag.observe(max(0.0, hub.clock() - due_at))
            hub.rooms.repair()
            hub.welcome_waiting()

    async def _tick_forever(self) -> None:
        hub = self._hub
        while True:
            await asyncio.sleep(hub.timing.presence_batch_seconds)
            hub.rooms.tick()
            hub.revocations.forget(now_ms())
            self._tell_state()
            self._for_all(partial(self._look_after, now=hub.clock(), unix_ms=now_ms()))

    async def _keep_redis_talking(self) -> None:
        while True:
            await asyncio.sleep(self._hub.timing.redis_silence_seconds / 3)
            self._hub.rooms.keep_hearing()

    def _tell_state(self) -> None:
        hub = self._hub
        state = hub.rooms.liveness.state(hub.clock())
        if state == self._told:
            return
        self._told = state
        message = state_message(is_live=state.is_live, reason=state.reason)

        def tell(connection: Connection) -> None:
            if connection.is_welcomed and not connection.is_plain:
                connection.send(message)

        self._for_all(tell)

    def _for_all(self, action: Callable[[Connection], None]) -> None:
        hub = self._hub
        spread(list(hub.connections), one_by_one(action), per_step=hub.limits.connections_per_step)

    def _look_after(self, connection: Connection, *, now: float, unix_ms: int) -> None:
        """Look at one of thousands: the loop has events to write meanwhile."""
        if not connection.is_open:
            return
        self._close_overdue(connection, now, unix_ms)
        if backlog := connection.backlog():
            self._hub.metrics.send_buffer.observe(backlog)
            if connection.is_stalled(now, self._hub.timing.stalled_seconds):
                connection.cut_as_slow()
        if now >= connection.beat_at and connection.is_open:
            connection.beat_at = now + self._hub.timing.beat_seconds
            self._beat(connection, now)

    def _close_overdue(self, connection: Connection, now: float, unix_ms: int) -> None:
        timing = self._hub.timing
        if connection.pinged_at and now - connection.pinged_at >= timing.pong_within_seconds:
            connection.close(Close.TOO_SLOW, "no answer to a ping")
        if connection.is_plain:
            return
        is_late = now - connection.opened_at >= timing.resume_within_seconds
        if is_late and connection.stage is Stage.OPENED:
            connection.close(Close.BAD_MESSAGE, "no resume came")
        if connection.ticket.expires_ms <= unix_ms:
            connection.close(Close.NEW_TICKET, "This ticket has expired.")

    def _beat(self, connection: Connection, now: float) -> None:
        connection.ping(now)
        if connection.is_plain or not connection.is_welcomed:
            return
        rooms = self._hub.rooms
        positions = {
            channel: rooms[channel].broadcaster.written_position(connection)
            for channel in connection.ticket.channels
        }
        connection.send(
            beat_message({channel: seq for channel, seq in positions.items() if seq is not None})
        )


async def _supervise(duty: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await duty()
        except Exception:
            logger.exception("A duty failed; it goes on.")
            await asyncio.sleep(1)
