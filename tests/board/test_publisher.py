"""From the commit to Redis: what is published, what is not, and how differences are settled."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from board import publisher, services
from board.changes import Actor
from board.models import Channel, Event, Installation, Project
from board.relay import patient_log
from realtime.log import Outcome
from tests.board.live import (
    NAMES,
    LiveSide,
    commit_events,
    database_away,
    end_of,
    in_threads,
    write_events,
)

pytestmark = pytest.mark.django_db(transaction=True)

CHANNEL = "sprint.7"


class Abandoned(Exception):
    """Makes a transaction roll back."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction, or a savepoint in the one that is open, that fails at its end."""
    with suppress(Abandoned), transaction.atomic():
        yield
        raise Abandoned


# What is published


def test_service_is_published_when_it_has_committed(live: LiveSide, project: Project) -> None:
    assert live.is_true_to_database(f"project.{project.pk}")
    assert live.stored(f"project.{project.pk}")[-1]["model"] == "membership"


def test_committed_events_are_announced_in_order(live: LiveSide) -> None:
    commit_events(CHANNEL)
    listener = live.listen(CHANNEL)
    commit_events(CHANNEL, 3)

    assert listener.heard_seqs() == [2, 3, 4]
    assert live.is_true_to_database(CHANNEL)


def test_nothing_is_published_before_the_commit(live: LiveSide) -> None:
    with transaction.atomic():
        write_events(CHANNEL)
        publisher.drain(CHANNEL)
        assert live.top(CHANNEL) is None
    assert live.seqs(CHANNEL) == [1]


def test_rolled_back_transaction_publishes_nothing(live: LiveSide) -> None:
    listener = live.listen(CHANNEL)
    with rolled_back():
        write_events(CHANNEL)

    assert listener.heard() == []
    assert live.top(CHANNEL) is None


def test_rolled_back_service_publishes_nothing(
    live: LiveSide, project: Project, alice: User
) -> None:
    before = live.seqs(f"project.{project.pk}")
    with rolled_back():
        services.create_task(actor=Actor(alice), project=project, given={"name": "Never was"})

    assert live.seqs(f"project.{project.pk}") == before


def test_rolled_back_savepoint_publishes_only_the_rest(live: LiveSide) -> None:
    with transaction.atomic():
        with rolled_back():
            write_events(CHANNEL, history="never")
        write_events(CHANNEL)

    assert [event["change"] for event in live.stored(CHANNEL)] == ["c1"]


def test_rolled_back_savepoint_after_a_kept_event_publishes_that(live: LiveSide) -> None:
    with transaction.atomic():
        write_events(CHANNEL)
        with rolled_back():
            write_events(CHANNEL, history="never")

    assert [event["change"] for event in live.stored(CHANNEL)] == ["c1"]


def test_nested_savepoints_publish_once(live: LiveSide) -> None:
    commit_events(CHANNEL)
    with transaction.atomic():
        with transaction.atomic():
            write_events(CHANNEL)
            with transaction.atomic():
                write_events(CHANNEL)
        write_events(CHANNEL)

    assert live.seqs(CHANNEL) == [1, 2, 3, 4]


def test_each_channel_of_a_transaction_is_published(live: LiveSide) -> None:
    with transaction.atomic():
        write_events(CHANNEL)
        write_events("project.1")

    assert live.seqs(CHANNEL) == live.seqs("project.1") == [1]


