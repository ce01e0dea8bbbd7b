"""The documentation, held against the code: what it tells people to type works as it says."""

import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

import board.relay  # noqa: F401 - makes the relay's metrics
from board.urls import router
from realtime.metrics import Metrics
from realtime.protocol import Close
from scrum import environment
from scrum.settings import VERSION
from tests.servers import wait_until
from tests.stack import Stack
from tests.tooling.test_stack import START

ROOT = environment.ROOT
README = ROOT / "README.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK_SECONDS = 60


def blocks(language: str) -> list[str]:
    """The README's fenced blocks of one language, without those that only call make."""
    found = [text for name, text in FENCED.findall(README.read_text()) if name == language]
    return [text for text in found if not text.startswith("make ")]


def run(command: list[str], text: str, stack: Stack) -> str:
    """Run a block against the stack, as if that were the one on the usual port."""
    done = subprocess.run(
        command,
        input=text.replace("http://localhost:8000", stack.url),
        capture_output=True,
        text=True,
        timeout=BLOCK_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# What the README has people type


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    languages = [name for name, _ in FENCED.findall(README.read_text())]
    assert set(languages) == {"sh", "python", "mermaid"}
    assert (len(blocks("sh")), len(blocks("python"))) == (1, 2)


@pytest.mark.skipif(not shutil.which("curl"), reason="No curl on the PATH.")
def test_curl_signs_in_creates_and_moves(stack: Stack) -> None:
    task = json.loads(run(["sh", "-eu"], blocks("sh")[0], stack))
    assert (task["name"], task["status_display"]) == ("Water the plants", "In Progress")


def test_requests_follows_the_links(stack: Stack) -> None:
    said = run([sys.executable, "-"], blocks("python")[0], stack)
    assert re.fullmatch(r"Done \d{4}-\d\d-\d\d\n", said)


def test_websocket_client_prints_what_others_do(stack: Stack, tmp_path: Path) -> None:
    script, output = tmp_path / "watch.py", tmp_path / "output"
    script.write_text(blocks("python")[1].replace("http://localhost:8000", stack.url))
    api = stack.session("ben")
    sprint = api.get(f"{stack.url}/api/sprints/?search=Sprint 12").json()["results"][0]
    task = api.get(sprint["links"]["tasks"]).json()["results"][0]
    statuses = itertools.cycle((2, 3))

    def has_printed() -> bool:
        # Again and again, because the client sees nothing of what came before it.
        move = {"status": next(statuses)}
        assert api.post(f"{task['links']['self']}move/", json=move).status_code == 200
        return b"\n" in output.read_bytes()

    with output.open("wb") as file:
        watcher = subprocess.Popen([sys.executable, "-u", script], stdout=file)
    try:
        wait_until(has_printed)
    finally:
        watcher.terminate()
        watcher.wait()
    event = json.loads(output.read_text().splitlines()[0])
    assert list(event) == ["model", "action", "id", "body"]
    assert (event["model"], event["action"], event["id"]) == ("task", "update", task["id"])
    assert event["body"]["name"] == task["name"]


def test_commands_are_run_by_the_tests_or_by_ci() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    targets = re.search(r"for target in (.+); do", ci)
    assert targets
    typed = re.findall(r"^make (\S+)$", README.read_text(), re.MULTILINE)
    assert typed == ["run", "test"]
    assert "test" in targets[1].split()
    # What `make run` becomes is started by tests/tooling/test_stack.py.
    assert " ".join(START[1:]) in (ROOT / "Makefile").read_text()


# Names in all pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_make_targets_exist(page: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", page.read_text(), re.MULTILINE))
    existing = set(re.findall(r"^([a-z-]+)(?: [a-z-]+)*:", makefile_targets(), re.MULTILINE))
    assert named <= existing


def makefile_targets() -> str:
    """The Makefile with every target of a rule on a line of its own."""
    text = (ROOT / "Makefile").read_text()
    rules = re.findall(r"^([a-z][a-z -]*):(?!=)", text, re.MULTILINE)
    return "".join(f"{name}:\n" for rule in rules for name in rule.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text)
    for target in (one or other for one, other in targets):
        if re.match(r"https?:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    named = re.findall(
        r"`((?:board|realtime|scrum|tests|client|deploy|docs)/[\w./@-]*[\w/])`", page.read_text()
    )
    missing = [name for name in named if not (ROOT / name).exists()]
    # What a build makes is not there in a fresh clone.
    assert [name for name in missing if not name.startswith("client/build")] == []


# One source of truth


def table_names(page: str, heading: str) -> set[str]:
    """The names in code quotes in the first column of the tables below a heading."""
    text = (ROOT / "docs" / page).read_text()
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells: list[Any] = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


READS = re.compile(
    r"(?:os\.environ|os\.environ\.get|flag|whole_number|secret|comma_separated|choice|_port)"
    r"[(\[]\s*\"([A-Z_]+)\""
)
# Set by Django, honcho, gunicorn and the shell for one another.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "HONCHO_PROCESS_NAME", "LISTEN_FDS", "PATH"}


def variables_read(*places: str) -> set[str]:
    files = [ROOT / place for place in places]
    sources = [
        path.read_text()
        for file in files
        for path in (file.rglob("*.py") if file.is_dir() else [file])
    ]
    return {name for text in sources for name in READS.findall(text)} - FOREIGN


def test_configuration_names_every_variable_that_is_read() -> None:
    read = variables_read("scrum", "board", "realtime", "watercooler.py", "gunicorn.conf.py")
    assert table_names("configuration.md", "Variables") == read


def test_deployment_files_set_no_unknown_variable() -> None:
    known = table_names("configuration.md", "Variables") | {"POSTGRES_PASSWORD"}
    example = (ROOT / "deploy/systemd/environment.example").read_text()
    compose = (ROOT / "deploy/container/compose.yaml").read_text()
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) <= known
    assert set(re.findall(r"\$\{([A-Z_]+)", compose)) <= known


def test_protocol_names_every_close_code() -> None:
    codes = {str(int(code)) for code in Close}
    assert table_names("realtime-protocol.md", "Close codes") == codes


def test_protocol_names_every_metric() -> None:
    ours = {
        metric.name
        for registry in (Metrics().registry, REGISTRY)
        for metric in registry.collect()
        if metric.name.startswith(("watercooler_", "sprintwall_"))
    }
    assert table_names("realtime-protocol.md", "Health and metrics") == ours


def test_keyboard_lists_every_key() -> None:
    code = (ROOT / "client/src/lib/shortcuts.ts").read_text()
    shortcuts = re.findall(r'keys: \[(.*)\], does: "(.*)"', code)
    rows = re.findall(r"^\| (`.*`) \| (.*) \|$", (ROOT / "docs/keyboard.md").read_text(), re.M)
    assert rows == [
        (" ".join(f"`{key}`" for key in re.findall(r'"(.+?)"', keys)), does)
        for keys, does in shortcuts
    ]


def test_api_names_every_collection_and_action() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    for route in router.get_urls():
        parts = re.findall(r"[a-z-]+(?=/)", re.sub(r"\(\?P<\w+>[^)]+\)", "", str(route.pattern)))
        for part in parts:
            assert f"/{part}/" in text, part


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


def test_changelog_has_this_version() -> None:
    newest = re.search(r"^## \[?([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == VERSION
    assert json.loads((ROOT / "client/package.json").read_text())["version"] == VERSION
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
