"""The layout of docs/architecture.md, held by what modules import."""

import ast
import re
from pathlib import Path

import pytest

from scrum import environment

ROOT = environment.ROOT
ORM = ("django", "rest_framework", "board")


def modules(*places: str) -> list[Path]:
    found = [ROOT / place for place in places]
    return [
        path
        for place in found
        for path in ([place] if place.suffix else sorted(place.rglob("*.py")))
        if "migrations" not in path.parts
    ]


def imports(path: Path) -> set[str]:
    """All module names that a file imports, with the names taken from them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_realtime_and_watercooler_know_no_models() -> None:
    for path in modules("realtime", "watercooler.py"):
        foreign = {name for name in imports(path) if name.split(".")[0] in ORM}
        assert not foreign, path


def test_environment_is_read_without_django() -> None:
    assert not {name for name in imports(ROOT / "scrum/environment.py") if "django" in name}


def test_only_changes_and_relay_use_the_publisher() -> None:
    users = [p.name for p in modules("board") if "board.publisher" in imports(p)]
    assert sorted(users) == ["changes.py", "relay.py"]


def test_only_services_record_changes() -> None:
    writers = {
        p.relative_to(ROOT).parts[1]
        for p in modules("board")
        if "board.changes.change_channels" in imports(p)
    }
    assert writers == {"services"}


def test_serializers_and_views_save_nothing() -> None:
    for path in modules("board/serializers.py", "board/views", "board/filters.py"):
        saves = re.findall(r"\.(?:save|bulk_create|bulk_update)\(", path.read_text())
        assert not saves, path


def test_pure_parts_do_no_io() -> None:
    io = {"redis", "redis.asyncio", "tornado", "django.db", "socket"}
    for name in ("board/ordering.py", "realtime/sequence.py", "realtime/locks.py"):
        assert not imports(ROOT / name) & io, name


@pytest.mark.parametrize("folder", ["components", "pages"])
def test_components_do_not_fetch(folder: str) -> None:
    for path in (ROOT / "client/src" / folder).rglob("*.svelte"):
        assert not re.search(r"\bfetch\(|new WebSocket\(", path.read_text()), path


PHYSICAL = re.compile(
    r"(?<![\w.-])(?:(?:margin|padding|border)-(?:left|right)|(?:left|right))\s*:(?! 50%)"
    r"|text-align: (?:left|right)|float:"
)


def test_styles_know_beginning_and_end_instead_of_left_and_right() -> None:
    """Pages are written from right to left, too. What is centred has no side."""
    for path in (ROOT / "client/src").rglob("*.*"):
        if path.suffix in (".svelte", ".css"):
            style = path.read_text().rpartition("<style")[2]
            assert not PHYSICAL.search(style), path


def test_no_file_of_code_is_long() -> None:
    long = [
        path
        for path in [
            *modules("board", "realtime", "scrum", "watercooler.py"),
            *(ROOT / "client/src").rglob("*.*"),
        ]
        if path.suffix in (".py", ".ts", ".svelte")
        and len(path.read_text().splitlines()) > 400
        and path.name != "schema.d.ts"
    ]
    assert not long
