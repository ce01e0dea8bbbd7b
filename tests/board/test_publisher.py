"""What is published on commit, and what is not."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from board import publisher, services
from board.changes import Actor
from board.models import Installation, Project
from realtime.log import Outcome
from tests.board.live import (
    CHANNEL,
    LiveSide,
    commit_events,
    write_events,
)

pytestmark = pytest.mark.django_db(transaction=True)


class Abandoned(Exception):
    """Makes a transaction roll back."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction, or a savepoint in the one that is open, that fails at its end."""
    with suppress(Abandoned), transaction.atomic():
        yield
        raise Abandoned


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
