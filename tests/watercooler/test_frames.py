"""Frames against the rules of websockets: each ends its own connection, and says why."""

from base64 import b64encode
from dataclasses import replace

import pytest

from realtime.frames import MOST_FRAGMENTS
from tests.watercooler.stage import SPRINT, Stage, eventually
from tests.watercooler.wire import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawClient,
    close_frame,
    frame,
    handshake,
)

RESUME = b'{"action":"resume","since":{}}'
GRIP = b'{"model":"task","id":12,"action":"dragstart"}'
PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009


@pytest.fixture
def stage(patient_stage: Stage) -> Stage:
    return patient_stage


async def open_socket(stage: Stage, username: str = "mallory", **headers: str) -> RawClient:
    """Connect a websocket that has resumed."""
    client = await RawClient.connect(stage.processes[0].port)
    client.send(handshake(f"/socket/{SPRINT}?channel={stage.ticket(username)}", headers))
    head = await client.head()
    assert head.startswith("HTTP/1.1 101 ")
    client.send(frame(RESUME))
    return client


def count(stage: Stage, name: str, **labels: str) -> float:
    registry = stage.processes[0].hub.metrics.registry
    return registry.get_sample_value(f"watercooler_{name}_total", labels) or 0.0


def in_parts(payload: bytes, parts: int) -> bytes:
    """A text message in so many frames, most of them empty."""
    middle = frame(b"", opcode=0, is_final=False) * (parts - 2)
    return frame(payload, is_final=False) + middle + frame(b"", opcode=0)


BROKEN = {
    "unmasked": (frame(GRIP, is_masked=False), PROTOCOL_ERROR),
    "unmasked ping": (frame(opcode=PING, is_masked=False), PROTOCOL_ERROR),
    "reserved bit 1, as if compressed": (frame(GRIP, reserved=4), PROTOCOL_ERROR),
    "reserved bit 2": (frame(GRIP, reserved=2), PROTOCOL_ERROR),
    "reserved bit 3": (frame(GRIP, reserved=1), PROTOCOL_ERROR),
    "reserved bit of a ping": (frame(opcode=PING, reserved=4), PROTOCOL_ERROR),
    **{f"opcode {number:x}": (frame(opcode=number), PROTOCOL_ERROR) for number in (3, 7, 0xB, 0xF)},
    "long ping": (frame(b"x" * 126, opcode=PING), PROTOCOL_ERROR),
    "long pong": (frame(b"x" * 126, opcode=PONG), PROTOCOL_ERROR),
    "long close": (frame(b"\x03\xe8" + b"x" * 124, opcode=CLOSE), PROTOCOL_ERROR),
    "ping in parts": (frame(opcode=PING, is_final=False), PROTOCOL_ERROR),
    "continuation of nothing": (frame(opcode=0), PROTOCOL_ERROR),
    "message in a message": (frame(GRIP, is_final=False) + frame(GRIP), PROTOCOL_ERROR),
    "too many parts": (in_parts(GRIP, MOST_FRAGMENTS + 1), PROTOCOL_ERROR),
    "parts without end": (
        frame(is_final=False) + frame(opcode=0, is_final=False) * 5_000,
        PROTOCOL_ERROR,
    ),
    "not UTF-8": (frame(b'"\xff\xfe"'), NOT_UTF8),
    "overlong UTF-8": (frame(b'"\xc0\xaf"'), NOT_UTF8),
    "UTF-8 of a surrogate": (frame(b'"\xed\xa0\x80"'), NOT_UTF8),
    "half a letter": (frame(b'"\xc3', is_final=False) + frame(b'"', opcode=0), NOT_UTF8),
    "too big": (frame(b"x" * 4097), TOO_BIG),
    "too big in parts": (
        frame(b"x" * 3000, is_final=False) + frame(b"x" * 3000, opcode=0),
        TOO_BIG,
    ),
    "announced as 4 GB": (frame(announced=1 << 32), TOO_BIG),
    "announced as 16 EB": (frame(announced=(1 << 64) - 1), TOO_BIG),
    "close with half a code": (frame(b"\x03", opcode=CLOSE), PROTOCOL_ERROR),
    "close with a reason that is not UTF-8": (close_frame(1000, b"\xff"), NOT_UTF8),
    **{
        f"close code {code}": (close_frame(code), PROTOCOL_ERROR)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
    },
}


@pytest.mark.parametrize(("sent", "code"), BROKEN.values(), ids=BROKEN)
async def test_broken_frame_closes_its_sender_alone(stage: Stage, sent: bytes, code: int) -> None:
    neighbour = await stage.join("alice")
    async with await open_socket(stage) as client:
        client.send(sent)
        assert await client.close_code() == code
    assert count(stage, "bad_frames") == 1
    assert count(stage, "closes", code=str(code)) == 1
    await eventually(lambda: len(stage.processes[0].hub.connections) == 1)
    stage.writer.append(SPRINT)
    await eventually(lambda: neighbour.events() == [4])


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1011, 3000, 4999])
async def test_close_is_answered_with_its_code(stage: Stage, code: int) -> None:
    async with await open_socket(stage) as client:
        client.send(close_frame(code, "übrigens".encode()))
        assert await client.close_code() == code
    await eventually(lambda: not stage.processes[0].hub.connections)


