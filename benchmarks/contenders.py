"""The servers that ``benchmarks.fanout`` compares, and how each of them is fed.

Those in ``benchmarks/alternatives`` are what a team would otherwise write: they neither sign, nor
check, nor resume. What they need is installed into ``benchmarks/.cache``.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from benchmarks.systems.watercooler import appender
from realtime.envelope import Position
from realtime.log import EventLog, connect
from realtime.signatures import KeyRing
from realtime.tickets import issue_ticket
from scrum.environment import ROOT

ALTERNATIVES = ROOT / "benchmarks" / "alternatives"
CACHE = ROOT / "benchmarks" / ".cache"
NODE_PACKAGES = ("ws@8", "ioredis@5")
CHANNELS_PACKAGES = ("channels~=4.3", "channels_redis~=4.3", "django~=5.2.0", "redis[hiredis]")
PIP_LIST = "list", "--format", "json", "--disable-pip-version-check"
UVICORN_PACKAGES = ("uvicorn", "uvloop", "httptools", "websockets")

CHANNEL, EPOCH, PREFIX = "sprint.1", "bench", "bench"
SECRET = "bench:" + "b" * 48

Publish = Callable[[list[dict[str, Any]]], object]


@dataclass(frozen=True)
class System:
    """How to start a server, and how its subscribers and its publisher speak to it.

    One that ``is_slow`` takes a minute for what the others do in seconds, and runs once.
    """

    name: str
    command: Callable[[int, str], list[str]]
    publisher: Callable[[str], Publish]
    path: Callable[[], str] = lambda: "/"
    subprotocol: str = ""
    first_message: str = ""
    environment: Callable[[int, str], dict[str, str]] = lambda port, url: {}
    install: Callable[[], object] = lambda: None
    is_slow: bool = False


def watercooler() -> System:
    keys = KeyRing.from_text(SECRET, prefix=PREFIX)
    since = {CHANNEL: {"epoch": EPOCH, "seq": 0}}
    return System(
        "watercooler",
        lambda port, url: [sys.executable, "watercooler.py"],
        lambda url: append_to(_log(url, keys)),
        path=lambda: f"/socket/{CHANNEL}?channel={_ticket(keys)}",
        subprotocol="watercooler.v1",
        first_message=json.dumps({"action": "resume", "since": since}),
        environment=_watercooler_environment,
    )


def append_to(log: EventLog) -> Publish:
    """Publish through the product's own log: the events of one call as those of a transaction."""
    appender.prepare(log, CHANNEL, EPOCH)
    end = Position(EPOCH, 0, "")

    def publish(events: list[dict[str, Any]]) -> None:
        nonlocal end
        composed = []
        for event in events:
            composed.append(appender.compose(CHANNEL, end, event))
            end = Position(EPOCH, composed[-1].seq, composed[-1].change)
        log.append(CHANNEL, composed)

    return publish


def plain_tornado() -> System:
    return System(
        "plain Tornado loop",
        lambda port, url: [
            *(sys.executable, str(ALTERNATIVES / "plain_tornado.py")),
            *(str(port), url, CHANNEL),
        ],
        lambda url: _plain_publisher(url, CHANNEL, compact),
    )


def ws_on_node() -> System:
    folder = CACHE / "node"
    return System(
        "ws on Node",
        lambda port, url: [
            *("node", str(ALTERNATIVES / "ws_on_node.js")),
            *(str(port), url, CHANNEL),
        ],
        lambda url: _plain_publisher(url, CHANNEL, compact),
        environment=lambda port, url: {"NODE_PATH": str(folder / "node_modules")},
        install=lambda: _install_node(folder),
    )


