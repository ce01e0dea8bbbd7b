"""What make does before there is a Python environment."""

import shutil
from pathlib import Path

from tests.tooling.processes import assert_one_sentence, run


def test_help_lists_the_commands(copied_checkout: Path) -> None:
    done = run(["make"], folder=copied_checkout)
    commands = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"run", "dev", "setup", "test", "check", "lint", "format", "types"} <= commands


def test_a_machine_without_python_gets_one_sentence(copied_checkout: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh", "find"):
        (programs / name).symlink_to(shutil.which(name) or name)
    done = run(["make", "--silent", "migrate"], folder=copied_checkout, PATH=str(programs))
    assert done.returncode == 2
    sentence, _, from_make = done.stderr.strip().partition("\n")
    assert_one_sentence(sentence)
    assert "Python 3.11" in sentence
    assert from_make.startswith("make: ***")
