"""Going on from a position: nothing is lost between a snapshot and the live stream."""

import asyncio

import pytest

from tests.watercooler.stage import PROJECT, SPRINT, Stage, eventually


async def test_replays_what_came_after_the_position(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e1", 1), project=("e1", 3))
    await eventually(lambda: client.events() == [2, 3])
    assert client.messages[0]["action"] == "welcome"
    assert client.messages[0]["channels"] == {
        SPRINT: {"epoch": "e1", "seq": 3},
        PROJECT: {"epoch": "e1", "seq": 3},
    }
    assert client.events(PROJECT) == []


async def test_channel_left_out_is_live_from_now(stage: Stage) -> None:
    client = await stage.join()
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])


async def test_position_at_the_top_is_live(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e1", 3))
    await client.received("welcome")
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])


async def test_position_zero_gets_everything(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e1", 0))
    await eventually(lambda: client.events() == [1, 2, 3])


async def test_new_channel_without_events_is_live(stage: Stage) -> None:
    stage.writer.fill("sprint.9")
    client = await stage.connect(channels=("sprint.9",), channel="sprint.9")
    await client.say(action="resume", since={"sprint.9": {"epoch": "e1", "seq": 0}})
    await client.received("welcome")
    stage.writer.append("sprint.9")
    await eventually(lambda: client.events("sprint.9") == [1])


async def test_nothing_is_lost_while_events_keep_coming(stage: Stage) -> None:
    is_enough = asyncio.Event()

    async def write() -> None:
        while not is_enough.is_set():
            stage.writer.append(SPRINT)
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    clients = []
    for _ in range(20):
        seq = len(stage.writer.events[SPRINT])
        client = await stage.connect()
        await client.resume(sprint=("e1", seq))
        clients.append((client, seq))
    is_enough.set()
    await writing
    last = stage.writer.append(SPRINT).seq
    for client, seq in clients:
        await client.until(lambda client=client: last in client.events())  # type: ignore[misc]
        assert client.events() == list(range(seq + 1, last + 1))


async def test_reconnect_storm_is_served_from_memory(stage: Stage) -> None:
    await stage.join("alice")
    for _ in range(20):
        stage.writer.append(SPRINT)
    await stage.join("ben")
    readings = stage.writer.redis.info("commandstats")["cmdstat_xrange"]["calls"]
    for _ in range(30):
        client = await stage.connect()
        await client.resume(sprint=("e1", 10))
    for client in stage.clients[2:]:
        await eventually(lambda client=client: client.events()[-1:] == [23])  # type: ignore[misc]
        assert client.events() == list(range(11, 24))
    after = stage.writer.redis.info("commandstats")["cmdstat_xrange"]["calls"]
    assert after - readings < 10


async def test_trimmed_position_must_resync(stage: Stage) -> None:
    for _ in range(20):
        stage.writer.append(SPRINT)
    stage.writer.redis.xtrim(stage.writer.names.stream(SPRINT), minid="10-0", approximate=False)
    client = await stage.connect()
    await client.resume(sprint=("e1", 5))
    resync = await client.received("resync")
    assert resync == {"action": "resync", "channel": SPRINT, "reason": "no longer kept"}


async def test_position_that_is_kept_goes_on_beside_one_that_is_not(stage: Stage) -> None:
    for _ in range(20):
        stage.writer.append(SPRINT)
    stage.writer.redis.xtrim(stage.writer.names.stream(SPRINT), minid="10-0", approximate=False)
    late, early = await stage.connect(), await stage.connect()
    await late.resume(sprint=("e1", 5))
    await early.resume(sprint=("e1", 12))
    await late.received("resync")
    await eventually(lambda: early.events() == list(range(13, 24)))


async def test_more_than_500_behind_must_resync(stage: Stage) -> None:
    for _ in range(500):
        stage.writer.append(SPRINT)
    far, near = await stage.connect(), await stage.connect()
    await far.resume(sprint=("e1", 2))
    await near.resume(sprint=("e1", 3))
    assert (await far.received("resync"))["reason"] == "too far behind"
    await eventually(lambda: near.events() == list(range(4, 504)))


async def test_other_epoch_must_resync(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e0", 3), project=("e1", 2))
    assert (await client.received("resync"))["reason"] == "another epoch"
    await eventually(lambda: client.events(PROJECT) == [3])


@pytest.mark.parametrize("seq", [3, 20, 23])
async def test_other_history_at_the_position_must_resync(stage: Stage, seq: int) -> None:
    """The database was restored, and had grown past the position when the client came back."""
    for _ in range(20):
        stage.writer.append(SPRINT)
    known = stage.writer.events[SPRINT][seq - 1].change
    same, other = await stage.connect(), await stage.connect()
    for client, change in ((same, known), (other, "lost")):
        since = {SPRINT: {"epoch": "e1", "seq": seq, "change": change}}
        await client.say(action="resume", since=since)
    assert (await other.received("resync"))["reason"] == "diverged"
    stage.writer.append(SPRINT)
    await eventually(lambda: same.events() == list(range(seq + 1, 25)))
    assert other.events() == []


async def test_resumes_one_channel_after_a_resync(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e0", 3), project=("e1", 3))
    await client.received("resync")
    await client.resume(sprint=("e1", 2))
    await eventually(lambda: client.events() == [3])
    stage.writer.append(PROJECT)
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [3, 4] and client.events(PROJECT) == [4])
    assert len(client.actions("welcome")) == 2


async def test_position_ahead_of_redis_waits_for_the_relay(stage: Stage) -> None:
    committed = stage.writer.compose(SPRINT)
    client = await stage.connect()
    await client.resume(sprint=("e1", 4))
    await client.received("welcome")
    stage.writer.log.append(SPRINT, [committed])
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [5])
    assert not client.actions("resync")


async def test_position_that_never_comes_must_resync(stage: Stage) -> None:
    client = await stage.connect()
    await client.resume(sprint=("e1", 2**60), project=("e1", 3))
    assert (await client.received("resync"))["reason"] == "not available"


async def test_cold_channel_is_warmed_by_the_relay(stage: Stage) -> None:
    names = stage.writer.names
    stage.writer.redis.delete(names.stream(SPRINT), names.top(SPRINT))
    client = await stage.connect()
    await client.resume(sprint=("e1", 1))
    await eventually(lambda: client.events() == [2, 3])
    assert not client.actions("resync")


async def test_cold_channel_that_stays_cold_must_resync(bare_stage: Stage) -> None:
    names = bare_stage.writer.names
    bare_stage.writer.redis.delete(names.stream(SPRINT), names.top(SPRINT))
    bare_stage.writer.start_beating(is_warming=False)
    await bare_stage.start_process()
    client = await bare_stage.connect()
    await client.resume(sprint=("e1", 1))
    assert (await client.received("resync"))["reason"] == "not available"


async def test_without_heartbeats_a_cold_channel_keeps_waiting(bare_stage: Stage) -> None:
    names = bare_stage.writer.names
    bare_stage.writer.redis.delete(names.stream(SPRINT), names.top(SPRINT))
    process = await bare_stage.start_process()
    client = await bare_stage.connect()
    await client.resume(sprint=("e1", 1))
    room = process.hub.rooms[SPRINT]
    started_at = process.hub.clock()
    await eventually(
        lambda: process.hub.clock() - started_at > 2 * bare_stage.timing.cold_wait_seconds
    )
    assert room.broadcaster.is_troubled
    assert not client.actions("resync")
    bare_stage.writer.start_beating()
    await eventually(lambda: client.events() == [2, 3])


async def test_large_replay_arrives_in_portions(stage: Stage) -> None:
    for _ in range(200):
        stage.writer.append(SPRINT, body={"description": "x" * 12_000})
    client = await stage.connect()
    await client.resume(sprint=("e1", 3))
    await eventually(lambda: client.events() == list(range(4, 204)))
    assert max(len(frame) for frame in client.frames) < 200 * 1024


@pytest.mark.parametrize("is_plain", [True, False])
async def test_incomplete_body_reaches_only_those_who_can_complete_it(
    stage: Stage, is_plain: bool
) -> None:
    client = await (stage.join_plain() if is_plain else stage.join())
    stage.writer.append(SPRINT, body={"id": 12, "name": "Long"}, omitted=["description"])
    await eventually(lambda: client.events() == [4])
    [event] = [message for message in client.messages if message.get("seq") == 4]
    assert event["body"] == (None if is_plain else {"id": 12, "name": "Long"})
