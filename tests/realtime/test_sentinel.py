"""A failover under load: three servers and three Sentinels on this machine, the primary killed."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis

from realtime.log import EventLog, connect
from realtime.names import CONTROL
from realtime.servers import Servers
from tests.realtime.settling import keep_settling, write
from tests.servers import OwnRedis, redis_executables, wait_until
from tests.stack import free_ports
from tests.watercooler.stage import PROJECT, SPRINT, Stage, eventually, numbers

GROUP = "board"
EVENTS_BEFORE, EVENTS_AFTER = 100, 400
# A failover takes about 2 s here; the changes after it are seen by everybody soon.
FAILOVER_SECONDS = 20


class Watched:
    """One primary, two replicas, three Sentinels; on TCP, since Sentinels know no Unix sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: dict[int, subprocess.Popen[bytes]] = {}
        self.sentinels: list[subprocess.Popen[bytes]] = []
        primary, *others = free_ports(6)
        replicas, self.sentinel_ports = others[:2], others[2:]
        self._start_server(primary)
        for port in replicas:
            self._start_server(port, "--replicaof", "127.0.0.1", str(primary))
        for port in self.sentinel_ports:
            self._start_sentinel(port, primary)

    def wait_until_whole(self) -> None:
        """Return once the Sentinels know one another and both replicas."""
        wait_until(self._is_whole)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinel_ports)
        return f"redis+sentinel://{hosts}/{GROUP}"

    def primary_port(self) -> int:
        address: Any = self._ask_sentinel().sentinel_get_master_addr_by_name(GROUP)
        return int(address[1])

    def kill_primary(self) -> int:
        port = self.primary_port()
        self.servers[port].kill()
        return port

    def close(self) -> None:
        for process in [*self.sentinels, *self.servers.values()]:
            process.kill()
            process.wait()

    def _start_server(self, port: int, *options: str) -> None:
        folder = self.folder / str(port)
        folder.mkdir()
        self.servers[port] = subprocess.Popen(
            [
                redis_executables()[0],
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--save", "", "--repl-diskless-sync-delay", "0", "--loglevel", "warning"),
                *options,
            ],
            stdout=subprocess.DEVNULL,
        )

    def _start_sentinel(self, port: int, primary: int) -> None:
        config = self.folder / f"sentinel-{port}.conf"
        config.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {self.folder}\n"
            f"sentinel monitor {GROUP} 127.0.0.1 {primary} 2\n"
            f"sentinel down-after-milliseconds {GROUP} 500\n"
            f"sentinel failover-timeout {GROUP} 3000\n"
        )
        self.sentinels.append(
            subprocess.Popen(
                [redis_executables()[0], str(config), "--sentinel"], stdout=subprocess.DEVNULL
            )
        )

    def _ask_sentinel(self) -> "redis.Redis":
        return redis.Redis(port=self.sentinel_ports[0], protocol=2)

    def _is_whole(self) -> bool:
        with suppress(redis.RedisError):
            state: Any = self._ask_sentinel().sentinel_master(GROUP)
            return bool(state["num-slaves"] == state["num-other-sentinels"] == 2)
        return False


def patient(url: str) -> Servers:
    return connect(url, connect_timeout_seconds=1, answer_timeout_seconds=1)


class SentinelRedis(OwnRedis):
    """The group in the place of the one server of other tests."""

    def __init__(self, watched: Watched) -> None:
        self.url = watched.url

    def client(self) -> "redis.Redis":
        return patient(self.url).anybody().client


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    group = Watched(tmp_path)
    try:
        group.wait_until_whole()
        yield group
    finally:
        group.close()


@pytest.mark.slow
async def test_failover_under_load_loses_nothing(watched: Watched) -> None:
    stage = Stage(SentinelRedis(watched), next(numbers))
    stage.timing = replace(stage.timing, cold_wait_seconds=60)
    channels = (SPRINT, PROJECT, CONTROL)
    log = EventLog(patient(watched.url), prefix=stage.writer.prefix, keys=stage.writer.keys)
    for channel in channels:
        stage.writer.fill(channel)
    relay = asyncio.create_task(keep_settling(stage, log, channels))
    try:
        await stage.start_process()
        watchers = [await stage.join(name) for name in ("alice", "bob")]
        await write(stage, [SPRINT], EVENTS_BEFORE)
        old = watched.kill_primary()
        await write(stage, [SPRINT], EVENTS_AFTER)
        everything = list(range(1, EVENTS_BEFORE + EVENTS_AFTER + 1))
        for watcher in watchers:
            await eventually(
                lambda watcher=watcher: len(watcher.events()) >= len(everything),  # type: ignore[misc]
                seconds=FAILOVER_SECONDS,
            )
            assert watcher.events() == everything
            assert not watcher.actions("resync")
        assert watched.primary_port() != old
    finally:
        relay.cancel()
        await stage.close()
