"""All four processes together, as ``make run`` and ``honcho start`` bring them up."""

import signal
import socket
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
import requests

from tests.stack import free_ports
from tests.tooling.processes import Running, is_redis_up, new_ports, run, running

START = [sys.executable, "-m", "scrum.local.start", "Procfile"]
PREPARE = [sys.executable, "-m", "scrum.local.prepare"]


def status(url: str) -> int | None:
    """The HTTP status, or None while nobody listens, or nobody answers in time."""
    try:
        return requests.get(url, timeout=5).status_code
    except (requests.ConnectionError, requests.Timeout):
        return None


def wait_until_up(stack: Running, ports: dict[str, str]) -> None:
    stack.wait_for(lambda: status(f"http://127.0.0.1:{ports['PORT']}/api/") == 200)
    stack.wait_for(lambda: status(f"http://127.0.0.1:{ports['WATERCOOLER_PORT']}/ready") == 200)


def neighbouring_ports() -> tuple[int, int]:
    """Two free ports, of which the second follows the first."""
    while True:
        (first,) = free_ports(1)
        with suppress(OSError), socket.create_server(("127.0.0.1", first + 1)):
            return first, first + 1


def usernames(var: Path) -> list[str]:
    with closing(sqlite3.connect(var / "db.sqlite3")) as connection:
        rows = connection.execute("SELECT username FROM auth_user ORDER BY id").fetchall()
    return [name for (name,) in rows]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything(copied_checkout: Path, number: signal.Signals) -> None:
    ports = new_ports()
    with running(START, folder=copied_checkout, DEBUG="on", **ports) as stack:
        wait_until_up(stack, ports)
        assert is_redis_up(copied_checkout / "var" / "redis.sock")
        stack.stop(number)
        assert "Traceback" not in stack.said
    assert status(f"http://127.0.0.1:{ports['PORT']}/api/") is None
    assert status(f"http://127.0.0.1:{ports['WATERCOOLER_PORT']}/health") is None
    assert not is_redis_up(copied_checkout / "var" / "redis.sock")


def test_the_first_start_makes_demo_data_and_says_how_to_sign_in(copied_checkout: Path) -> None:
    ports = new_ports()
    with running(START, folder=copied_checkout, DEBUG="on", **ports) as stack:
        wait_until_up(stack, ports)
        assert f"Open the board at http://localhost:{ports['PORT']}" in stack.said
        assert "Sign in as demo with the password test." in stack.said
        token = requests.post(
            f"http://127.0.0.1:{ports['PORT']}/api/token/",
            json={"username": "demo", "password": "test"},
            timeout=10,
        )
        assert token.status_code == 200
    people = usernames(copied_checkout / "var")
    assert set(people) == {"demo", "ana", "ben", "chloe"}
    with running(START, folder=copied_checkout, DEBUG="on", **ports) as stack:
        wait_until_up(stack, ports)
    assert usernames(copied_checkout / "var") == people


def test_plain_honcho_starts_what_setup_prepared(copied_checkout: Path) -> None:
    assert run(PREPARE, folder=copied_checkout).returncode == 0
    ports = new_ports() | {"WATERCOOLER_PORT": str(neighbouring_ports()[0])}
    command = ["honcho", "start", "-c", "watercooler=2"]
    with running(command, folder=copied_checkout, **ports) as stack:
        wait_until_up(stack, ports)
        second = int(ports["WATERCOOLER_PORT"]) + 1
        stack.wait_for(lambda: status(f"http://127.0.0.1:{second}/ready") == 200)
    assert usernames(copied_checkout / "var") == []


def test_two_stacks_run_side_by_side(copied_checkout: Path) -> None:
    first, second = new_ports(), new_ports()
    other = copied_checkout / "other"
    with (
        running(START, folder=copied_checkout, DEBUG="on", **first) as one,
        running(START, folder=copied_checkout, DEBUG="on", VAR_DIR=str(other), **second) as two,
    ):
        wait_until_up(one, first)
        wait_until_up(two, second)
        assert is_redis_up(copied_checkout / "var" / "redis.sock")
        assert is_redis_up(other / "redis.sock")
