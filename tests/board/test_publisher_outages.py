"""Publishing while Redis or the database is away."""

import time

import pytest
from django.db import connection

from board import publisher
from tests.board.live import (
    CHANNEL,
    LiveSide,
    commit_events,
    database_away,
    end_of,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_write_succeeds_and_is_quick_without_redis(
    fragile: LiveSide, caplog: pytest.LogCaptureFixture
) -> None:
    commit_events(CHANNEL)
    fragile.server.stop()
    started_at = time.monotonic()
    for _ in range(20):
        commit_events(CHANNEL)

    assert time.monotonic() - started_at < 5
    assert end_of(CHANNEL).seq == 21
    warnings = [record for record in caplog.records if record.name == "board.publisher"]
    assert len(warnings) == 1
    assert "Redis cannot be used" in warnings[0].message


def test_silent_redis_costs_one_request_at_most_200_ms(fragile: LiveSide) -> None:
    commit_events(CHANNEL)
    fragile.server.freeze()
    try:
        waited = []
        for _ in range(3):
            started_at = time.monotonic()
            publisher.drain(CHANNEL)
            waited.append(time.monotonic() - started_at)
    finally:
        fragile.server.thaw()

    assert waited[0] < 0.25
    assert max(waited[1:]) < 0.05


def test_everything_follows_when_redis_is_back(
    fragile: LiveSide, caplog: pytest.LogCaptureFixture
) -> None:
    commit_events(CHANNEL)
    fragile.server.stop()
    commit_events(CHANNEL, 3)
    fragile.server.start()
    give_up_at = time.monotonic() + 10
    while publisher.event_log().is_resting:
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    commit_events(CHANNEL)

    assert fragile.is_true_to_database(CHANNEL)
    assert caplog.messages[-1] == "Redis is back."


def test_redis_out_of_memory_fails_no_request(fragile: LiveSide) -> None:
    commit_events(CHANNEL)
    fragile.client.config_set("maxmemory", 1)
    commit_events(CHANNEL, 2)
    assert fragile.seqs(CHANNEL) == [1]

    fragile.client.config_set("maxmemory", 0)
    commit_events(CHANNEL)
    assert fragile.seqs(CHANNEL) == [1, 2, 3, 4]


def test_wiped_redis_out_of_memory_is_left_alone(fragile: LiveSide) -> None:
    commit_events(CHANNEL)
    fragile.client.flushall()
    fragile.client.config_set("maxmemory", 1)
    commit_events(CHANNEL)
    assert fragile.client.dbsize() == 0


def test_read_only_redis_fails_no_request(fragile: LiveSide) -> None:
    commit_events(CHANNEL)
    fragile.client.replicaof("127.0.0.1", "1")
    commit_events(CHANNEL)
    fragile.client.replicaof("NO", "ONE")
    publisher.drain(CHANNEL)

    assert fragile.is_true_to_database(CHANNEL)


def test_database_that_goes_away_after_the_commit_fails_no_request(
    live: LiveSide, caplog: pytest.LogCaptureFixture
) -> None:
    commit_events(CHANNEL)
    with database_away():
        publisher.drain(CHANNEL)

    assert caplog.messages[-1].startswith(f"The changes of {CHANNEL} could not be read")


def test_connection_cut_after_the_commit_fails_no_request(live: LiveSide) -> None:
    commit_events(CHANNEL)
    connection.connection.close()
    publisher.drain(CHANNEL)

    assert end_of(CHANNEL).seq == 1
