"""A real Redis Cluster on this machine, started by its test run and stopped with it."""

import random
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import redis
from redis.crc import key_slot

from realtime.slots import SLOTS
from tests.servers import OwnRedis, redis_executables, wait_until

# Servers of a cluster speak to one another on a port of their own, always this much higher.
BUS_PORT_OFFSET = 10_000
# After how long servers call another one dead. With replicas, a failover is what tests wait for,
# and one too many does no harm. Without, a server that a busy machine keeps silent for some seconds
# must not make the others refuse to work.
NODE_TIMEOUT_MS = 60_000
FAILOVER_TIMEOUT_MS = 1_500


class OwnCluster(OwnRedis):
    """Three primaries, and as many replicas if asked for, in the place of one server.

    Bound to TCP on the loopback address: clusters know no Unix sockets. Where part of the slots is
    not covered, the rest goes on.
    """

    def __init__(self, *, has_replicas: bool = False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="sw-cluster-"))
        self._servers: dict[int, subprocess.Popen[bytes]] = {}
        ports = cluster_ports(6 if has_replicas else 3)
        self.primaries, self.replicas = ports[:3], ports[3:]
        self._node_timeout_ms = FAILOVER_TIMEOUT_MS if has_replicas else NODE_TIMEOUT_MS
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)

    def start(self) -> None:
        """Start everything, and return once every server sees the whole cluster."""
        for port in [*self.primaries, *self.replicas]:
            self.start_server(port)
        for number, port in enumerate(self.primaries):
            self._make_primary(number, port)
        first = self.node(self.primaries[0])
        for port in [*self.primaries[1:], *self.replicas]:
            first.execute_command("CLUSTER MEET", "127.0.0.1", port)  # type: ignore[no-untyped-call]
        wait_until(self.is_whole)
        for port, primary in zip(self.replicas, self.primaries, strict=False):
            self.node(port).execute_command("CLUSTER REPLICATE", self._id(primary))  # type: ignore[no-untyped-call]
        wait_until(lambda: all(self._is_synced(port) for port in self.replicas))

    def start_server(self, port: int) -> None:
        """Start one server: with the place in the cluster that it had, and without its data."""
        folder = self._folder / str(port)
        folder.mkdir(exist_ok=True)
        self._servers[port] = subprocess.Popen(
            [
                redis_executables()[0],
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
                *("--repl-diskless-sync-delay", "0", "--loglevel", "warning"),
                *("--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"),
                *("--cluster-node-timeout", str(self._node_timeout_ms)),
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_until(lambda: self._answers_at(port))

    def node(self, port: int) -> "redis.Redis":
        """Return a patient client of one server."""
        return redis.Redis(port=port, protocol=2)

    def client(self) -> "redis.Redis":
        return self.node(self.primaries[0])

    def holder(self, key: str) -> int:
        """The port of the primary that holds ``key``, as long as no slot is moved."""
        return self.primaries[key_slot(key.encode()) * len(self.primaries) // SLOTS]

    def kill(self, port: int) -> None:
        self._servers[port].kill()
        self._servers[port].wait()

    def move_slot_of(self, key: str, *, source: int, target: int) -> None:
        """Move the slot of ``key``, with all keys in it, from one server to another."""
        slot = key_slot(key.encode())
        nodes: dict[int, Any] = {port: self.node(port) for port in self.primaries}
        nodes[target].execute_command("CLUSTER SETSLOT", slot, "IMPORTING", self._id(source))
        nodes[source].execute_command("CLUSTER SETSLOT", slot, "MIGRATING", self._id(target))
        keys = nodes[source].execute_command("CLUSTER GETKEYSINSLOT", slot, 100)
        nodes[source].migrate("127.0.0.1", target, keys, 0, 5000)
        for port in (target, source):
            nodes[port].execute_command("CLUSTER SETSLOT", slot, "NODE", self._id(target))

    def expel(self, port: int) -> None:
        """Take a replica out of the cluster; it goes on by itself, as if nothing had happened."""
        gone = self._id(port)
        self.node(port).execute_command("CLUSTER RESET")  # type: ignore[no-untyped-call]
        for other in {*self.primaries, *self.replicas} - {port}:
            self.node(other).execute_command("CLUSTER FORGET", gone)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        for process in self._servers.values():
            process.kill()
        for process in self._servers.values():
            process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_whole(self) -> bool:
        """Every server knows all others, and who holds what."""
        ports = [*self.primaries, *self.replicas]
        return all(self._sees(port, len(ports)) for port in ports)

    def _make_primary(self, number: int, port: int) -> None:
        share = range(number * SLOTS // 3, (number + 1) * SLOTS // 3)
        node: Any = self.node(port)
        node.execute_command("CLUSTER ADDSLOTS", *share)
        # Else they would have to settle who is who among themselves first.
        node.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)

    def _sees(self, port: int, count: int) -> bool:
        node: Any = self.node(port)
        facts: dict[str, str] = node.cluster("INFO")
        counts = int(facts["cluster_known_nodes"]), int(facts["cluster_slots_ok"])
        return facts["cluster_state"] == "ok" and counts == (count, SLOTS)

    def _id(self, port: int) -> str:
        node: Any = self.node(port)
        return str(node.execute_command("CLUSTER MYID").decode())

    def _is_synced(self, port: int) -> bool:
        with suppress(redis.RedisError):
            facts: Any = self.node(port).info("replication")
            return bool(facts.get("master_link_status") == "up")
        return False

    def _answers_at(self, port: int) -> bool:
        process = self._servers[port]
        assert process.poll() is None, "the Redis server did not start"
        with suppress(redis.RedisError):
            return bool(self.node(port).ping())
        return False


def cluster_ports(count: int) -> list[int]:
    """Ports that are free, as are those of their buses.

    All lie below those that systems give to outgoing connections (from 32768 on).
    """
    ports: list[int] = []
    with ExitStack() as taken:
        while len(ports) < count:
            port = random.randrange(10_500, 22_000)
            with suppress(OSError):
                for number in (port, port + BUS_PORT_OFFSET):
                    taken.enter_context(socket.create_server(("127.0.0.1", number)))
                ports.append(port)
    return ports
