"""Who may open a websocket, and what the others are told."""

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from realtime import tickets
from realtime.signatures import KeyRing
from tests.watercooler.stage import ORIGIN, PROJECT, SPRINT, Stage, eventually


def altered(text: str) -> str:
    """Change one character in the middle of the payload."""
    at = len(text) - 20
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


async def test_ticket_lets_in(stage: Stage) -> None:
    client = await stage.join()
    assert client.actions("welcome")


async def test_ticket_may_be_used_again(stage: Stage) -> None:
    ticket = stage.ticket()
    for _ in range(2):
        await stage.join(ticket=ticket)


async def test_altered_ticket_is_told_to_get_another(stage: Stage) -> None:
    client = await stage.connect(ticket=altered(stage.ticket()))
    assert await client.closed() == 4401


@pytest.mark.parametrize("ticket", ["", "x", "a.b.c", "%ff%00", "test.00." + "A" * 3000])
async def test_garbage_is_no_ticket(stage: Stage, ticket: str) -> None:
    client = await stage.connect(ticket=ticket)
    assert await client.closed() == 4401


async def test_expired_ticket_is_told_to_get_another(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = tickets.now_ms() - tickets.LIFETIME_MS
    with monkeypatch.context() as past:
        past.setattr(tickets, "now_ms", lambda: long_ago)
        ticket = stage.ticket()
    client = await stage.connect(ticket=ticket)
    assert await client.closed() == 4401


async def test_ticket_of_another_installation_is_refused(stage: Stage) -> None:
    keys = KeyRing.from_text("test:" + "another-secret-" + "x" * 40, prefix=stage.writer.prefix)
    ticket = tickets.issue_ticket(
        keys, username="bob", full_name="Bob", role="owner", channels=(SPRINT, PROJECT)
    )
    client = await stage.connect(ticket=ticket)
    assert await client.closed() == 4401


async def test_ticket_does_not_open_another_channel(stage: Stage) -> None:
    client = await stage.connect(ticket=stage.ticket(), channel="sprint.8")
    assert await client.closed() == 4401


@pytest.mark.parametrize("channels", [("control",), ("sprint.7", "control"), ("sprint.x",)])
async def test_ticket_for_what_is_no_public_channel_is_refused(
    stage: Stage, channels: tuple[str, ...]
) -> None:
    client = await stage.connect(channels=channels, channel=channels[0])
    assert await client.closed() == 4401


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://board.example:8000", "http://board.example", "null", ""],
)
async def test_foreign_origin_is_refused_before_the_upgrade(stage: Stage, origin: str) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await stage.connect(headers={"Origin": origin})
    assert refused.value.code == 403


async def test_page_of_the_same_host_is_foreign_too(stage: Stage) -> None:
    own = f"http://127.0.0.1:{stage.processes[0].port}"
    with pytest.raises(HTTPClientError) as refused:
        await stage.connect(headers={"Origin": own})
    assert refused.value.code == 403


async def test_own_origin_is_let_in(stage: Stage) -> None:
    client = await stage.connect(headers={"Origin": ORIGIN})
    await client.resume()
    await client.received("welcome")


async def test_plain_request_is_no_websocket(stage: Stage) -> None:
    url = stage.url(stage.processes[0], stage.ticket()).replace("ws://", "http://")
    with pytest.raises(HTTPClientError) as refused:
        await AsyncHTTPClient().fetch(url)
    assert refused.value.code == 400


async def test_one_person_cannot_take_all_sockets(bare_stage: Stage) -> None:
    bare_stage.writer.start_beating()
    bare_stage.limits = type(bare_stage.limits)(sockets_per_user=2)
    process = await bare_stage.start_process()
    first, _ = [await bare_stage.connect("bob") for _ in range(2)]
    third = await bare_stage.connect("bob")
    assert await third.closed() == 4429
    await bare_stage.join("alice")
    first.close()
    await eventually(lambda: len(process.hub.connections) == 2)
    await bare_stage.join("bob")


async def test_ticket_is_written_to_no_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    ticket = stage.ticket()
    caplog.set_level(0)
    await stage.join(ticket=ticket)
    with pytest.raises(HTTPClientError):
        await stage.connect(ticket=ticket, headers={"Origin": "http://evil.example"})
    assert ticket not in caplog.text
