"""The gate for everything that comes from Redis: only what was signed for its place gets in.

Whatever is refused is counted, mentioned in the log once in a while, and dropped.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

import orjson

from realtime.envelope import Event, parse_event
from realtime.errors import BadMessage, BadSignature
from realtime.metrics import Metrics
from realtime.names import CONTROL, HEARTBEAT
from realtime.signatures import KeyRing, Label

LOG_EVERY_SECONDS = 60.0

logger = logging.getLogger("watercooler")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The relay's word: how many channels are behind, and the oldest waiting event's age in ms."""

    behind: int
    oldest_ms: int


class Intake:
    """Verifies, then parses; every method answers None for what must be dropped."""

    def __init__(self, keys: KeyRing, metrics: Metrics) -> None:
        self._keys = keys
        self._metrics = metrics
        self._logged_at = -LOG_EVERY_SECONDS

    def event(self, channel: str, message: bytes) -> Event | None:
        """An event of ``channel``, with a label of its own on ``control``."""
        label = Label.CONTROL if channel == CONTROL else Label.EVENT
        try:
            return parse_event(channel, self._keys.verify(label, channel, message))
        except (BadSignature, BadMessage) as error:
            self.refuse(channel, error)
            return None

    def heartbeat(self, message: bytes) -> Heartbeat | None:
        fields = self._object(Label.CONTROL, HEARTBEAT, message)
        if fields is None:
            return None
        try:
            return Heartbeat(int(fields["behind"]), int(fields["oldest_ms"]))
        except (KeyError, TypeError, ValueError) as error:
            self.refuse(HEARTBEAT, error)
            return None

    def peer(self, channel: str, message: bytes) -> dict[str, Any] | None:
        """A JSON object from another watercooler process."""
        return self._object(Label.PEER, channel, message)

    def refuse(self, channel: str, error: Exception) -> None:
        """Count a message that does not count, and say so once a minute at most."""
        self._metrics.bad_signatures.inc()
        now = time.monotonic()
        if now - self._logged_at >= LOG_EVERY_SECONDS:
            self._logged_at = now
            logger.warning("Dropped a message on %s that is not ours: %s.", channel, error)

    def _object(self, label: Label, channel: str, message: bytes) -> dict[str, Any] | None:
        try:
            fields = orjson.loads(self._keys.verify(label, channel, message))
        except (BadSignature, orjson.JSONDecodeError) as error:
            self.refuse(channel, error)
            return None
        if not isinstance(fields, dict):
            self.refuse(channel, BadMessage("not an object"))
            return None
        return fields
