"""Publishing after the database was restored from a copy."""

import pytest

from board import publisher
from board.models import Channel, Event
from tests.board.live import (
    CHANNEL,
    LiveSide,
    commit_events,
    end_of,
    in_threads,
)

pytestmark = pytest.mark.django_db(transaction=True)


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
