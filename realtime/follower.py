"""The contract between a process and whatever follows a channel in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from realtime.envelope import Event
from realtime.metrics import Metrics
from realtime.sequence import Reading
from realtime.timing import Limits, Timing


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a follower asks of the process it lives in.

    ``request_reading`` has a channel read soon, ``request_warming`` asks the relay to refill it;
    ``fresh_seconds(since)`` is for how long heartbeats have been coming without a break. ``clock``
    gives monotonic seconds.
    """

    request_reading: Callable[[str], None]
    request_warming: Callable[[str], None]
    fresh_seconds: Callable[[float], float]
    clock: Callable[[], float]
    timing: Timing
    limits: Limits
    metrics: Metrics


class Follower(Protocol):
    """Keeps up with one channel; it is told what happens and does no I/O."""

    @property
    def is_troubled(self) -> bool:
        """Whether ``tick`` must be called until something changes."""

    def subscribed(self) -> None:
        """Redis has confirmed a subscription: whatever was said before that must be read."""

    def offer(self, event: Event) -> None:
        """Take in an event that was announced; it may be any old one."""

    def reading_starts(self) -> int | None:
        """Return after which seq to read, None for the top alone; called right before reading."""

    def take_reading(self, reading: Reading) -> None:
        """Take in what Redis holds."""

    def tick(self) -> None:
        """Go on where something is stuck; called a few times a second while ``is_troubled``."""
