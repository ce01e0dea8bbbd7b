"""Where the browser of the browser tests comes from."""

import sys
from pathlib import Path

import pytest

from tests import chromium


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser: an empty PATH; returns the folder on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    return tmp_path


def test_the_machines_own_is_taken(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = nowhere / "chromium-browser"
    program.touch(mode=0o755)
    chromium.main()
    assert capsys.readouterr().out.strip() == str(program)


def test_one_that_is_named_comes_first(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / "chromium").touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", sys.executable)
    assert chromium.on_path() == sys.executable


def test_a_machine_without_apt_gets_none_from_it(nowhere: Path) -> None:
    assert chromium.from_apt() is None


@pytest.mark.parametrize(("required", "code"), [("on", 1), ("off", 0)])
def test_none_is_said_and_fails_only_where_one_is_required(
    nowhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: str,
    code: int,
) -> None:
    monkeypatch.setattr(chromium, "from_playwright", lambda: None)
    monkeypatch.setenv("SPRINTWALL_REQUIRE_BROWSER", required)
    with pytest.raises(SystemExit) as left:
        chromium.main()
    assert int(left.value.code or 0) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert "browser tests are skipped" in said.err
