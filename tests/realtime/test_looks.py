"""Who has which task open."""

import pytest

from realtime.looks import Looks


@pytest.fixture
def looks() -> Looks:
    return Looks(most=2)


def test_any_number_of_people_look_at_the_same_task(looks: Looks) -> None:
    assert all(looks.start(conn, 12) for conn in ("c1", "c2", "c3"))


def test_look_ends_once(looks: Looks) -> None:
    looks.start("c1", 12)
    assert looks.end("c1", 12)
    assert not looks.end("c1", 12)


def test_nobody_ends_anothers_look(looks: Looks) -> None:
    looks.start("c1", 12)
    assert not looks.end("c2", 12)
    assert looks.end_all("c1") == [12]


def test_connection_that_goes_ends_all_of_its_looks(looks: Looks) -> None:
    for task_id in (13, 12):
        looks.start("c1", task_id)
    looks.start("c2", 12)
    assert looks.end_all("c1") == [12, 13]
    assert looks.end_all("c1") == []
    assert looks.end_all("c2") == [12]


def test_too_many_looks_are_left_out_and_renewals_are_not(looks: Looks) -> None:
    assert [looks.start("c1", task_id) for task_id in (12, 13, 14, 13)] == [True, True, False, True]
    looks.end("c1", 12)
    assert looks.start("c1", 14)
