"""Findings for whoever asks, examined anew at most once in 5 s by each web process."""

import threading
import time

from board.doctor import Finding, server_findings

KEEP_SECONDS = 5.0


class Recent:
    """The last findings about this side; shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._findings: list[Finding] = []
        self._at: float | None = None

    def take(self) -> list[Finding] | None:
        """Return findings of the last 5 s, examining if there are none.

        None while another thread does that: a few people who ask at once must not hold up all
        threads of a worker for as long as a relay may be silent.
        """
        if self._is_fresh():
            return self._findings
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if not self._is_fresh():
                self._findings = list(server_findings())
                self._at = time.monotonic()
            return self._findings
        finally:
            self._lock.release()

    def forget(self) -> None:
        self._at = None

    def _is_fresh(self) -> bool:
        at = self._at
        return at is not None and time.monotonic() - at < KEEP_SECONDS


recent = Recent()
