"""Everything that a state of the model consists of; all of it can be compared and hashed."""

from functools import cache
from typing import Any, NamedTuple

from realtime.envelope import Event, Position
from realtime.sequence import Reading

FIRST_EPOCH = "e0"


class Violation(Exception):
    """The promise is broken; the text says how."""


class Tail(NamedTuple):
    """As ``board.ledger.Tail``: events from ``base`` (excluded) to ``end``."""

    base: Position
    events: tuple[Event, ...]
    end: Position


class Log(NamedTuple):
    """What Redis holds: ``top``, and the events of the stream."""

    top: Position
    events: tuple[Event, ...]


class Task(NamedTuple):
    """Where a publishing process is; ``top`` is what it has seen of Redis (None: no log)."""

    at: str
    top: Position | None = None
    tail: Tail | None = None
    must_refill: bool = False


class Watcher(NamedTuple):
    """A watercooler process: its sequence (``floor`` None: none yet) and a reading under way."""

    floor: Position | None = None
    events: tuple[Event, ...] = ()
    held: tuple[Event, ...] = ()
    reading: Reading | None = None
    started_at: Position | None = None


class Client(NamedTuple):
    """``at``: loading (told to resync), waiting (it has sent a resume), or live."""

    at: str = "loading"
    epoch: str = ""
    changes: tuple[str, ...] = ()


class Budget(NamedTuple):
    """What may still happen.

    A slow reading is one during which other things happen. Watercooler is impatient when it gives
    up waiting for Redis although there was still something to come.
    """

    changes: int
    slow_readings: int = 0
    impatience: int = 0
    wipes: int = 0
    restores: int = 0
    restarts: int = 0

    def less(self, name: str) -> "Budget":
        return self._replace(**{name: getattr(self, name) - 1})


class State(NamedTuple):
    """``histories``: the logs that the database had before it was restored.

    ``answers`` is the top of Redis that the current epoch was begun to replace.
    """

    budget: Budget
    epoch: str = FIRST_EPOCH
    answers: Position | None = None
    log: tuple[str, ...] = ()
    histories: tuple[tuple[str, ...], ...] = ()
    epochs: int = 0
    is_locked: bool = False
    redis: Log | None = None
    announced: frozenset[Event] = frozenset()
    publishers: tuple[Task | None, ...] = (None, None)
    watcher: Watcher = Watcher()
    client: Client = Client()

    @property
    def end(self) -> Position:
        """Where the log of the database ends."""
        return position(self.epoch, self.log, len(self.log))

    @property
    def is_settled(self) -> bool:
        """Everything committed has reached Redis and the client."""
        has_all = (self.client.epoch, self.client.changes) == (self.epoch, self.log)
        return top_of(self.redis) == self.end and self.client.at == "live" and has_all

    def with_task(self, number: int, task: Task | None) -> "State":
        """Let a publishing process go on to ``task``; without one it holds no lock any more."""
        old = self.publishers[number]
        gives_lock_up = task is None and old is not None and old.at == "raise"
        tasks = tuple(task if n == number else one for n, one in enumerate(self.publishers))
        is_locked = self.is_locked and not gives_lock_up
        return self._replace(publishers=tasks, is_locked=is_locked)

    def with_watcher(self, **given: Any) -> "State":
        return self._replace(watcher=self.watcher._replace(**given))


Step = tuple[str, State]


def top_of(log: Log | None) -> Position | None:
    return log.top if log else None


def position(epoch: str, log: tuple[str, ...], seq: int) -> Position:
    return Position(epoch, seq, log[seq - 1] if seq else "")


@cache
def compose(epoch: str, log: tuple[str, ...], seq: int) -> Event:
    """The event at ``seq`` of a log, addressed for ``epoch``."""
    prev = log[seq - 2] if seq > 1 else ""
    return Event("sprint.7", epoch, seq, prev, log[seq - 1], b"")


def read_tail(state: State, *, since: int, limit: int) -> Tail:
    """As ``board.ledger.read_tail``."""
    last = len(state.log)
    first = min(max(since, last - limit), last)
    base = position(state.epoch, state.log, first)
    events = tuple(compose(state.epoch, state.log, seq) for seq in range(first + 1, last + 1))
    return Tail(base, events, state.end)
