"""What was announced and got lost, doubled, mixed up or taken back."""

from collections.abc import AsyncIterator, Iterator

import pytest

from realtime.signatures import Label
from tests.servers import OwnRedis
from tests.watercooler.stage import PROJECT, SPRINT, Stage, eventually, numbers


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """A Redis that a test may stop, empty or freeze."""
    server = OwnRedis()
    server.start()
    yield server
    server.close()


@pytest.fixture
async def fragile_stage(own_redis: OwnRedis) -> AsyncIterator[Stage]:
    """One watercooler and a relay on a Redis of their own."""
    stage = Stage(own_redis, next(numbers))
    for channel in (SPRINT, PROJECT, "control"):
        stage.writer.fill(channel)
    stage.writer.start_beating()
    await stage.start_process()
    yield stage
    own_redis.thaw()
    await stage.close()


async def test_gap_is_healed_from_the_stream(stage: Stage) -> None:
    v1, plain = await stage.join("alice"), await stage.join_plain("ben")
    stage.writer.append_silently(SPRINT)
    stage.writer.append_silently(SPRINT)
    stage.writer.append(SPRINT)
    for client in (v1, plain):
        await client.until(lambda client=client: client.events() == [4, 5, 6])  # type: ignore[misc]


async def test_lost_last_message_is_found_by_the_clock(stage: Stage) -> None:
    client = await stage.join()
    stage.writer.append_silently(SPRINT)
    await eventually(lambda: client.events() == [4])


async def test_duplicates_are_dropped(stage: Stage) -> None:
    client = await stage.join()
    for _ in range(3):
        event = stage.writer.append(SPRINT)
        stage.writer.announce(SPRINT, stage.writer.signed(event))
    for event in stage.writer.events[SPRINT]:
        stage.writer.announce(SPRINT, stage.writer.signed(event))
    stage.writer.append(SPRINT)
    await eventually(lambda: 7 in client.events())
    assert client.events() == [4, 5, 6, 7]


async def test_announcements_out_of_order_arrive_in_order(stage: Stage) -> None:
    client = await stage.join()
    events = [stage.writer.append_silently(SPRINT) for _ in range(4)]
    for event in reversed(events):
        stage.writer.announce(SPRINT, stage.writer.signed(event))
    await eventually(lambda: 7 in client.events())
    assert client.events() == [4, 5, 6, 7]


async def test_new_epoch_makes_watchers_resync(stage: Stage) -> None:
    v1, plain = await stage.join("alice"), await stage.join_plain("ben")
    stage.writer.epochs[SPRINT] = "e2"
    stage.writer.events[SPRINT] = []
    stage.writer.fill(SPRINT)
    stage.writer.append("control", model="channel", action="epoch", id=SPRINT, body={"epoch": "e2"})
    assert (await v1.received("resync"))["channel"] == SPRINT
    assert await plain.closed() == 1012
    await v1.resume(sprint=("e2", 0))
    stage.writer.append(SPRINT)
    await eventually(lambda: v1.events() == [1])
    [event] = [message for message in v1.messages if "seq" in message]
    assert event["epoch"] == "e2"


async def test_new_epoch_is_noticed_without_the_announcement(stage: Stage) -> None:
    client = await stage.join()
    stage.writer.epochs[SPRINT] = "e2"
    stage.writer.events[SPRINT] = []
    stage.writer.fill(SPRINT)
    stage.writer.append(SPRINT)
    assert (await client.received("resync"))["reason"] == "another epoch"


async def test_gap_that_was_trimmed_makes_watchers_resync(stage: Stage) -> None:
    v1, plain = await stage.join("alice"), await stage.join_plain("ben")
    for _ in range(5):
        stage.writer.append_silently(SPRINT)
    stage.writer.redis.xtrim(stage.writer.names.stream(SPRINT), minid="7-0", approximate=False)
    stage.writer.append(SPRINT)
    assert (await v1.received("resync"))["reason"] == "no longer kept"
    assert await plain.closed() == 1012
    await v1.resume(sprint=("e1", 9))
    stage.writer.append(SPRINT)
    await eventually(lambda: v1.events() == [10])


async def test_altered_entry_of_the_stream_makes_watchers_resync(stage: Stage) -> None:
    client = await stage.join()
    names, event = stage.writer.names, stage.writer.compose(SPRINT)
    forged = stage.writer.signed(event).replace(b"Task 4", b"Owned!")
    stage.writer.redis.xadd(names.stream(SPRINT), {"m": forged}, id="4-0")
    stage.writer.redis.hset(names.top(SPRINT), mapping={"seq": 4, "change": event.change})
    stage.writer.append(SPRINT)
    assert await client.received("resync")
    assert not [one for one in client.frames if "Owned!" in one]


async def test_other_history_at_the_same_seq_makes_watchers_resync(stage: Stage) -> None:
    client = await stage.join()
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    event = stage.writer.compose(SPRINT)
    other = event.line.replace(b'"prev":"', b'"prev":"other-')
    stage.writer.announce(SPRINT, stage.writer.keys.sign(Label.EVENT, SPRINT, other))
    assert (await client.received("resync"))["reason"] == "diverged"


async def test_cut_pubsub_connection_loses_nothing(fragile_stage: Stage) -> None:
    stage = fragile_stage
    client = await stage.join()
    for _ in range(5):
        stage.writer.redis.client_kill_filter(_type="pubsub")
        for _ in range(3):
            stage.writer.append(SPRINT)
    await eventually(lambda: 15 in client.events())
    assert client.events() == list(range(1, 16))


async def test_redis_restarted_empty_loses_nothing(fragile_stage: Stage) -> None:
    stage = fragile_stage
    client = await stage.join()
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [1])
    await stage.writer.stop_beating()
    stage.redis.restart_empty()
    for _ in range(3):
        stage.writer.compose(SPRINT)
    stage.writer.start_beating()
    await eventually(lambda: client.events() == [1, 2, 3, 4])
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [1, 2, 3, 4, 5])
    assert not client.actions("resync")


async def test_flushed_redis_loses_nothing(fragile_stage: Stage) -> None:
    stage = fragile_stage
    client = await stage.join()
    stage.writer.append(SPRINT)
    stage.writer.redis.flushall()
    stage.writer.compose(SPRINT)
    await eventually(lambda: client.events() == [1, 2])
    assert not client.actions("resync")


async def test_restored_database_without_a_new_epoch_ends_in_resync(fragile_stage: Stage) -> None:
    stage = fragile_stage
    client = await stage.join()
    for _ in range(3):
        stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [1, 2, 3])
    del stage.writer.events[SPRINT][1:]
    stage.writer.fill(SPRINT)
    assert (await client.received("resync"))["reason"] == "not available"
    await client.resume(sprint=("e1", 1))
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [1, 2, 3, 2])
