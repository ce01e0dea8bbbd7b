"""What make does before there is a Python environment."""

import shutil
from pathlib import Path

import pytest

from tests.tooling.processes import assert_one_sentence, run


def test_help_lists_the_commands(copied_checkout: Path) -> None:
    done = run(["make"], folder=copied_checkout)
    commands = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"run", "dev", "setup", "test", "check", "lint", "format", "types"} <= commands


@pytest.fixture
def bare_path(tmp_path: Path) -> str:
    """A PATH with what make itself needs, and nothing else."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh", "find"):
        (programs / name).symlink_to(shutil.which(name) or name)
    return str(programs)


def test_a_machine_without_python_gets_one_sentence(copied_checkout: Path, bare_path: str) -> None:
    done = run(["make", "--silent", "migrate"], folder=copied_checkout, PATH=bare_path)
    assert done.returncode == 2
    sentence, _, from_make = done.stderr.strip().partition("\n")
    assert_one_sentence(sentence)
    assert "Python 3.11" in sentence
    assert from_make.startswith("make: ***")


@pytest.fixture
def installed_checkout(copied_checkout: Path) -> Path:
    """A checkout whose packages make takes for installed, and whose pip only says its words."""
    programs = copied_checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text('#!/bin/sh\necho "DEBUG=$DEBUG $*"\n')
    (programs / "python").chmod(0o755)
    for made in (
        ".venv/.installed-local",
        "client/package.json",
        "client/package-lock.json",
        "client/node_modules/.package-lock.json",
        "static/client/manifest.json",
    ):
        path = copied_checkout / made
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return copied_checkout


def test_a_machine_with_node_and_redis_gets_no_others(installed_checkout: Path) -> None:
    done = run(["make", "node", "redis"], folder=installed_checkout)
    assert done.returncode == 0, done.stderr
    assert "pip install" not in done.stdout


@pytest.mark.parametrize(("target", "pins"), [("node", "node.txt"), ("redis", "redis.txt")])
def test_what_a_machine_lacks_is_installed(
    installed_checkout: Path, bare_path: str, target: str, pins: str
) -> None:
    done = run(["make", target], folder=installed_checkout, PATH=bare_path)
    assert f"--require-hashes -r requirements/{pins}" in done.stdout


@pytest.mark.parametrize(("variables", "debug"), [({}, "on"), ({"DEBUG": "off"}, "off")])
def test_run_shows_errors_unless_the_environment_says_no(
    installed_checkout: Path, variables: dict[str, str], debug: str
) -> None:
    done = run(["make", "run"], folder=installed_checkout, **variables)
    assert done.stdout == f"DEBUG={debug} -m scrum.local.start Procfile\n"


def test_a_python_without_venv_gets_one_sentence_and_leaves_nothing(
    copied_checkout: Path, bare_path: str
) -> None:
    broken = Path(bare_path) / "python3"
    broken.write_text('#!/bin/sh\ncase "$*" in *venv*) mkdir -p .venv/bin; exit 1; esac\n')
    broken.chmod(0o755)
    for name in ("rm", "mkdir"):
        (Path(bare_path) / name).symlink_to(shutil.which(name) or name)
    done = run(["make", "--silent", "migrate"], folder=copied_checkout, PATH=bare_path)
    assert_one_sentence(done.stderr.strip().partition("\n")[0])
    assert "venv" in done.stderr
    assert not (copied_checkout / ".venv").exists()
