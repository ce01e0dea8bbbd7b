"""What clients may not say, and that nobody else suffers from it."""

import json
from contextlib import suppress
from typing import Any

import orjson
import pytest
from tornado.websocket import WebSocketClosedError

from tests.watercooler.stage import SPRINT, Stage, eventually

GRIP = {"model": "task", "id": 12, "action": "dragstart"}
BAD: list[Any] = [
    "",
    "not json",
    "[]",
    "12",
    '"resume"',
    "{}",
    "[" * 2000,
    {"action": "resume"},
    {"action": "resume", "since": []},
    {"action": "resume", "since": {}, "more": 1},
    {"action": "resume", "since": {SPRINT: 3}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1"}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": -1}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": 1.5}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": True}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": "3"}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": 10**30}}},
    {"action": "resume", "since": {SPRINT: {"epoch": 1, "seq": 3}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e" * 65, "seq": 3}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": 3, "change": 5}}},
    {"action": "resume", "since": {SPRINT: {"epoch": "e1", "seq": 3, "change": "c" * 65}}},
    {"action": "resume", "since": {"sprint.8": {"epoch": "e1", "seq": 3}}},
    {"action": "resume", "since": {"control": {"epoch": "e1", "seq": 0}}},
    {"action": "refresh"},
    {"action": "refresh", "ticket": 5},
    {"action": "welcome", "channels": {}},
    {"action": ["dragstart"], "model": "task", "id": 12},
    {"action": "resync", "channel": SPRINT},
    GRIP | {"id": 0},
    GRIP | {"id": "12"},
    GRIP | {"id": True},
    GRIP | {"id": 2**63},
    GRIP | {"model": "sprint"},
    GRIP | {"channel": "sprint.8"},
    {"model": "task", "action": "dragstart"},
]
AS_DJANGO: list[Any] = [
    {"model": "task", "action": "update", "id": 12, "version": 9, "body": {"name": "owned"}},
    {"model": "task", "action": "update", "id": 12},
    GRIP | {"version": 3},
    GRIP | {"body": {"name": "owned"}},
    GRIP | {"actor": "alice"},
    {"v": 1, "channel": SPRINT, "epoch": "e1", "seq": 4, "prev": "", "change": "", **GRIP},
]


def text_of(message: Any) -> str:
    return message if isinstance(message, str) else json.dumps(message)


@pytest.mark.parametrize("message", BAD + AS_DJANGO, ids=lambda message: text_of(message)[:60])
async def test_bad_message_closes_its_sender_alone(stage: Stage, message: Any) -> None:
    neighbour = await stage.join("alice")
    client = await stage.join("bob")
    await client.connection.write_message(text_of(message))
    assert await client.closed() == 4400
    stage.writer.append(SPRINT)
    await eventually(lambda: neighbour.events() == [4])
    assert not [one for one in neighbour.messages if one.get("body") == {"name": "owned"}]


async def test_plain_subscriber_cannot_speak_as_django(stage: Stage) -> None:
    client = await stage.join_plain()
    await client.say(**AS_DJANGO[0])
    assert await client.closed() == 4400


@pytest.mark.parametrize("action", ["resume", "refresh"])
async def test_plain_subscriber_has_no_protocol_messages(stage: Stage, action: str) -> None:
    client = await stage.join_plain()
    await client.say(action=action, since={}, ticket="x")
    assert await client.closed() == 4400


async def test_binary_message_is_refused(stage: Stage) -> None:
    client = await stage.join()
    await client.connection.write_message(orjson.dumps(GRIP), binary=True)
    assert await client.closed() == 4400


async def test_message_that_is_no_utf8_ends_the_connection(stage: Stage) -> None:
    client = await stage.join()
    assert client.connection.protocol
    client.connection.protocol._write_frame(True, 0x1, b"\xff\xfe")  # type: ignore[attr-defined]
    await client.closed()


@pytest.mark.parametrize("size", [4 * 1024 + 1, 60 * 1024])
async def test_oversized_message_is_refused_as_such(stage: Stage, size: int) -> None:
    client = await stage.join()
    await client.connection.write_message("x" * size)
    assert await client.closed() == 1009


async def test_message_of_4_kib_is_read(stage: Stage) -> None:
    client = await stage.join()
    grip = text_of(GRIP)
    await client.connection.write_message(grip + " " * (4 * 1024 - len(grip)))
    watcher = await stage.join("alice")
    assert watcher.actions("welcome")[0]["locks"][0]["id"] == 12


async def test_huge_message_ends_the_connection_alone(stage: Stage) -> None:
    neighbour = await stage.join("alice")
    client = await stage.join()
    await client.connection.write_message("x" * 1024 * 1024)
    await client.closed()
    stage.writer.append(SPRINT)
    await eventually(lambda: neighbour.events() == [4])


async def test_chatterbox_is_cut(stage: Stage) -> None:
    client = await stage.join()
    with suppress(WebSocketClosedError):
        for _ in range(60):
            await client.say(**GRIP)
    assert await client.closed() == 4429


async def test_burst_is_allowed(stage: Stage) -> None:
    client = await stage.join()
    for _ in range(35):
        await client.say(**GRIP)
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    assert not client.is_closed


async def test_resuming_over_and_over_is_cut(stage: Stage) -> None:
    """It is a few bytes that may ask for hundreds of events."""
    client = await stage.join()
    with suppress(WebSocketClosedError):
        for _ in range(10):
            await client.resume(sprint=("e1", 1), project=("e1", 1))
    assert await client.closed() == 4429
    assert len(client.actions("welcome")) < 10


async def test_viewer_only_listens(stage: Stage) -> None:
    client = await stage.join("vera", role="viewer")
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    await client.say(**GRIP)
    assert await client.closed() == 4400


async def test_nothing_is_said_before_resume(stage: Stage) -> None:
    client = await stage.connect()
    await client.say(**GRIP)
    assert await client.closed() == 4400


async def test_connection_that_never_resumes_is_closed(stage: Stage) -> None:
    client = await stage.connect()
    assert await client.closed() == 4400
