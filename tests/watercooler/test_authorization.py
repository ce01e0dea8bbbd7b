"""Who may say what on a websocket: everybody, each message, and that it has no effect if refused.

A message that the protocol gains and this table lacks fails the first test.
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from tornado.websocket import WebSocketClosedError

from realtime import tickets
from realtime.protocol import CLIENT_ACTIONS
from realtime.tickets import now_ms
from tests.watercooler.stage import PROJECT, SPRINT, Client, Stage, eventually
from tests.watercooler.test_handshake import altered

GRIPS = ("dragstart", "dragend", "drop", "editstart", "editend", "lookstart", "lookend")
MESSAGES = ("resume", "refresh", *GRIPS)
# What must be in hand, or in sight, to be let go.
BEFORE = {
    "dragend": "dragstart",
    "drop": "dragstart",
    "editend": "editstart",
    "lookend": "lookstart",
}

OK = None
BAD_MESSAGE, NEW_TICKET, NOT_A_MEMBER = 4400, 4401, 4403


@dataclass(frozen=True)
class Caller:
    """Somebody at the door, and what becomes of each of their messages: OK, or a close code."""

    resume: int | None
    refresh: int | None
    grips: int | None
    may_listen: bool = True
    role: str = "member"
    is_plain: bool = False
    channels: tuple[str, ...] = (SPRINT, PROJECT)

    def outcome(self, message: str) -> int | None:
        return {"resume": self.resume, "refresh": self.refresh}.get(message, self.grips)


def refused(code: int, **given: Any) -> Caller:
    return Caller(code, code, code, may_listen=False, **given)


# Rows: who comes. Columns: resume, refresh, and what shows a hand or an eye on a task.
CALLERS = {
    "owner": Caller(OK, OK, OK, role="owner"),
    "member": Caller(OK, OK, OK),
    "viewer": Caller(OK, OK, BAD_MESSAGE, role="viewer"),
    "guest of a public link": Caller(OK, OK, BAD_MESSAGE, role="guest", channels=(SPRINT,)),
    "in a role that we do not know": Caller(OK, OK, BAD_MESSAGE, role="staff"),
    "owner, plain": Caller(BAD_MESSAGE, BAD_MESSAGE, OK, role="owner", is_plain=True),
    "member, plain": Caller(BAD_MESSAGE, BAD_MESSAGE, OK, is_plain=True),
    "viewer, plain": Caller(BAD_MESSAGE, BAD_MESSAGE, BAD_MESSAGE, role="viewer", is_plain=True),
    "guest, plain": refused(BAD_MESSAGE, role="guest", is_plain=True, channels=(SPRINT,)),
    "anonymous": refused(NEW_TICKET),
    "anonymous, plain": refused(NEW_TICKET, is_plain=True),
    "outsider": refused(NEW_TICKET, role="owner", channels=("sprint.8", "project.2")),
    "member, for another sprint": refused(NEW_TICKET, channels=("sprint.9", PROJECT)),
    "member, for the project alone": refused(NEW_TICKET, channels=(PROJECT,)),
    "altered": refused(NEW_TICKET),
    "expired": refused(NEW_TICKET),
    "of another installation": refused(NEW_TICKET),
    "removed": refused(NOT_A_MEMBER),
    "removed owner": refused(NOT_A_MEMBER, role="owner"),
    "removed, plain": refused(NOT_A_MEMBER, is_plain=True),
    "deactivated": refused(NEW_TICKET),
    "with a role that has changed": refused(NEW_TICKET, role="owner"),
}
NAME = "bob"


@pytest.fixture
def stage(patient_stage: Stage) -> Stage:
    return patient_stage


async def ticket_of(stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What this caller shows at the door; revokes it where that is the point."""
    caller = CALLERS[who]
    if who.startswith("anonymous"):
        return ""
    if who == "expired":
        return expired_ticket(stage, monkeypatch)
    given = {"role": caller.role, "channels": caller.channels}
    ticket = stage.ticket(NAME, **given)
    match who:
        case "altered":
            return altered(ticket)
        case "of another installation":
            return ticket.replace("test.", "other.", 1)
        case "removed" | "removed owner" | "removed, plain":
            await revoke(stage, channels=[PROJECT], code=NOT_A_MEMBER)
        case "deactivated":
            await revoke(stage, channels=None, code=NEW_TICKET)
        case "with a role that has changed":
            await revoke(stage, channels=[PROJECT], code=NEW_TICKET)
    return ticket