def test_usual_commit_is_published_without_a_query(
    live: LiveSide, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    commit_events(CHANNEL)
    with transaction.atomic():
        write_events(CHANNEL)
        hooks = connection.run_on_commit[:]
        connection.run_on_commit.clear()
    with django_assert_num_queries(0):
        hooks[0][1]()

    assert live.seqs(CHANNEL) == [1, 2]


def test_drain_of_an_unknown_channel_does_nothing(live: LiveSide) -> None:
    publisher.drain("sprint.404")
    assert publisher.settle(publisher.event_log(), "sprint.404")
    assert live.top("sprint.404") is None


# What is missing in Redis


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


# A database that was restored from a copy


def restore(channel: str, seq: int) -> None:
    """Put the channel back to ``seq``, as an older copy of the database would."""
    Event.objects.filter(channel_id=channel, seq__gt=seq).delete()
    change = Event.objects.get(channel_id=channel, seq=seq).change
    Channel.objects.filter(pk=channel).update(seq=seq, change=change)


def test_redis_ahead_of_the_database_begins_a_new_epoch(live: LiveSide) -> None:
    commit_events(CHANNEL, 9)
    old = end_of(CHANNEL)
    restore(CHANNEL, 5)
    assert publisher.settle(publisher.event_log(), CHANNEL)

    assert end_of(CHANNEL).epoch != old.epoch
    assert live.seqs(CHANNEL) == [1, 2, 3, 4, 5]
    assert live.is_true_to_database(CHANNEL)


@pytest.mark.parametrize("new_events", [1, 4, 5, 9, 600])
def test_other_history_begins_a_new_epoch(live: LiveSide, new_events: int) -> None:
    commit_events(CHANNEL, 9)
    old = end_of(CHANNEL)
    restore(CHANNEL, 5)
    commit_events(CHANNEL, new_events, history="d")

    assert end_of(CHANNEL).epoch != old.epoch
    assert live.is_true_to_database(CHANNEL)


def test_new_epoch_is_announced_on_control_once(live: LiveSide) -> None:
    commit_events("control")
    commit_events(CHANNEL, 9)
    listener = live.listen("control")
    restore(CHANNEL, 5)
    for _ in range(3):
        assert publisher.settle(publisher.event_log(), CHANNEL)

    [event] = listener.heard()
    assert (event["model"], event["action"], event["id"]) == ("channel", "epoch", CHANNEL)
    assert event["body"] == {"epoch": end_of(CHANNEL).epoch}
    assert live.is_true_to_database("control")


def test_control_itself_can_begin_a_new_epoch(live: LiveSide) -> None:
    commit_events("control", 9)
    old = end_of("control")
    restore("control", 5)
    assert publisher.settle(publisher.event_log(), "control")

    assert end_of("control").epoch != old.epoch
    assert end_of("control").seq == 6
    assert live.is_true_to_database("control")


def test_epoch_restored_with_the_database_is_raised_again(live: LiveSide) -> None:
    commit_events(CHANNEL, 9)
    first = end_of(CHANNEL).epoch
    restore(CHANNEL, 5)
    publisher.settle(publisher.event_log(), CHANNEL)
    second = end_of(CHANNEL).epoch
    Channel.objects.filter(pk=CHANNEL).update(epoch=first)
    publisher.settle(publisher.event_log(), CHANNEL)

    assert end_of(CHANNEL).epoch not in (first, second)
    assert live.is_true_to_database(CHANNEL)


def test_epoch_is_raised_once_for_one_top(fragile: LiveSide) -> None:
    """Redis can be read but takes no refill: nobody may raise the epoch again and again."""
    commit_events("control")
    commit_events(CHANNEL, 9)
    restore(CHANNEL, 5)
    fragile.client.replicaof("127.0.0.1", "1")
    for _ in range(3):
        publisher.drain(CHANNEL)
    commit_events(CHANNEL, 2, history="d")
    fragile.client.replicaof("NO", "ONE")
    publisher.drain(CHANNEL)
    publisher.drain("control")

    assert len(Event.objects.filter(channel_id="control")) == 2
    assert fragile.is_true_to_database(CHANNEL)
    assert fragile.is_true_to_database("control")


def test_restored_database_is_noticed_by_many_at_once(live: LiveSide) -> None:
    commit_events("control")
    commit_events(CHANNEL, 9)
    restore(CHANNEL, 5)
    in_threads(lambda _: publisher.drain(CHANNEL), 6)

    assert len(Event.objects.filter(channel_id="control")) == 2
    assert live.is_true_to_database(CHANNEL)


# Several at once


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


# Redis away


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


def test_settling_ends_in_time(live: LiveSide) -> None:
    assert not publisher.settle(publisher.event_log(), CHANNEL, give_up_at=0)


def test_prefix_comes_from_the_database_unless_configured(
    live: LiveSide, settings: LazySettings
) -> None:
    assert publisher.redis_prefix() == settings.REDIS_PREFIX
    settings.REDIS_PREFIX = None
    publisher._stored_prefix.cache_clear()
    try:
        assert publisher.redis_prefix() == Installation.objects.get().prefix
    finally:
        publisher._stored_prefix.cache_clear()


def test_outcomes_are_counted(live: LiveSide) -> None:
    def count(outcome: Outcome) -> float:
        return float(publisher.append_outcomes.labels(outcome.value)._value.get())

    before = count(Outcome.COLD), count(Outcome.APPENDED)
    commit_events(CHANNEL)
    assert (count(Outcome.COLD), count(Outcome.APPENDED)) == (before[0] + 1, before[1] + 1)
