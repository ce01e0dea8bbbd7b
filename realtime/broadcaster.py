"""One channel in this process: takes its events in order and hands them to everybody who listens.

No I/O of its own: it is told what arrived and what a reading of the stream gave, and asks for
readings through ``Surroundings``. The rule that closes every window: a connection becomes live
only in a loop step in which it has been written everything that was handed out so far.
"""

from dataclasses import dataclass
from enum import Enum, auto

from realtime.audience import Audience
from realtime.connection import Connection
from realtime.envelope import Event, Position
from realtime.follower import Surroundings
from realtime.outbox import Outbox, chunks
from realtime.protocol import Since
from realtime.sequence import Outcome, Reading, Sequence, Verdict


class _Plan(Enum):
    """What can be done now for a connection that wants to go on from some position."""

    CATCH_UP = auto()
    WAIT = auto()
    READ = auto()
    TOO_FAR = auto()
    OTHER_EPOCH = auto()
    DIVERGED = auto()
    TRIMMED = auto()


_REASONS = {
    _Plan.TOO_FAR: "too far behind",
    _Plan.OTHER_EPOCH: "another epoch",
    _Plan.DIVERGED: "diverged",
    _Plan.TRIMMED: "no longer kept",
}

# Held events beyond this are left to the stream, which has them too.
_MOST_HELD = 1000


@dataclass(slots=True)
class _Waiter:
    """A connection that is not live yet; ``since`` None means from now on."""

    since: Since | None
    started_at: float


