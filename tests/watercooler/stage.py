"""What tests of the websocket process stand on: real Redis, real processes, real clients."""

import asyncio
import itertools
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from realtime.envelope import Event, Position, compose_event
from realtime.log import EventLog, connect
from realtime.names import KeySpace
from realtime.protocol import SUBPROTOCOL
from realtime.signatures import KeyRing, Label
from realtime.tickets import issue_ticket, now_ms
from realtime.timing import Limits, Timing
from tests.servers import OwnRedis
from watercooler import Options, Process

# One unit of time for everything that waits: 1 is the product's own pace, tests run faster.
UNIT = float(os.environ.get("TIME_UNIT", "0.1"))
PATIENCE_SECONDS = 30.0

SPRINT, PROJECT = "sprint.7", "project.1"
SECRET = "test:" + "only-for-tests-" + "x" * 40
ORIGIN = "http://board.example:8000"


def fast_timing() -> Timing:
    """The product's intervals at the tests' pace; what waits for real servers keeps its length."""
    usual = Timing()
    return replace(
        usual.scaled(UNIT),
        coalesce_seconds=usual.coalesce_seconds,
        lobby_seconds=usual.lobby_seconds,
        redis_timeout_seconds=usual.redis_timeout_seconds,
        redis_silence_seconds=usual.redis_silence_seconds,
        repair_seconds=0.05,
    )


def patient_timing() -> Timing:
    """The product's own pace, for tests that wait for none of it: nobody is late then."""
    return replace(Timing(), repair_seconds=0.05)


