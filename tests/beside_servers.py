"""Runs a command beside a PostgreSQL and a Redis that live only as long as it does.

``python -m tests.beside_servers pytest`` hands their addresses over in DATABASE_URL and REDIS_URL.
Nothing else on the machine is touched: data, sockets and logs are in temporary folders.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import quote

import psycopg2

from tests.servers import OwnRedis

START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 10
# PostgreSQL refuses to run as root; Debian's package brings the first of these users.
UNPRIVILEGED_USERS = ("postgres", "nobody")
INITDB_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
# A crash of the machine would lose a database that is thrown away anyhow.
FAST_SETTINGS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class ServerMissing(Exception):
    """A program is not installed, or did not come up; the text says which."""


def find_postgres_programs() -> Path:
    """The folder of ``initdb`` and ``postgres``; Debian keeps it off the PATH."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    if newest is None:
        raise ServerMissing("No PostgreSQL here: install its server (Debian: postgresql).")
    return newest.parent


def unprivileged_user() -> pwd.struct_passwd | None:
    """Who must run PostgreSQL, or None when that may be the caller."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED_USERS if name in known)


@contextmanager
def stopping(process: subprocess.Popen[bytes], *, with_signal: signal.Signals) -> Iterator[None]:
    """Stop ``process`` at the end, whatever happened."""
    try:
        yield
    finally:
        process.send_signal(with_signal)
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def postgres(home: Path) -> Iterator[str]:
    """Serve an empty cluster on a Unix socket in ``home``; yield its DATABASE_URL."""
    programs, data, log = find_postgres_programs(), str(home / "data"), home / "log"
    initdb = [str(programs / "initdb"), "-D", data, "-U", "sprintwall", *INITDB_OPTIONS]
    serve = [str(programs / "postgres"), "-D", data, "-k", str(home), "-h", "", *FAST_SETTINGS]
    owner: dict[str, Any] = {}
    if user := unprivileged_user():
        os.chown(home, user.pw_uid, user.pw_gid)
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with log.open("wb") as output:
        subprocess.run(initdb, check=True, cwd=home, stdout=output, stderr=output, **owner)
        # In a session of its own: Ctrl-C is for the command, which still needs its database.
        server = subprocess.Popen(
            serve, cwd=home, stdout=output, stderr=output, start_new_session=True, **owner
        )
    # SIGINT is PostgreSQL's fast shutdown: it does not wait for connections that were left open.
    with stopping(server, with_signal=signal.SIGINT):
        _wait_until_it_accepts(home, server, log)
        yield f"postgres://sprintwall@{quote(str(home), safe='')}/postgres"


def _wait_until_it_accepts(home: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    give_up_at = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            psycopg2.connect(host=str(home), user="sprintwall", dbname="postgres").close()
        except psycopg2.OperationalError as error:
            if server.poll() is not None or time.monotonic() > give_up_at:
                raise ServerMissing(f"PostgreSQL did not start: {log.read_text()}") from error
            time.sleep(0.05)
        else:
            return


def run_beside_servers(command: list[str]) -> int:
    """Run ``command`` with both servers up; return its exit code."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="sprintwall-postgres-"))
        database_url = stack.enter_context(postgres(Path(home)))
        redis = stack.enter_context(closing(OwnRedis()))
        redis.start()
        addresses = {"DATABASE_URL": database_url, "REDIS_URL": redis.url}
        child = subprocess.Popen(command, env=os.environ | addresses)
        with stopping(child, with_signal=signal.SIGTERM):
            return child.wait()


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> None:
    # As an exception, so that the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, _leave)
    try:
        sys.exit(run_beside_servers(sys.argv[1:]))
    except ServerMissing as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
