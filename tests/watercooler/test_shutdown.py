"""An end that loses nobody: restart messages, close codes, no new connections."""

import asyncio

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.watercooler.stage import SPRINT, Stage, eventually


async def test_everybody_is_told_to_come_back(stage: Stage) -> None:
    clients = [await stage.join(name) for name in ("alice", "ben", "chloe")]
    plain = await stage.join_plain("script")
    await stage.processes.pop().stop()
    for client in clients:
        assert await client.closed() == 1012
        [restart] = client.actions("restart")
        assert 0 <= restart["in_ms"] <= 3000
    assert await plain.closed() == 1012
    assert plain.messages == []


async def test_watchers_go_on_at_another_process_without_loss(stage: Stage) -> None:
    client = await stage.join("alice")
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    await stage.start_process()
    await stage.processes.pop(0).stop()
    stage.writer.append(SPRINT)
    again = await stage.connect("alice")
    await again.resume(sprint=("e1", 4))
    await eventually(lambda: again.events() == [5])


async def test_no_new_connections_during_the_end(stage: Stage) -> None:
    process = stage.processes.pop()
    port = process.port
    stopping = asyncio.create_task(process.stop())
    await eventually(lambda: process.hub.is_closing)
    assert not process.hub.readiness().is_live
    with pytest.raises(OSError, match="refused"):
        await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/ready")
    await stopping


async def test_person_who_moves_to_another_process_never_leaves(stage: Stage) -> None:
    await stage.start_process()
    alice = await stage.join("alice", process=stage.processes[1])
    await stage.join("bob", process=stage.processes[0])
    await eventually(
        lambda: any(
            one["username"] == "bob" for here in alice.actions("here") for one in here["join"]
        )
    )
    await stage.processes.pop(0).stop()
    await stage.join("bob")
    await stage.join("charlie")
    await eventually(
        lambda: any(
            one["username"] == "charlie" for here in alice.actions("here") for one in here["join"]
        )
    )
    assert not [here for here in alice.actions("here") if here["leave"]]
