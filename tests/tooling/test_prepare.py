"""What ``make setup`` and ``make run`` prepare."""

import re
import socket
import sqlite3
import sys
from pathlib import Path

import pytest

from tests.tooling.processes import SECRETS, assert_one_sentence, new_ports, run

PREPARE = [sys.executable, "-m", "scrum.local.prepare"]
START = [sys.executable, "-m", "scrum.local.start", "Procfile"]


def stored_prefix(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        row = connection.execute("SELECT prefix FROM board_installation").fetchone()
    return str(row[0])


def test_it_writes_all_that_production_insists_on(copied_checkout: Path) -> None:
    done = run(PREPARE, folder=copied_checkout)
    assert done.returncode == 0, done.stderr
    env_file = copied_checkout / ".env"
    assert env_file.stat().st_mode & 0o777 == 0o600
    values = dict(re.findall(r"export (\w+)=(.+)", env_file.read_text()))
    assert set(values) == {"SECRET_KEY", "WATERCOOLER_SECRET", "REDIS_PREFIX"}
    assert values["REDIS_PREFIX"] == stored_prefix(copied_checkout / "var" / "db.sqlite3")
    assert (copied_checkout / "var" / "static" / "admin").is_dir()


def test_a_repetition_changes_no_secret(copied_checkout: Path) -> None:
    run(PREPARE, folder=copied_checkout)
    first = (copied_checkout / ".env").read_text()
    assert run(PREPARE, folder=copied_checkout).returncode == 0
    assert sorted((copied_checkout / ".env").read_text()) == sorted(first)


def test_secrets_of_the_environment_are_not_replaced(copied_checkout: Path) -> None:
    done = run(PREPARE, folder=copied_checkout, REDIS_PREFIX="chosen", **SECRETS)
    assert done.returncode == 0, done.stderr
    assert not (copied_checkout / ".env").exists()


def test_a_second_stack_leaves_the_first_ones_prefix(copied_checkout: Path) -> None:
    run(PREPARE, folder=copied_checkout)
    first = (copied_checkout / ".env").read_text()
    second = copied_checkout / "second"
    assert run(PREPARE, folder=copied_checkout, VAR_DIR=str(second)).returncode == 0
    assert (copied_checkout / ".env").read_text() == first
    assert stored_prefix(second / "db.sqlite3") not in first


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DEBUG": "true"}, "DEBUG"),
        ({"VAR_DIR": "/dev/null/var"}, "/dev/null/var"),
        ({"PORT": "0"}, "PORT"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
    ],
)
def test_what_cannot_work_is_said_in_one_sentence(
    copied_checkout: Path, variables: dict[str, str], named: str
) -> None:
    ports = new_ports()
    done = run(START, folder=copied_checkout, **(ports | variables))
    assert done.returncode == 1
    assert named in done.stderr
    assert_one_sentence(done.stderr)


@pytest.mark.parametrize("variable", ["PORT", "WATERCOOLER_PORT"])
def test_a_taken_port_is_said_before_anything_starts(copied_checkout: Path, variable: str) -> None:
    ports = new_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports[variable] = str(other.getsockname()[1])
        done = run(START, folder=copied_checkout, **ports)
    assert done.returncode == 1
    assert f"name another one in {variable}." in done.stderr
    assert_one_sentence(done.stderr)
    assert not (copied_checkout / "var").exists()
