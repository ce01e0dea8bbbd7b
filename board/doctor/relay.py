"""Whether a relay is at work, seen through the same Redis that watercooler sees it through."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
import redis
from django.conf import settings

from board.doctor.finding import Finding, ill, well
from board.models import Installation
from realtime.errors import BadSignature
from realtime.log import connect
from realtime.names import HEARTBEAT, KeySpace
from realtime.signatures import KeyRing, Label
from realtime.tickets import now_ms
from realtime.timing import OLDEST_UNPUBLISHED_MS

# Two of its heartbeats, which come every 2 s.
WAIT_SECONDS = 4.0

MOST_CLOCK_DIFFERENCE_MS = 5000

SILENT = (
    f"No relay was heard from in {WAIT_SECONDS:.0f} s: start `manage.py relay`. If it runs, its "
    "REDIS_URL and REDIS_PREFIX are not those of web (compare `manage.py redis_prefix`)."
)
STRANGER = (
    "A relay is heard, but it signs with another secret: "
    "WATERCOOLER_SECRET must be the same for web, relay and watercooler."
)


def examine(keys: KeyRing) -> Finding:
    """Wait for a heartbeat of the relay, and judge what it says."""
    has_stranger = False
    try:
        for message in _heartbeats():
            try:
                beat = orjson.loads(keys.verify(Label.CONTROL, HEARTBEAT, message))
                return _judge(int(beat["behind"]), int(beat["oldest_ms"]), int(beat["ts"]))
            except (BadSignature, ValueError, KeyError, TypeError):
                has_stranger = True
    except (redis.RedisError, OSError):
        return ill("relay", "Not examined: Redis, through which it is heard, comes first.")
    return ill("relay", STRANGER if has_stranger else SILENT)


def _heartbeats() -> Iterator[bytes]:
    """What comes on the heartbeat's channel, for as long as a relay may be silent."""
    name = KeySpace(Installation.current_prefix()).heartbeat()
    servers = connect(settings.REDIS_URL, connect_timeout_seconds=2, answer_timeout_seconds=2)
    give_up_at = time.monotonic() + WAIT_SECONDS
    with closing(servers):
        # redis-py's pub/sub has no types.
        client: Any = servers.anybody().client
        with closing(client.pubsub(ignore_subscribe_messages=True)) as pubsub:
            pubsub.subscribe(name)
            while (left := give_up_at - time.monotonic()) > 0:
                if message := pubsub.get_message(timeout=left):
                    yield message["data"]


def _judge(behind: int, oldest_ms: int, ts: int) -> Finding:
    difference_ms = ts - now_ms()
    if abs(difference_ms) > MOST_CLOCK_DIFFERENCE_MS:
        direction = "ahead of" if difference_ms > 0 else "behind"
        return ill(
            "relay",
            f"The clock of the relay's machine is {abs(difference_ms) / 1000:.0f} s {direction} "
            "the one here: set both by NTP.",
        )
    if oldest_ms > OLDEST_UNPUBLISHED_MS:
        return ill(
            "relay",
            f"The relay is {behind} channels behind, for {oldest_ms / 1000:.0f} s now: its log "
            "says what keeps it.",
        )
    return well("relay", "The relay is at work and has published everything.")
