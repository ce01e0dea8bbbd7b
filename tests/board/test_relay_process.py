"""The relay as a process."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.db import connection

from scrum.environment import ROOT
from tests.board.live import (
    CHANNEL,
    PREFIX,
    LiveSide,
    commit_unpublished,
)
from tests.servers import wait_until
from tests.stack import free_ports

pytestmark = pytest.mark.django_db(transaction=True)


def database_url() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    user, password, host, name = (
        quote(str(place[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "NAME")
    )
    return f"postgres://{user}:{password}@{host}:{place['PORT']}/{name}"


@contextmanager
def relay_process(live: LiveSide, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "relay"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "scrum.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": live.server.url,
            "REDIS_PREFIX": PREFIX,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_publishes_and_stops_cleanly(live: LiveSide, number: signal.Signals) -> None:
    commit_unpublished()
    with relay_process(live) as process:
        wait_until(lambda: live.seqs(CHANNEL) == [1])
        commit_unpublished()
        wait_until(lambda: live.seqs(CHANNEL) == [1, 2])
        started_at = time.monotonic()
        process.send_signal(number)
        output, _ = process.communicate(timeout=30)

    assert time.monotonic() - started_at < 5
    assert process.returncode == 0
    assert "Traceback" not in output
    assert output.splitlines()[-1] == "The relay has stopped."


def test_process_outlives_redis_and_says_so_in_one_sentence(fragile: LiveSide) -> None:
    fragile.server.stop()
    commit_unpublished()
    with relay_process(fragile) as process:
        assert process.stdout
        line = process.stdout.readline()
        while "Redis cannot be used" not in line:
            assert line, "the relay ended"
            line = process.stdout.readline()
        fragile.server.start()
        wait_until(lambda: fragile.seqs(CHANNEL) == [1])
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)

    assert "Traceback" not in rest
    assert rest.count("Redis") == 1
    assert "Redis is back." in rest


def test_metrics_are_served_on_the_loopback(live: LiveSide) -> None:
    port = free_ports(1)[0]
    with relay_process(live, RELAY_METRICS_PORT=str(port)) as process:

        def page() -> str:
            assert process.poll() is None
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                    return str(answer.read().decode())
            except OSError:
                return ""

        wait_until(
            lambda: re.search(r'relay_passes_total{result="done"} [1-9]', page()) is not None
        )
        text = page()
    assert "sprintwall_channels_behind 0.0" in text
    assert "sprintwall_oldest_unpublished_seconds 0.0" in text


def test_metrics_port_that_is_taken_is_one_sentence(live: LiveSide) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        relay_process(live, RELAY_METRICS_PORT=str(listener.getsockname()[1])) as process,
    ):
        output, _ = process.communicate(timeout=30)

    assert process.returncode == 1
    assert "Traceback" not in output
    assert "RELAY_METRICS_PORT" in output.splitlines()[-1]
