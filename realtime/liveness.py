"""Whether what watchers see is current, and if not, why. Pure: times are given, in seconds.

The relay's heartbeat comes through the same Redis connection as events do, so it vouches for the
whole way from the database to this process.
"""

from dataclasses import dataclass

from realtime.timing import OLDEST_UNPUBLISHED_MS, Timing


@dataclass(frozen=True, slots=True)
class State:
    """``reason`` is None when live, else a sentence for people."""

    is_live: bool
    reason: str | None = None


LIVE = State(True)


class Liveness:
    """Watches Redis and the relay's heartbeats."""

    def __init__(self, timing: Timing, now: float) -> None:
        self._within_seconds = timing.heartbeat_within_seconds
        # A process that has just started gives the relay as long as it gives it later.
        self._heard_at = now
        self._fresh_since: float | None = None
        self._has_heard = False
        self._oldest_ms = 0
        self.is_redis_up = False
        self._redis_expected_at = now + timing.redis_timeout_seconds

    def hear(self, oldest_ms: int, now: float) -> None:
        """Note a heartbeat; ``oldest_ms`` is the age of the oldest event not yet published."""
        if self._fresh_since is None or self.is_relay_silent(now):
            self._fresh_since = now
        self._has_heard = True
        self._heard_at = now
        self._oldest_ms = oldest_ms

    def fresh_seconds(self, since: float, now: float) -> float:
        """Seconds after ``since`` during which heartbeats came without a break until now."""
        if self._fresh_since is None or self.is_relay_silent(now):
            return 0.0
        return now - max(since, self._fresh_since)

    def is_relay_silent(self, now: float) -> bool:
        return now - self._heard_at > self._within_seconds

    def state(self, now: float) -> State:
        """Whether watchers may believe that they see everything."""
        if not self.is_redis_up and now > self._redis_expected_at:
            return State(False, "Redis cannot be reached.")
        if self.is_relay_silent(now):
            return State(False, "The relay has not been heard from.")
        if self._oldest_ms > OLDEST_UNPUBLISHED_MS:
            return State(False, "The relay is behind.")
        return LIVE

    def readiness(self, now: float) -> State:
        """Whether this process should get new connections: stricter, it takes a heartbeat."""
        if not self.is_redis_up:
            return State(False, "Redis cannot be reached.")
        if not self._has_heard:
            return State(False, "The relay has not been heard from.")
        return self.state(now)
