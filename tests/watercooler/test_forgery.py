"""Somebody with access to Redis, but without the secret, can make watchers believe nothing."""

from collections.abc import Callable

import orjson
import pytest

from realtime.envelope import Event
from realtime.signatures import KeyRing, Label
from realtime.tickets import issue_ticket
from tests.watercooler.stage import PROJECT, SPRINT, Stage, Writer, eventually

Forge = Callable[[Writer, Event], bytes]


def with_another_secret(writer: Writer, event: Event) -> bytes:
    keys = KeyRing.from_text("test:" + "not-the-secret-" + "x" * 40, prefix=writer.prefix)
    return keys.sign(Label.EVENT, SPRINT, event.line)


def of_another_installation(writer: Writer, event: Event) -> bytes:
    keys = KeyRing.from_text("test:" + "only-for-tests-" + "x" * 40, prefix="other")
    return keys.sign(Label.EVENT, SPRINT, event.line)


def with_an_unknown_key(writer: Writer, event: Event) -> bytes:
    return writer.signed(event).replace(b"test.", b"best.", 1)


def altered(writer: Writer, event: Event) -> bytes:
    return writer.signed(event).replace(b"Task", b"Cask")


def meant_for_another_channel(writer: Writer, event: Event) -> bytes:
    return writer.signed(event, PROJECT)


def signed_as_something_else(writer: Writer, event: Event) -> bytes:
    return writer.keys.sign(Label.PEER, SPRINT, event.line)


def naming_another_channel(writer: Writer, event: Event) -> bytes:
    line = event.line.replace(b'"sprint.7"', b'"sprint.8"')
    return writer.keys.sign(Label.EVENT, SPRINT, line)


def without_signature(writer: Writer, event: Event) -> bytes:
    return event.line


def with_nothing(writer: Writer, event: Event) -> bytes:
    return b""


def with_noise(writer: Writer, event: Event) -> bytes:
    return b"\xff\x00.\xfe." * 100


def with_a_seq_that_is_no_number(writer: Writer, event: Event) -> bytes:
    line = event.line.replace(b'"seq":4', b'"seq":"4"')
    return writer.keys.sign(Label.EVENT, SPRINT, line)


FORGERIES: list[Forge] = [
    with_another_secret,
    of_another_installation,
    with_an_unknown_key,
    altered,
    meant_for_another_channel,
    signed_as_something_else,
    naming_another_channel,
    without_signature,
    with_nothing,
    with_noise,
    with_a_seq_that_is_no_number,
]


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
async def test_forged_event_reaches_nobody(stage: Stage, forge: Forge) -> None:
    v1, plain = await stage.join("alice"), await stage.join_plain("ben")
    event = stage.writer.compose(SPRINT)
    stage.writer.announce(SPRINT, forge(stage.writer, event))
    # What follows on the same connection to Redis arrives later.
    stage.writer.append(PROJECT)
    for client in (v1, plain):
        await client.until(lambda client=client: client.events(PROJECT) == [4])  # type: ignore[misc]
        assert client.events() == []
    counted = stage.processes[0].hub.metrics.registry.get_sample_value(
        "watercooler_bad_signatures_total"
    )
    assert counted == 1
    stage.writer.log.append(SPRINT, [event])
    await eventually(lambda: v1.events() == [4])


async def test_key_that_only_verifies_still_counts(stage: Stage) -> None:
    """Rotation: the new key signs first, the old one is still accepted."""
    old, new = "old:" + "o" * 40, "new:" + "n" * 40
    prefix = stage.writer.prefix
    stage.writer.log._keys = KeyRing.from_text(old, prefix=prefix)
    process = await stage.start_process(keys=KeyRing.from_text(f"{new},{old}", prefix=prefix))
    ticket = issue_ticket(
        KeyRing.from_text(new, prefix=prefix),
        username="bob",
        full_name="Bob",
        role="member",
        channels=(SPRINT, PROJECT),
    )
    client = await stage.connect(process=process, ticket=ticket)
    await client.resume()
    await client.received("welcome")
    stage.writer.append("project.1")
    await eventually(lambda: client.events(PROJECT) == [4])


@pytest.mark.parametrize(
    "message",
    [
        {"process": "evil", "kind": "people", "people": {"mallory": "Mallory"}},
        {"process": "evil", "kind": "task", "message": {"model": "task"}},
    ],
)
async def test_forged_peer_message_reaches_nobody(stage: Stage, message: object) -> None:
    client = await stage.join()
    text = orjson.dumps(message)
    peers = stage.writer.names.peers(SPRINT)
    stage.writer.redis.publish(peers, text)
    stage.writer.redis.publish(peers, stage.writer.keys.sign(Label.EVENT, SPRINT, text))
    await client.received("here")
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    assert "mallory" not in "".join(client.frames)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"process": 5, "kind": "people", "people": {}},
        {"process": "p", "kind": "people", "people": ["mallory"]},
        {"process": "p", "kind": "people", "people": {"mallory": 5}},
        {"process": "p", "kind": "task", "message": None},
        {"process": "p", "kind": "task", "message": {"model": "task", "id": 1, "action": "update"}},
        {"process": "p", "kind": "task", "message": {"model": "task", "id": 1, "action": []}},
        {"process": "p", "kind": "dance"},
        [],
    ],
)
async def test_peer_message_without_sense_is_dropped(stage: Stage, message: object) -> None:
    client = await stage.join()
    signed = stage.writer.keys.sign(Label.PEER, SPRINT, orjson.dumps(message))
    stage.writer.redis.publish(stage.writer.names.peers(SPRINT), signed)
    stage.writer.append(SPRINT)
    await eventually(lambda: client.events() == [4])
    assert "mallory" not in "".join(client.frames)


async def test_forged_heartbeat_does_not_count(bare_stage: Stage) -> None:
    process = await bare_stage.start_process()
    names = bare_stage.writer.names
    for message in (b'{"behind":0,"oldest_ms":0}', b"x.y.{}"):
        bare_stage.writer.redis.publish(names.heartbeat(), message)
    sense_free = bare_stage.writer.keys.sign(Label.CONTROL, "relay", b'{"behind":"x"}')
    bare_stage.writer.redis.publish(names.heartbeat(), sense_free)
    registry = process.hub.metrics.registry
    await eventually(lambda: registry.get_sample_value("watercooler_bad_signatures_total") == 3)
    assert not process.hub.readiness().is_live
