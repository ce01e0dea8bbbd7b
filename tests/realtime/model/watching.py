"""The watching side of the model: the real ``Sequence``, after ``realtime.broadcaster``."""

from collections.abc import Iterable, Iterator

from realtime.envelope import Event
from realtime.sequence import Outcome, Reading, Sequence, Verdict
from tests.realtime.model.state import Client, State, Step, Violation, Watcher, top_of

MOST_BYTES = 1_000_000


class Watching:
    """One watercooler process with one client."""

    longest: int

    def watcher_steps(self, state: State) -> Iterator[Step]:
        for event in sorted(state.announced, key=lambda one: (one.epoch, one.seq, one.change)):
            heard = self.hear(state, event)
            if heard != state:
                yield f"{event.change} is heard as {event.epoch} {event.seq}", heard
        if state.watcher.reading:
            yield "the reading is taken", self.take_reading(state)
        elif self._has_to_learn(state):
            started = self.start_reading(state)
            yield "watercooler reads", self.take_reading(started)
            if state.budget.slow_readings:
                budget = state.budget.less("slow_readings")
                yield "watercooler begins to read", started._replace(budget=budget)
        if state.budget.impatience:
            yield from self._impatient_steps(state)

    def quiet_watching(self, state: State) -> State | None:
        """What happens next when nothing is published any more; None: nothing."""
        if state.watcher.reading:
            return self.take_reading(state)
        informed = self.take_reading(self.start_reading(state))
        if informed != state:
            return informed
        # A client loads again every few seconds until this has happened.
        if self._is_troubled(state):
            return self._lose(state)
        if state.client.at == "loading":
            return self.load(state)
        return _resynced(state) if self._is_stuck(state) else None

    def _impatient_steps(self, state: State) -> Iterator[Step]:
        impatient = state._replace(budget=state.budget.less("impatience"))
        if self._is_troubled(state):
            yield "watercooler gives its position up", self._lose(impatient)
        if self._is_stuck(state):
            yield "watercooler gives its client up", _resynced(impatient)

    # What arrives

    def hear(self, state: State, event: Event) -> State:
        """As ``Broadcaster.offer``."""
        sequence = self._sequence(state.watcher)
        if sequence is None:
            return _held(state, event)
        match self.judge(sequence, event):
            case Verdict.NEXT:
                sequence.accept(event)
                state = self._sent(_with_sequence(state, sequence), [event])
                return self._serve(self._offer_held(state, sequence), sequence)
            case Verdict.GAP:
                return _held(state, event)
            case Verdict.DIVERGED:
                return self._lose(state)
        return state

    def judge(self, sequence: Sequence, event: Event) -> Verdict:
        return sequence.judge(event)

    def start_reading(self, state: State) -> State:
        """As ``Broadcaster.reading_starts``, and the question to Redis."""
        log = state.redis
        sequence = self._sequence(state.watcher)
        here = sequence.position if sequence else None
        after = here.seq if here else (log.top.seq if log else 0)
        if sequence and state.client.at == "waiting" and self.plan(state, sequence) == "read":
            after = min(after, len(state.client.changes))
        events = tuple(event for event in log.events if event.seq > after) if log else ()
        return state.with_watcher(reading=Reading(top_of(log), events, after), started_at=here)

    def take_reading(self, state: State) -> State:
        """As ``Broadcaster.take_reading``."""
        reading, started_at = state.watcher.reading, state.watcher.started_at
        assert reading
        state = state.with_watcher(reading=None, started_at=None)
        sequence = self._sequence(state.watcher)
        if sequence is None:
            sequence = self._begun(reading)
        else:
            outcome, added = sequence.merge(reading, started_at=started_at or sequence.position)
            state = self._sent(state, added)
            if outcome in (Outcome.OTHER_EPOCH, Outcome.DIVERGED, Outcome.TRIMMED):
                state = self._lose(state)
                sequence = self._begun(reading)
        if sequence is None:
            return state
        state = self._offer_held(_with_sequence(state, sequence), sequence)
        return self._serve(state, sequence)

    def _has_to_learn(self, state: State) -> bool:
        """Whether a reading could change anything; the product reads more often than that."""
        sequence = self._sequence(state.watcher)
        is_waiting = state.client.at == "waiting"
        return sequence is None or is_waiting or sequence.position != top_of(state.redis)

    def _sequence(self, watcher: Watcher) -> Sequence | None:
        """What the process holds, as the product's own object."""
        if watcher.floor is None:
            return None
        sequence = Sequence(watcher.floor, max_events=self.longest, max_bytes=MOST_BYTES)
        for event in watcher.events:
            sequence.accept(event)
        return sequence

    def _begun(self, reading: Reading) -> Sequence | None:
        if reading.top is None:
            return None
        return Sequence(reading.top, max_events=self.longest, max_bytes=MOST_BYTES)

    def _offer_held(self, state: State, sequence: Sequence) -> State:
        held, accepted = [], []
        for event in state.watcher.held:
            verdict = sequence.judge(event)
            if verdict is Verdict.NEXT:
                sequence.accept(event)
                accepted.append(event)
            elif verdict is Verdict.GAP:
                held.append(event)
        state = _with_sequence(state, sequence).with_watcher(held=tuple(held))
        return self._sent(state, accepted)

    # Patience: what Broadcaster.tick does when enough time has passed

    def _is_troubled(self, state: State) -> bool:
        """Whether the position would be given up."""
        sequence = self._sequence(state.watcher)
        if sequence is None:
            return False
        top = top_of(state.redis)
        return top is None or top.seq < sequence.position.seq or bool(state.watcher.held)

    def _is_stuck(self, state: State) -> bool:
        """Whether a client that waits would be given up."""
        if state.client.at != "waiting":
            return False
        sequence = self._sequence(state.watcher)
        return sequence is None or self.plan(state, sequence) == "wait"

    def _lose(self, state: State) -> State:
        state = state.with_watcher(floor=None, events=(), held=())
        return _resynced(state) if state.client.at == "live" else state

    # The client

    def load(self, state: State) -> State:
        """Load the snapshot, then resume from its position."""
        state = state._replace(client=Client("waiting", state.epoch, state.log))
        sequence = self._sequence(state.watcher)
        return self._serve(state, sequence) if sequence else state

    def _serve(self, state: State, sequence: Sequence) -> State:
        """As ``Broadcaster._serve``."""
        if state.client.at != "waiting":
            return state
        plan = self.plan(state, sequence)
        if plan == "refuse":
            return _resynced(state)
        if plan == "catch up":
            missed = self.missed(sequence, len(state.client.changes))
            return self._sent(state._replace(client=state.client._replace(at="live")), missed)
        return state

    def plan(self, state: State, sequence: Sequence) -> str:
        """As ``Broadcaster._plan``: ``catch up``, ``wait``, ``read``, or ``refuse``."""
        here, client = sequence.position, state.client
        seq = len(client.changes)
        if client.epoch != here.epoch:
            return "refuse"
        if seq > here.seq:
            return "wait"
        if here.seq - seq > self.longest:
            return "refuse"
        if sequence.tail.covers(seq):
            is_ours = self.is_known(client, sequence.tail.change_at(seq))
            return "catch up" if is_ours else "refuse"
        return "refuse" if sequence.is_tail_complete else "read"

    def is_known(self, client: Client, change: str | None) -> bool:
        """Whether the client stands on the change that is known at its seq."""
        return change == (client.changes[-1] if client.changes else "")

    def missed(self, sequence: Sequence, seq: int) -> list[Event]:
        """What a client that stands at ``seq`` is sent before it is live."""
        return sequence.tail.between(seq, sequence.position.seq)

    def _sent(self, state: State, events: Iterable[Event]) -> State:
        """Write events to the client, if it is live."""
        for event in events if state.client.at == "live" else ():
            state = _received(state, event)
        return state


def _received(state: State, event: Event) -> State:
    """The promise: every change, once, and in the order of the commits."""
    client = state.client
    if (event.epoch, event.seq) != (client.epoch, len(client.changes) + 1):
        raise Violation(f"{event.change} as {event.epoch} {event.seq} comes after {client}")
    changes = (*client.changes, event.change)
    if not any(log[: len(changes)] == changes for log in (state.log, *state.histories)):
        raise Violation(f"{changes} was never the beginning of the log")
    return state._replace(client=client._replace(changes=changes))


def _resynced(state: State) -> State:
    return state._replace(client=Client())


def _held(state: State, event: Event) -> State:
    held = {one.seq: one for one in state.watcher.held} | {event.seq: event}
    return state.with_watcher(held=tuple(held[seq] for seq in sorted(held)))


def _with_sequence(state: State, sequence: Sequence) -> State:
    floor = sequence.tail.floor
    events = tuple(sequence.tail.between(floor.seq, sequence.position.seq))
    return state.with_watcher(floor=floor, events=events)
