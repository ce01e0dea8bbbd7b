"""Honesty about whether what people see is current: state, beats, readiness."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from realtime import tickets
from tests.servers import OwnRedis
from tests.watercooler.stage import PROJECT, SPRINT, Client, Stage, eventually, numbers
from watercooler import Process


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def fragile_stage(own_redis: OwnRedis) -> AsyncIterator[Stage]:
    """A stage on a Redis that the test may stop; nothing runs yet."""
    stage = Stage(own_redis, next(numbers))
    for channel in (SPRINT, PROJECT, "control"):
        stage.writer.fill(channel)
    yield stage
    await stage.close()


async def ready(process: Process) -> HTTPResponse:
    url = f"http://127.0.0.1:{process.port}/ready"
    return await AsyncHTTPClient().fetch(url, raise_error=False)


def state(client: Client) -> tuple[bool, str | None]:
    """The newest word on the state; live when there was none."""
    told = client.actions("state")
    return (told[-1]["live"], told[-1]["reason"]) if told else (True, None)


async def test_silent_relay_is_told_and_its_return_too(stage: Stage) -> None:
    client = await stage.join()
    await stage.writer.stop_beating()
    await eventually(lambda: state(client) == (False, "The relay has not been heard from."))
    assert (await ready(stage.processes[0])).code == 503
    late = await stage.connect("late")
    await late.resume()
    await eventually(lambda: not state(late)[0])
    stage.writer.start_beating()
    await eventually(lambda: state(client)[0] and state(late)[0])
    assert (await ready(stage.processes[0])).code == 200


async def test_relay_that_is_behind_is_told(stage: Stage) -> None:
    client = await stage.join()
    await stage.writer.stop_beating()
    stage.writer.beat(oldest_ms=2001)
    await eventually(lambda: state(client) == (False, "The relay is behind."))
    stage.writer.start_beating()
    await eventually(lambda: state(client)[0])


async def test_plain_subscribers_get_no_state(stage: Stage) -> None:
    plain, client = await stage.join_plain("script"), await stage.join()
    await stage.writer.stop_beating()
    await eventually(lambda: not state(client)[0])
    assert plain.messages == []


async def test_lost_redis_is_told_once_and_its_return(
    fragile_stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "watercooler")
    stage = fragile_stage
    stage.writer.start_beating()
    process = await stage.start_process()
    client = await stage.join()
    await stage.writer.stop_beating()
    stage.redis.stop()
    await eventually(lambda: not state(client)[0])
    assert (await ready(process)).body == b"Redis cannot be reached.\n"
    stage.redis.start()
    stage.writer.start_beating()
    await eventually(lambda: state(client)[0])
    said = [record.message for record in caplog.records if record.name == "watercooler"]
    assert len([text for text in said if text.startswith("Redis cannot be reached")]) == 1
    assert "Redis is back." in said


async def test_starts_without_redis_and_goes_on_when_it_comes(fragile_stage: Stage) -> None:
    stage = fragile_stage
    stage.redis.stop()
    process = Process(stage.options(), stage.timing)
    process.start()
    stage.processes.append(process)
    client = await stage.connect()
    await client.resume(sprint=("e1", 0))
    await client.received("welcome")
    assert (await ready(process)).code == 503
    stage.redis.start()
    stage.writer.compose(SPRINT)
    stage.writer.start_beating()
    await eventually(lambda: client.events() == [1])


async def test_frozen_redis_is_noticed(fragile_stage: Stage) -> None:
    stage = fragile_stage
    stage.timing = replace(stage.timing, redis_silence_seconds=0.5, redis_timeout_seconds=0.5)
    stage.writer.start_beating()
    await stage.start_process()
    client = await stage.join()
    await stage.writer.stop_beating()
    stage.redis.freeze()
    await eventually(lambda: not state(client)[0])
    stage.redis.thaw()
    stage.writer.start_beating()
    stage.writer.append(SPRINT)
    await eventually(lambda: state(client)[0] and client.events() == [1])


async def test_new_process_is_ready_once_the_relay_was_heard(bare_stage: Stage) -> None:
    process = await bare_stage.start_process()
    answer = await ready(process)
    assert (answer.code, answer.body) == (503, b"The relay has not been heard from.\n")
    bare_stage.writer.start_beating()
    await eventually(lambda: process.hub.readiness().is_live)
    assert (await ready(process)).body == b"ready\n"


async def test_beat_tells_what_was_written(stage: Stage) -> None:
    client = await stage.join()
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    await eventually(lambda: client.actions("beat"))
    count = len(client.actions("beat"))
    await eventually(lambda: len(client.actions("beat")) > count)
    assert client.actions("beat")[-1]["tops"] == {
        SPRINT: {"epoch": "e1", "seq": 4},
        PROJECT: {"epoch": "e1", "seq": 3},
    }


async def test_beat_never_claims_more_than_was_written(stage: Stage) -> None:
    stage.timing = replace(stage.timing, beat_seconds=0.01, presence_batch_seconds=0.002)
    process = await stage.start_process()
    client = await stage.join("bob", process=process)
    for _ in range(300):
        stage.writer.append(SPRINT)
    await eventually(lambda: 303 in client.events())
    seen = 3
    for message in client.messages:
        if message.get("channel") == SPRINT and "seq" in message:
            seen = message["seq"]
        if message.get("action") == "beat" and SPRINT in message["tops"]:
            assert message["tops"][SPRINT]["seq"] <= seen


async def test_beat_leaves_out_a_channel_that_must_resync(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e0", 1))
    await client.received("resync")
    await eventually(lambda: client.actions("beat"))
    assert set(client.actions("beat")[-1]["tops"]) == {PROJECT}


def expired(stage: Stage, monkeypatch: pytest.MonkeyPatch, *, in_ms: int) -> str:
    """A ticket that has only ``in_ms`` left to live."""
    issued = tickets.now_ms() - tickets.LIFETIME_MS + in_ms
    with monkeypatch.context() as past:
        past.setattr(tickets, "now_ms", lambda: issued)
        return stage.ticket()


async def test_ticket_that_is_not_refreshed_ends_the_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await stage.join(ticket=expired(stage, monkeypatch, in_ms=1500))
    assert await client.closed() == 4401


async def test_refreshed_ticket_keeps_the_connection(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = expired(stage, monkeypatch, in_ms=1500)
    kept, lost = await stage.join(ticket=ticket), await stage.join(ticket=ticket)
    await kept.say(action="refresh", ticket=stage.ticket("bob"))
    assert await lost.closed() == 4401
    stage.writer.append(SPRINT)
    await eventually(lambda: kept.events() == [4])


async def test_plain_connection_outlives_its_ticket(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = expired(stage, monkeypatch, in_ms=1500)
    plain, lost = await stage.join_plain(ticket=ticket), await stage.join(ticket=ticket)
    assert await lost.closed() == 4401
    stage.writer.append(SPRINT)
    await eventually(lambda: plain.events() == [4])


@pytest.mark.parametrize(
    "given",
    [{"username": "alice"}, {"channels": (SPRINT,)}, {"channels": ("sprint.8", PROJECT)}],
)
async def test_ticket_of_somebody_else_does_not_refresh(
    stage: Stage, given: dict[str, Any]
) -> None:
    client = await stage.join("bob")
    await client.say(action="refresh", ticket=stage.ticket(**({"username": "bob"} | given)))
    assert await client.closed() == 4401


async def test_forged_ticket_does_not_refresh(stage: Stage) -> None:
    client = await stage.join("bob")
    await client.say(action="refresh", ticket="test.00.eyJ9")
    assert await client.closed() == 4401
