"""Many websocket subscribers in one process, as cheap as Python makes them.

    python -m benchmarks.load COUNT PORT PATH SUBPROTOCOL FIRST_MESSAGE PROGRESS

Counts events (``"ts":<ns>`` once in each, several may share a frame) without parsing frames, and
measures the latency of one event per reading on every tenth connection. PROGRESS is a file of three
64-bit numbers for whoever publishes: connections open, deliveries, warm-up deliveries (``"ts":0``).
Ends when its standard input closes, and prints a JSON object.
"""

import json
import mmap
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path

READ_BYTES = 1 << 16
HANDSHAKES_AT_ONCE = 50
SAMPLED = 10
# Source addresses 127.0.0.2, .3, ... so that ports do not run out.
CONNECTIONS_PER_ADDRESS = 8000
TS, WARM = b'"ts":', b'"ts":0,'
LONGEST_TS = 20
# These bytes can also be part of a frame's length; a pong too many does no harm.
PING, PONG = b"\x89\0", b"\x8a\x80\0\0\0\0"


class Load:
    """All subscribers; ``latencies_ms`` are those of every ``sampled``-th."""

    def __init__(self, progress: mmap.mmap, *, sampled: int = SAMPLED) -> None:
        self.latencies_ms: list[float] = []
        self.deliveries = self.warm = 0
        self.first_at = self.last_at = 0.0
        self._progress = progress
        self._every = sampled
        self._sockets: dict[int, socket.socket] = {}
        self._sampled: set[int] = set()
        self._rest: dict[int, bytes] = {}
        self._poll = select.epoll()

    def connect(self, port: int, requests: Sequence[bytes], first: bytes) -> None:
        """Open one socket for each request, and send ``first`` on it."""
        for number in range(0, len(requests), HANDSHAKES_AT_ONCE):
            several = requests[number : number + HANDSHAKES_AT_ONCE]
            fresh = [
                self._begin(each, port, request) for each, request in enumerate(several, number)
            ]
            for each in fresh:
                self._finish(each, first)
            self._report()

    def run(self) -> None:
        """Read until standard input closes."""
        stdin = sys.stdin.fileno()
        self._poll.register(stdin, select.EPOLLIN | select.EPOLLHUP)
        while True:
            for descriptor, _ in self._poll.poll(1.0, 1024):
                if descriptor == stdin:
                    return
                self._read(descriptor)
            self._report()

    def _begin(self, number: int, port: int, request: bytes) -> socket.socket:
        connection = socket.socket()
        connection.bind((f"127.0.0.{2 + number // CONNECTIONS_PER_ADDRESS}", 0))
        connection.connect(("127.0.0.1", port))
        connection.sendall(request)
        if number % self._every == 0:
            self._sampled.add(connection.fileno())
        return connection

    def _finish(self, connection: socket.socket, first: bytes) -> None:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(1)
        assert b" 101 " in answer, answer
        if first:
            connection.sendall(text_frame(first))
        self._sockets[connection.fileno()] = connection
        self._poll.register(connection.fileno(), select.EPOLLIN)

    def _read(self, descriptor: int) -> None:
        data = self._sockets[descriptor].recv(READ_BYTES)
        if not data:
            raise ConnectionError("the server has closed a connection")
        if PING in data:
            self._sockets[descriptor].sendall(PONG)
        if descriptor in self._rest:
            data = self._rest.pop(descriptor) + data
        # Where an event ends, nothing of the next one has come.
        if not data.endswith(b"}"):
            data = self._without_cut_end(descriptor, data)
        fresh = data.count(TS)
        if not self.deliveries:
            warm = data.count(WARM)
            self.warm += warm
            fresh -= warm
        if not fresh:
            return
        self.last_at = time.time()
        self.first_at = self.first_at or self.last_at
        self.deliveries += fresh
        if descriptor in self._sampled:
            self._sample(data)

    def _without_cut_end(self, descriptor: int, data: bytes) -> bytes:
        """Return ``data`` less an unfinished ``"ts":<ns>,`` at its end, which is kept for later."""
        cut = data.rfind(TS, -LONGEST_TS - len(TS))
        if cut < 0 or b"," in data[cut:]:
            sizes = range(len(TS) - 1, 0, -1)
            cut = next((len(data) - size for size in sizes if data.endswith(TS[:size])), len(data))
        self._rest[descriptor] = data[cut:]
        return data[:cut]

    def _sample(self, data: bytes) -> None:
        at = data.rfind(TS) + len(TS)
        ts = int(data[at : data.index(b",", at)])
        if ts:
            self.latencies_ms.append(self.last_at * 1000 - ts / 1_000_000)

    def _report(self) -> None:
        struct.pack_into("<QQQ", self._progress, 0, len(self._sockets), self.deliveries, self.warm)


def text_frame(payload: bytes) -> bytes:
    """A short client frame, masked with zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + payload


def upgrade(port: int, path: str, subprotocol: str) -> bytes:
    """The request that opens a websocket."""
    protocol = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Version: 13\r\n{protocol}\r\n"
    ).encode()


def main(count: int, port: int, path: str, subprotocol: str, first: str, progress: str) -> None:
    with Path(progress).open("r+b") as file:
        load = Load(mmap.mmap(file.fileno(), 24))
    load.connect(port, [upgrade(port, path, subprotocol)] * count, first.encode())
    load.run()
    print(
        json.dumps(
            {
                "deliveries": load.deliveries,
                "seconds": load.last_at - load.first_at,
                "last_at": load.last_at,
                "cpu_seconds": sum(os.times()[:2]),
                "latencies_ms": sorted(load.latencies_ms),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
