"""The stack that faults happen to: every process can be killed, frozen, cut off and misled.

Between the processes and Redis, and between watchers and watercooler, stand proxies
(``tests.faults.proxy``) under these names: ``web``, ``relay``, ``watercooler.1`` ... for the ways
to Redis, ``to.watercooler.1`` ... for the way of the watchers. What dies is started again at once,
as by systemd, unless it is held ``down``.
"""

import os
import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from tests.faults.clock import Clock
from tests.faults.proxy import Proxies
from tests.stack import STOP_SECONDS, Stack

LOOK_SECONDS = 0.1
SOCKETS_PER_USER = "5000"


class Town(Stack):
    """A stack with two web workers, two watercoolers and a relay."""

    def __init__(self, *, server_url: str | None = None) -> None:
        super().__init__(web_workers=2, watercoolers=2, server_url=server_url)
        self.environment["SOCKETS_PER_USER"] = SOCKETS_PER_USER
        self.proxies = Proxies(self._ways())
        self.down: set[str] = set()
        self._clock = Clock(self.folder)
        self._copy = self.folder / "copy.sqlite3"
        self._lock = threading.Lock()
        self._is_closing = threading.Event()
        self._warden = threading.Thread(target=self._keep_alive)

    def _ways(self) -> dict[str, str]:
        socket_path = self.redis.url.removeprefix("unix://")
        to_redis = {name: socket_path for name in self.names}
        to_watchers = {
            f"to.watercooler.{number}": f"127.0.0.1:{port}"
            for number, port in enumerate(self.watercooler_ports, start=1)
        }
        return to_redis | to_watchers

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def watercoolers(self) -> list[str]:
        return [name for name in self.names if name.startswith("watercooler.")]

    def doors(self) -> list[int]:
        """The ports at which watchers knock."""
        return [self.proxies.ports[f"to.{name}"] for name in self.watercoolers]

    def start(self) -> None:
        super().start()
        self._warden.start()

    def variables(self, name: str) -> dict[str, str]:
        variables = super().variables(name)
        variables["REDIS_URL"] = f"redis://127.0.0.1:{self.proxies.ports[name]}"
        return variables | self._clock.variables()

    # Processes

    def pids(self, name: str) -> list[int]:
        """A process and, on Linux, those that it started, itself last; none when it has ended."""
        process = self.processes[name]
        if process.poll() is not None:
            return []
        pid, children = process.pid, ""
        with suppress(OSError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [*map(int, children.split()), pid]

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal to all that is one process to honcho."""
        for pid in self.pids(name):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill_one_worker(self, which: int) -> None:
        """Kill one of gunicorn's workers; gunicorn itself starts another."""
        workers = self.pids("web")[:-1]
        if workers:
            with suppress(ProcessLookupError):
                os.kill(workers[which % len(workers)], signal.SIGKILL)

    def stop_gently(self, name: str) -> None:
        """SIGTERM, and wait for the end; the warden starts it again."""
        process = self.processes[name]
        process.terminate()
        with suppress(Exception):
            process.wait(STOP_SECONDS)

    @contextmanager
    def without(self, *names: str) -> Iterator[None]:
        """Kill these, and keep them down for a while."""
        # The warden must not be about to start one of them again.
        with self._lock:
            self.down |= set(names)
        for name in names:
            self.send(name, signal.SIGKILL)
            self.processes[name].wait()
        try:
            yield
        finally:
            self.down -= set(names)

    def _keep_alive(self) -> None:
        while not self._is_closing.wait(LOOK_SECONDS):
            with self._lock:
                for name, process in list(self.processes.items()):
                    if process.poll() is not None and name not in self.down:
                        self.run(name)

    # Redis and clocks

    def jump(self, seconds: int) -> None:
        """Set the clock of all processes but Redis and the database off by so much."""
        self._clock.set_off(seconds)

    def limit_memory(self, limit_bytes: int) -> None:
        """Let Redis refuse what takes memory; 0 ends that."""
        with self.redis.client() as client:
            client.config_set("maxmemory", limit_bytes)

    def heal(self) -> None:
        """End whatever a fault may have left behind."""
        self.proxies.heal()
        self.jump(0)
        for name in self.processes:
            self.send(name, signal.SIGCONT)

    # The database's copies

    def copy_database(self) -> None:
        """Keep the database as it is now, in place of an earlier copy; the product goes on."""
        if self.is_sqlite:
            path = self.database_url.removeprefix("sqlite:///")
            self._copy.unlink(missing_ok=True)
            with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(self._copy)) as to:
                live.backup(to)
        else:
            with self._postgres_alone() as (cursor, name):
                cursor.execute(f"DROP DATABASE IF EXISTS {name}_copy")
                cursor.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")

    def restore_database(self) -> None:
        """Put the copy in the database's place, as an administrator would after an accident.

        A SQLite file is only exchanged while nobody has it open; PostgreSQL cuts everybody off.
        """
        if self.is_sqlite:
            with self.without("web", "relay"):
                path = Path(self.database_url.removeprefix("sqlite:///"))
                for suffix in ("", "-wal", "-shm"):
                    path.with_name(path.name + suffix).unlink(missing_ok=True)
                shutil.copy(self._copy, path)
        else:
            with self._postgres_alone() as (cursor, name):
                cursor.execute(f"DROP DATABASE {name}")
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE {name}_copy")

    @contextmanager
    def _postgres_alone(self) -> "Iterator[tuple[psycopg2.extensions.cursor, str]]":
        """A cursor beside the database, from which all others are cut off and kept out."""
        parts = urlsplit(self.database_url)
        name = parts.path.removeprefix("/")
        with closing(psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                    "WHERE datname = %s",
                    [name],
                )
                yield cursor, name
                cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def close(self) -> None:
        self._is_closing.set()
        if self._warden.is_alive():
            self._warden.join()
        self.heal()
        super().close()
        self.proxies.close()