async def eventually(condition: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as ``condition`` holds; fails the test when that takes too long."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {seconds} s"
        await asyncio.sleep(0.005)


class Writer:
    """Stands for web processes and relay: owns the history of all channels, appends it to Redis."""

    def __init__(self, redis: OwnRedis, prefix: str) -> None:
        self.prefix = prefix
        self.redis = redis.client()
        self.keys = KeyRing.from_text(SECRET, prefix=prefix)
        self.names = KeySpace(prefix)
        servers = connect(redis.url, connect_timeout_seconds=5, answer_timeout_seconds=5)
        self.log = EventLog(servers, prefix=prefix, keys=self.keys)
        self.epochs: dict[str, str] = {}
        self.events: dict[str, list[Event]] = {}
        self._heartbeats: asyncio.Task[None] | None = None

    def compose(self, channel: str, **fields: Any) -> Event:
        """Add an event to the history without telling Redis."""
        history = self.events.setdefault(channel, [])
        top = self.top(channel)
        given = {
            "ts": now_ms(),
            "actor": "alice",
            "origin": None,
            "model": "task",
            "action": "update",
            "id": 12,
            "version": top.seq + 1,
            "body": {"id": 12, "name": f"Task {top.seq + 1}"},
            "changed": {},
        } | fields
        event = compose_event(
            channel=channel,
            epoch=top.epoch,
            seq=top.seq + 1,
            prev=top.change,
            change=f"{channel}-{top.epoch}-{top.seq + 1}",
            payload=orjson.dumps(given).decode(),
        )
        history.append(event)
        return event

    def append(self, channel: str, **fields: Any) -> Event:
        """Commit one change and publish it."""
        event = self.compose(channel, **fields)
        self.log.append(channel, [event])
        return event

    def append_silently(self, channel: str, **fields: Any) -> Event:
        """Commit and log one change, with its announcement lost on the way."""
        event = self.compose(channel, **fields)
        names, seq = self.names, event.seq
        pipeline = self.redis.pipeline()
        pipeline.xadd(names.stream(channel), {"m": self.signed(event)}, id=f"{seq}-0")
        pipeline.hset(
            names.top(channel),
            mapping={"epoch": event.epoch, "seq": seq, "change": event.change},
        )
        pipeline.execute()
        return event

    def signed(self, event: Event, channel: str | None = None) -> bytes:
        """Sign an event, for another ``channel`` than its own if asked to."""
        label = Label.CONTROL if event.channel == "control" else Label.EVENT
        return self.keys.sign(label, channel or event.channel, event.line)

    def announce(self, channel: str, message: bytes) -> None:
        self.redis.publish(self.names.events(channel), message)

    def top(self, channel: str) -> Position:
        epoch = self.epochs.setdefault(channel, "e1")
        history = self.events.get(channel)
        if not history:
            return Position(epoch, 0, "")
        return Position(epoch, history[-1].seq, history[-1].change)

    def fill(self, channel: str) -> None:
        """Put the channel's newest 500 events into Redis, as the relay does with a cold one."""
        events = self.events.get(channel, [])[-500:]
        top = self.top(channel)
        base = Position(top.epoch, events[0].seq - 1, events[0].prev) if events else top
        self.log.refill(channel, base=base, events=events, seen=self.log.top(channel))

    def warm(self) -> None:
        """Refill what watercooler asked for."""
        for channel in self.log.take_cold():
            self.fill(channel)

    def beat(self, *, oldest_ms: int = 0) -> None:
        self.log.publish_heartbeat(behind=0, oldest_ms=oldest_ms)

    def start_beating(self, *, is_warming: bool = True) -> None:
        """Be a relay: heartbeats, and refilling of cold channels."""
        self._heartbeats = asyncio.create_task(self._beat_forever(is_warming))

    async def stop_beating(self) -> None:
        if self._heartbeats:
            self._heartbeats.cancel()
            await asyncio.gather(self._heartbeats, return_exceptions=True)

    async def _beat_forever(self, is_warming: bool) -> None:
        while True:
            self.beat()
            if is_warming:
                self.warm()
            await asyncio.sleep(2 * UNIT / 4)


class Client:
    """A websocket client that keeps everything it was sent."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.messages: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self.is_closed = False
        self._reading = asyncio.create_task(self._read())

    @property
    def close_code(self) -> int | None:
        return self.connection.close_code

    def events(self, channel: str = SPRINT) -> list[int]:
        """The seqs received on ``channel``, in order."""
        return [
            message["seq"]
            for message in self.messages
            if message.get("channel") == channel and "seq" in message
        ]

    def actions(self, action: str) -> list[dict[str, Any]]:
        """The messages with this action that are no events."""
        return [
            message
            for message in self.messages
            if message.get("action") == action and "seq" not in message
        ]

    async def say(self, **fields: Any) -> None:
        await self.connection.write_message(orjson.dumps(fields))

    async def resume(self, **since: tuple[str, int]) -> None:
        """Resume ``sprint`` and ``project`` from positions of epoch and seq; others from now."""
        names = {"sprint": SPRINT, "project": PROJECT}
        await self.say(
            action="resume",
            since={
                names[short]: {"epoch": epoch, "seq": seq} for short, (epoch, seq) in since.items()
            },
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        await eventually(condition)

    async def received(self, action: str) -> dict[str, Any]:
        """Wait for a message of this action, and return the newest."""
        await eventually(lambda: self.actions(action))
        return self.actions(action)[-1]

    async def closed(self) -> int | None:
        """Wait for the end, and return the close code."""
        await eventually(lambda: self.is_closed)
        return self.close_code

    def close(self) -> None:
        self.connection.close()

    async def _read(self) -> None:
        while (frame := await self.connection.read_message()) is not None:
            assert isinstance(frame, str)
            self.frames.append(frame)
            self.messages += [orjson.loads(line) for line in frame.split("\n")]
        self.is_closed = True


class Stage:
    """Redis, a writer, and as many watercooler processes and clients as a test wants."""

    def __init__(self, redis: OwnRedis, number: int) -> None:
        self.redis = redis
        self.writer = Writer(redis, f"t{os.getpid()}-{number}")
        self.timing = fast_timing()
        self.limits = Limits(sockets_per_user=200)
        self.processes: list[Process] = []
        self.clients: list[Client] = []

    async def start_process(self, **options: Any) -> Process:
        """Start a watercooler on a free port, ready for clients."""
        process = Process(self.options(**options), self.timing)
        process.start()
        self.processes.append(process)
        await eventually(lambda: process.hub.rooms.liveness.is_redis_up)
        return process

    def options(self, **given: Any) -> Options:
        usual: dict[str, Any] = {
            "port": 0,
            "address": "127.0.0.1",
            "origins": frozenset({ORIGIN}),
            "redis_url": self.redis.url,
            "prefix": self.writer.prefix,
            "keys": KeyRing.from_text(SECRET, prefix=self.writer.prefix),
            "metrics_token": "",
            "trusted_proxies": (),
            "limits": self.limits,
        }
        return Options(**(usual | given))

    def ticket(self, username: str = "bob", **given: Any) -> str:
        fields: dict[str, Any] = {
            "username": username,
            "full_name": username.title(),
            "role": "member",
            "channels": (SPRINT, PROJECT),
        }
        return issue_ticket(self.writer.keys, **(fields | given))

    def url(self, process: Process, ticket: str, channel: str = SPRINT) -> str:
        return f"ws://127.0.0.1:{process.port}/socket/{channel}?channel={ticket}"

    async def connect(
        self,
        username: str = "bob",
        *,
        process: Process | None = None,
        is_plain: bool = False,
        ticket: str | None = None,
        channel: str = SPRINT,
        headers: dict[str, str] | None = None,
        **given: Any,
    ) -> Client:
        """Open a websocket; keyword arguments beyond these are fields of the ticket."""
        text = self.ticket(username, **given) if ticket is None else ticket
        request = HTTPRequest(
            self.url(process or self.processes[0], text, channel), headers=headers or {}
        )
        connection = await websocket_connect(
            request, subprotocols=None if is_plain else [SUBPROTOCOL]
        )
        client = Client(connection)
        self.clients.append(client)
        return client

    async def join(self, username: str = "bob", **given: Any) -> Client:
        """Connect with the subprotocol, live from now on both channels."""
        client = await self.connect(username, **given)
        await client.resume()
        await client.received("welcome")
        await self.until_live(client)
        return client

    async def join_plain(self, username: str = "bob", **given: Any) -> Client:
        """Connect without the subprotocol, and wait until both channels are live."""
        count = self.live_count()
        client = await self.connect(username, is_plain=True, **given)
        await eventually(lambda: self.live_count() >= count + 2)
        return client

    async def until_live(self, client: Client) -> None:
        """Wait until nobody waits for a channel any more."""
        await eventually(lambda: not any(self._is_waiting(process) for process in self.processes))

    def live_count(self) -> int:
        return sum(
            len(room.broadcaster.audience.live)
            for process in self.processes
            for room in process.hub.rooms
        )

    async def close(self) -> None:
        for client in self.clients:
            client.close()
        for process in self.processes:
            await process.stop()
        await self.writer.stop_beating()

    def _is_waiting(self, process: Process) -> bool:
        return any(room.broadcaster.is_troubled for room in process.hub.rooms)


numbers = itertools.count(1)
