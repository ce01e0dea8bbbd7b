"""Names of channels, and what they are called in Redis."""

import pytest

from realtime.names import KeySpace, is_channel, project_channel, sprint_channel


@pytest.mark.parametrize("name", ["sprint.7", "project.1", "sprint.9223372036854775807", "control"])
def test_channels_are_recognised(name: str) -> None:
    assert is_channel(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "sprint",
        "sprint.",
        "sprint.0",
        "sprint.07",
        "sprint.-1",
        "sprint.7\n",
        "sprint.7 ",
        " sprint.7",
        "sprint.\u0667",
        "sprint.1" + "0" * 19,
        "Sprint.7",
        "task.7",
        "sprint.7}",
        "{sprint.7}",
        "control.1",
        "relay",
    ],
)
def test_anything_else_is_no_channel(name: str) -> None:
    assert not is_channel(name)


def test_objects_have_channels() -> None:
    assert (sprint_channel(7), project_channel(1)) == ("sprint.7", "project.1")


def test_names_in_redis_are_spelled_as_documented() -> None:
    names = KeySpace("p")

    assert names.stream("sprint.7") == "p:st:{sprint.7}"
    assert names.top("sprint.7") == "p:top:{sprint.7}"
    assert names.events("sprint.7") == "p:ev:{sprint.7}"


def test_no_two_things_share_a_name() -> None:
    spelled = [
        name
        for names in (KeySpace("p"), KeySpace("q"))
        for name in (
            *(
                spell(channel)
                for channel in ("sprint.7", "project.7", "control")
                for spell in (names.stream, names.top, names.events, names.peers)
            ),
            names.heartbeat(),
            names.cold(),
        )
    ]
    assert len(spelled) == len(set(spelled))
