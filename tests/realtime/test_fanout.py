"""Frames, the direct way to the socket, and its fallback."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from realtime import fanout
from realtime.fanout import (
    LeanHandler,
    Wire,
    forget_handshake,
    one_by_one,
    spread,
    text_frame,
)


class Echoless(LeanHandler):
    """Hands its wire to the test, and remembers what it was told."""

    def initialize(self, opened: "asyncio.Queue[Wire]") -> None:
        self._opened = opened
        self.heard: list[str | bytes] = []
        self.is_gone = asyncio.Event()

    def open(self, *args: str) -> None:
        self._opened.put_nowait(Wire(self))
        forget_handshake(self)

    def on_message(self, message: str | bytes) -> None:
        self.heard.append(message)

    def on_close(self) -> None:
        self.is_gone.set()


class Server:
    """One server, and a client per ``connect``."""

    def __init__(self) -> None:
        self.opened: asyncio.Queue[Wire] = asyncio.Queue()
        self._server = HTTPServer(Application([("/", Echoless, {"opened": self.opened})]))
        listening, self.port = bind_unused_port()
        self._server.add_sockets([listening])

    async def connect(self) -> tuple[Wire, Any]:
        client = await websocket_connect(f"ws://127.0.0.1:{self.port}/?ticket=secret")
        return await self.opened.get(), client


def handler_of(wire: Wire) -> Any:
    return wire._handler


def push(wire: Wire, payload: bytes) -> None:
    """Write as a fan-out does."""
    frame = text_frame(payload)
    if not wire.is_clear:
        wire.send(frame, payload)
    elif (sent := wire.push(frame)) < len(frame):
        wire.keep(frame, sent)


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
        monkeypatch.setattr(fanout, "_has_known_parts", lambda *parts: False)
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
        monkeypatch.setattr(fanout, "_has_known_parts", lambda *parts: False)
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
        monkeypatch.setattr(fanout, "_has_known_parts", lambda *parts: False)
    wire, client = await Server().connect()
    client.protocol.stream.close()
    for _ in range(200):
        wire.send(text_frame(b"x"), b"x")
        wire.ping()
        await asyncio.sleep(0)
    assert wire.backlog() == 0


async def test_pongs_of_tornado_and_pushed_frames_do_not_mix() -> None:
    """A client that pings while it does not read, and then reads everything."""
    server = Server()
    wire, client = await server.connect()
    # More than the kernel takes while nobody reads.
    payloads = [b"%06d" % number * 2_000 for number in range(1_500)]
    for number, payload in enumerate(payloads):
        push(wire, payload)
        if number % 100 == 0:
            client.ping(b"are you there?")
            await asyncio.sleep(0.001)
    assert wire.backlog() > 0
    for payload in payloads:
        assert await client.read_message() == payload.decode()


async def test_wire_is_clear_again_when_the_kernel_has_taken_everything() -> None:
    wire, client = await Server().connect()
    payloads = [b"y" * 1_000_000] * 20
    for payload in payloads:
        push(wire, payload)
    assert wire.backlog() > 0
    for payload in payloads:
        assert await client.read_message() == payload.decode()
    push(wire, b"z")
    assert wire.is_clear
    assert await client.read_message() == "z"


async def test_nothing_is_pushed_after_closing() -> None:
    wire, client = await Server().connect()
    push(wire, b"before")
    wire.retire()
    handler_of(wire).close(1012, "restart")
    push(wire, b"after")
    assert await client.read_message() == "before"
    assert await client.read_message() is None
    assert client.close_code == 1012


async def test_handshake_is_forgotten_and_its_ticket_with_it() -> None:
    wire, _ = await Server().connect()
    request = handler_of(wire).request
    assert request.path == "/"
    assert "secret" not in repr(vars(request))
    assert not list(request.headers)


async def test_messages_are_heard_after_the_handshake_is_forgotten() -> None:
    wire, client = await Server().connect()
    await client.write_message("one")
    await client.write_message("two")
    client.close(1000, "bye")
    await asyncio.wait_for(handler_of(wire).is_gone.wait(), 5)
    assert handler_of(wire).heard == ["one", "two"]
    assert handler_of(wire).close_code == 1000


@pytest.mark.parametrize(
    "frame",
    [
        b"\x88\x84\0\0\0\0\x03\xe8\xff\xff",  # a close reason that is no UTF-8
        b"\x81\x81\0\0\0\0\xff",  # a text that is no UTF-8
        b"\xf1\x80\0\0\0\0",  # reserved bits
    ],
)
async def test_malformed_frame_ends_the_connection_and_nothing_else(frame: bytes) -> None:
    server = Server()
    wire, client = await server.connect()
    client.protocol.stream.write(frame)
    await asyncio.wait_for(handler_of(wire).is_gone.wait(), 5)
    other, _ = await server.connect()
    assert other.is_direct


async def test_other_handlers_and_versions_are_left_to_tornado() -> None:
    class Plain(WebSocketHandler):
        def open(self, *args: str) -> None:
            wires.append(Wire(self))

    wires: list[Wire] = []
    server = HTTPServer(Application([("/", Plain)]))
    listening, port = bind_unused_port()
    server.add_sockets([listening])
    client = await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert not wires[0].is_direct
    wires[0].send(text_frame(b"slow"), b"slow")
    assert await client.read_message() == "slow"


async def test_spreading_yields_to_the_loop() -> None:
    reached: list[int] = []
    done = asyncio.Event()
    spread(list(range(10)), reached.extend, per_step=4, on_done=done.set)
    assert reached == [0, 1, 2, 3]
    await asyncio.sleep(0)
    assert reached == list(range(8))
    await asyncio.wait_for(done.wait(), 5)
    assert reached == list(range(10))


async def test_receiver_that_fails_harms_no_other() -> None:
    reached: list[int] = []

    def divide(number: int) -> None:
        reached.append(12 // number)

    spread([3, 0, 4], one_by_one(divide), per_step=10)
    assert reached == [4, 3]


async def test_step_that_fails_does_not_end_the_spreading() -> None:
    done = asyncio.Event()

    def fail(batch: Sequence[int]) -> None:
        raise RuntimeError

    spread([1, 2, 3], fail, per_step=2, on_done=done.set)
    await asyncio.wait_for(done.wait(), 5)


async def test_spreading_to_nobody_is_done_at_once() -> None:
    done: list[bool] = []
    spread([], lambda batch: None, per_step=4, on_done=lambda: done.append(True))
    assert done == [True]
