"""Is it live, with times given by hand."""

import pytest

from realtime.liveness import LIVE, Liveness
from realtime.timing import Timing


@pytest.fixture
def liveness() -> Liveness:
    made = Liveness(Timing(), 0.0)
    made.is_redis_up = True
    return made


def test_starting_process_gives_the_relay_time(liveness: Liveness) -> None:
    assert liveness.state(8.0) == LIVE
    assert not liveness.readiness(0.0).is_live
    assert not liveness.state(8.1).is_live


def test_heartbeats_keep_it_live(liveness: Liveness) -> None:
    for now in range(0, 100, 2):
        liveness.hear(0, now)
        assert liveness.state(now) == liveness.readiness(now) == LIVE
    assert liveness.state(106.0) == LIVE
    assert liveness.state(106.1).reason == "The relay has not been heard from."


def test_old_unpublished_events_are_no_live_view(liveness: Liveness) -> None:
    liveness.hear(2000, 1.0)
    assert liveness.state(1.0) == LIVE
    liveness.hear(2001, 2.0)
    assert liveness.state(2.0).reason == "The relay is behind."


def test_redis_away_is_no_live_view(liveness: Liveness) -> None:
    liveness.hear(0, 5.0)
    liveness.is_redis_up = False
    assert liveness.state(5.0).reason == "Redis cannot be reached."


def test_starting_process_gives_redis_time() -> None:
    assert Liveness(Timing(), 0.0).state(1.0) == LIVE
    assert not Liveness(Timing(), 0.0).state(2.1).is_live


def test_fresh_time_counts_from_the_last_break(liveness: Liveness) -> None:
    assert liveness.fresh_seconds(0.0, 5.0) == 0.0
    for now in (10.0, 12.0, 14.0):
        liveness.hear(0, now)
    assert liveness.fresh_seconds(0.0, 15.0) == 5.0
    assert liveness.fresh_seconds(13.0, 15.0) == 2.0
    assert liveness.fresh_seconds(0.0, 30.0) == 0.0
    liveness.hear(0, 30.0)
    assert liveness.fresh_seconds(0.0, 31.0) == 1.0
