"""The file with this checkout's secrets."""

import os
from pathlib import Path

import pytest
from honcho.environ import parse

from scrum import environment
from scrum.environment import EnvironmentRefused
from scrum.local.env_file import write_variables


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_variables(path, {"SECRET_KEY": "a-b_c"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "export SECRET_KEY=a-b_c\n"


def test_other_lines_stay_and_a_variable_stands_once(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nexport PORT=9000\nSECRET_KEY=old\n")
    write_variables(path, {"SECRET_KEY": "new"})
    assert path.read_text() == "# mine\nexport PORT=9000\nexport SECRET_KEY=new\n"


def test_the_environment_wins_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_variables(tmp_path / ".env", {"REDIS_PREFIX": "file", "WATERCOOLER_SECRET": "k:file"})
    monkeypatch.setenv("REDIS_PREFIX", "environment")
    monkeypatch.delenv("WATERCOOLER_SECRET")
    environment.load_env_file(tmp_path / ".env")
    assert os.environ["REDIS_PREFIX"] == "environment"
    assert os.environ["WATERCOOLER_SECRET"] == "k:file"


def test_honcho_skips_its_lines(tmp_path: Path) -> None:
    write_variables(tmp_path / ".env", {"REDIS_PREFIX": "file"})
    assert parse((tmp_path / ".env").read_text()) == {}


def test_a_folder_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(EnvironmentRefused, match="cannot be written"):
        write_variables(Path("/proc/.env"), {"SECRET_KEY": "x"})
