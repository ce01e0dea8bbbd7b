"""Committed changes on their way to those who watch."""

from dataclasses import replace

from tests.watercooler.stage import PROJECT, SPRINT, Client, Stage, eventually


async def test_plain_subscriber_gets_one_event_per_frame(stage: Stage) -> None:
    client = await stage.join_plain()
    events = [stage.writer.append(SPRINT) for _ in range(5)]
    await eventually(lambda: len(client.frames) == 5)
    assert [frame.encode() for frame in client.frames] == [event.line for event in events]
    assert client.messages[0]["model"] == "task"
    assert client.messages[0]["action"] == "update"


async def test_watcher_gets_events_of_both_channels_in_order(stage: Stage) -> None:
    client = await stage.join()
    for _ in range(10):
        stage.writer.append(SPRINT)
        stage.writer.append(PROJECT)
    await eventually(lambda: len(client.events(SPRINT) + client.events(PROJECT)) == 20)
    assert client.events(SPRINT) == client.events(PROJECT) == list(range(4, 14))


async def test_events_keep_their_order_while_a_fanout_takes_many_steps(bare_stage: Stage) -> None:
    """With one connection to a loop step, others join, leave and resume in the middle of it."""
    stage = bare_stage
    # Whoever resumes as often as here would be cut for it.
    stage.limits = replace(stage.limits, connections_per_step=1, message_burst=1000.0)
    stage.writer.start_beating()
    await stage.start_process()
    steady = [await stage.join(f"steady{number}") for number in range(5)]
    joiners: list[tuple[Client, int]] = []
    for number in range(30):
        seq = stage.writer.append(SPRINT).seq
        client = await stage.connect(f"joiner{number}")
        await client.resume(sprint=("e1", seq - 2))
        joiners.append((client, seq - 2))
        if number % 3 == 0:
            await steady[0].resume(sprint=("e1", steady[0].events()[-1] if number > 3 else seq))
        if number % 5 == 4:
            joiners.pop()[0].close()
    last = stage.writer.append(SPRINT).seq
    for client, seq in [*joiners, *[(client, 3) for client in steady[1:]]]:
        await client.until(lambda client=client: last in client.events())  # type: ignore[misc]
        assert client.events() == list(range(seq + 1, last + 1))


async def test_burst_is_packed_for_v1_and_never_reordered(stage: Stage) -> None:
    v1, plain = await stage.join("alice"), await stage.join_plain("script")
    events = [stage.writer.compose(SPRINT) for _ in range(100)]
    stage.writer.log.append(SPRINT, events)
    for client in (v1, plain):
        await client.until(lambda client=client: 103 in client.events())  # type: ignore[misc]
        assert client.events() == list(range(4, 104))
    frames = [frame for frame in v1.frames if '"seq":' in frame and "welcome" not in frame]
    assert len(frames) < len(plain.frames) == 100


async def test_new_epoch_in_the_middle_of_a_fanout_ends_it(bare_stage: Stage) -> None:
    stage = bare_stage
    stage.limits = replace(stage.limits, connections_per_step=1)
    stage.writer.start_beating()
    await stage.start_process()
    clients = [await stage.join(f"c{number}") for number in range(10)]
    for _ in range(20):
        stage.writer.append(SPRINT)
    stage.writer.epochs[SPRINT] = "e2"
    stage.writer.events[SPRINT] = []
    stage.writer.fill(SPRINT)
    stage.writer.append("control", model="channel", action="epoch", id=SPRINT, body={"epoch": "e2"})
    for client in clients:
        await client.received("resync")
        await client.resume(sprint=("e2", 0))
    stage.writer.append(SPRINT)
    for client in clients:
        await client.until(lambda client=client: client.events()[-1:] == [1])  # type: ignore[misc]
        before = client.events()[:-1]
        assert before == list(range(4, 4 + len(before)))


async def test_channel_that_nobody_watches_is_left_and_found_again(bare_stage: Stage) -> None:
    stage = bare_stage
    stage.timing = replace(stage.timing, channel_linger_seconds=0.05)
    stage.writer.start_beating()
    process = await stage.start_process()
    names = stage.writer.names
    client = await stage.join()
    client.close()
    await eventually(lambda: not list(process.hub.rooms))
    await eventually(
        lambda: (
            dict(stage.writer.redis.pubsub_numsub(names.events(SPRINT)))
            == {names.events(SPRINT).encode(): 0}
        )
    )
    stage.writer.append(SPRINT)
    again = await stage.connect()
    await again.resume(sprint=("e1", 3))
    await eventually(lambda: again.events() == [4])
    stage.writer.append(SPRINT)
    await eventually(lambda: again.events() == [4, 5])
