"""Clients that do not read: cut in the end, and never in the way of others."""

import asyncio
import socket
from base64 import b64encode
from dataclasses import replace

import pytest

from realtime.connection import Connection
from realtime.protocol import SUBPROTOCOL
from tests.watercooler.stage import SPRINT, Stage, eventually

RESUME = b'{"action":"resume","since":{}}'


def client_frame(payload: bytes) -> bytes:
    """A short masked text frame, with a mask of zeros."""
    return b"\x81" + bytes([0x80 | len(payload)]) + b"\0\0\0\0" + payload


def hold_few_bytes(connection: Connection) -> None:
    """Keep the kernel from taking more and more: what it holds is no backlog of ours."""
    server_side = connection.wire.push.__self__
    server_side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)


async def connect_without_reading(stage: Stage) -> socket.socket:
    """Open a watching websocket whose receive buffer is tiny and never emptied."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    port = stage.processes[0].port
    await loop.sock_connect(raw, ("127.0.0.1", port))
    request = (
        f"GET /socket/{SPRINT}?channel={stage.ticket('slow')} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n"
        f"Sec-WebSocket-Key: {b64encode(b'x' * 16).decode()}\r\n\r\n"
    )
    await loop.sock_sendall(raw, request.encode())
    answer = await loop.sock_recv(raw, 1000)
    assert b" 101 " in answer
    for connection in stage.processes[0].hub.connections:
        hold_few_bytes(connection)
    await loop.sock_sendall(raw, client_frame(RESUME))
    return raw


@pytest.fixture
async def stage(bare_stage: Stage) -> Stage:
    """A relay that beats and one watercooler that forgives unanswered pings."""
    bare_stage.timing = replace(bare_stage.timing, pong_within_seconds=60)
    bare_stage.writer.start_beating()
    await bare_stage.start_process()
    return bare_stage


def closes(stage: Stage, code: int) -> float:
    registry = stage.processes[0].hub.metrics.registry
    return registry.get_sample_value("watercooler_closes_total", {"code": str(code)}) or 0.0


async def test_client_with_too_much_unread_is_cut(stage: Stage) -> None:
    reader = await stage.join("alice")
    with await connect_without_reading(stage):
        await eventually(lambda: stage.live_count() == 4)
        for seq in range(4, 800):
            stage.writer.append(SPRINT, body={"description": "x" * 12_000})
            if closes(stage, 4408):
                break
            await reader.until(lambda seq=seq: seq in reader.events())  # type: ignore[misc]
        assert closes(stage, 4408) == 1
    stage.writer.append(SPRINT)
    last = stage.writer.top(SPRINT).seq
    await eventually(lambda: last in reader.events())
    assert reader.events() == list(range(4, last + 1))


async def test_client_that_makes_no_progress_is_cut(stage: Stage) -> None:
    with await connect_without_reading(stage):
        await eventually(lambda: stage.live_count() == 2)
        connection = next(iter(stage.processes[0].hub.connections))
        while connection.backlog() <= 128 * 1024:
            stage.writer.append(SPRINT, body={"description": "x" * 12_000})
            await asyncio.sleep(0)
        await eventually(lambda: closes(stage, 4408) == 1)
        assert connection.backlog() < 1024 * 1024


async def test_ephemeral_messages_are_left_out_for_a_client_that_is_behind(stage: Stage) -> None:
    alice = await stage.join("alice")
    with await connect_without_reading(stage):
        await eventually(lambda: stage.live_count() == 4)
        connection = list(stage.processes[0].hub.connections)[1]
        while connection.backlog() <= 256 * 1024:
            stage.writer.append(SPRINT, body={"description": "x" * 12_000})
            await asyncio.sleep(0)
        last = stage.writer.top(SPRINT).seq
        await eventually(lambda: last in alice.events())
        before = connection.backlog()
        await alice.say(model="task", id=12, action="dragstart")
        witness = await stage.join("ben")
        assert witness.actions("welcome")[0]["locks"]
        assert connection.backlog() == before


async def test_client_that_does_not_answer_pings_is_cut(bare_stage: Stage) -> None:
    stage = bare_stage
    stage.writer.start_beating()
    await stage.start_process()
    with await connect_without_reading(stage):
        await eventually(lambda: closes(stage, 4408) == 1)
