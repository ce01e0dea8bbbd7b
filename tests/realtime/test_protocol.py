"""What clients may say, and the shape of what they hear. Refusals: tests/watercooler."""

import orjson
import pytest

from realtime.errors import BadMessage
from realtime.locks import Grip, Holder, Lock
from realtime.protocol import (
    Refresh,
    Resume,
    Since,
    TaskSignal,
    beat_message,
    here_message,
    parse_client_message,
    welcome_message,
)


def test_resume_is_read() -> None:
    text = '{"action":"resume","since":{"sprint.7":{"epoch":"a","seq":43}}}'
    assert parse_client_message(text) == Resume({"sprint.7": Since("a", 43)})


def test_refresh_is_read() -> None:
    assert parse_client_message('{"action":"refresh","ticket":"t"}') == Refresh("t")


@pytest.mark.parametrize(
    ("action", "grip", "is_start"),
    [
        ("dragstart", Grip.DRAG, True),
        ("dragend", Grip.DRAG, False),
        ("drop", Grip.DRAG, False),
        ("editstart", Grip.EDIT, True),
        ("editend", Grip.EDIT, False),
        ("lookstart", None, True),
        ("lookend", None, False),
    ],
)
def test_task_signals_are_read(action: str, grip: Grip | None, is_start: bool) -> None:
    text = orjson.dumps({"model": "task", "id": 12, "action": action}).decode()
    assert parse_client_message(text) == TaskSignal(12, action, grip, is_start)


@pytest.mark.parametrize("action", ["add", "update", "remove", "order", "welcome", "", None, 1])
def test_nobody_speaks_as_the_server(action: object) -> None:
    text = orjson.dumps({"model": "task", "id": 12, "action": action}).decode()
    with pytest.raises(BadMessage):
        parse_client_message(text)


def test_welcome_shows_positions_people_and_locks() -> None:
    message = welcome_message(
        tops={"sprint.7": Since("a", 43)},
        here={"ana": "Ana"},
        locks=[("sprint.7", Lock(12, Holder("c1", "ana"), Grip.DRAG))],
        conn="c2",
    )
    assert orjson.loads(message) == {
        "action": "welcome",
        "channels": {"sprint.7": {"epoch": "a", "seq": 43}},
        "here": [{"username": "ana", "full_name": "Ana"}],
        "locks": [
            {
                "channel": "sprint.7",
                "model": "task",
                "action": "dragstart",
                "id": 12,
                "actor": "ana",
                "conn": "c1",
            }
        ],
        "conn": "c2",
    }


def test_beat_and_here_have_their_shapes() -> None:
    assert orjson.loads(beat_message({"sprint.7": Since("a", 43)})) == {
        "action": "beat",
        "tops": {"sprint.7": {"epoch": "a", "seq": 43}},
    }
    assert orjson.loads(here_message({"ana": "Ana"}, {"ben": "Ben"})) == {
        "action": "here",
        "join": [{"username": "ana", "full_name": "Ana"}],
        "leave": [{"username": "ben", "full_name": "Ben"}],
    }
