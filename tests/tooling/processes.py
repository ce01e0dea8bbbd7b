"""Copies of the checkout, and programs of it that run in an environment of their own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from scrum import environment
from tests.stack import free_ports

PARTS = ("board", "realtime", "scrum", "static", "manage.py", "watercooler.py", "Procfile")
WAIT_SECONDS = 30 * float(os.environ.get("TIME_UNIT", "1"))
SECRETS = {"SECRET_KEY": "k" * 50, "WATERCOOLER_SECRET": f"test:{'s' * 40}"}


def copy_checkout(target: Path) -> Path:
    """Copy what the processes are made of, without the client's source, ``.env`` and ``var/``."""
    (target / "client").mkdir(parents=True)
    for part in (*PARTS, "gunicorn.conf.py", "Makefile", "requirements"):
        source = environment.ROOT / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / part)
    return target


def bare_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the tests' own settings, so that only ``variables`` count."""
    programs = Path(sys.executable).parent
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": os.environ.get("HOME", "/"), "PYTHONUNBUFFERED": "1", **variables}


def run(command: list[str], *, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run to the end; stdout and stderr are captured apart."""
    return subprocess.run(
        command, cwd=folder, env=bare_environment(variables), capture_output=True, text=True,
        timeout=WAIT_SECONDS, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip


class Running:
    """A program that is under way, with all that it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_for(self, is_true: Callable[[], bool]) -> None:
        """Return once ``is_true``; fails when the program ends or the time is up before."""
        give_up_at = time.monotonic() + WAIT_SECONDS
        while not is_true():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < give_up_at, self.said
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_SECONDS)


@contextmanager
def running(command: list[str], *, folder: Path, **variables: str) -> Iterator[Running]:
    """Start a program and make sure that its whole process group is gone at the end."""
    log = folder / f"output-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=bare_environment(variables), stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def is_redis_up(path: Path) -> bool:
    """Whether a server answers on the Unix socket ``path``, without redis-py's patient retries."""
    try:
        with redis.Redis(unix_socket_path=str(path), retry=Retry(NoBackoff(), 0)) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def new_ports() -> dict[str, str]:
    """The variables that put a stack on ports of its own."""
    web, watercooler = free_ports(2)
    return {"PORT": str(web), "WATERCOOLER_PORT": str(watercooler)}


def assert_one_sentence(text: str) -> None:
    """One line that ends like a sentence, and no traceback."""
    line = text.strip().removeprefix("CommandError: ")
    assert line
    assert "\n" not in line, text
    assert line.endswith("."), text
