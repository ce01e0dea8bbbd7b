"""Settings from the environment: strict, with one sentence for each mistake."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scrum import environment
from scrum.environment import EnvironmentRefused


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DEBUG",
        "PORT",
        "WATERCOOLER_PORT",
        "ALLOWED_HOSTS",
        "WATERCOOLER_ORIGINS",
        "REDIS_URL",
        "REDIS_PREFIX",
        "HONCHO_PROCESS_NAME",
        "VAR_DIR",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("value", ["true", "1", "ON", "yes", " on"])
def test_flag_is_exactly_on_or_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    with pytest.raises(EnvironmentRefused, match="exactly on or off"):
        environment.flag("DEBUG")


@pytest.mark.parametrize("value", ["0", "65536", "http", "-1", "\uff18\uff10", "1e3"])
def test_port_is_a_port(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(EnvironmentRefused, match="PORT must be a whole number"):
        environment.web_port()


def test_ports_have_their_defaults() -> None:
    assert (environment.web_port(), environment.watercooler_port()) == (8000, 8080)


@pytest.mark.parametrize(
    ("process", "port", "expected"),
    [
        ("web.1", "5000", 8000),
        ("web.1", "9000", 9000),
        ("watercooler.1", "5100", 8000),
        ("watercooler.2", "9101", 9000),
        ("", "5000", 5000),
    ],
)
def test_web_port_is_known_to_every_process_of_honcho(
    monkeypatch: pytest.MonkeyPatch, process: str, port: str, expected: int
) -> None:
    if process:
        monkeypatch.setenv("HONCHO_PROCESS_NAME", process)
    monkeypatch.setenv("PORT", port)
    assert environment.web_port() == expected


def test_each_watercooler_takes_the_next_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATERCOOLER_PORT", "7000")
    for instance in (1, 2, 3):
        monkeypatch.setenv("HONCHO_PROCESS_NAME", f"watercooler.{instance}")
        assert environment.own_watercooler_port() == 6999 + instance


def test_servers_stay_on_this_machine_until_another_host_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert environment.bind_address() == "127.0.0.1"
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,board.example.com")
    assert environment.bind_address() == "0.0.0.0"  # noqa: S104


def test_origins_default_to_the_web_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "http://localhost:8000" in environment.watercooler_origins()
    monkeypatch.setenv("WATERCOOLER_ORIGINS", "https://board.example.com")
    assert environment.watercooler_origins() == {"https://board.example.com"}


@pytest.mark.parametrize("origin", ["board.example.com", "https://board.example.com/", "*"])
def test_origins_are_exact(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    monkeypatch.setenv("WATERCOOLER_ORIGINS", origin)
    with pytest.raises(EnvironmentRefused, match="WATERCOOLER_ORIGINS"):
        environment.watercooler_origins()


def test_redis_is_the_embedded_one_by_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VAR_DIR", "/srv/board")
    assert environment.redis_url() == "unix:///srv/board/redis.sock"
    monkeypatch.setenv("VAR_DIR", f"/srv/{'x' * 120}")
    assert len(str(environment.embedded_redis_socket())) < environment.LONGEST_SOCKET_PATH
    monkeypatch.setenv("REDIS_URL", "http://localhost")
    with pytest.raises(EnvironmentRefused, match="REDIS_URL"):
        environment.redis_url()


@pytest.mark.parametrize("prefix", ["with space", "braces{}", "x" * 65])
def test_prefix_is_plain(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("REDIS_PREFIX", prefix)
    with pytest.raises(EnvironmentRefused, match="REDIS_PREFIX"):
        environment.redis_prefix()


def test_unwritable_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("VAR_DIR", str(file / "var"))
    with pytest.raises(EnvironmentRefused, match="cannot be written"):
        environment.ensure_var_dir()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"WATERCOOLER_SECRET": ""}, "WATERCOOLER_SECRET is not set"),
        ({"DEBUG": "yes"}, "DEBUG must be exactly on or off"),
        ({"DATABASE_URL": "mysteria://x"}, "DATABASE_URL must look like"),
        ({"VAR_DIR": "/proc/nowhere"}, "cannot be written"),
    ],
)
def test_command_is_refused_in_one_sentence_without_a_traceback(
    tmp_path: Path, variables: dict[str, str], sentence: str
) -> None:
    usual = {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "x" * 50,
        "WATERCOOLER_SECRET": f"k:{'x' * 40}",
        "DJANGO_SETTINGS_MODULE": "scrum.settings",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=environment.ROOT,
        env={**os.environ, **usual, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
