"""Guests who come by a public link: told of cards, and of nobody."""

import orjson
import pytest

from realtime.redaction import for_guests
from realtime.tickets import GUEST
from realtime.timing import Limits
from tests.watercooler.stage import PROJECT, SPRINT, Client, Stage, eventually

CARD = {
    "id": 12,
    "name": "Search",
    "description": "A *private* thought",
    "has_description": True,
    "assigned": "bob",
    "links": {"self": "/api/tasks/12/"},
}


async def join_as_guest(stage: Stage, name: str = "share:5") -> Client:
    client = await stage.connect(name, full_name="Guest", role=GUEST, channels=(SPRINT,))
    await client.resume()
    await client.received("welcome")
    await stage.until_live(client)
    return client


async def test_guest_is_told_what_happens_to_cards_and_not_by_whom(stage: Stage) -> None:
    member, guest = await stage.join("bob"), await join_as_guest(stage)
    stage.writer.append(SPRINT, actor="alice", origin="m-1", body=CARD)
    seq = stage.writer.append(SPRINT, action="remove", body=None).seq
    for client in (member, guest):
        await client.until(lambda client=client: seq in client.events())  # type: ignore[misc]
    update, remove = [message for message in guest.messages if "seq" in message]
    assert (update["actor"], update["origin"]) == (None, None)
    assert update["omitted"] == ["description"]
    assert update["body"] == {
        "id": 12,
        "name": "Search",
        "has_description": True,
        "assigned": "bob",
        "links": {},
    }
    assert (remove["action"], remove["body"], remove["actor"]) == ("remove", None, None)
    assert "alice" not in "".join(guest.frames)
    seen_by_members = next(message for message in member.messages if "seq" in message)
    assert (seen_by_members["actor"], seen_by_members["body"]) == ("alice", CARD)


async def test_what_is_replayed_names_nobody_either(stage: Stage) -> None:
    stage.writer.append(SPRINT, actor="alice", body=CARD)
    guest = await stage.connect("share:5", role=GUEST, channels=(SPRINT,))
    await guest.resume(sprint=("e1", 0))
    await guest.until(lambda: guest.events() == [1, 2, 3, 4])
    assert "alice" not in "".join(guest.frames)
    assert "private" not in "".join(guest.frames)


async def test_guest_gets_nothing_of_the_project(stage: Stage) -> None:
    guest = await join_as_guest(stage)
    stage.writer.append(PROJECT, body={"id": 1, "name": "Hidden"})
    seq = stage.writer.append(SPRINT).seq
    await guest.until(lambda: seq in guest.events())
    assert guest.events(PROJECT) == []
    await guest.resume(project=("e1", 0))
    assert await guest.closed() == 4400


@pytest.mark.parametrize("is_apart", [False, True])
async def test_guest_and_people_do_not_see_one_another(stage: Stage, is_apart: bool) -> None:
    if is_apart:
        await stage.start_process()
    early = await join_as_guest(stage)
    alice = await stage.join("alice", process=stage.processes[-1])
    bob = await stage.join("bob", process=stage.processes[-1])
    await bob.say(model="task", id=12, action="dragstart")
    await eventually(lambda: [m for m in alice.messages if m.get("action") == "dragstart"])
    late = await join_as_guest(stage)
    await bob.say(model="task", id=12, action="dragend")
    await eventually(lambda: [m for m in alice.messages if m.get("action") == "dragend"])
    seq = stage.writer.append(SPRINT).seq
    for guest in (early, late):
        await guest.until(lambda guest=guest: seq in guest.events())  # type: ignore[misc]
        welcome = guest.actions("welcome")[0]
        assert (welcome["here"], welcome["locks"]) == ([], [])
        text = "".join(guest.frames)
        assert "bob" not in text
        assert "dragstart" not in text
    assert "share:5" not in "".join(alice.frames)


@pytest.mark.parametrize("action", ["dragstart", "editstart", "drop", "lookstart"])
async def test_guest_cannot_take_a_card(stage: Stage, action: str) -> None:
    guest = await join_as_guest(stage)
    await guest.say(model="task", id=12, action=action)
    assert await guest.closed() == 4400


async def test_guest_needs_the_subprotocol(stage: Stage) -> None:
    guest = await stage.connect("share:5", role=GUEST, channels=(SPRINT,), is_plain=True)
    assert await guest.closed() == 4400


async def test_end_of_the_link_closes_its_guests_and_nobody_else(stage: Stage) -> None:
    guest, other = await join_as_guest(stage), await join_as_guest(stage, "share:6")
    member = await stage.join("bob")
    stage.writer.append(
        "control",
        model="access",
        action="revoke",
        body={"username": "share:5", "channels": [SPRINT], "before_ms": 2**50, "code": 4403},
    )
    assert await guest.closed() == 4403
    again = await stage.connect("share:5", role=GUEST, channels=(SPRINT,))
    assert await again.closed() == 4403
    assert not other.is_closed
    assert not member.is_closed


async def test_link_has_a_limit_of_sockets_of_its_own(bare_stage: Stage) -> None:
    stage = bare_stage
    stage.limits = Limits(sockets_per_user=1, sockets_per_link=2)
    stage.writer.start_beating()
    await stage.start_process()
    first = await join_as_guest(stage)
    await join_as_guest(stage)
    third = await stage.connect("share:5", role=GUEST, channels=(SPRINT,))
    assert await third.closed() == 4429
    first.close()
    await eventually(lambda: len(stage.processes[0].hub.connections) == 1)
    await join_as_guest(stage)


def test_what_was_left_out_before_stays_named() -> None:
    event = {"actor": "a", "origin": None, "body": {"id": 1}, "omitted": ["description"]}
    assert orjson.loads(for_guests(orjson.dumps(event)))["omitted"] == ["description"]


def test_new_order_of_a_column_comes_without_its_author() -> None:
    event = {"actor": "a", "origin": "m", "model": "column", "order": {"1": 2}}
    told = orjson.loads(for_guests(orjson.dumps(event)))
    assert told == event | {"actor": None, "origin": None}


@pytest.mark.parametrize("model", ["comment", "checklist_item", "attachment"])
def test_of_what_open_tasks_show_only_its_number_is_told(model: str) -> None:
    body = {"id": 3, "task": 12, "text": "private", "author": "a", "name": "private.pdf"}
    event = {"actor": "a", "origin": "m", "model": model, "action": "update", "id": 3} | {
        "body": body,
        "changed": {"name": ["private.pdf", "b"]},
    }
    told = orjson.loads(for_guests(orjson.dumps(event)))
    assert told == event | {"actor": None, "origin": None, "body": None, "changed": {}}
