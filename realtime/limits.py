"""How much somebody may do: a token bucket, which also counts overdrafts."""


class TokenBucket:
    """``rate`` tokens a second, saved up to ``burst``. Times are monotonic seconds."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens", "violations")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._filled_at = now
        self.violations = 0

    def take(self, now: float, cost: float = 1.0) -> bool:
        """Take ``cost`` tokens; without them, count a violation and answer False."""
        self._fill(now)
        if self._tokens < cost:
            self.violations += 1
            return False
        self._tokens -= cost
        return True

    def wait_seconds(self, now: float) -> float:
        """Return in how many seconds there will be a token, 0 if there is one."""
        self._fill(now)
        return max(0.0, (1 - self._tokens) / self._rate)

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
