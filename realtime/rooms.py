"""The channels that this process follows, and the traffic between them and Redis.

A room is a channel with its broadcaster and its people. It is opened for the first connection, kept
a while after the last one (a reconnect storm must not empty its memory), and then closed.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from realtime.broadcaster import Broadcaster
from realtime.control import Control
from realtime.errors import BadMessage, LogUnavailable
from realtime.follower import Follower, Surroundings
from realtime.intake import Intake
from realtime.liveness import Liveness
from realtime.metrics import Metrics
from realtime.names import CONTROL, KeySpace
from realtime.people import ChannelPeople
from realtime.revocations import Revocation
from realtime.sequence import Reading
from realtime.signatures import KeyRing, Label
from realtime.source import Source
from realtime.timing import Limits, Timing

logger = logging.getLogger("watercooler")


@dataclass(slots=True)
class Room:
    """``compared_at`` and ``empty_since`` in monotonic seconds."""

    broadcaster: Broadcaster
    people: ChannelPeople
    compared_at: float
    empty_since: float | None = None


@dataclass(frozen=True, slots=True)
class _Route:
    """What to do with a pub/sub channel's messages and its confirmations."""

    on_message: Callable[[bytes], None]
    on_subscribed: Callable[[], None] = lambda: None


class Rooms:
    """All rooms, and ``control``. ``clock`` gives monotonic seconds."""

    def __init__(
        self,
        redis_url: str,
        *,
        prefix: str,
        keys: KeyRing,
        timing: Timing,
        limits: Limits,
        metrics: Metrics,
        clock: Callable[[], float],
        on_revocation: Callable[[Revocation], None],
    ) -> None:
        self._timing = timing
        self._metrics = metrics
        self._clock = clock
        self._keys = keys
        self._names = KeySpace(prefix)
        self._process = secrets.token_hex(8)
        self._intake = Intake(keys, metrics)
        self._open: dict[str, Room] = {}
        self._routes: dict[str, _Route] = {}
        self._to_read: dict[str, None] = {}
        self._failed: dict[str, None] = {}
        self._is_wanted = asyncio.Event()
        self.liveness = Liveness(timing, clock())
        self._moved_on_at = clock()
        self.source = Source(
            redis_url,
            names=self._names,
            subscriber=self,
            timing=timing,
            metrics=metrics,
            # What a live channel may have missed, on top of what a resumed one may.
            most_events=2 * limits.replay_events + 1,
        )
        self._around = Surroundings(
            request_reading=self.request_reading,
            request_warming=self.source.warm,
            fresh_seconds=lambda since: self.liveness.fresh_seconds(since, clock()),
            clock=clock,
            timing=timing,
            limits=limits,
            metrics=metrics,
        )
        self._control = Control(
            self._around, on_revocation=on_revocation, on_epoch=self.request_reading
        )
        self._follow_always()

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._open.values()))

    def enter(self, channel: str) -> Room:
        """Return the room of ``channel``, opened if need be."""
        room = self._open.get(channel) or self._open_room(channel)
        room.empty_since = None
        return room

    def __getitem__(self, channel: str) -> Room:
        return self._open[channel]

    def request_reading(self, channel: str) -> None:
        """Have a channel read soon; asked for several times at once, it is read once."""
        self._to_read[channel] = None
        self._is_wanted.set()

    async def read_forever(self) -> None:
        """Duty: read what was asked for, one channel after the other."""
        while True:
            await self._is_wanted.wait()
            self._is_wanted.clear()
            while self._to_read:
                channel = next(iter(self._to_read))
                del self._to_read[channel]
                await self._read(channel)

    def repair(self) -> None:
        """Go on wherever something is stuck; a few times a second."""
        for channel in list(self._failed):
            self.request_reading(channel)
        self._failed.clear()
        troubled = [room.broadcaster for room in self if room.broadcaster.is_troubled]
        self._metrics.channels_behind.set(len(troubled))
        for broadcaster in troubled:
            broadcaster.tick()
        if self._control.is_troubled:
            self._control.tick()

    def tick(self) -> None:
        """Everything that waits for time to pass in a room; about once a second."""
        now = self._clock()
        self._metrics.channels.set(len(self._open))
        for channel, room in list(self._open.items()):
            room.people.tick()
            if now - room.compared_at >= self._timing.compare_tops_seconds:
                room.compared_at = now
                self.request_reading(channel)
            if self._is_abandoned(room, now):
                self._close_room(channel)

    def keep_hearing(self) -> None:
        """Make Redis say something; where no relay is heard, perhaps through another server."""
        now = self._clock()
        is_due = now - self._moved_on_at > self._timing.heartbeat_within_seconds
        if is_due and self.liveness.is_relay_silent(now):
            self._moved_on_at = now
            self.source.move_on()
        else:
            self.source.ping()

    # What comes from Redis

    def received(self, name: str, message: bytes) -> None:
        """Pass a message on; one that does harm is dropped, the connection goes on."""
        route = self._routes.get(name)
        if route is None:
            return
        try:
            route.on_message(message)
        except Exception:
            logger.exception("A message on %s could not be handled.", name)

    def subscribed(self, name: str) -> None:
        route = self._routes.get(name)
        if route is not None:
            route.on_subscribed()

    def connected(self) -> None:
        self.liveness.is_redis_up = True

    def disconnected(self) -> None:
        self.liveness.is_redis_up = False

    async def _read(self, channel: str) -> None:
        follower = self._follower(channel)
        if follower is None:
            return
        if not self.liveness.is_redis_up:
            self._failed[channel] = None
            return
        after = follower.reading_starts()
        try:
            top, messages = await self.source.read(channel, after)
        except LogUnavailable:
            self._failed[channel] = None
            return
        events = [event for message in messages if (event := self._intake.event(channel, message))]
        position = top.position
        if after is None:
            after = position.seq if position else 0
        try:
            follower.take_reading(Reading(position, events, after))
        except Exception:
            logger.exception("What Redis holds of %s could not be handled.", channel)

    def _follower(self, channel: str) -> Follower | None:
        if channel == CONTROL:
            return self._control
        room = self._open.get(channel)
        return room.broadcaster if room else None

    def _follow_always(self) -> None:
        events = self._names.events(CONTROL)
        self._routes[events] = _Route(
            lambda message: self._hear_event(CONTROL, self._control, message),
            self._control.subscribed,
        )
        heartbeat = self._names.heartbeat()
        self._routes[heartbeat] = _Route(self._hear_heartbeat)
        self.source.subscribe([events, heartbeat])

    def _hear_heartbeat(self, message: bytes) -> None:
        heartbeat = self._intake.heartbeat(message)
        if heartbeat:
            self.liveness.hear(heartbeat.oldest_ms, self._clock())
            self._metrics.oldest_unpublished.set(heartbeat.oldest_ms / 1000)

    def _hear_event(self, channel: str, follower: Follower, message: bytes) -> None:
        event = self._intake.event(channel, message)
        if event:
            follower.offer(event)

    def _hear_peer(self, channel: str, people: ChannelPeople, message: bytes) -> None:
        fields = self._intake.peer(channel, message)
        if fields is None:
            return
        try:
            people.hear(fields)
        except BadMessage as error:
            self._intake.refuse(channel, error)

    # Opening and closing

    def _open_room(self, channel: str) -> Room:
        broadcaster = Broadcaster(channel, self._around)
        people = ChannelPeople(
            channel,
            broadcaster.audience,
            process=self._process,
            announce=self._announce,
            most_looks=self._around.limits.looks_per_connection,
            timing=self._timing,
            clock=self._clock,
        )
        self._routes[self._names.events(channel)] = _Route(
            lambda message: self._hear_event(channel, broadcaster, message), broadcaster.subscribed
        )
        self._routes[self._names.peers(channel)] = _Route(
            lambda message: self._hear_peer(channel, people, message), people.say_hello
        )
        self.source.subscribe(self._redis_names(channel))
        room = self._open[channel] = Room(broadcaster, people, self._clock())
        return room

    def _close_room(self, channel: str) -> None:
        del self._open[channel]
        names = self._redis_names(channel)
        for name in names:
            del self._routes[name]
        self.source.unsubscribe(names)

    def _is_abandoned(self, room: Room, now: float) -> bool:
        if len(room.broadcaster.audience):
            room.empty_since = None
        elif room.empty_since is None:
            room.empty_since = now
        return (
            room.empty_since is not None
            and now - room.empty_since >= self._timing.channel_linger_seconds
        )

    def _redis_names(self, channel: str) -> list[str]:
        return [self._names.events(channel), self._names.peers(channel)]

    def _announce(self, channel: str, message: bytes) -> None:
        signed = self._keys.sign(Label.PEER, channel, message)
        self.source.publish(self._names.peers(channel), signed)
