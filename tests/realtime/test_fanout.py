"""Frames, the direct way to the socket, and its fallback."""

import asyncio
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from realtime import fanout
from realtime.fanout import Wire, spread, text_frame


class Echoless(WebSocketHandler):
    """Hands its wire to the test."""

    def initialize(self, opened: "asyncio.Queue[Wire]") -> None:
        self._opened = opened

    def open(self, *args: str) -> None:
        self._opened.put_nowait(Wire(self))


class Server:
    """One server, and a client per ``connect``."""

    def __init__(self) -> None:
        self.opened: asyncio.Queue[Wire] = asyncio.Queue()
        self._server = HTTPServer(Application([("/", Echoless, {"opened": self.opened})]))
        listening, self._port = bind_unused_port()
        self._server.add_sockets([listening])

    async def connect(self) -> tuple[Wire, Any]:
        client = await websocket_connect(f"ws://127.0.0.1:{self._port}/")
        return await self.opened.get(), client


def test_this_release_of_tornado_has_the_parts_that_the_fast_path_needs() -> None:
    """When this fails, Tornado has changed: look at ``realtime.fanout`` before anything else."""

    async def look() -> bool:
        wire, _ = await Server().connect()
        return wire.is_direct

    assert asyncio.run(look())


@pytest.mark.parametrize("is_direct", [True, False])
@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 3_000_000])
async def test_messages_of_every_size_arrive_whole_and_in_order(
    monkeypatch: pytest.MonkeyPatch, size: int, is_direct: bool
) -> None:
    if not is_direct:
        monkeypatch.setattr(fanout, "_has_known_parts", lambda stream: False)
    wire, client = await Server().connect()
    assert wire.is_direct is is_direct
    texts = ["first", "é" * (size // 2), "last"]
    for text in texts:
        payload = text.encode()
        wire.send(text_frame(payload), payload)
    assert [await client.read_message() for _ in texts] == texts
    assert wire.backlog() == 0


async def test_bytes_that_the_kernel_does_not_take_wait_and_nothing_overtakes_them() -> None:
    wire, client = await Server().connect()
    payloads = [str(number).encode() * 20_000 for number in range(300)]
    for payload in payloads:
        wire.send(text_frame(payload), payload)
    assert wire.backlog() > 0
    for payload in payloads:
        assert await client.read_message() == payload.decode()


@pytest.mark.parametrize("is_direct", [True, False])
async def test_pings_are_answered(monkeypatch: pytest.MonkeyPatch, is_direct: bool) -> None:
    if not is_direct:
        monkeypatch.setattr(fanout, "_has_known_parts", lambda stream: False)
    wire, client = await Server().connect()
    ponged = asyncio.Event()
    monkeypatch.setattr(wire._handler, "on_pong", lambda data: ponged.set())
    wire.ping()
    reading = asyncio.ensure_future(client.read_message())
    await asyncio.wait_for(ponged.wait(), 5)
    client.close()
    assert await reading is None


@pytest.mark.parametrize("is_direct", [True, False])
async def test_socket_that_closed_takes_no_harm(
    monkeypatch: pytest.MonkeyPatch, is_direct: bool
) -> None:
    if not is_direct:
        monkeypatch.setattr(fanout, "_has_known_parts", lambda stream: False)
    wire, client = await Server().connect()
    client.protocol.stream.close()
    for _ in range(200):
        wire.send(text_frame(b"x"), b"x")
        wire.ping()
        await asyncio.sleep(0)
    assert wire.backlog() == 0


async def test_spreading_yields_to_the_loop() -> None:
    reached: list[int] = []
    done = asyncio.Event()
    spread(range(10), reached.append, per_step=4, on_done=done.set)
    assert reached == [0, 1, 2, 3]
    await asyncio.sleep(0)
    assert reached == list(range(8))
    await asyncio.wait_for(done.wait(), 5)
    assert reached == list(range(10))


async def test_receiver_that_fails_harms_no_other() -> None:
    reached: list[int] = []

    def divide(number: int) -> None:
        reached.append(12 // number)

    spread([3, 0, 4], divide, per_step=10)
    assert reached == [4, 3]


async def test_spreading_to_nobody_is_done_at_once() -> None:
    done: list[bool] = []
    spread([], lambda one: None, per_step=4, on_done=lambda: done.append(True))
    assert done == [True]
