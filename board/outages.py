"""Says once that something cannot be reached, and once that it is back."""

import logging
import threading


class Outage:
    """One thing that may be away, such as Redis; shared by the threads of a process."""

    def __init__(self, logger: logging.Logger, *, began: str, ended: str) -> None:
        """``began`` is a sentence with ``%s`` for the cause, ``ended`` one without."""
        self._logger = logger
        self._began = began
        self._ended = ended
        self._is_on = False
        self._lock = threading.Lock()

    def begin(self, cause: Exception) -> None:
        """Note a failure; only the first one since all was well is logged, in one line."""
        with self._lock:
            is_first, self._is_on = not self._is_on, True
        if is_first:
            reason = " ".join(str(cause).split()) or type(cause).__name__
            self._logger.warning(self._began, reason)

    def end(self) -> None:
        """Note a success."""
        # Most calls find nothing to end, and need no lock for that.
        if not self._is_on:
            return
        with self._lock:
            was_on, self._is_on = self._is_on, False
        if was_on:
            self._logger.info(self._ended)
