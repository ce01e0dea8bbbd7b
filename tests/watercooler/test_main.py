"""The process as operators start and stop it."""

import os
import resource
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from tests.servers import OwnRedis, wait_until
from tests.stack import free_ports
from watercooler import allow_many_sockets

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def variables(redis_server: OwnRedis) -> dict[str, str]:
    """An environment in which watercooler starts."""
    return {
        "PATH": os.environ["PATH"],
        "DEBUG": "off",
        "WATERCOOLER_SECRET": "test:" + "x" * 40,
        "REDIS_PREFIX": "main-tests",
        "REDIS_URL": redis_server.url,
        "WATERCOOLER_PORT": str(free_ports(1)[0]),
    }


def start(
    variables: dict[str, str], stderr: IO[str] | int = subprocess.PIPE
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "watercooler.py"],
        cwd=ROOT,
        env=variables,
        stderr=stderr,
        text=True,
    )


def answer(variables: dict[str, str], path: str) -> tuple[int, str]:
    """Status and body of a GET; (0, "") while nobody listens."""
    url = f"http://127.0.0.1:{variables['WATERCOOLER_PORT']}{path}"
    try:
        with urllib.request.urlopen(url) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""


@pytest.fixture
def running(variables: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    process = start(variables)
    try:
        wait_until(lambda: answer(variables, "/health")[0] == 200)
        yield process
    finally:
        process.kill()
        process.communicate()


def complaint(variables: dict[str, str]) -> str:
    """What a process that refuses to start says; it is one line."""
    process = start(variables)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(stderr.splitlines()) == 1, stderr
    return stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_starts_and_ends_on_a_signal(
    running: "subprocess.Popen[str]", variables: dict[str, str], number: signal.Signals
) -> None:
    assert answer(variables, "/ready")[0] == 503
    running.send_signal(number)
    _, stderr = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "Traceback" not in stderr


def test_taken_port_is_one_sentence(variables: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port}" in complaint(variables | {"WATERCOOLER_PORT": str(port)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_PREFIX", ""),
        ("REDIS_PREFIX", "a b"),
        ("WATERCOOLER_SECRET", ""),
        ("WATERCOOLER_SECRET", "test:short"),
        ("WATERCOOLER_PORT", "eighty"),
        ("WATERCOOLER_ORIGINS", "board.example.com"),
        ("REDIS_URL", "http://localhost"),
        ("TRUSTED_PROXIES", "everybody"),
        ("SOCKETS_PER_USER", "0"),
    ],
)
def test_wrong_setting_is_one_sentence_that_names_it(
    variables: dict[str, str], name: str, value: str, tmp_path: Path
) -> None:
    assert name in complaint(variables | {name: value})


def test_unreachable_redis_is_one_sentence_and_no_end(
    variables: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "stderr"
    with log.open("w") as stderr:
        process = start(variables | {"REDIS_URL": f"redis://127.0.0.1:{free_ports(1)[0]}"}, stderr)
    try:
        wait_until(lambda: answer(variables, "/ready") == (503, "Redis cannot be reached.\n"))
        assert answer(variables, "/health") == (200, "ok\n")
        wait_until(lambda: "Redis cannot be reached" in log.read_text())
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert log.read_text().count("Redis") == 1
    assert "Traceback" not in log.read_text()


def test_many_sockets_may_be_opened_without_the_administrators_help() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
        allow_many_sockets()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
