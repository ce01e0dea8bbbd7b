"""A real Redis and the things that every test of the log needs."""

from collections.abc import Iterator

import pytest

from realtime.envelope import Event, compose_event
from realtime.log import EventLog, connect
from realtime.names import KeySpace
from realtime.signatures import KeyRing
from tests.servers import OwnRedis, redis_executables, version_of

PREFIX = "log-tests"
EPOCH = "e1"
KEYS = KeyRing.from_text("k1:" + "s" * 40, prefix=PREFIX)
NAMES = KeySpace(PREFIX)


@pytest.fixture(scope="session", params=redis_executables(), ids=version_of)
def log_server(request: pytest.FixtureRequest) -> Iterator[OwnRedis]:
    """Each Redis that this machine has: the log must work on all of them."""
    server = OwnRedis(request.param)
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(log_server: OwnRedis) -> OwnRedis:
    """The running server of this run, empty."""
    with log_server.client() as client:
        client.flushall()
    return log_server


@pytest.fixture
def log(server: OwnRedis) -> EventLog:
    return EventLog(connect(server.url), prefix=PREFIX, keys=KEYS)


def change_at(seq: int, history: str = "c") -> str:
    return f"{history}{seq}" if seq else ""


def events(
    first: int, last: int, *, channel: str = "sprint.7", epoch: str = EPOCH, history: str = "c"
) -> list[Event]:
    """The events ``first`` to ``last``, both included, of one of several possible histories."""
    return [
        compose_event(
            channel=channel,
            epoch=epoch,
            seq=seq,
            prev=change_at(seq - 1, history),
            change=change_at(seq, history),
            payload=f'{{"model":"task","action":"update","id":{seq}}}',
        )
        for seq in range(first, last + 1)
    ]
