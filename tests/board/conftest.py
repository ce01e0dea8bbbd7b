"""A real Redis, as requests and the relay of the test use it."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from realtime.signatures import KeyRing
from tests.board.live import PREFIX, LiveSide
from tests.servers import OwnRedis


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """A server that the test may stop."""
    server = OwnRedis()
    server.start()
    yield server
    server.close()


@pytest.fixture
def live(redis_server: OwnRedis, settings: LazySettings) -> LiveSide:
    return live_side(redis_server, settings)


@pytest.fixture
def fragile(own_redis: OwnRedis, settings: LazySettings) -> LiveSide:
    """As ``live``, on a server that the test may stop."""
    return live_side(own_redis, settings)


def live_side(server: OwnRedis, settings: LazySettings) -> LiveSide:
    settings.REDIS_URL = server.url
    settings.REDIS_PREFIX = PREFIX
    live = LiveSide(server, KeyRing.from_text(settings.WATERCOOLER_SECRET, prefix=PREFIX))
    live.client.flushall()
    return live