async def test_message_may_come_in_parts_with_pings_between(stage: Stage) -> None:
    neighbour = await stage.join("alice")
    async with await open_socket(stage) as client:
        client.send(
            frame(GRIP[:10], is_final=False)
            + frame(b"still here", opcode=PING)
            + frame(GRIP[10:20], opcode=0, is_final=False)
            + frame(GRIP[20:], opcode=0)
        )
        await neighbour.received("dragstart")
        while (got := await client.frame()) != (PONG, b"still here"):
            assert got


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_message_in_too_many_bytes_is_not_kept(stage: Stage, opcode: int) -> None:
    """16 MB in one message: what is read is thrown away, and soon the socket is closed."""
    async with await open_socket(stage) as client:
        client.send(frame(b"x" * 16_000_000, opcode=opcode, mask=b"\0\0\0\0"))
        assert await client.close_code() in (TOO_BIG, None)
    assert count(stage, "closes", code=str(TOO_BIG)) == 1


async def test_no_compression_is_agreed_on(stage: Stage) -> None:
    """Without it there are no bombs: a few bytes that become many."""
    offer = "permessage-deflate; client_max_window_bits, x-webkit-deflate-frame"
    client = await RawClient.connect(stage.processes[0].port)
    async with client:
        path = f"/socket/{SPRINT}?channel={stage.ticket()}"
        client.send(handshake(path, {"Sec-WebSocket-Extensions": offer}))
        head = await client.head()
        assert head.startswith("HTTP/1.1 101 ")
        assert "extensions" not in head.lower()


@pytest.mark.parametrize("opcode", [PING, PONG])
async def test_flood_of_pings_is_cut(stage: Stage, opcode: int) -> None:
    neighbour = await stage.join("alice")
    async with await open_socket(stage) as client:
        client.send(frame(b"x" * 125, opcode=opcode) * 20_000)
        assert await client.close_code() in (4429, None)
    assert count(stage, "closes", code="4429") == 1
    assert count(stage, "rate_limited") == 3
    stage.writer.append(SPRINT)
    await eventually(lambda: neighbour.events() == [4])


async def test_few_pings_are_answered(stage: Stage) -> None:
    async with await open_socket(stage) as client:
        client.send(b"".join(frame(b"%d" % number, opcode=PING) for number in range(20)))
        pongs: list[bytes] = []
        while len(pongs) < 20:
            got = await client.frame()
            assert got
            if got[0] == PONG:
                pongs.append(got[1])
        assert pongs == [b"%d" % number for number in range(20)]


async def test_refused_client_that_goes_on_is_cut(stage: Stage) -> None:
    client = await RawClient.connect(stage.processes[0].port)
    async with client:
        client.send(handshake(f"/socket/{SPRINT}?channel=forged"))
        await client.head()
        client.send(frame(GRIP) * 50_000)
        assert await client.close_code() in (4401, None)
    await eventually(lambda: count(stage, "handshakes", result="bad_ticket") == 1)


async def test_refused_client_that_listens_is_told_why(stage: Stage) -> None:
    """A browser resumes before it has read that it was refused."""
    client = await RawClient.connect(stage.processes[0].port)
    async with client:
        client.send(handshake(f"/socket/{SPRINT}?channel=forged") + frame(RESUME))
        await client.head()
        assert await client.close_code() == 4401


async def test_frame_that_never_ends_takes_no_more_than_its_place(bare_stage: Stage) -> None:
    """Who stops in the middle of a frame cannot answer a ping, and is cut for that."""
    bare_stage.timing = replace(bare_stage.timing, beat_seconds=0.5, pong_within_seconds=0.1)
    bare_stage.writer.start_beating()
    await bare_stage.start_process()
    async with await open_socket(bare_stage) as client:
        client.send(frame(GRIP)[:-3])
        await eventually(lambda: count(bare_stage, "closes", code="4408") == 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Key": ""},
        {"Sec-WebSocket-Version": ""},
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Version": "13, 8"},
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
    ],
    ids=str,
)
async def test_malformed_handshake_is_refused(stage: Stage, headers: dict[str, str]) -> None:
    client = await RawClient.connect(stage.processes[0].port)
    async with client:
        client.send(handshake(f"/socket/{SPRINT}?channel={stage.ticket()}", headers))
        head = await client.head()
        assert head.split()[1] in ("400", "426")
    assert not stage.processes[0].hub.connections


async def test_key_of_any_length_does_no_harm(stage: Stage) -> None:
    key = b64encode(b"x" * 5000).decode()
    async with await open_socket(stage, **{"Sec-WebSocket-Key": key}) as client:
        client.send(frame(opcode=PING))
        while (got := await client.frame()) != (PONG, b""):
            assert got
