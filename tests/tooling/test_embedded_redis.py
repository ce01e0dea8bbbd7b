"""The Redis that honcho starts where REDIS_URL names none."""

import os
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import redis
from django.core.management.base import CommandError

from board.management.commands.embedded_redis import create_private_folder, find_server_program
from scrum import environment
from tests.tooling.processes import SECRETS, Running, assert_one_sentence, is_redis_up, run, running

COMMAND = [sys.executable, str(environment.ROOT / "manage.py"), "embedded_redis"]


def start(var: Path, **variables: str) -> AbstractContextManager[Running]:
    return running(COMMAND, folder=var.parent, VAR_DIR=str(var), **SECRETS, **variables)


def socket_of(var: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAR_DIR", str(var))
    return environment.embedded_redis_socket()


def test_it_listens_for_its_owner_only_and_evicts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "var" / "redis.sock"
    with start(tmp_path / "var") as server:
        server.wait_for(lambda: is_redis_up(path))
        assert path.stat().st_mode & 0o777 == 0o700
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with redis.Redis(unix_socket_path=str(path), decode_responses=True) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("port") == {"port": "0"}
            assert client.config_get("save") == {"save": ""}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "var" / "redis.sock"
    with start(tmp_path / "var") as server:
        server.wait_for(lambda: is_redis_up(path))
        assert server.stop(number) == 0
    assert not is_redis_up(path)


def test_what_a_killed_one_left_does_not_stop_the_next(tmp_path: Path) -> None:
    path = tmp_path / "var" / "redis.sock"
    with start(tmp_path / "var") as server:
        server.wait_for(lambda: is_redis_up(path))
        server.stop(signal.SIGKILL)
    assert path.exists()
    with start(tmp_path / "var") as server:
        server.wait_for(lambda: is_redis_up(path))


def test_a_second_one_is_refused_and_the_first_stays(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with start(var) as server:
        server.wait_for(lambda: is_redis_up(var / "redis.sock"))
        second = run(COMMAND, folder=tmp_path, VAR_DIR=str(var), **SECRETS)
        assert second.returncode == 1
        assert f"(process {server.process.pid})" in second.stderr
        assert_one_sentence(second.stderr)
        assert is_redis_up(var / "redis.sock")


def test_a_path_too_long_for_a_socket_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = tmp_path / ("long" * 30)
    path = socket_of(var, monkeypatch)
    assert var not in path.parents
    try:
        with start(var) as server:
            server.wait_for(lambda: is_redis_up(path))
            assert path.parent.stat().st_mode & 0o777 == 0o700
    finally:
        for leftover in (path, path.with_suffix(".lock")):
            leftover.unlink(missing_ok=True)
        path.parent.rmdir()


def test_somebody_elses_folder_in_the_temp_dir_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open-to-all"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(CommandError, match="belongs to somebody else"):
        create_private_folder(folder)


def test_an_external_server_is_named_without_its_password(tmp_path: Path) -> None:
    with start(tmp_path / "var", REDIS_URL="redis://:hidden@redis.example:6379/0") as waiting:
        waiting.wait_for(lambda: "Using the Redis at redis.example" in waiting.said)
        assert "hidden" not in waiting.said
        assert waiting.stop() == 0
    assert not (tmp_path / "var" / "redis.sock").exists()


def test_the_machines_own_server_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "valkey-server"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert find_server_program() == str(program)


def test_no_server_anywhere_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(CommandError) as refused:
        find_server_program()
    assert_one_sentence(str(refused.value))
