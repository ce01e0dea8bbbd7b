"""What anybody may ask for before being a websocket: little, briefly, and not too often."""

import asyncio
import logging
import re
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from realtime import tickets
from realtime.timing import Limits
from scrum import environment
from tests.watercooler.stage import SPRINT, Stage, eventually, patient_timing
from tests.watercooler.wire import RawClient, handshake
from watercooler import Process

HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@pytest.fixture
async def stage(bare_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A relay that beats; each test starts a process with limits of its own, behind a proxy."""
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1")
    monkeypatch.setattr(Limits, "requests_per_second", 0.001)
    bare_stage.timing = patient_timing()
    bare_stage.writer.start_beating()
    return bare_stage


async def start(stage: Stage, **limits: Any) -> Process:
    stage.limits = replace(stage.limits, **limits)
    return await stage.start_process(trusted_proxies=environment.trusted_proxies())


def count(process: Process, name: str, **labels: str) -> float:
    registry = process.hub.metrics.registry
    return registry.get_sample_value(f"watercooler_{name}_total", labels) or 0.0


async def ask(process: Process, address: str | None = None) -> HTTPResponse:
    url = f"http://127.0.0.1:{process.port}/health"
    headers = {"X-Forwarded-For": address} if address else {}
    return await AsyncHTTPClient().fetch(url, headers=headers, raise_error=False)


async def knock(process: Process, ticket: str, *, address: str = HERE, origin: str = "") -> int:
    """Ask for a websocket; return the status of the answer, or the code that closes it."""
    async with await RawClient.connect(process.port) as client:
        headers = {"X-Forwarded-For": address, "Origin": origin}
        client.send(handshake(f"/socket/{SPRINT}?channel={ticket}", headers))
        status = int((await client.head()).split()[1])
        if status != 101 or count(process, "handshakes", result="ok"):
            return status
        return await client.close_code() or 0


async def ask_too_often(process: Process, headers: str = "") -> list[str]:
    """Send three times what one address may, on one connection; return all answers."""
    number = 3 * int(process.options.limits.request_burst)
    async with await RawClient.connect(process.port) as client:
        client.send(HEALTH.replace(b"\r\n\r\n", f"\r\n{headers}\r\n".encode()) * number)
        return await client.answers(number)


# How often


async def test_address_that_asks_too_often_is_told_when_to_come_back(stage: Stage) -> None:
    process = await start(stage, sockets_per_user=1)
    answers = await ask_too_often(process, f"X-Forwarded-For: {HERE}\r\n")
    refused = [answer for answer in answers if answer.startswith("429 Too Many Requests\r\n")]
    assert refused
    assert all(re.search(r"Retry-After: [1-9]\d*\r\n", answer) for answer in refused)
    assert count(process, "requests", status="429") == len(refused)
    assert (await ask(process, HERE)).code == 429
    for other in (ELSEWHERE, None):
        assert (await ask(process, other)).code == 200


async def test_address_that_asked_too_often_gets_no_websocket_either(stage: Stage) -> None:
    process = await start(stage, sockets_per_user=1)
    await ask_too_often(process, f"X-Forwarded-For: {HERE}\r\n")
    assert await knock(process, stage.ticket()) == 429
    assert await knock(process, stage.ticket(), address=ELSEWHERE) == 101


async def test_forwarded_address_of_a_stranger_does_not_count(stage: Stage) -> None:
    """Else everybody could be somebody else with every request."""
    stage.limits = replace(stage.limits, sockets_per_user=1)
    process = await stage.start_process(trusted_proxies=())
    await ask_too_often(process)
    assert (await ask(process, ELSEWHERE)).code == 429


async def test_network_of_a_stranger_counts_as_one(stage: Stage) -> None:
    process = await start(stage, sockets_per_user=1)
    await ask_too_often(process, "X-Forwarded-For: 2001:db8::1\r\n")
    assert (await ask(process, "2001:db8::ffff:2")).code == 429
    assert (await ask(process, "2001:db8:0:1::1")).code == 200


async def test_forged_tickets_are_refused_early_and_honest_neighbours_are_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = await start(stage, failure_burst=3, failures_per_second=0.001)
    forged = stage.ticket()[:-6] + "AAAAAA"
    assert [await knock(process, forged) for _ in range(4)] == [4401, 4401, 4401, 429]
    long_ago = tickets.now_ms() - tickets.LIFETIME_MS
    with monkeypatch.context() as past:
        past.setattr(tickets, "now_ms", lambda: long_ago)
        expired = stage.ticket()
    assert await knock(process, expired) == 4401
    assert await knock(process, forged, address=ELSEWHERE) == 4401
    assert await knock(process, stage.ticket()) == 101
    assert count(process, "handshakes", result="rate_limited") == 1


async def test_foreign_origins_count_as_forged_tickets_do(stage: Stage) -> None:
    process = await start(stage, failure_burst=2, failures_per_second=0.001)
    for _ in range(3):
        assert await knock(process, stage.ticket(), origin="http://evil.example") == 403
    assert await knock(process, "forged") == 429
    assert await knock(process, stage.ticket()) == 101


# How long


async def dribble(client: RawClient) -> None:
    """Send a request that gets longer and never ends."""
    client.send(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
    while True:
        client.send(b"X-More: 1\r\n")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "sent", [b"", b"GET", HEALTH[:-2], HEALTH, HEALTH * 3 + b"GET"], ids=lambda sent: len(sent)
)
async def test_connection_that_becomes_no_websocket_is_cut(stage: Stage, sent: bytes) -> None:
    process = await start(stage)
    watcher = await stage.join("alice")
    process._server.lobby.stay_seconds = 0.1
    async with await RawClient.connect(process.port) as client:
        client.send(sent)
        await client.rest()
    assert count(process, "drops", reason="late") == 1
    stage.writer.append(SPRINT)
    await eventually(lambda: watcher.events() == [4])


async def test_request_that_comes_byte_by_byte_is_cut(stage: Stage) -> None:
    process = await start(stage)
    process._server.lobby.stay_seconds = 0.2
    async with await RawClient.connect(process.port) as client:
        sending = asyncio.create_task(dribble(client))
        await client.rest()
        sending.cancel()
    assert count(process, "drops", reason="late") == 1


async def test_keeping_a_connection_busy_does_not_keep_it(stage: Stage) -> None:
    process = await start(stage)
    process._server.lobby.stay_seconds = 0.2
    async with await RawClient.connect(process.port) as client:
        while not count(process, "drops", reason="late"):
            client.send(HEALTH)
            await asyncio.sleep(0.02)
        assert b"HTTP/1.1 200 OK" in await client.rest()


async def test_newest_connections_are_served_where_too_many_wait(stage: Stage) -> None:
    process = await start(stage, lobby_connections=3)
    process._server.lobby.stay_seconds = 600
    async with AsyncExitStack() as stack:
        idle = []
        for number in range(5):
            idle.append(await stack.enter_async_context(await RawClient.connect(process.port)))
            await eventually(lambda number=number: waiting(process) == min(3, number + 1))  # type: ignore[misc]
        assert [await client.rest() for client in idle[:2]] == [b"", b""]
        assert count(process, "drops", reason="crowded") == 2
        await stage.join("alice")
        idle[4].send(HEALTH)
        assert (await idle[4].head()).startswith("HTTP/1.1 200 ")


def waiting(process: Process) -> int:
    return len(process._server.lobby)


async def test_process_keeps_some_files_for_itself(stage: Stage) -> None:
    process = await start(stage)
    watcher = await stage.join("alice")
    process._server.most_files = 0
    async with await RawClient.connect(process.port) as client:
        assert await client.rest() == b""
    assert count(process, "drops", reason="full") == 1
    stage.writer.append(SPRINT)
    await eventually(lambda: watcher.events() == [4])


# How much


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics", f"/socket/{SPRINT}", "/no"])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 1\r\n\r\nx",
        b"Content-Length: 1000000000000\r\n\r\nx",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n",
    ],
)
async def test_no_request_may_have_a_body(stage: Stage, path: str, body: bytes) -> None:
    process = await start(stage)
    async with await RawClient.connect(process.port) as client:
        client.send(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n".encode() + body)
        assert b"HTTP/1.1 400 " in await client.rest()


async def test_long_head_is_cut(stage: Stage) -> None:
    process = await start(stage)
    async with await RawClient.connect(process.port) as client:
        client.send(HEALTH[:-2] + b"X: " + b"x" * 1_000_000)
        assert await client.rest() == b""
    assert count(process, "drops", reason="no_request") == 1


async def test_many_headers_are_refused(stage: Stage) -> None:
    process = await start(stage)
    async with await RawClient.connect(process.port) as client:
        client.send(HEALTH[:-2] + b"X: y\r\n" * 101 + b"\r\n")
        assert (await client.head()).startswith("HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500 + b"\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /health\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nno colon\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \0\r\n\r\n",
        b"GET /health HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"\xff\xfe / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
    ],
    ids=range(10),
)
async def test_what_is_no_request_ends_its_connection(
    stage: Stage, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    process = await start(stage)
    async with await RawClient.connect(process.port) as client:
        client.send(sent)
        assert not (await client.rest()).startswith(b"HTTP/1.1 2")
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert (await ask(process)).code == 200


# What is written down


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/socket/sprint.7?channel={}", {}),
        ("/socket/sprint.8?channel={}", {}),
        ("/socket/%ff?channel={}", {}),
        ("/socket/sprint.7?channel={}&a=%ff", {"Origin": "http://evil.example"}),
        ("/socket/sprint.7?channel={}", {"Sec-WebSocket-Version": "7"}),
        ("/socket/sprint.7?channel={}", {"Sec-WebSocket-Key": ""}),
        ("/socket/sprint.7?channel={}", {"Host": "no host"}),
        ("/socket/sprint.7?channel={}", {"Content-Length": "9"}),
        ("/socket/sprint.7?channel={}" + "&a=1" * 2000, {}),
        ("/metrics?channel={}", {"X-Forwarded-For": HERE}),
        ("/no?channel={}", {}),
    ],
)
async def test_ticket_is_written_to_no_log(
    stage: Stage, target: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    process = await start(stage)
    ticket = stage.ticket()
    caplog.set_level(logging.DEBUG)
    async with await RawClient.connect(process.port) as client:
        client.send(handshake(target.format(ticket), headers))
        client.hang_up()
        await client.rest()
    assert ticket[-20:] not in caplog.text


@pytest.mark.parametrize("place", ["admit", "is_forged"])
async def test_ticket_is_not_logged_with_an_error_of_ours(
    stage: Stage, place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    process = await start(stage, failure_burst=1, failures_per_second=0.001)

    def fail(*args: Any, **kwargs: Any) -> bool:
        raise RuntimeError

    await knock(process, "forged")
    monkeypatch.setattr(process.hub, place, fail)
    ticket = stage.ticket()
    caplog.set_level(logging.DEBUG)
    async with await RawClient.connect(process.port) as client:
        target = f"/socket/{SPRINT}?channel={ticket}"
        client.send(handshake(target, {"X-Forwarded-For": HERE}))
        await client.head()
        await eventually(lambda: "RuntimeError" in caplog.text)
    assert ticket[-20:] not in caplog.text
