"""The load client of the benchmarks counts right, however the network cuts the stream."""

import mmap
import random
import socket
import struct

import pytest

from benchmarks.load import PONG, Load
from realtime.fanout import text_frame


def feed(stream: bytes, cuts: list[int]) -> tuple[Load, tuple[int, ...], socket.socket]:
    """Let a load read ``stream`` in pieces that end at ``cuts``."""
    progress = mmap.mmap(-1, 24)
    load = Load(progress)
    server, client = socket.socketpair()
    load._sockets[client.fileno()] = client
    load._sampled.add(client.fileno())
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        server.sendall(stream[start:end])
        if end > start:
            load._read(client.fileno())
    load._report()
    return load, struct.unpack("<QQQ", progress), server


@pytest.mark.parametrize("seed", range(30))
def test_every_event_is_counted_once_wherever_readings_end(seed: int) -> None:
    dice = random.Random(seed)
    events = [b'{"ts":0,"body":{}}'] * 3 + [b'{"id":1,"ts":1795178432941661089,"body":{}}'] * 7
    stream = text_frame(b"\n".join(events[:6])) + b"".join(map(text_frame, events[6:]))
    cuts = sorted(dice.sample(range(1, len(stream)), dice.randrange(40)))
    _, (connections, deliveries, warm), server = feed(stream, cuts)
    server.close()
    assert (connections, deliveries, warm) == (1, 7, 3)


def test_pings_are_answered() -> None:
    load, _, server = feed(b"\x89\x00", [])
    assert server.recv(100) == PONG
    assert load.deliveries == 0


def test_closed_connection_is_an_error() -> None:
    load, _, server = feed(b"", [])
    server.close()
    with pytest.raises(ConnectionError):
        load._read(next(iter(load._sockets)))
