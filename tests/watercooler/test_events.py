"""Committed changes on their way to those who watch."""

from tests.watercooler.stage import PROJECT, SPRINT, Stage, eventually


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
