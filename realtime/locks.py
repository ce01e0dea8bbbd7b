"""Soft locks: whose hand is on which task. Shown to people, enforced by nobody; versions decide.

Pure: the clock is injected. One task has one holder (a connection); the holder may drag it, edit
it, or both, and each of these ends by itself when it is not renewed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum


class Grip(Enum):
    """What somebody does with a task; the value is the beginning of the wire's action names."""

    DRAG = "drag"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Holder:
    """A connection, on whatever process, and the person behind it."""

    conn: str
    actor: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A task in somebody's hand."""

    task_id: int
    holder: Holder
    grip: Grip


@dataclass(slots=True)
class _Held:
    holder: Holder
    expires_at: dict[Grip, float] = field(default_factory=dict)


class Locks:
    """The locks of one channel; ``clock`` gives monotonic seconds."""

    def __init__(self, *, lifetime_seconds: float, clock: Callable[[], float]) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._clock = clock
        self._held: dict[int, _Held] = {}

    def take(self, task_id: int, holder: Holder, grip: Grip) -> Holder | None:
        """Take or renew a lock; return who has it instead, or None when it was granted."""
        held = self._held.get(task_id)
        if held is not None and held.holder != holder and self._is_alive(held):
            return held.holder
        self._grant(task_id, holder, grip)
        return None

    def concede(self, task_id: int, holder: Holder, grip: Grip) -> bool:
        """Enter a lock that another process granted; return False when ours stands.

        Two processes may grant the same lock at the same moment; both keep the lower ``conn``.
        """
        held = self._held.get(task_id)
        if held is not None and self._is_alive(held) and held.holder.conn < holder.conn:
            return False
        self._grant(task_id, holder, grip)
        return True

    def release(self, task_id: int, holder: Holder, grip: Grip) -> bool:
        """End a lock; return False when somebody else holds the task (nothing was ended)."""
        held = self._held.get(task_id)
        if held is None:
            return True
        if held.holder != holder:
            return not self._is_alive(held)
        held.expires_at.pop(grip, None)
        if not held.expires_at:
            del self._held[task_id]
        return True

    def release_all(self, conn: str) -> list[Lock]:
        """End and return all locks of a connection that went."""
        gone = [lock for lock in self._all() if lock.holder.conn == conn]
        for lock in gone:
            self.release(lock.task_id, lock.holder, lock.grip)
        return gone

    def expire(self) -> list[Lock]:
        """End and return the locks that nobody renewed in time."""
        now = self._clock()
        late = [
            lock for lock in self._all() if self._held[lock.task_id].expires_at[lock.grip] <= now
        ]
        for lock in late:
            self.release(lock.task_id, lock.holder, lock.grip)
        return late

    def standing(self) -> list[Lock]:
        """Return the locks that hold now."""
        now = self._clock()
        return [
            lock for lock in self._all() if self._held[lock.task_id].expires_at[lock.grip] > now
        ]

    def _grant(self, task_id: int, holder: Holder, grip: Grip) -> None:
        held = self._held.get(task_id)
        if held is None or held.holder != holder:
            held = self._held[task_id] = _Held(holder)
        held.expires_at[grip] = self._clock() + self._lifetime_seconds

    def _is_alive(self, held: _Held) -> bool:
        now = self._clock()
        return any(expires_at > now for expires_at in held.expires_at.values())

    def _all(self) -> Iterator[Lock]:
        for task_id, held in list(self._held.items()):
            for grip in list(held.expires_at):
                yield Lock(task_id, held.holder, grip)
