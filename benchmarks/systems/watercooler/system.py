"""Plug-in for the websocket fan-out harness: this project's watercooler process.

The harness finds it as ``systems/watercooler``; the folder of the project is in the environment
variable ``WATERCOOLER_PROJECT``. Every subscriber speaks ``watercooler.v1`` and resumes from the
position before the first event. Events are appended by ``appender.py``, as web processes do it.
"""

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any, Protocol

CHANNEL = "sprint.1"
EPOCH = "bench"
SECRET = "bench:" + secrets.token_hex(24)

# Path and query that the subscribers open, and wsload's options; ``command`` fills in the ticket.
PATH = f"/socket/{CHANNEL}"
WSLOAD = [
    "-H",
    "Sec-WebSocket-Protocol: watercooler.v1",
    "-s",
    json.dumps({"action": "resume", "since": {CHANNEL: {"epoch": EPOCH, "seq": 0}}}),
]

_prefix = ""


class Bench(Protocol):
    """The part of the harness' context that is used here."""

    port: int
    redis_port: int

    def venv(self, name: str, *packages: str) -> Path: ...


def install(b: Bench) -> None:
    _python(b)


def command(b: Bench) -> tuple[list[str], dict[str, str], Path]:
    """A new prefix for every run, so that nothing of an earlier one is in the channel."""
    global PATH, _prefix
    _prefix = f"bench-{secrets.token_hex(4)}"
    ticket = subprocess.run(
        _appender(b, "prepare"), env=_environment(b), check=True, capture_output=True, text=True
    ).stdout.strip()
    PATH = f"/socket/{CHANNEL}?channel={ticket}"
    return [str(_python(b)), "watercooler.py"], _environment(b), _project()


def publisher(b: Bench) -> "Appender":
    return Appender(_appender(b, "append"), _environment(b))


class Appender:
    """Hands events to the process that appends them."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE)
        assert self._process.stdin
        self._lines = self._process.stdin

    def send(self, event: dict[str, Any]) -> None:
        self._lines.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
        self._lines.flush()

    def close(self) -> None:
        self._lines.close()
        self._process.wait()


def _project() -> Path:
    return Path(os.environ["WATERCOOLER_PROJECT"]).resolve()


def _python(b: Bench) -> Path:
    """The interpreter of the project's own environment, else of one made for the harness."""
    own = _project() / ".venv" / "bin" / "python"
    if own.exists():
        return own
    return b.venv("watercooler", "-r", _requirements()) / "python"


def _requirements() -> str:
    return str(_project() / "requirements" / "base.txt")


def _appender(b: Bench, task: str) -> list[str]:
    return [str(_python(b)), str(Path(__file__).with_name("appender.py")), task, CHANNEL, EPOCH]


def _environment(b: Bench) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(_project()),
        "REDIS_URL": f"redis://127.0.0.1:{b.redis_port}/0",
        "REDIS_PREFIX": _prefix,
        "WATERCOOLER_PORT": str(b.port),
        "WATERCOOLER_SECRET": SECRET,
        "SOCKETS_PER_USER": "1000000",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
