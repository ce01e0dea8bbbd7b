"""Who is here, with times given by hand."""

import pytest

from realtime.presence import Roster

ANA = {"ana": "Ana"}
BEN = {"ben": "Ben"}


@pytest.fixture
def roster() -> Roster:
    return Roster(linger_seconds=10, silence_seconds=60)


def test_person_joins_once_and_leaves_after_the_last_socket(roster: Roster) -> None:
    for conn in ("1", "2", "3"):
        roster.arrive(conn, "ana", "Ana")
    assert roster.changes(0) == (ANA, {})
    for conn in ("1", "2", "3"):
        roster.depart(conn, "ana", 5)
    assert roster.changes(14.9) == ({}, {})
    assert roster.changes(15) == ({}, ANA)


def test_person_who_comes_back_in_time_never_left(roster: Roster) -> None:
    roster.arrive("1", "ana", "Ana")
    roster.changes(0)
    roster.depart("1", "ana", 0)
    roster.arrive("2", "ana", "Ana")
    assert roster.changes(100) == ({}, {})


def test_departure_of_an_unknown_connection_is_nothing(roster: Roster) -> None:
    roster.depart("1", "ana", 0)
    assert roster.changes(0) == ({}, {})


def test_people_of_other_processes_are_here_too(roster: Roster) -> None:
    roster.arrive("1", "ana", "Ana")
    roster.hear("p2", BEN | ANA, 0)
    assert roster.changes(0) == (BEN | ANA, {})
    assert roster.local(0) == ANA
    roster.hear("p2", {}, 1)
    assert roster.changes(1) == ({}, BEN)


def test_silent_process_is_dead_after_a_while(roster: Roster) -> None:
    roster.hear("p2", BEN, 0)
    assert roster.changes(59.9) == (BEN, {})
    assert roster.changes(60) == ({}, BEN)


def test_people_of_a_process_that_ends_have_time_to_come_back(roster: Roster) -> None:
    roster.hear("p2", BEN, 0)
    roster.changes(0)
    roster.farewell("p2", 1)
    assert roster.changes(10.9) == ({}, {})
    roster.hear("p3", BEN, 10.9)
    assert roster.changes(12) == ({}, {})


def test_farewell_of_an_unknown_process_is_nothing(roster: Roster) -> None:
    roster.farewell("p9", 0)
    assert roster.everyone(0) == {}
