"""The whole product as real processes: web, watercooler, relay, Redis, and its own database."""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import requests

from scrum import environment
from tests.servers import OwnRedis, wait_until

DEMO_PASSWORD = "test"
READY_SECONDS = 60
STOP_SECONDS = 15


class Stack:
    """Started with the demo team; ``close`` stops every process and removes the data.

    ``server_url`` names the PostgreSQL to make a database in, "" asks for a SQLite file; None is
    what this run of the tests uses.
    """

    def __init__(
        self, *, web_workers: int = 2, watercoolers: int = 1, server_url: str | None = None
    ) -> None:
        # A short path: the embedded server's Unix socket would not fit into pytest's folders.
        self.folder = Path(tempfile.mkdtemp(prefix="sw-stack-"))
        self.redis = OwnRedis()
        self.port, *self.watercooler_ports = free_ports(1 + watercoolers)
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "DEBUG": "on",
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "WATERCOOLER_SECRET": "test:" + "only-for-tests-" + "x" * 40,
            "REDIS_PREFIX": "sprintwall-stack",
            "REDIS_URL": self.redis.url,
            # The tests do in a minute what a team does in a week, and from one address.
            "THROTTLE": "off",
            "DATABASE_URL": new_database(self.folder, server_url),
            "VAR_DIR": str(self.folder),
            "PORT": str(self.port),
            "WATERCOOLER_PORT": str(self.watercooler_ports[0]),
            "WEB_CONCURRENCY": str(web_workers),
            "WATERCOOLER_ORIGINS": f"{self.url},http://127.0.0.1:{self.port}",
            "DJANGO_SETTINGS_MODULE": "scrum.settings",
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Make the database and the demo team, start everything, and wait until it is ready."""
        self.redis.start()
        self.manage("migrate", "-v0")
        self.manage("seed_demo")
        for name in self.names:
            self.run(name)
        self.wait_until_ready()

    @property
    def names(self) -> list[str]:
        """The processes besides Redis."""
        numbers = range(1, len(self.watercooler_ports) + 1)
        return ["web", *(f"watercooler.{number}" for number in numbers), "relay"]

    def command(self, name: str) -> list[str]:
        """What follows ``python`` on the command line of a process."""
        if name == "web":
            return ["-m", "gunicorn", "scrum.wsgi", "--log-level", "warning"]
        return ["manage.py", "relay"] if name == "relay" else ["watercooler.py"]

    def variables(self, name: str) -> dict[str, str]:
        """What one process finds in its environment besides what all do."""
        kind, _, number = name.partition(".")
        if kind != "watercooler":
            return {}
        return {"WATERCOOLER_PORT": str(self.watercooler_ports[int(number) - 1])}

    def wait_until_ready(self) -> None:
        wait_until(lambda: is_up(f"{self.url}/api/"), seconds=READY_SECONDS)
        for port in self.watercooler_ports:
            ready = f"http://localhost:{port}/ready"
            wait_until(lambda ready=ready: is_up(ready), seconds=READY_SECONDS)  # type: ignore[misc]

    def manage(self, *words: str) -> None:
        """Run a management command to its end."""
        subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=environment.ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def run(self, name: str) -> None:
        """Start one process of the stack; what it says goes to ``<name>.log`` in the folder."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *self.command(name)],
                cwd=environment.ROOT,
                env={**self.environment, **self.variables(name)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def session(self, username: str) -> requests.Session:
        """An API client that is signed in by token."""
        session = requests.Session()
        credentials = {"username": username, "password": DEMO_PASSWORD}
        answer = session.post(f"{self.url}/api/token/", json=credentials)
        answer.raise_for_status()
        session.headers["Authorization"] = f"Token {answer.json()['token']}"
        return session

    def close(self) -> None:
        for process in self.processes.values():
            process.terminate()
        give_up_at = time.monotonic() + STOP_SECONDS
        for process in self.processes.values():
            try:
                process.wait(max(0.1, give_up_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.redis.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at the moment.

    They lie below those that systems give to outgoing connections (from 32768 on): one of these
    could take the port of a process while that is being restarted.
    """
    ports: list[int] = []
    while len(ports) < count:
        port = random.randrange(15_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in ports:
                ports.append(port)
    return ports


def new_database(folder: Path, server_url: str | None = None) -> str:
    """The URL of an empty database: beside the PostgreSQL of this run of the tests, else SQLite."""
    url = os.environ.get("DATABASE_URL", "") if server_url is None else server_url
    if not url.startswith("postgres"):
        return f"sqlite:///{folder}/db.sqlite3"
    name = f"stack_{uuid.uuid4().hex[:12]}"
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    connection.close()
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def is_up(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False