def expired_ticket(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> str:
    long_ago = tickets.now_ms() - tickets.LIFETIME_MS
    with monkeypatch.context() as past:
        past.setattr(tickets, "now_ms", lambda: long_ago)
        return stage.ticket(NAME)


async def revoke(stage: Stage, *, channels: list[str] | None, code: int) -> None:
    """End what the person's tickets allow, and wait until the process knows."""
    body = {"username": NAME, "channels": channels, "code": code, "before_ms": now_ms()}
    stage.writer.append("control", model="access", action="revoke", id=None, body=body)
    revocations = stage.processes[0].hub.revocations
    # Forgetting old ones replaces the dictionary.
    await eventually(lambda: NAME in revocations._by_username)


def content(stage: Stage, message: str, caller: Caller) -> dict[str, Any]:
    match message:
        case "resume":
            return {"action": "resume", "since": {}}
        case "refresh":
            ticket = stage.ticket(NAME, role=caller.role, channels=caller.channels)
            return {"action": "refresh", "ticket": ticket}
    return {"model": "task", "id": 12, "action": message}


async def say(client: Client, **fields: Any) -> None:
    """Send, if the socket has not been closed before."""
    with suppress(WebSocketClosedError):
        await client.say(**fields)


async def come_in(stage: Stage, who: str, ticket: str) -> Client:
    caller = CALLERS[who]
    if caller.may_listen:
        join = stage.join_plain if caller.is_plain else stage.join
        return await join(NAME, ticket=ticket)
    return await stage.connect(ticket=ticket, is_plain=caller.is_plain)


def test_table_has_every_message_of_the_protocol() -> None:
    assert set(MESSAGES) == CLIENT_ACTIONS


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("who", CALLERS)
async def test_message_is_taken_or_refused_as_the_table_says(
    stage: Stage, who: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = CALLERS[who]
    witness = await stage.join("alice")
    client = await come_in(stage, who, await ticket_of(stage, who, monkeypatch))
    if caller.grips is OK and message in BEFORE:
        await client.say(**content(stage, BEFORE[message], caller))
    await say(client, **content(stage, message, caller))
    if caller.outcome(message) is OK:
        await check_taken(stage, client, message, witness)
    else:
        assert await client.closed() == caller.outcome(message)
        await check_without_effect(stage, client, witness)


async def check_taken(stage: Stage, client: Client, message: str, witness: Client) -> None:
    if message in GRIPS:
        assert (await witness.received(message))["actor"] == NAME
    # Whatever was said before has been acted on when this comes.
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == witness.events() == [4])
    assert not client.is_closed


async def check_without_effect(stage: Stage, client: Client, witness: Client) -> None:
    stage.writer.append(SPRINT)
    await eventually(lambda: witness.events() == [4])
    assert not [one for name in GRIPS for one in witness.actions(name)]
    assert not client.events()


@pytest.mark.parametrize("who", CALLERS)
async def test_only_those_who_may_listen_hear_what_happens(
    stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = CALLERS[who]
    witness = await stage.join("alice")
    client = await come_in(stage, who, await ticket_of(stage, who, monkeypatch))
    if not caller.may_listen:
        await client.closed()
    for channel in (SPRINT, PROJECT):
        stage.writer.append(channel)
    await eventually(lambda: witness.events() == witness.events(PROJECT) == [4])
    for channel in (SPRINT, PROJECT):
        is_for_them = caller.may_listen and channel in caller.channels
        await eventually(
            lambda is_for_them=is_for_them, channel=channel: (  # type: ignore[misc]
                client.events(channel) == ([4] if is_for_them else [])
            )
        )


# Tickets that replace one on an open connection: what they are, and how that ends.
REFRESHES: dict[str, tuple[dict[str, Any], int | None]] = {
    "of the same person": ({}, OK),
    "of the same person in another role": ({"role": "viewer"}, OK),
    "of another person": ({"username": "alice"}, NEW_TICKET),
    "for another sprint": ({"channels": ("sprint.9", PROJECT)}, NEW_TICKET),
    "for more": ({"channels": (SPRINT, PROJECT, "project.2")}, NEW_TICKET),
    "for less": ({"channels": (SPRINT,)}, NEW_TICKET),
    "for the control channel": ({"channels": (SPRINT, "control")}, NEW_TICKET),
}


@pytest.mark.parametrize("which", REFRESHES)
async def test_ticket_is_replaced_by_one_of_the_same_person_and_channels_alone(
    stage: Stage, which: str
) -> None:
    given, code = REFRESHES[which]
    client = await stage.join(NAME)
    await client.say(action="refresh", ticket=stage.ticket(**({"username": NAME} | given)))
    if code is OK:
        stage.writer.append(SPRINT)
        await eventually(lambda: client.events() == [4])
    else:
        assert await client.closed() == code


@pytest.mark.parametrize("kind", ["altered", "expired", "removed", "deactivated", "empty"])
async def test_ticket_is_not_replaced_by_one_that_opens_no_door(
    stage: Stage, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "empty":
        client, ticket = await stage.join(NAME), ""
    else:
        # Their own one is of another epoch of the control channel, so that it is not revoked.
        client = await stage.join(NAME, control_epoch="e1", control_seq=10**6)
        ticket = await ticket_of(stage, kind, monkeypatch)
    await client.say(action="refresh", ticket=ticket)
    assert await client.closed() == (NOT_A_MEMBER if kind == "removed" else NEW_TICKET)


async def test_role_that_was_lost_is_lost_at_once(stage: Stage) -> None:
    witness = await stage.join("alice")
    client = await stage.join(NAME)
    await client.say(action="refresh", ticket=stage.ticket(NAME, role="viewer"))
    await client.say(model="task", id=12, action="dragstart")
    assert await client.closed() == BAD_MESSAGE
    await check_without_effect(stage, client, witness)


@pytest.mark.parametrize("message", GRIPS)
async def test_nobody_shows_a_hand_before_they_have_resumed(stage: Stage, message: str) -> None:
    witness = await stage.join("alice")
    client = await stage.connect(NAME)
    await client.say(**content(stage, message, CALLERS["member"]))
    assert await client.closed() == BAD_MESSAGE
    await check_without_effect(stage, client, witness)


@pytest.mark.parametrize("message", MESSAGES)
async def test_who_is_removed_meanwhile_says_nothing_more(stage: Stage, message: str) -> None:
    witness = await stage.join("alice")
    client = await stage.join(NAME)
    await revoke(stage, channels=[PROJECT], code=NOT_A_MEMBER)
    await say(client, **content(stage, message, CALLERS["member"]))
    assert await client.closed() == NOT_A_MEMBER
    await check_without_effect(stage, client, witness)
