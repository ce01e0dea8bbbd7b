"""The publishing side of the model, after ``append.lua``, ``board.publisher``, ``board.ledger``."""

from collections.abc import Iterator

from realtime.envelope import Event, Position
from realtime.log import Outcome
from tests.realtime.model.state import (
    Log,
    State,
    Step,
    Tail,
    Task,
    Violation,
    compose,
    position,
    read_tail,
    top_of,
)

# Which of the two processes looks after the channel also without a commit of its own.
RELAY = 1


class Publishing:
    """Processes that commit, hand over what they committed, and settle what differs."""

    longest: int

    # Redis

    def append(self, log: Log | None, events: tuple[Event, ...]) -> tuple[Outcome, Log | None]:
        """As the script; the events are of one chain, and at least one."""
        if log is None:
            return Outcome.COLD, log
        if log.top.epoch != events[0].epoch:
            return Outcome.DIVERGED, log
        seq, change = log.top.seq, log.top.change
        fresh = []
        for event in events:
            if event.seq - seq > 1:
                return Outcome.GAP, log
            if not self.is_linked(event, seq, change):
                return Outcome.DIVERGED, log
            if event.seq == seq + 1:
                fresh.append(event)
                seq, change = event.seq, event.change
        if not fresh:
            return Outcome.DUPLICATE, log
        return Outcome.APPENDED, Log(Position(log.top.epoch, seq, change), (*log.events, *fresh))

    def is_linked(self, event: Event, seq: int, change: str) -> bool:
        """Whether an event agrees with a log that ends with ``change`` at ``seq``."""
        if event.seq == seq + 1:
            return event.prev == change
        return event.seq != seq or event.change == change

    def may_refill(self, log: Log | None, seen: Position | None) -> bool:
        """Compare and swap: nobody has changed the log since it was looked at."""
        return top_of(log) == seen

    # Processes

    def publisher_steps(self, state: State, number: int) -> Iterator[Step]:
        task = state.publishers[number]
        if task:
            yield f"{number} dies", state.with_task(number, None)
            yield from self.next_steps(state, number, task)
            return
        if state.budget.changes and not state.is_locked:
            yield f"{number} commits", self._committed(state, number)
        for must_refill in self.relay_chances(state) if number == RELAY else ():
            looking = Task("look", must_refill=must_refill)
            yield "the relay begins", state.with_task(number, looking)

    def _committed(self, state: State, number: int) -> State:
        log = (*state.log, f"c{state.budget.changes}")
        event = compose(state.epoch, log, len(log))
        tail = Tail(state.end, (event,), position(state.epoch, log, len(log)))
        state = state._replace(log=log, budget=state.budget.less("changes"))
        return state.with_task(number, Task("hand over", tail=tail))

    def relay_chances(self, state: State) -> Iterator[bool]:
        """Whether a relay would set about the channel: it differs, or watercooler asked for it.

        Yields whether it must be refilled.
        """
        if top_of(state.redis) != state.end:
            yield False
        if state.redis is None:
            yield True

    def next_steps(self, state: State, number: int, task: Task) -> Iterator[Step]:
        """Let a process go on by one question to Redis or the database."""
        name, top = f"{number}: {task.at}", top_of(state.redis)
        match task.at:
            case "look":
                yield name, state.with_task(number, task._replace(at="judge", top=top))
            case "judge":
                yield name, state.with_task(number, self._judged(state, task))
            case "fill":
                tail = read_tail(state, since=0, limit=self.longest)
                yield name, state.with_task(number, task._replace(at="refill", tail=tail))
            case "lock" if not state.is_locked:
                raising = task._replace(at="raise", top=top)
                yield name, state._replace(is_locked=True).with_task(number, raising)
            case "raise":
                yield name, self._raised(state, number, task)
            case "hand over" | "append" | "refill":
                yield name, self._written(state, number, task)

    def _judged(self, state: State, task: Task) -> Task | None:
        """As ``publisher._advance``, up to its next question."""
        top = task.top
        tail = read_tail(state, since=top.seq if top else 0, limit=self.longest)
        if top and self.contradicts(state, top, tail):
            return task._replace(at="lock")
        if top is None or task.must_refill or tail.base != top:
            return task._replace(at="fill")
        return task._replace(at="append", tail=tail) if tail.events else None

    def contradicts(self, state: State, top: Position, tail: Tail) -> bool:
        """As ``ledger.contradicts``: Redis shows what the database does not have."""
        if top.epoch != state.epoch:
            return state.answers != top
        if top.seq == tail.base.seq:
            return top.change != tail.base.change
        return top.seq > tail.end.seq or state.log[top.seq - 1] != top.change

    def _raised(self, state: State, number: int, task: Task) -> State:
        """Begin a new epoch under the lock, unless the reason for it has gone."""
        top = task.top
        tail = read_tail(state, since=top.seq if top else 0, limit=self.longest)
        if top and self.contradicts(state, top, tail):
            epochs = state.epochs + 1
            state = state._replace(epoch=f"e{epochs}", epochs=epochs, answers=top)
        looking = Task("look", must_refill=task.must_refill)
        return state._replace(is_locked=False).with_task(number, looking)

    def _written(self, state: State, number: int, task: Task) -> State:
        """Run the script, and judge its answer as ``publisher.settle`` does."""
        assert task.tail
        if task.at == "refill":
            outcome, log = self._refilled(state.redis, task.tail, task.top)
        else:
            outcome, log = self.append(state.redis, task.tail.events)
        if outcome is Outcome.APPENDED:
            return _published(state, log, task).with_task(number, None)
        top = top_of(log)
        if task.at == "hand over":
            is_known = outcome is Outcome.DUPLICATE and top == task.tail.end
            return state.with_task(number, None if is_known else Task("judge", top=top))
        is_damaged = outcome is Outcome.DIVERGED and top == task.top
        must_refill = task.must_refill or is_damaged
        return state.with_task(number, Task("judge", top=top, must_refill=must_refill))

    def _refilled(
        self, log: Log | None, tail: Tail, seen: Position | None
    ) -> tuple[Outcome, Log | None]:
        if not self.may_refill(log, seen):
            return Outcome.DIVERGED, log
        return Outcome.APPENDED, Log(tail.end, tail.events)


def _published(state: State, log: Log | None, task: Task) -> State:
    """Put ``log`` into Redis and announce what is new in it: of a refill the newest alone."""
    assert log
    before = top_of(state.redis)
    if before and before.epoch == log.top.epoch and log.top.seq < before.seq:
        raise Violation(f"Redis goes back from {before.seq} to {log.top.seq}")
    old = state.redis.events if state.redis else ()
    fresh = log.events[-1:] if task.at == "refill" else log.events[len(old) :]
    return state._replace(redis=log, announced=state.announced | frozenset(fresh))
