"""What publishing mends: gaps, wiped and damaged logs, also with many at it at once."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from board import publisher
from board.models import Channel, Event
from board.relay import patient_log
from tests.board.live import (
    CHANNEL,
    NAMES,
    LiveSide,
    commit_events,
    end_of,
    in_threads,
    write_events,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_unpublished_events_follow_in_order(live: LiveSide) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)
    with transaction.atomic():
        write_events(CHANNEL, 20)
        connection.run_on_commit.clear()
    commit_events(CHANNEL)

    assert listener.heard_seqs() == list(range(2, 23))
    assert live.is_true_to_database(CHANNEL)


def test_wiped_redis_is_filled_again(live: LiveSide) -> None:
    commit_events(CHANNEL, 9)
    epoch = end_of(CHANNEL).epoch
    live.client.flushall()
    commit_events(CHANNEL)

    assert live.seqs(CHANNEL) == list(range(1, 11))
    assert end_of(CHANNEL).epoch == epoch


@pytest.mark.parametrize("total", [499, 500, 501, 502, 600])
def test_refilled_log_holds_the_last_500(live: LiveSide, total: int) -> None:
    commit_events(CHANNEL, total)

    seqs = live.seqs(CHANNEL)
    assert seqs == list(range(total - len(seqs) + 1, total + 1))
    assert len(seqs) == min(total, 500)
    assert live.is_true_to_database(CHANNEL)


def test_log_that_is_far_behind_is_refilled(live: LiveSide) -> None:
    commit_events(CHANNEL)
    with transaction.atomic():
        write_events(CHANNEL, 600)
        connection.run_on_commit.clear()
    publisher.drain(CHANNEL)

    assert len(live.seqs(CHANNEL)) == 500
    assert live.is_true_to_database(CHANNEL)


def test_channel_without_events_has_a_top(live: LiveSide) -> None:
    Channel.objects.create(name=CHANNEL)
    assert publisher.settle(publisher.event_log(), CHANNEL)

    assert live.top(CHANNEL) == end_of(CHANNEL)
    assert publisher.settle(publisher.event_log(), CHANNEL)


def test_pruned_channel_has_a_top_and_goes_on(live: LiveSide) -> None:
    commit_events(CHANNEL, 5)
    Event.objects.filter(seq__lte=5).delete()
    live.client.flushall()
    assert publisher.settle(publisher.event_log(), CHANNEL)
    assert live.top(CHANNEL) == end_of(CHANNEL)

    commit_events(CHANNEL, 2)
    assert live.top(CHANNEL) == end_of(CHANNEL)


def test_hole_in_the_database_is_not_published_as_a_chain(live: LiveSide) -> None:
    commit_events(CHANNEL, 9)
    Event.objects.filter(seq=5).delete()
    live.client.flushall()
    publisher.drain(CHANNEL)
    assert publisher.settle(publisher.event_log(), CHANNEL, must_refill=True)

    assert live.seqs(CHANNEL) == [7, 8, 9]


@pytest.mark.parametrize(
    "damage",
    [
        lambda client: client.set(NAMES.top(CHANNEL), "text"),
        lambda client: client.set(NAMES.stream(CHANNEL), "text"),
        lambda client: client.hset(NAMES.top(CHANNEL), "seq", "-1"),
        lambda client: client.hdel(NAMES.top(CHANNEL), "change"),
        lambda client: client.xadd(NAMES.stream(CHANNEL), {"m": "x"}, id="99-0"),
    ],
    ids=["top no hash", "stream no stream", "negative seq", "no change", "stream ahead"],
)
def test_damaged_log_is_repaired_by_the_next_commit(
    live: LiveSide, damage: Callable[[object], object]
) -> None:
    commit_events(CHANNEL, 3)
    damage(live.client)
    commit_events(CHANNEL)

    assert live.is_true_to_database(CHANNEL)
    assert live.seqs(CHANNEL) == [1, 2, 3, 4]


def settle_what_was_too_slow(channel: str) -> None:
    """A busy machine may exceed a request's patience; then this is the relay's work."""
    publisher.settle(patient_log(), channel)


def test_concurrent_writers_and_drains_leave_one_order(live: LiveSide) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)

    def write(number: int) -> None:
        for _ in range(8):
            commit_events(CHANNEL, 1 + number % 2)
            publisher.drain(CHANNEL)

    in_threads(write, 4)
    settle_what_was_too_slow(CHANNEL)
    heard = listener.heard_seqs()
    assert heard == list(range(2, 2 + 8 * 6))
    assert live.is_true_to_database(CHANNEL)


def test_concurrent_drains_of_a_wiped_redis_agree(live: LiveSide) -> None:
    commit_events(CHANNEL, 30)
    for _ in range(5):
        live.client.flushall()
        in_threads(lambda _: publisher.drain(CHANNEL), 4)
        settle_what_was_too_slow(CHANNEL)
        assert live.seqs(CHANNEL) == list(range(1, 31))


def test_writers_go_on_while_redis_is_wiped(live: LiveSide) -> None:
    def work(number: int) -> None:
        for _ in range(10):
            if number == 0:
                live.server.client().flushall()
            else:
                commit_events(CHANNEL)

    in_threads(work, 3)
    publisher.drain(CHANNEL)
    assert live.is_true_to_database(CHANNEL)
