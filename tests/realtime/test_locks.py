"""Soft locks, with a clock that is set by hand."""

import pytest

from realtime.locks import Grip, Holder, Lock, Locks

ANA, BEN = Holder("a", "ana"), Holder("b", "ben")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locks(clock: Clock) -> Locks:
    return Locks(lifetime_seconds=6, clock=clock)


def test_first_one_holds_and_second_one_learns_who(locks: Locks) -> None:
    assert locks.take(12, ANA, Grip.DRAG) is None
    assert locks.take(12, BEN, Grip.EDIT) == ANA


def test_holder_may_drag_and_edit_at_once(locks: Locks) -> None:
    locks.take(12, ANA, Grip.EDIT)
    assert locks.take(12, ANA, Grip.DRAG) is None
    locks.release(12, ANA, Grip.DRAG)
    assert locks.standing() == [Lock(12, ANA, Grip.EDIT)]


def test_same_person_in_another_tab_is_another_holder(locks: Locks) -> None:
    locks.take(12, ANA, Grip.EDIT)
    assert locks.take(12, Holder("other tab", "ana"), Grip.EDIT) == ANA


def test_renewing_keeps_a_lock(locks: Locks, clock: Clock) -> None:
    locks.take(12, ANA, Grip.DRAG)
    clock.now += 5
    locks.take(12, ANA, Grip.DRAG)
    clock.now += 5
    assert locks.expire() == []
    assert locks.take(12, BEN, Grip.DRAG) == ANA


def test_lock_that_is_not_renewed_ends(locks: Locks, clock: Clock) -> None:
    locks.take(12, ANA, Grip.DRAG)
    clock.now += 6
    assert locks.standing() == []
    assert locks.expire() == [Lock(12, ANA, Grip.DRAG)]
    assert locks.expire() == []


def test_lock_that_ran_out_can_be_taken_before_it_is_swept(locks: Locks, clock: Clock) -> None:
    locks.take(12, ANA, Grip.DRAG)
    clock.now += 6
    assert locks.take(12, BEN, Grip.DRAG) is None
    assert locks.standing() == [Lock(12, BEN, Grip.DRAG)]


def test_only_the_holder_can_let_go(locks: Locks) -> None:
    locks.take(12, ANA, Grip.DRAG)
    assert not locks.release(12, BEN, Grip.DRAG)
    assert locks.release(12, ANA, Grip.DRAG)
    assert locks.standing() == []


def test_letting_go_of_what_nobody_holds_is_fine(locks: Locks) -> None:
    assert locks.release(12, ANA, Grip.DRAG)


def test_connection_that_went_lets_go_of_everything(locks: Locks) -> None:
    locks.take(12, ANA, Grip.DRAG)
    locks.take(13, ANA, Grip.EDIT)
    locks.take(14, BEN, Grip.EDIT)
    assert locks.release_all("a") == [Lock(12, ANA, Grip.DRAG), Lock(13, ANA, Grip.EDIT)]
    assert locks.standing() == [Lock(14, BEN, Grip.EDIT)]


@pytest.mark.parametrize("order", [(ANA, BEN), (BEN, ANA)])
def test_two_processes_agree_on_one_holder(clock: Clock, order: tuple[Holder, Holder]) -> None:
    """Each granted its own at the same moment, and hears of the other's afterwards."""
    here, there = (Locks(lifetime_seconds=6, clock=clock) for _ in range(2))
    here.take(12, order[0], Grip.DRAG)
    there.take(12, order[1], Grip.DRAG)
    here.concede(12, order[1], Grip.DRAG)
    there.concede(12, order[0], Grip.DRAG)
    assert here.standing() == there.standing() == [Lock(12, ANA, Grip.DRAG)]
