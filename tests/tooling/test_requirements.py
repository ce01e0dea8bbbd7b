"""Every package is pinned with its hashes, and no file tells where they came from."""

import json
import re
from pathlib import Path

import pytest

from scrum import environment

FOLDER = environment.ROOT / "requirements"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.name)
def test_each_pin_has_hashes(path: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n", "", path.read_text()).strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_address_or_option_names_a_registry(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"--(?:extra-)?index-url|--find-links|--trusted-host", text)


def test_the_clients_pins_have_hashes_and_no_addresses() -> None:
    lock = json.loads((environment.ROOT / "client" / "package-lock.json").read_text())
    packages = [entry for path, entry in lock["packages"].items() if path]
    assert packages
    for entry in packages:
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.in")), ids=lambda path: path.name)
def test_what_is_asked_for_is_pinned(path: Path) -> None:
    pinned = path.with_suffix(".txt").read_text()
    for line in path.read_text().splitlines():
        if name := re.match(r"[A-Za-z][\w-]*", line):
            normal = name[0].replace("_", "-").lower()
            assert f"\n{normal}==" in pinned, normal
