"""What a process holds of one channel, and how it grows without loss. Pure: no I/O, no clock.

``Sequence`` is a position and, in memory, the unbroken tail of events before it. Events that arrive
are judged against it; what is missing is merged in from a reading of the stream.
"""

from collections import deque
from collections.abc import Iterable
from collections.abc import Sequence as AbstractSequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import takewhile

from realtime.envelope import Event, Position


class Verdict(Enum):
    """What an event that just arrived is to a sequence."""

    NEXT = auto()
    DUPLICATE = auto()
    GAP = auto()
    OTHER_EPOCH = auto()
    DIVERGED = auto()


class Outcome(Enum):
    """What a reading of the stream said."""

    CURRENT = auto()
    COLD = auto()
    BEHIND = auto()
    OTHER_EPOCH = auto()
    DIVERGED = auto()
    TRIMMED = auto()


@dataclass(frozen=True, slots=True)
class Reading:
    """A channel's top in Redis and the genuine events of its stream after ``after``, in order."""

    top: Position | None
    events: AbstractSequence[Event] = ()
    after: int = 0


@dataclass(slots=True)
class Tail:
    """An unbroken run of events; ``floor`` is where the channel stood before the first of them."""

    floor: Position
    max_events: int
    max_bytes: int
    _events: deque[Event] = field(default_factory=deque)
    _bytes: int = 0

    def append(self, event: Event) -> None:
        self._events.append(event)
        self._bytes += len(event.line)
        self._trim()

    def prepend(self, events: Iterable[Event]) -> None:
        """Put older events, the newest of which ends at the floor, in front."""
        for event in reversed(list(events)):
            self._events.appendleft(event)
            self._bytes += len(event.line)
            self.floor = Position(event.epoch, event.seq - 1, event.prev)

    def covers(self, seq: int) -> bool:
        """Tell whether all events after ``seq`` are here."""
        return seq >= self.floor.seq

    def between(self, after: int, up_to: int) -> list[Event]:
        """Return the events with ``after < seq <= up_to``; ``after`` must be covered."""
        start = after - self.floor.seq
        return [self._events[index] for index in range(start, up_to - self.floor.seq)]

    def change_at(self, seq: int) -> str | None:
        """Return the change that stands at ``seq``, or None when that is not known any more."""
        if seq == self.floor.seq:
            return self.floor.change
        index = seq - self.floor.seq - 1
        return self._events[index].change if 0 <= index < len(self._events) else None

    def _trim(self) -> None:
        while len(self._events) > self.max_events or self._bytes > self.max_bytes:
            oldest = self._events.popleft()
            self._bytes -= len(oldest.line)
            self.floor = Position(oldest.epoch, oldest.seq, oldest.change)


class Sequence:
    """A channel's position in this process, with its tail."""

    def __init__(self, position: Position, *, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self.restart(position)

    def restart(self, position: Position) -> None:
        """Forget everything and stand at ``position``."""
        self.position = position
        self.tail = Tail(position, self._max_events, self._max_bytes)
        self._oldest_kept_seq: int | None = 0 if position.seq == 0 else None

    @property
    def is_tail_complete(self) -> bool:
        """Whether the stream has nothing older than the tail."""
        oldest = self._oldest_kept_seq
        return oldest is not None and self.tail.floor.seq <= oldest

    def judge(self, event: Event) -> Verdict:
        """Compare an event's address with the position; changes nothing."""
        here = self.position
        if event.epoch != here.epoch:
            return Verdict.OTHER_EPOCH
        if event.seq > here.seq + 1:
            return Verdict.GAP
        if event.seq == here.seq + 1:
            return Verdict.NEXT if event.prev == here.change else Verdict.DIVERGED
        known = self.tail.change_at(event.seq)
        return Verdict.DUPLICATE if known in (None, event.change) else Verdict.DIVERGED

    def accept(self, event: Event) -> None:
        """Step onto an event that was judged ``NEXT``."""
        self.position = Position(event.epoch, event.seq, event.change)
        self.tail.append(event)

    def merge(self, reading: Reading, *, started_at: Position) -> tuple[Outcome, list[Event]]:
        """Take in a reading; return what it said and the events that it added at the end, in order.

        ``started_at`` is the position when the reading began: events may have arrived meanwhile,
        and a reading that is merely older than they are is no sign of anything.
        """
        if reading.top is None:
            return Outcome.COLD, []
        if reading.top.epoch != self.position.epoch:
            return Outcome.OTHER_EPOCH, []
        if reading.top.seq < started_at.seq:
            return Outcome.BEHIND, []
        added = self._extend(reading.events)
        # Only now: appending may cut the tail, and whoever asked for the older part is served next.
        self._extend_back(reading)
        return self._outcome(reading.top), added

    def _extend(self, events: Iterable[Event]) -> list[Event]:
        added = []
        for event in events:
            if self.judge(event) is Verdict.NEXT:
                self.accept(event)
                added.append(event)
        return added

    def _outcome(self, top: Position) -> Outcome:
        if top.seq > self.position.seq:
            return Outcome.TRIMMED
        known = self.tail.change_at(top.seq)
        return Outcome.CURRENT if known in (None, top.change) else Outcome.DIVERGED

    def _extend_back(self, reading: Reading) -> None:
        floor = self.tail.floor
        if reading.after >= floor.seq:
            return
        older = [event for event in reading.events if event.seq <= floor.seq]
        run = _run_that_ends_at(floor, older)
        self.tail.prepend(run)
        if self.tail.floor.seq > reading.after:
            # What the stream does not hold now it will never hold again: entries only leave it.
            self._oldest_kept_seq = self.tail.floor.seq


def _run_that_ends_at(end: Position, events: AbstractSequence[Event]) -> list[Event]:
    """Return the longest unbroken run of ``events`` that leads up to ``end``."""
    expected = end

    def fits(event: Event) -> bool:
        nonlocal expected
        is_fit = (event.epoch, event.seq, event.change) == (
            expected.epoch,
            expected.seq,
            expected.change,
        )
        expected = Position(event.epoch, event.seq - 1, event.prev)
        return is_fit

    run = list(takewhile(fits, reversed(events)))
    return run[::-1]
