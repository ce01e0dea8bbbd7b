"""Position, tail and repair of a channel, without a network."""

from hypothesis import given
from hypothesis import strategies as st

from realtime.envelope import Event, Position
from realtime.sequence import Outcome, Reading, Sequence, Verdict

START = Position("e1", 0, "")


def event(seq: int, *, epoch: str = "e1", history: str = "c", line: bytes = b"{}") -> Event:
    prev = f"{history}{seq - 1}" if seq > 1 else ""
    return Event("sprint.7", epoch, seq, prev, f"{history}{seq}", line)


def events(first: int, last: int) -> list[Event]:
    return [event(seq) for seq in range(first, last + 1)]


def position(seq: int, *, epoch: str = "e1") -> Position:
    return Position(epoch, seq, f"c{seq}" if seq else "")


def sequence(seq: int = 0, *, max_events: int = 500, max_bytes: int = 10_000) -> Sequence:
    """A sequence that was at 0 and took everything up to ``seq``."""
    made = Sequence(START, max_events=max_events, max_bytes=max_bytes)
    for one in events(1, seq):
        made.accept(one)
    return made


def test_the_following_event_is_next() -> None:
    assert sequence(3).judge(event(4)) is Verdict.NEXT


def test_a_known_event_is_a_duplicate() -> None:
    assert sequence(3).judge(event(2)) is Verdict.DUPLICATE


def test_an_event_older_than_the_tail_is_a_duplicate() -> None:
    assert sequence(5, max_events=2).judge(event(1, history="other")) is Verdict.DUPLICATE


def test_a_later_event_shows_a_gap() -> None:
    assert sequence(3).judge(event(5)) is Verdict.GAP


def test_another_epoch_is_seen_first() -> None:
    assert sequence(3).judge(event(4, epoch="e2")) is Verdict.OTHER_EPOCH


def test_an_event_that_follows_another_history_diverges() -> None:
    assert sequence(3).judge(event(4, history="other")) is Verdict.DIVERGED


def test_another_event_at_a_known_seq_diverges() -> None:
    assert sequence(3).judge(event(2, history="other")) is Verdict.DIVERGED


def test_tail_forgets_the_oldest_by_count_and_by_size() -> None:
    by_count = sequence(5, max_events=2)
    assert (by_count.tail.covers(3), by_count.tail.covers(2)) == (True, False)
    by_size = sequence(5, max_bytes=6)
    assert (by_size.tail.covers(2), by_size.tail.covers(1)) == (True, False)


def test_reading_heals_a_gap() -> None:
    made = sequence(3)
    reading = Reading(position(6), events(4, 6), after=3)
    assert made.merge(reading, started_at=made.position) == (Outcome.CURRENT, events(4, 6))
    assert made.position == position(6)


def test_reading_without_a_top_is_cold() -> None:
    made = sequence(3)
    assert made.merge(Reading(None), started_at=made.position) == (Outcome.COLD, [])


def test_reading_of_another_epoch_is_told() -> None:
    made = sequence(3)
    reading = Reading(position(4, epoch="e2"), [event(4, epoch="e2")], after=3)
    assert made.merge(reading, started_at=made.position) == (Outcome.OTHER_EPOCH, [])


def test_reading_that_misses_events_is_trimmed() -> None:
    made = sequence(3)
    reading = Reading(position(6), events(5, 6), after=3)
    assert made.merge(reading, started_at=made.position)[0] is Outcome.TRIMMED


def test_redis_that_lost_events_is_behind() -> None:
    made = sequence(3)
    assert made.merge(Reading(position(2)), started_at=position(3))[0] is Outcome.BEHIND


def test_reading_that_is_older_than_what_arrived_meanwhile_is_no_trouble() -> None:
    made = sequence(5)
    reading = Reading(position(4), events(4, 4), after=3)
    assert made.merge(reading, started_at=position(3)) == (Outcome.CURRENT, [])


def test_top_with_another_history_diverges() -> None:
    made = sequence(3)
    reading = Reading(Position("e1", 3, "other3"), after=3)
    assert made.merge(reading, started_at=position(3))[0] is Outcome.DIVERGED


def test_reading_extends_the_tail_back() -> None:
    made = Sequence(position(5), max_events=500, max_bytes=10_000)
    made.merge(Reading(position(5), events(3, 5), after=2), started_at=position(5))
    assert made.tail.between(2, 5) == events(3, 5)
    assert not made.is_tail_complete


def test_stream_that_was_trimmed_completes_the_tail() -> None:
    made = Sequence(position(5), max_events=500, max_bytes=10_000)
    made.merge(Reading(position(5), events(4, 5), after=2), started_at=position(5))
    assert made.tail.covers(3)
    assert not made.tail.covers(2)
    assert made.is_tail_complete


def test_hole_in_the_stream_ends_the_tail_there() -> None:
    made = Sequence(position(5), max_events=500, max_bytes=10_000)
    broken = [event(2), event(3, history="other"), event(4), event(5)]
    made.merge(Reading(position(5), broken, after=1), started_at=position(5))
    assert made.tail.covers(3)
    assert not made.tail.covers(2)


@given(
    st.lists(st.integers(1, 12), max_size=60),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6),
)
def test_whatever_arrives_in_whatever_order_is_taken_once_and_in_order(
    announced: list[int], readings: list[tuple[int, int]]
) -> None:
    """Announcements may be lost, doubled and mixed; readings may come at any time."""
    made = sequence()
    taken: list[Event] = []
    for seq in announced:
        if made.judge(event(seq)) is Verdict.NEXT:
            made.accept(event(seq))
            taken.append(event(seq))
    for after, top in readings:
        reading = Reading(position(top), events(after + 1, top), after=after)
        outcome, added = made.merge(reading, started_at=made.position)
        taken += added
        if outcome is Outcome.CURRENT:
            assert made.position.seq >= top
    assert taken == events(1, made.position.seq)
    assert made.tail.between(0, made.position.seq) == taken
