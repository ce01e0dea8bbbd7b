"""People who lost their rights lose their sockets, on every process, and their tickets."""

from typing import Any

import pytest

from realtime.tickets import now_ms
from tests.watercooler.stage import PROJECT, SPRINT, Stage, eventually


def revoke(stage: Stage, **given: Any) -> None:
    body = {"username": "bob", "channels": None, "code": 4401, "before_ms": now_ms()} | given
    stage.writer.append("control", model="access", action="revoke", id=None, body=body)


@pytest.mark.parametrize("code", [4401, 4403])
async def test_revoked_person_is_closed_on_every_process(stage: Stage, code: int) -> None:
    await stage.start_process()
    alice = await stage.join("alice")
    first, second = [await stage.join("bob", process=process) for process in stage.processes]
    plain = await stage.join_plain("bob")
    revoke(stage, code=code)
    for client in (first, second, plain):
        assert await client.closed() == code
    stage.writer.append(SPRINT)
    await eventually(lambda: alice.events() == [4])


async def test_revoked_ticket_is_refused_and_a_newer_one_is_not(stage: Stage) -> None:
    ticket, before_ms = stage.ticket("bob"), now_ms()
    witness = await stage.join("bob")
    revoke(stage, code=4403, before_ms=before_ms)
    assert await witness.closed() == 4403
    old = await stage.connect(ticket=ticket)
    assert await old.closed() == 4403
    await eventually(lambda: now_ms() > before_ms)
    await stage.join("bob")


async def test_revocation_concerns_the_named_channels(stage: Stage) -> None:
    away = await stage.join("bob", channels=("sprint.8",), channel="sprint.8")
    here = await stage.join("bob", channels=(SPRINT, PROJECT))
    revoke(stage, channels=[PROJECT])
    assert await here.closed() == 4401
    stage.writer.append("sprint.8")
    await eventually(lambda: away.events("sprint.8") == [1])


async def test_process_that_starts_knows_of_revocations_before_it(stage: Stage) -> None:
    ticket = stage.ticket("bob")
    revoke(stage, code=4403)
    process = await stage.start_process()
    client = await stage.connect(ticket=ticket, process=process)
    assert await client.closed() == 4403


async def test_revocation_whose_announcement_was_lost_is_applied(stage: Stage) -> None:
    client = await stage.join("bob")
    body = {"username": "bob", "channels": None, "code": 4403, "before_ms": now_ms()}
    stage.writer.append_silently("control", model="access", action="revoke", id=None, body=body)
    stage.writer.append("control", model="channel", action="epoch", id="sprint.99", body={})
    assert await client.closed() == 4403


@pytest.mark.parametrize(
    "body",
    [None, {}, {"username": "bob"}, {"username": "bob", "channels": 5, "code": 1, "before_ms": 1}],
)
async def test_revocation_without_sense_harms_nobody(stage: Stage, body: Any) -> None:
    client = await stage.join("bob")
    stage.writer.append("control", model="access", action="revoke", id=None, body=body)
    revoke(stage, username="charlie")
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
