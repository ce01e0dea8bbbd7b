"""How much one connection may say: a token bucket, with a limited number of overdrafts."""

from realtime.timing import Limits


class TokenBucket:
    """``rate`` messages a second, saved up to ``burst``."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens", "violations")

    def __init__(self, limits: Limits, now: float) -> None:
        self._rate = limits.messages_per_second
        self._burst = limits.message_burst
        self._tokens = self._burst
        self._filled_at = now
        self.violations = 0

    def take(self, now: float) -> bool:
        """Take one token at ``now`` (seconds); without one, count a violation and answer False."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            self.violations += 1
            return False
        self._tokens -= 1
        return True