class Broadcaster:
    """Sequence check, repair, replay and fan-out of one channel."""

    def __init__(self, channel: str, surroundings: Surroundings) -> None:
        self.channel = channel
        self._around = surroundings
        self._sequence: Sequence | None = None
        self._held: dict[int, Event] = {}
        self._reading_from: Position | None = None
        self._trouble_since: float | None = None
        self._waiting: dict[Connection, _Waiter] = {}
        self.audience = Audience(surroundings.limits, surroundings.metrics)
        self._outbox = Outbox(
            self.audience,
            most_bytes=surroundings.limits.replay_chunk_bytes,
            coalesce_seconds=surroundings.timing.coalesce_seconds,
            on_pass=self._serve_waiting,
        )

    @property
    def position(self) -> Position | None:
        """Where the channel stands in this process, None as long as that is unknown."""
        return self._sequence.position if self._sequence else None

    @property
    def is_troubled(self) -> bool:
        """Whether the channel needs readings until something changes."""
        return (
            self._sequence is None
            or self._trouble_since is not None
            or bool(self._held)
            or bool(self._waiting)
        )

    # What arrives

    def subscribed(self) -> None:
        """Redis has confirmed a subscription: whatever was said before that must be read."""
        self._around.request_reading(self.channel)

    def offer(self, event: Event) -> None:
        """Take in an event that was announced; duplicates and strays end here."""
        self._around.metrics.events_in.inc()
        if self._sequence is None:
            self._hold(event)
            return
        match self._sequence.judge(event):
            case Verdict.NEXT:
                self._sequence.accept(event)
                self._outbox.send([event])
                self._offer_held()
            case Verdict.GAP:
                self._hold(event)
                self._around.request_reading(self.channel)
            case Verdict.DIVERGED:
                self._lose("diverged")
                self._around.request_reading(self.channel)
            case Verdict.OTHER_EPOCH:
                self._around.request_reading(self.channel)

    def reading_starts(self) -> int | None:
        """Return after which seq to read, None for the top alone; called right before reading."""
        self._reading_from = self.position
        if self._reading_from is None:
            return None
        wanted = [
            waiter.since.seq
            for waiter in self._waiting.values()
            if waiter.since is not None and self._plan(waiter.since) is _Plan.READ
        ]
        return min([*wanted, self._reading_from.seq])

    def take_reading(self, reading: Reading) -> None:
        """Take in what Redis holds, and go on with everybody who waited for it."""
        if self._sequence is None:
            self._begin(reading)
        else:
            self._repair(self._sequence, reading)
        self._offer_held()
        if self._held:
            # Redis announced an event that it does not hold any more: it has lost the newest ones.
            self._be_troubled(cold=False)
        self._serve_waiting()

    def tick(self) -> None:
        """Go on where something is stuck; called a few times a second while ``is_troubled``."""
        if self._trouble_since is not None and self._has_waited(self._trouble_since):
            self._lose("not available")
        self._serve_waiting()
        self._give_up_waiting()
        if self._needs_reading():
            self._around.request_reading(self.channel)

    # Connections

    def listen(self, connection: Connection, since: Since | None) -> None:
        """Send everything after ``since`` (None: after now), then live; or resync."""
        self.audience.remove_live(connection)
        self._waiting[connection] = _Waiter(since, self._around.clock())
        self._serve(connection)

    def leave(self, connection: Connection) -> None:
        self._waiting.pop(connection, None)
        self.audience.leave(connection)

    def written_position(self, connection: Connection) -> Since | None:
        """The last seq surely written to a live connection; None while it is not live."""
        if self._sequence is None or not self.audience.is_live(connection):
            return None
        return Since(self._sequence.position.epoch, self._outbox.completed_seq)

    def top(self) -> Since | None:
        """Where the channel stands, as told in a welcome."""
        here = self.position
        return Since(here.epoch, here.seq) if here else None

    # Repair

    def _begin(self, reading: Reading) -> None:
        if reading.top is None:
            self._be_troubled(cold=True)
            return
        limits = self._around.limits
        self._sequence = Sequence(
            reading.top, max_events=limits.replay_events, max_bytes=limits.tail_bytes
        )
        self._outbox.restart(reading.top.seq)
        self._trouble_since = None

    def _repair(self, sequence: Sequence, reading: Reading) -> None:
        started_at = self._reading_from or sequence.position
        outcome, added = sequence.merge(reading, started_at=started_at)
        if added:
            self._around.metrics.gaps.labels(outcome="healed").inc()
            self._outbox.send(added)
        if outcome is Outcome.CURRENT:
            self._trouble_since = self._trouble_since if self._held else None
        elif outcome in (Outcome.COLD, Outcome.BEHIND):
            self._be_troubled(cold=outcome is Outcome.COLD)
        else:
            self._lose(_REASON_OF_OUTCOME[outcome])
            self._begin(reading)

    def _be_troubled(self, *, cold: bool) -> None:
        if self._trouble_since is None:
            self._trouble_since = self._around.clock()
        if cold:
            self._around.request_warming(self.channel)

    def _lose(self, reason: str) -> None:
        """Give the position up: everybody who stands on it must begin again."""
        if self._sequence is not None:
            self._around.metrics.gaps.labels(outcome="resynced").inc()
        self._sequence = None
        self._trouble_since = None
        self._held.clear()
        self._outbox.restart(0)
        for connection in self.audience.take_live():
            connection.must_resync(self.channel, reason)

    def _has_waited(self, since: float) -> bool:
        return self._around.fresh_seconds(since) >= self._around.timing.cold_wait_seconds

    def _needs_reading(self) -> bool:
        return (
            self._sequence is None
            or self._trouble_since is not None
            or bool(self._held)
            or any(self._is_ahead(waiter) for waiter in self._waiting.values())
        )

    def _hold(self, event: Event) -> None:
        if len(self._held) < _MOST_HELD:
            self._held[event.seq] = event

    def _offer_held(self) -> None:
        if self._sequence is None or not self._held:
            return
        events = [self._held[seq] for seq in sorted(self._held)]
        accepted = []
        for event in events:
            verdict = self._sequence.judge(event)
            if verdict is Verdict.NEXT:
                self._sequence.accept(event)
                accepted.append(event)
            if verdict is not Verdict.GAP:
                del self._held[event.seq]
        if accepted:
            self._outbox.send(accepted)

    # Replay

    def _serve_waiting(self) -> None:
        for connection in list(self._waiting):
            self._serve(connection)

    def _serve(self, connection: Connection) -> None:
        waiter = self._waiting[connection]
        plan = self._plan(waiter.since)
        if plan is _Plan.CATCH_UP:
            self._catch_up(connection, waiter)
        elif plan is _Plan.READ or self._is_ahead(waiter):
            self._around.request_reading(self.channel)
        elif plan is not _Plan.WAIT:
            self._refuse(connection, _REASONS[plan])

    def _plan(self, since: Since | None) -> _Plan:
        if self._sequence is None:
            return _Plan.WAIT
        if since is None:
            return _Plan.CATCH_UP
        here = self._sequence.position
        if since.epoch != here.epoch:
            return _Plan.OTHER_EPOCH
        if since.seq > self._outbox.sent_seq:
            return _Plan.WAIT
        if here.seq - since.seq > self._around.limits.replay_events:
            return _Plan.TOO_FAR
        if self._sequence.tail.covers(since.seq):
            # The database may have been restored while nobody knew of what it lost but this client.
            known = self._sequence.tail.change_at(since.seq)
            return _Plan.CATCH_UP if since.change in (None, known) else _Plan.DIVERGED
        return _Plan.TRIMMED if self._sequence.is_tail_complete else _Plan.READ

    def _catch_up(self, connection: Connection, waiter: _Waiter) -> None:
        """Write what is missing, as far as the connection takes it, and make it live at the end."""
        assert self._sequence is not None  # noqa: S101 - _plan answers CATCH_UP only with one
        seq = self._outbox.sent_seq if waiter.since is None else waiter.since.seq
        missing = (
            self._sequence.tail.between(seq, self._outbox.sent_seq)
            if seq < self._outbox.sent_seq
            else []
        )
        for events in chunks(missing, self._around.limits.replay_chunk_bytes):
            if connection.backlog() > self._around.limits.ephemeral_backlog_bytes:
                break
            self.audience.write(connection, events)
            seq = events[-1].seq
        waiter.since = Since(self._sequence.position.epoch, seq)
        if seq == self._outbox.sent_seq:
            del self._waiting[connection]
            self._around.metrics.resumes.labels(outcome="replayed" if missing else "live").inc()
            self.audience.add_live(connection)

    def _is_ahead(self, waiter: _Waiter) -> bool:
        if waiter.since is None:
            return False
        return self._sequence is None or waiter.since.seq > self._sequence.position.seq

    def _give_up_waiting(self) -> None:
        for connection, waiter in list(self._waiting.items()):
            is_stuck = self._sequence is None or self._is_ahead(waiter)
            if waiter.since and is_stuck and self._has_waited(waiter.started_at):
                self._refuse(connection, "not available")

    def _refuse(self, connection: Connection, reason: str) -> None:
        del self._waiting[connection]
        self._around.metrics.resumes.labels(outcome=reason).inc()
        connection.must_resync(self.channel, reason)


_REASON_OF_OUTCOME = {
    Outcome.OTHER_EPOCH: _REASONS[_Plan.OTHER_EPOCH],
    Outcome.DIVERGED: _REASONS[_Plan.DIVERGED],
    Outcome.TRIMMED: _REASONS[_Plan.TRIMMED],
}
