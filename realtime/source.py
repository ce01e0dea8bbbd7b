"""The way to Redis: one pub/sub connection for all channels, readings of the log, announcements.

It reconnects by itself, and after that every subscription is confirmed anew; what that means for a
channel is its follower's business. Messages are passed on as they came, unverified.

A cluster passes announcements on among its servers, so any of them will do for listening; when it
goes, another one takes its place.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable
from typing import Any, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from realtime.errors import LogUnavailable
from realtime.log import Top
from realtime.metrics import Metrics
from realtime.names import KeySpace
from realtime.servers import UNSETTLED, Server, connect_async
from realtime.timing import Timing

FIRST_RETRY_SECONDS = 0.05
MOST_QUEUED = 10_000
NAMES_PER_COMMAND = 500
# Messages that are there already are read without a pause; others need the loop too.
MESSAGES_PER_STEP = 64

Command = tuple[str | bytes, ...]

logger = logging.getLogger("watercooler")


class Subscriber(Protocol):
    """Who is told what happens on the pub/sub connection."""

    def received(self, name: str, message: bytes) -> None: ...

    def subscribed(self, name: str) -> None: ...

    def connected(self) -> None: ...

    def disconnected(self) -> None: ...


class Source:
    """Redis, as one watercooler process uses it. ``run`` must be running for anything to happen."""

    def __init__(
        self,
        url: str,
        *,
        names: KeySpace,
        subscriber: Subscriber,
        timing: Timing,
        metrics: Metrics,
        most_events: int,
    ) -> None:
        self._servers = connect_async(
            url,
            connect_timeout_seconds=timing.redis_timeout_seconds,
            answer_timeout_seconds=timing.redis_timeout_seconds,
        )
        self._names = names
        self._subscriber = subscriber
        self._timing = timing
        self._metrics = metrics
        self._most_events = most_events
        self._wanted: dict[str, None] = {}
        # The server that is listened to, while the connection to it is there.
        self._listened: Server[Redis] | None = None
        self._connection: Any = None
        self._is_connected = False
        self._is_moving_on = False
        self._is_away = False
        # Started together with Redis, this process may be the first to be there.
        self._silent_until = time.monotonic() + timing.redis_timeout_seconds
        self._attempt = 0
        self._queue: asyncio.Queue[Command] = asyncio.Queue(MOST_QUEUED)

    # What others ask for; none of these waits

    def subscribe(self, names: Iterable[str]) -> None:
        """Follow pub/sub channels from now on, over any number of reconnects."""
        self._wanted.update(dict.fromkeys(names))
        self._enqueue("SUBSCRIBE", *names)

    def unsubscribe(self, names: Iterable[str]) -> None:
        for name in names:
            self._wanted.pop(name, None)
        self._enqueue("UNSUBSCRIBE", *names)

    def ping(self) -> None:
        """Make a silent connection say something, so that a dead one is noticed."""
        self._enqueue("PING")

    def move_on(self) -> None:
        """Listen to another server, if there are several.

        The one that is listened to may have left the cluster, or be cut off from the others.
        """
        if self._servers.is_cluster:
            self._servers.doubt()
            self._is_moving_on = True
        self.ping()

    def publish(self, name: str, message: bytes) -> None:
        """Announce once; lost when Redis is away."""
        self._enqueue("PUBLISH", name, message)

    def warm(self, channel: str) -> None:
        """Ask the relay to refill a channel."""
        self._enqueue("SADD", self._names.cold(), channel)

    async def read(self, channel: str, after: int | None) -> tuple[Top, list[bytes]]:
        """Return a channel's top and its stream's messages after ``after`` (None: none of them).

        Both are of one moment. Raises ``LogUnavailable``.
        """
        top = self._names.top(channel)

        async def read(client: Redis) -> list[Any]:
            pipeline = client.pipeline(transaction=True)
            pipeline.hmget(top, ["epoch", "seq", "change"])
            if after is not None:
                pipeline.xrange(
                    self._names.stream(channel), min=f"{after + 1}-0", count=self._most_events
                )
            return await pipeline.execute()

        try:
            answers = await self._servers.ask(top, read)
        except UNSETTLED as error:
            raise LogUnavailable(str(error)) from error
        except ResponseError:
            # Keys of another type: as good as none, and the relay puts that right.
            return Top(), []
        except (RedisError, OSError) as error:
            raise LogUnavailable(str(error)) from error
        entries = answers[1] if after is not None else []
        return Top(*(field or b"" for field in answers[0])), [
            fields.get(b"m", b"") for _, fields in entries
        ]

    # Duties

    async def listen(self) -> None:
        """Keep the pub/sub connection, and pass on what comes through it. Never ends."""
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError) as error:
                self._lost(error)
            self._attempt += 1
            most_seconds = min(
                self._timing.redis_retry_seconds, FIRST_RETRY_SECONDS * 2 ** min(self._attempt, 10)
            )
            await asyncio.sleep(random.uniform(0, most_seconds))  # noqa: S311 - jitter, no secret

    async def send(self) -> None:
        """Carry out what was asked for, in order. Never ends."""
        while True:
            commands = [await self._queue.get()]
            while not self._queue.empty() and len(commands) < NAMES_PER_COMMAND:
                commands.append(self._queue.get_nowait())
            for names, send in (
                (_LISTENING_COMMANDS, self._send_listening),
                ({"PUBLISH"}, self._send_announcements),
                ({"SADD"}, self._send_requests),
            ):
                try:
                    await send([command for command in commands if command[0] in names])
                except (RedisError, OSError):
                    # The next connection repeats subscriptions, whoever misses a channel asks
                    # again, and announcements may get lost.
                    continue

    async def close(self) -> None:
        await self._servers.aclose()

    async def _listen_once(self) -> None:
        server = await self._servers.anybody()
        # redis-py's pool has no types; the connection speaks plain lists (protocol 2).
        pool: Any = server.client.connection_pool
        connection = pool.make_connection()
        try:
            with self._servers.lend(server):
                await connection.connect()
            names = list(self._wanted)
            for start in range(0, len(names), NAMES_PER_COMMAND):
                await connection.send_command(
                    "SUBSCRIBE", *names[start : start + NAMES_PER_COMMAND]
                )
            self._listened, self._connection = server, connection
            # Names that were added meanwhile found no connection to be sent on.
            if added := [name for name in self._wanted if name not in set(names)]:
                self._enqueue("SUBSCRIBE", *added)
            await self._pass_on(connection)
        finally:
            self._listened = self._connection = None
            self._is_connected = False
            self._subscriber.disconnected()
            await connection.disconnect(nowait=True)

    async def _pass_on(self, connection: Any) -> None:
        silence_seconds = self._timing.redis_silence_seconds
        self._is_moving_on = False
        while True:
            for _ in range(MESSAGES_PER_STEP):
                reply = await connection.read_response(
                    timeout=silence_seconds, disconnect_on_error=False
                )
                self._dispatch(reply)
                if self._is_moving_on:
                    return
            await asyncio.sleep(0)

    def _dispatch(self, reply: Any) -> None:
        match reply:
            case [b"message", bytes(name), bytes(message)]:
                self._subscriber.received(name.decode(errors="replace"), message)
            case [b"subscribe", bytes(name), _]:
                self._connected()
                self._subscriber.subscribed(name.decode(errors="replace"))

    def _connected(self) -> None:
        """Note the first confirmation: only a server that gives one is Redis at its work."""
        if self._is_connected:
            return
        self._is_connected = True
        self._metrics.redis_reconnects.inc()
        if self._is_away:
            logger.info("Redis is back.")
        self._is_away = False
        self._silent_until = 0.0
        self._attempt = 0
        self._subscriber.connected()

    def _lost(self, error: Exception) -> None:
        if self._is_away or time.monotonic() < self._silent_until:
            return
        self._is_away = True
        logger.warning("Redis cannot be reached (%s); trying again until it can.", error)

    def _enqueue(self, *command: str | bytes) -> None:
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            logger.warning("Redis does not keep up; announcements to other processes are left out.")

    async def _send_listening(self, commands: list[Command]) -> None:
        for command in commands:
            # A connection that is not there would be opened by sending, with nobody reading it.
            if self._connection is not None and self._connection.is_connected:
                await self._connection.send_command(*command)

    async def _send_announcements(self, commands: list[Command]) -> None:
        if commands:
            # Every server of a cluster passes on what any of them is told.
            server = self._listened or await self._servers.anybody()
            with self._servers.lend(server) as client:
                await _execute(client, commands)

    async def _send_requests(self, commands: list[Command]) -> None:
        if commands:
            await self._servers.ask(self._names.cold(), lambda client: _execute(client, commands))


async def _execute(client: Redis, commands: list[Command]) -> None:
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    await pipeline.execute()


_LISTENING_COMMANDS = frozenset({"SUBSCRIBE", "UNSUBSCRIBE", "PING"})