def channels_on_uvicorn() -> System:
    folder = CACHE / "channels"
    return System(
        "Channels on uvicorn",
        lambda port, url: [
            *(str(folder / "bin" / "uvicorn"), "channels_app:application"),
            *("--app-dir", str(ALTERNATIVES), "--host", "127.0.0.1", "--port", str(port)),
            *("--log-level", "warning", "--ws-ping-interval", "100000"),
        ],
        lambda url: _plain_publisher(url, "bench__group__board", _as_group_message),
        environment=lambda port, url: {"REDIS_URL": url},
        install=lambda: _install_channels(folder),
        is_slow=True,
    )


def compact(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def make_event(number: int, *, is_warm: bool = False) -> dict[str, Any]:
    """A change of a task; ``ts`` is nanoseconds since 1970, 0 in warm-up events."""
    return {
        "ts": 0 if is_warm else time.time_ns(),
        "actor": {"name": "maria"},
        "task": {
            "id": 9000 + number % 97,
            "key": f"WEB-{9000 + number % 97}",
            "name": "Show the burndown of the current sprint on the board's bar",
            "sprint": 42,
            "status": 3,
            "status_display": "Testing",
            "order": 65536 * (number % 31),
            "assigned": "chloe",
            "points": 5,
            "started": "2026-11-02",
            "due": "2026-11-27",
            "links": {"self": "/api/tasks/9000/", "sprint": "/api/sprints/42/"},
        },
        "changes": [{"field": "status", "from": 2, "to": 3}],
    }


def _log(url: str, keys: KeyRing) -> EventLog:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    servers = connect(url, connect_timeout_seconds=5, answer_timeout_seconds=60)
    return EventLog(servers, prefix=PREFIX, keys=keys)


def _ticket(keys: KeyRing) -> str:
    channels = (CHANNEL, appender.PROJECT)
    return issue_ticket(keys, username="bench", full_name="Bench", role="member", channels=channels)


def _watercooler_environment(port: int, url: str) -> dict[str, str]:
    return {
        "REDIS_URL": url,
        "REDIS_PREFIX": PREFIX,
        "WATERCOOLER_PORT": str(port),
        "WATERCOOLER_SECRET": SECRET,
        "SOCKETS_PER_USER": "1000000",
        "ALLOWED_HOSTS": "127.0.0.1",
    }


def _plain_publisher(url: str, name: str, encode: Callable[[dict[str, Any]], bytes]) -> Publish:
    client = redis.Redis.from_url(url)

    def publish(events: list[dict[str, Any]]) -> None:
        with client.pipeline(transaction=False) as pipeline:
            for event in events:
                pipeline.publish(name, encode(event))
            pipeline.execute()

    return publish


def _as_group_message(event: dict[str, Any]) -> bytes:
    """What the Redis layer of Channels publishes for ``group_send``: a msgpack map of two texts."""
    pairs = (b"type", b"board.event"), (b"text", compact(event))
    return b"\x82" + b"".join(
        b"\xda" + len(text).to_bytes(2, "big") + text for pair in pairs for text in pair
    )


def _install_node(folder: Path) -> None:
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--silent", "--no-audit", "--prefix", str(folder), *NODE_PACKAGES)


def _install_channels(folder: Path) -> None:
    if not (folder / "bin" / "uvicorn").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        packages = *CHANNELS_PACKAGES, *UVICORN_PACKAGES
        _run(str(folder / "bin" / "pip"), "install", "--quiet", *packages)


def versions() -> dict[str, str]:
    """Of what has been installed for the alternatives."""
    found: dict[str, str] = {}
    manifest = CACHE / "node" / "node_modules" / "ws" / "package.json"
    if manifest.exists():
        found["ws"] = json.loads(manifest.read_text())["version"]
    pip = CACHE / "channels" / "bin" / "pip"
    if pip.exists():
        listed = {one["name"]: one["version"] for one in json.loads(_run(str(pip), *PIP_LIST))}
        found |= {name: listed[name] for name in ("channels", "uvicorn", "uvloop")}
    return found


def _run(*argv: str) -> str:
    """Run to the end; returns what it printed."""
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
