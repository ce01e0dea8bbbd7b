"""The doctor at a real watercooler: directly, and by the way that browsers take."""

import asyncio
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import LazySettings

from board.doctor import handshake, process
from board.doctor.finding import Finding
from realtime.signatures import KeyRing
from tests.stack import free_ports
from tests.stripping_proxy import StrippingProxy
from tests.watercooler.stage import ORIGIN, Stage, eventually
from watercooler import Process


def at(settings: LazySettings, port: int) -> None:
    """Let web believe that watercooler is used at ``port``."""
    settings.WATERCOOLER_SERVER = f"127.0.0.1:{port}"
    settings.IS_SECURE_CONFIGURED = False


async def visit(keys: KeyRing, *, origin: str = ORIGIN) -> Finding:
    return await asyncio.to_thread(handshake.examine, origin, keys)


async def ask(url: str) -> dict[str, Finding]:
    found = await asyncio.to_thread(lambda: list(process.examine(url)))
    return {finding.check: finding for finding in found}


def url_of(server: Process) -> str:
    return f"http://127.0.0.1:{server.port}"


@contextmanager
def page_server(status: int) -> Iterator[int]:
    """A web server that answers everything with ``status``; yields its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"page")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# The way of a browser


async def test_websocket_that_opens_is_well(stage: Stage, settings: LazySettings) -> None:
    at(settings, stage.processes[0].port)
    finding = await visit(stage.writer.keys)
    assert finding.is_ok, finding
    await eventually(lambda: not stage.processes[0].hub.connections)


async def test_visit_is_seen_by_nobody(stage: Stage, settings: LazySettings) -> None:
    alice = await stage.join("alice")
    at(settings, stage.processes[0].port)
    await visit(stage.writer.keys)
    await visit(stage.writer.keys)
    assert not any(handshake.NOBODY in frame for frame in alice.frames)


async def test_proxy_that_strips_upgrade_is_told(stage: Stage, settings: LazySettings) -> None:
    with StrippingProxy(stage.processes[0].port) as proxy:
        at(settings, proxy.port)
        finding = await visit(stage.writer.keys)
    assert not finding.is_ok
    assert "400 instead of 101" in finding.message
    assert "headers Upgrade and Connection" in finding.message


async def test_proxy_that_strips_the_subprotocol_is_told(
    stage: Stage, settings: LazySettings
) -> None:
    with StrippingProxy(stage.processes[0].port, "sec-websocket-protocol") as proxy:
        at(settings, proxy.port)
        finding = await visit(stage.writer.keys)
    assert not finding.is_ok
    assert "Sec-WebSocket-Protocol" in finding.message


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (200, "does not lead to watercooler"),
        (301, "WATERCOOLER_SECURE"),
        (404, "does not lead to watercooler"),
        (426, "Upgrade"),
        (502, "upstream"),
        (418, "log of the proxy"),
    ],
)
async def test_other_answers_are_explained(
    stage: Stage, settings: LazySettings, status: int, word: str
) -> None:
    with page_server(status) as port:
        at(settings, port)
        finding = await visit(stage.writer.keys)
    assert not finding.is_ok
    assert f"{status} instead of 101" in finding.message
    assert word in finding.message


async def test_foreign_origin_is_told_with_its_name(stage: Stage, settings: LazySettings) -> None:
    at(settings, stage.processes[0].port)
    finding = await visit(stage.writer.keys, origin="http://other.example")
    assert not finding.is_ok
    assert "add http://other.example to WATERCOOLER_ORIGINS" in finding.message


async def test_other_secret_is_told(stage: Stage, settings: LazySettings) -> None:
    at(settings, stage.processes[0].port)
    keys = KeyRing.from_text("test:" + "y" * 40, prefix=stage.writer.prefix)
    finding = await visit(keys)
    assert not finding.is_ok
    assert "WATERCOOLER_SECRET" in finding.message


async def test_other_prefix_is_told(stage: Stage, settings: LazySettings) -> None:
    at(settings, stage.processes[0].port)
    keys = KeyRing.from_text("test:" + "only-for-tests-" + "x" * 40, prefix="another")
    finding = await visit(keys)
    assert not finding.is_ok
    assert "REDIS_PREFIX" in finding.message


async def test_nobody_there_is_told(stage: Stage, settings: LazySettings) -> None:
    at(settings, free_ports(1)[0])
    finding = await visit(stage.writer.keys)
    assert not finding.is_ok
    assert "Nothing answers at ws://127.0.0.1" in finding.message


async def test_name_that_nobody_knows_is_told(stage: Stage, settings: LazySettings) -> None:
    at(settings, 1)
    settings.WATERCOOLER_SERVER = "nowhere.invalid"
    finding = await visit(stage.writer.keys)
    assert not finding.is_ok
    assert "Nothing answers at ws://nowhere.invalid" in finding.message


async def test_unencrypted_websocket_of_an_encrypted_page_is_told(
    stage: Stage, settings: LazySettings
) -> None:
    at(settings, stage.processes[0].port)
    settings.IS_SECURE_CONFIGURED, settings.IS_SECURE = True, False
    finding = await visit(stage.writer.keys, origin="https://board.example")
    assert not finding.is_ok
    assert "WATERCOOLER_SECURE=on" in finding.message


async def test_without_tls_where_it_is_expected_is_told(
    stage: Stage, settings: LazySettings
) -> None:
    at(settings, stage.processes[0].port)
    finding = await visit(stage.writer.keys, origin="https://board.example")
    assert not finding.is_ok
    assert "Nothing answers at wss://" in finding.message


# The process itself


async def test_process_that_is_ready_is_well(stage: Stage) -> None:
    server = stage.processes[0]
    await eventually(lambda: server.hub.readiness().is_live)
    findings = await ask(url_of(server))
    assert all(finding.is_ok for finding in findings.values()), findings
    assert findings.keys() == {"watercooler", "clock"}


async def test_process_that_hears_no_relay_is_told(bare_stage: Stage) -> None:
    finding = (await ask(url_of(await bare_stage.start_process())))["watercooler"]
    assert not finding.is_ok
    assert "The relay has not been heard from." in finding.message
    assert "start `manage.py relay`" in finding.message


async def test_process_without_redis_is_told(stage: Stage) -> None:
    server = Process(stage.options(redis_url=f"redis://127.0.0.1:{free_ports(1)[0]}"), stage.timing)
    server.start()
    try:
        finding = (await ask(url_of(server)))["watercooler"]
    finally:
        await server.stop()
    assert not finding.is_ok
    assert "Redis cannot be reached." in finding.message
    assert "REDIS_URL" in finding.message


async def test_no_process_is_told() -> None:
    finding = (await ask(f"http://127.0.0.1:{free_ports(1)[0]}"))["watercooler"]
    assert not finding.is_ok
    assert "watercooler.py" in finding.message


async def test_other_program_on_the_port_is_told() -> None:
    with page_server(200) as port:
        finding = (await ask(f"http://127.0.0.1:{port}"))["watercooler"]
    assert not finding.is_ok
    assert "Another program" in finding.message


@pytest.mark.parametrize(
    ("ahead", "is_ok"), [(0.4, True), (-4.9, True), (5.1, False), (-3600.0, False), (None, True)]
)
def test_clocks_are_compared(ahead: float | None, is_ok: bool) -> None:
    finding = process.judge_clock(process.Answer(200, "ok\n", ahead))
    assert finding.is_ok is is_ok
    assert is_ok or "NTP" in finding.message


# The board's address


def board_at(port: int) -> Finding:
    return handshake.examine_board(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: page_server(400), "ALLOWED_HOSTS"),
        (lambda: page_server(200), "not our web process"),
        (lambda: page_server(502), "not our web process"),
    ],
)
def test_wrong_address_of_the_board_is_told(make: Callable[[], object], words: str) -> None:
    with make() as port:  # type: ignore[attr-defined]
        finding = board_at(port)
    assert not finding.is_ok
    assert words in finding.message


def test_board_that_is_not_there_is_told() -> None:
    finding = board_at(free_ports(1)[0])
    assert not finding.is_ok
    assert "Nothing answers" in finding.message
