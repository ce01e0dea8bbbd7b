"""A circuit breaker: stops asking a server that does not answer, so that nobody waits for it."""

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Lets everybody through until a failure, then one caller per ``rest_seconds`` until a success.

    One instance serves all threads of a process. ``clock`` counts seconds and never goes back.
    """

    def __init__(
        self, *, rest_seconds: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._retry_at: float | None = None

    @property
    def is_resting(self) -> bool:
        """Whether ``admit`` would refuse now; asking does not use up the one try."""
        retry_at = self._retry_at
        return retry_at is not None and self._clock() < retry_at

    @property
    def is_trusted(self) -> bool:
        """Whether the last report, if there was one, was a success."""
        return self._retry_at is None

    def admit(self) -> bool:
        """Tell whether the caller may try; whoever may must report success or failure."""
        with self._lock:
            if self._retry_at is None:
                return True
            now = self._clock()
            if now < self._retry_at:
                return False
            # This caller is the probe; the others rest on until it has reported.
            self._retry_at = now + self._rest_seconds
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._retry_at = None

    def failed(self) -> None:
        with self._lock:
            self._retry_at = self._clock() + self._rest_seconds
