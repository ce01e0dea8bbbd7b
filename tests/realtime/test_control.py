"""Following ``control``: every revocation counts, whatever became of its announcement."""

from typing import Any

import orjson
import pytest

from realtime.control import Control
from realtime.envelope import Event, Position
from realtime.follower import Surroundings
from realtime.metrics import Metrics
from realtime.revocations import Revocation, Revocations
from realtime.sequence import Reading
from realtime.tickets import Ticket, now_ms
from realtime.timing import CONTROL_HISTORY_MS, Limits, Timing


class Around:
    """A control channel and what it asked for."""

    def __init__(self) -> None:
        self.readings = 0
        self.warmed: list[str] = []
        self.revoked: list[str] = []
        self.epochs: list[str] = []
        self.metrics = Metrics()
        self.control = Control(
            Surroundings(
                request_reading=self._read,
                request_warming=self.warmed.append,
                fresh_seconds=lambda since: 0.0,
                clock=lambda: 0.0,
                timing=Timing(),
                limits=Limits(),
                metrics=self.metrics,
            ),
            on_revocation=lambda revocation: self.revoked.append(revocation.username),
            on_epoch=self.epochs.append,
        )

    def _read(self, channel: str) -> None:
        self.readings += 1


@pytest.fixture
def around() -> Around:
    return Around()


def revocation(seq: int, *, epoch: str = "e1", age_ms: int = 0, body: Any = ...) -> Event:
    """Event ``seq`` takes the rights of ``user<seq>``."""
    if body is ...:
        body = {"username": f"user{seq}", "channels": None, "before_ms": 1, "code": 4401}
    line = orjson.dumps({"model": "access", "action": "revoke", "id": None, "body": body})
    prev = f"c{seq - 1}" if seq > 1 else ""
    return Event("control", epoch, seq, prev, f"c{seq}", line, now_ms() - age_ms)


def top(seq: int, epoch: str = "e1") -> Position:
    return Position(epoch, seq, f"c{seq}" if seq else "")


def test_starting_process_applies_what_it_finds(around: Around) -> None:
    assert around.control.reading_starts() == 0
    old = revocation(1, age_ms=CONTROL_HISTORY_MS + 1)
    around.control.take_reading(Reading(top(3), [old, revocation(2), revocation(3)]))
    assert around.revoked == ["user2", "user3"]
    assert not around.control.is_troubled
    assert around.control.reading_starts() == 3


def test_announced_event_counts_at_once(around: Around) -> None:
    around.control.take_reading(Reading(top(1), [revocation(1)]))
    around.control.offer(revocation(2))
    assert around.revoked == ["user1", "user2"]
    assert not around.control.is_troubled


def test_gap_counts_at_once_and_is_read(around: Around) -> None:
    around.control.take_reading(Reading(top(1), [revocation(1)]))
    around.control.offer(revocation(3))
    assert around.revoked == ["user1", "user3"]
    assert around.control.is_troubled
    assert around.readings == 1
    around.control.take_reading(Reading(top(3), [revocation(2), revocation(3)], after=1))
    assert "user2" in around.revoked
    assert not around.control.is_troubled


def test_reading_that_is_not_all_goes_on_where_it_ended(around: Around) -> None:
    around.control.take_reading(Reading(top(3), [revocation(1), revocation(2)]))
    assert around.control.reading_starts() == 2
    assert around.readings == 1
    around.control.take_reading(Reading(top(3), [revocation(3)], after=2))
    assert around.revoked == ["user1", "user2", "user3"]


def test_new_epoch_is_read_from_the_beginning(around: Around) -> None:
    around.control.take_reading(Reading(top(5), [revocation(5)]))
    around.control.take_reading(Reading(top(2, "e2"), [], after=5))
    assert around.control.is_troubled
    assert around.control.reading_starts() == 0
    around.control.take_reading(Reading(top(2, "e2"), [revocation(2, epoch="e2")]))
    assert around.revoked == ["user5", "user2"]


def test_cold_control_is_warmed(around: Around) -> None:
    around.control.take_reading(Reading(None))
    assert around.warmed == ["control"]
    assert around.control.is_troubled


def test_epoch_event_names_its_channel(around: Around) -> None:
    line = orjson.dumps({"model": "channel", "action": "epoch", "id": "sprint.7", "body": {}})
    around.control.offer(Event("control", "e1", 1, "", "c1", line, now_ms()))
    assert around.epochs == ["sprint.7"]


@pytest.mark.parametrize("body", [None, [], {"username": "x"}, {"code": 4401}])
def test_event_without_sense_is_counted(around: Around, body: Any) -> None:
    around.control.offer(revocation(1, body=body))
    assert around.revoked == []
    assert around.metrics.registry.get_sample_value("watercooler_bad_signatures_total") == 1


def test_revocations_are_forgotten_when_no_ticket_can_be_that_old() -> None:
    revocations = Revocations()
    ticket = Ticket("bob", "Bob", "member", ("sprint.7",), 500, 10**15)
    revocations.add(Revocation("bob", None, 1000, 4401))
    revocations.add(Revocation("bob", frozenset({"sprint.7"}), 1000, 4403))
    assert revocations.code_for(ticket) == 4403
    revocations.forget(1000 + CONTROL_HISTORY_MS)
    assert revocations.code_for(ticket) == 4403
    revocations.forget(1001 + CONTROL_HISTORY_MS)
    assert revocations.code_for(ticket) is None
