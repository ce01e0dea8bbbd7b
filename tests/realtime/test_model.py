"""The promise holds in every state of the model, and would not if a rule were left out."""

from collections.abc import Iterator

import pytest

from realtime.envelope import Event, Position
from realtime.sequence import Sequence, Verdict
from tests.realtime.model import Budget, Model, State
from tests.realtime.model.exploration import explore
from tests.realtime.model.state import Client, Log, Tail, Watcher, compose

SLOW = (pytest.mark.slow, pytest.mark.timeout(600))

# Redis has the channel's log already, as yet without an event.
WARM = State(Budget(1), redis=Log(Position("e0", 0, ""), ()))
LOST = Position("e0", 1, "lost")
# The database was set back to an older copy, and has forgotten what everybody else has seen.
RESTORED = State(
    Budget(2),
    histories=(("lost",),),
    redis=Log(LOST, (compose("e0", ("lost",), 1),)),
    watcher=Watcher(LOST),
    client=Client("live", "e0", ("lost",)),
)
# The whole machine was set back to an older copy while a browser slept: nothing but the browser
# knows of the change that is lost, and the next ones take its place.
SET_BACK = State(Budget(2), histories=(("lost",),), client=Client("waiting", "e0", ("lost",)))


@pytest.mark.parametrize(
    ("start", "longest"),
    [
        pytest.param(State(Budget(2)), 1, id="short tails"),
        pytest.param(State(Budget(2, slow_readings=1)), 2, id="slow reading"),
        pytest.param(State(Budget(2, impatience=1)), 2, id="impatience"),
        pytest.param(State(Budget(2, wipes=1)), 2, id="wipe"),
        pytest.param(RESTORED, 2, id="restored database"),
        pytest.param(SET_BACK, 2, id="machine set back"),
        pytest.param(State(Budget(3)), 2, id="3 changes", marks=SLOW),
        pytest.param(State(Budget(2, restores=1)), 2, id="restored at any time", marks=SLOW),
        pytest.param(State(Budget(2, wipes=1, restarts=1)), 2, id="wipe and restart", marks=SLOW),
        pytest.param(
            State(Budget(1, wipes=1, restores=1, restarts=1)),
            2,
            id="everything",
            marks=SLOW,
        ),
    ],
)
def test_promise_holds_in_every_state(start: State, longest: int) -> None:
    finding = explore(Model(longest=longest), start)
    assert finding.reason is None, finding
    assert finding.states > 500


# Without its rules


class RefillWithoutComparing(Model):
    def may_refill(self, log: Log | None, seen: Position | None) -> bool:
        return True


class LinksIgnored(Model):
    """Nobody looks at what an event follows; either side alone would notice."""

    def is_linked(self, event: Event, seq: int, change: str) -> bool:
        return True

    def judge(self, sequence: Sequence, event: Event) -> Verdict:
        is_next = event.seq == sequence.position.seq + 1
        return Verdict.NEXT if is_next else sequence.judge(event)


class NoNewEpoch(Model):
    def contradicts(self, state: State, top: Position, tail: Tail) -> bool:
        return False


class NoRelay(Model):
    def relay_chances(self, state: State) -> Iterator[bool]:
        return iter(())


class GapsIgnored(Model):
    def judge(self, sequence: Sequence, event: Event) -> Verdict:
        verdict = sequence.judge(event)
        if verdict is Verdict.GAP:
            sequence.restart(Position(event.epoch, event.seq - 1, event.prev))
            return Verdict.NEXT
        return verdict


class DuplicatesTaken(Model):
    def judge(self, sequence: Sequence, event: Event) -> Verdict:
        verdict = sequence.judge(event)
        return Verdict.NEXT if verdict is Verdict.DUPLICATE else verdict


class PubSubTrusted(Model):
    """Nothing is ever read from the stream once a position is known."""

    def take_reading(self, state: State) -> State:
        if state.watcher.floor is None:
            return super().take_reading(state)
        return state.with_watcher(reading=None, started_at=None)


class LiveWithoutReplay(Model):
    """What happened between snapshot and subscription is left out."""

    def missed(self, sequence: Sequence, seq: int) -> list[Event]:
        return []


class ResumeBySeqAlone(Model):
    def is_known(self, client: Client, change: str | None) -> bool:
        return True


@pytest.mark.parametrize(
    ("mutant", "start", "reason"),
    [
        (RefillWithoutComparing, State(Budget(2)), "Redis goes back"),
        (LinksIgnored, RESTORED, "never the beginning"),
        (NoNewEpoch, RESTORED, "Redis goes back"),
        (NoRelay, WARM, "left alone"),
        (GapsIgnored, State(Budget(2)), "comes after"),
        (DuplicatesTaken, State(Budget(1)), "comes after"),
        (PubSubTrusted, State(Budget(1)), "left alone"),
        (LiveWithoutReplay, State(Budget(1)), "left alone"),
        (ResumeBySeqAlone, SET_BACK, "left alone"),
    ],
)
def test_model_notices_a_rule_that_is_left_out(
    mutant: type[Model], start: State, reason: str
) -> None:
    finding = explore(mutant(), start)
    assert finding.reason is not None
    assert reason in finding.reason, finding
